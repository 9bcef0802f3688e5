package agi

import (
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit/asked"
	"obelisk/pbx"
)

// ask is the action AGI.
func (w *world) ask(channel, command, id string, tame bool) string {
	r := asked.For("Channel", channel, "Command", command, "CommandID", id)
	r.Tame = tame
	w.m.Actions()[0].Run(r)
	time.Sleep(10 * time.Millisecond)
	return r.Reply
}

func TestAsync(t *testing.T) {
	inBubble(t, plan, func(w *world) {
		_, c := w.call("4")
		time.Sleep(time.Second)
		told := w.told()
		if len(told) != 1 || !strings.HasPrefix(told[0],
			"AsyncAGIStart|Env=agi_request%3A%20async%0Aagi_channel%3A%20Phone%2Fdesk-00000000%0A") ||
			!strings.HasSuffix(told[0], "agi_arg_1%3A%20one%0A%0A") {
			t.Errorf("at first: %q", told)
		}
		const added = "Success: Added AGI command to queue"
		for _, row := range [][4]string{
			{c.Name(), "GET VARIABLE EXTEN", "c1", added}, {c.Name(), "NONSENSE", "", added}, {c.Name(), "GOSUB in sub 1", "c2", added},
			{c.Name(), "STREAM FILE", "c3", added}, {"", "NOOP", "", "Error: Both, Channel and Command are *required*"},
			{c.Name(), "", "", "Error: Both, Channel and Command are *required*"}, {"SIP/x", "NOOP", "", "Error: Channel SIP/x does not exist."},
		} {
			if got := w.ask(row[0], row[1], row[2], false); got != row[3] {
				t.Errorf("%q: %s", row, got)
			}
		}
		got := w.told()
		want := []string{
			"AGIExecStart|Command=GET VARIABLE EXTEN", "AGIExecEnd|Command=GET VARIABLE EXTEN|ResultCode=200|Result=Success",
			"AsyncAGIExec|Result=200%20result%3D1%20(4)%0A|CommandId=c1", "AGIExecStart|Command=NONSENSE",
			"AGIExecEnd|Command=NONSENSE|ResultCode=510|Result=Invalid or unknown command",
			"AsyncAGIExec|Result=510%20Invalid%20or%20unknown%20command%0A", "AGIExecStart|Command=GOSUB in sub 1",
			"AGIExecEnd|Command=GOSUB in sub 1|ResultCode=200|Result=Success",
			"AsyncAGIExec|Result=100%20result%3D0%20Trying...%0A200%20result%3D0%20Gosub%20complete%0A|CommandId=c2",
			"AGIExecStart|Command=STREAM FILE", "AGIExecEnd|Command=STREAM FILE|ResultCode=520|Result=Usage",
		}
		if len(got) != len(want)+1 || !slices.Equal(got[:len(want)], want) ||
			!strings.HasPrefix(got[len(want)], "AsyncAGIExec|Result=520-Invalid%20command%20syntax.%20%20Proper%20usage%20follows%3A%0A") {
			t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		w.ask(c.Name(), "ASYNCAGI BREAK", "", false)
		if got := strings.Join(w.told(), " "); !strings.HasSuffix(got, "AsyncAGIExec|Result=200%20result%3D0%0A AsyncAGIEnd") ||
			statusOf(c) != "SUCCESS" {
			t.Error(got)
		}
		if got := w.ask(c.Name(), "NOOP", "", false); got != added { // for the next time
			t.Error(got)
		}
	})
}

func TestAsyncEnds(t *testing.T) {
	inBubble(t, plan, func(w *world) { // by what fails
		_, c := w.call("4")
		time.Sleep(time.Second)
		w.ask(c.Name(), "STREAM FILE none \"\"", "", false)
		if got := statusOf(c); got != "FAILURE" {
			t.Error(got)
		}
	})
	inBubble(t, plan, func(w *world) { // by a hang-up, within a command
		p, c := w.call("4")
		time.Sleep(time.Second)
		w.ask(c.Name(), "WAIT FOR DIGIT 60000", "x", false)
		time.Sleep(time.Second)
		p.Channel().Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
		time.Sleep(time.Second)
		if got := strings.Join(w.told(), " "); !strings.HasSuffix(got, "AsyncAGIExec|Result=200%20result%3D-1%0A|CommandId=x AsyncAGIEnd") {
			t.Error(got)
		}
		if w.m.queueOf(c) != nil {
			t.Error("its queue stays")
		}
	})
}

// Who may not do everything has nothing dangerous done; and not everything waits.
func TestAsyncBounds(t *testing.T) {
	inBubble(t, plan, func(w *world) {
		_, c := w.call("4")
		time.Sleep(time.Second)
		for _, command := range []string{"EXEC System id", `exec "System" id`, "GET VARIABLE SHELL(id)", "GET FULL VARIABLE ${SHELL(id)}",
			"EXEC NoOp ${FILE(/etc/passwd)}", "EXEC TryExec System(id)"} {
			if got := w.ask(c.Name(), command, "", true); got != "Error: Permission denied" {
				t.Errorf("%s: %s", command, got)
			}
		}
		if got := w.ask(c.Name(), "EXEC NoOp x", "", true); got != "Success: Added AGI command to queue" {
			t.Error(got)
		}
		_, other := w.call("7")
		if got := w.ask(other.Name(), "NOOP", "", false); got != "Error: Failed to add AGI command to channel "+other.Name()+" queue" {
			t.Error(got)
		}
		w.ask(c.Name(), "EXEC Wait 100", "", false)
		full := 0
		for q := w.m.queueOf(c); full < 2*mostOrders && q.add(order{"NOOP", ""}); full++ {
		}
		if full != mostOrders {
			t.Errorf("%d wait", full)
		}
	})
}

func TestConsole(t *testing.T) {
	inBubble(t, plan, func(w *world) {
		run := func(name string, args ...string) string {
			var b strings.Builder
			for _, k := range w.m.Commands() {
				if k.Name == name {
					k.Run(&b, args)
				}
			}
			return b.String()
		}
		for _, row := range []struct{ got, want string }{
			{run("agi show commands", "topic", "nosuch"), "No such command 'nosuch'.\n"},
			{run("agi show commands", "topic", "set", "c"), " Dead                        Command   Description\n   No                   set " +
				"callerid   Who calls.\n   No                    set context   Where the dialplan goes on: context.\n"},
			{run("agi show commands", "x"), "Usage: agi show commands [topic] <topic>\n       Lists the commands, or tells of those that begin " +
				"with the topic.\n"},
			{run("agi set debug", "on"), "AGI Debugging Enabled\n"}, {run("agi set debug", "off"), "AGI Debugging Disabled\n"},
			{run("agi set debug"), "Usage: agi set debug [on|off]\n       Shows what programs and the switchboard say to each other.\n"},
			{run("agi exec", "SIP/x", "NOOP"), "Channel SIP/x does not exist.\n"},
			{run("agi exec", "SIP/x"), "Usage: agi exec <channel name> <app and arguments> [id]\n       Has a channel that is in AsyncAGI carry " +
				"out a command.\n"},
			{run("agi show sessions"), "Channel                        Program                        Since     Silent    Last command\n0 AGI " +
				"sessions\n"},
		} {
			if row.got != row.want {
				t.Errorf("%q, want %q", row.got, row.want)
			}
		}
		if got := run("agi show commands", "topic", "noop"); !strings.Contains(got,
			"  -= Info about AGI 'noop' =- \n\n[Synopsis]\nNothing.\n") || !strings.Contains(got, "\n[Runs Dead]\nYes\n") {
			t.Error(got)
		}
		if n := strings.Count(run("agi show commands"), "\n"); n != len(commands)+1 {
			t.Errorf("%d lines", n)
		}
		_, c := w.call("4")
		time.Sleep(time.Second)
		if got := run("agi exec", c.Name(), `"SET`, "VARIABLE", "Y", `2"`, "id7"); got != "" {
			t.Error(got)
		}
		time.Sleep(time.Second)
		if v, _ := c.Var("Y"); v != "2" {
			t.Errorf("Y is %q", v)
		}
	})
}
