package test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// await waits until a condition holds; a machine may be busy.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: it does not come to that", what)
		}
	}
}

// queueLog is the lines of a process's queue_log, each cut at the bars.
func (p *process) queueLog() (rows [][]string) {
	b, _ := os.ReadFile(filepath.Join(p.dir, "log", "queue_log"))
	for line := range strings.Lines(string(b)) {
		if f := strings.Split(strings.TrimSuffix(line, "\n"), "|"); len(f) >= 5 {
			rows = append(rows, f)
		}
	}
	return rows
}

const killedQueue = "[general]\npersistentmembers=yes\n[sales]\nstrategy=linear\ntimeout=30\nmember => Local/silent@members,1,Sil\n"

const killedPlan = "[inside]\nexten => 1,1,Answer()\nsame => n,Queue(sales)\n[members]\nexten => silent,1,Ringing()\nsame => n,Wait(60)\n"

// A process that is killed with callers waiting: the dynamic members are back with their penalties
// and pauses, and queue_log says where the break was.
func TestQueueAfterAKill(t *testing.T) {
	alongside(t, &queueLane)
	p := run(t, map[string]string{"sip.conf": "[general]\nudpbindaddr=127.0.24.1:5972\n", "queues.conf": killedQueue,
		"extensions.conf": killedPlan})
	for _, command := range []string{
		"queue add member SIP/one to sales penalty 4 as Una", "queue add member SIP/two to sales penalty 2 as Dua state_interface Custom:two",
		"queue pause member SIP/two queue sales reason tea", "queue set penalty 7 on SIP/one in sales",
		"channel originate Local/1@inside/n application Wait 60",
		"channel originate Local/1@inside/n application Wait 60",
	} {
		if out, code := p.rx(command); code != 0 {
			t.Fatalf("%s: %s", command, out)
		}
	}
	shown := func() string { out, _ := p.rx("queue show sales"); return out }
	await(t, "two wait", func() bool { return strings.HasPrefix(shown(), "sales has 2 calls") })
	p.cmd.Process.Kill()
	p.cmd.Wait()
	os.Remove(filepath.Join(p.dir, "run", "asterisk.ctl"))
	p.start()
	p.rx("core waitfullybooted")
	now := shown()
	for _, want := range []string{
		"sales has 0 calls", "Sil (Local/silent@members) with penalty 1", "Una (SIP/one) with penalty 7 (ringinuse enabled) (dynamic)",
		"Dua (SIP/two from Custom:two) with penalty 2 (ringinuse enabled) (dynamic) (paused:tea was ",
	} {
		if !strings.Contains(now, want) {
			t.Errorf("%q is not there:\n%s", want, now)
		}
	}
	starts, entered, since := 0, 0, 0
	for _, f := range p.queueLog() {
		switch f[4] {
		case "QUEUESTART":
			starts, since = starts+1, 0
		case "ENTERQUEUE":
			entered++
			since++
		case "ABANDON", "COMPLETEAGENT", "COMPLETECALLER", "EXITWITHTIMEOUT":
			t.Errorf("a caller of whom nothing is known has ended: %v", f)
		}
	}
	if starts != 2 || entered != 2 || since != 0 {
		t.Errorf("%d starts, %d callers, %d of them since the last start", starts, entered, since)
	}
}

// crowdCalls are how many calls TestQueueUnderCalls makes, how many of them at a time, and how many
// agents take them: 60 of 20 callers for 4 agents, or what QUEUE_CALLS says, with a quarter of them
// at a time and up to 200; 6000 are ten accelerated minutes of 200 callers and 20 agents.
func crowdCalls() (calls, callers, agents int) {
	if calls, _ = strconv.Atoi(os.Getenv("QUEUE_CALLS")); calls < 40 {
		return 60, 20, 4
	}
	return calls, min(calls/4, 200), min(calls/10, 20)
}

// Many callers and few agents, all of them SIPp: no call is lost, each is told of from its coming
// to its end, and the sums of queue_log and of the console are the same. An agent does not ring
// before it answers: SIPp that has sent two responses takes an INVITE that comes again, as on a busy
// machine, for a new message, and leaves its call without a BYE. Nor is a busy machine a reason to
// refuse calls here, or for SIPp to give up.
func TestQueueUnderCalls(t *testing.T) {
	alongside(t, &queueLane)
	path := tool(t, "sipp")
	calls, callers, agents := crowdCalls()
	sip := "[general]\nudpbindaddr=127.0.24.1:5973\ndirectmedia=no\ncallcounter=yes\noverload_maxage=0\noverload_maxpending=0\n" +
		"[callers]\ntype=peer\nhost=127.0.24.99\nport=5999\ncontext=inside\n"
	queues := "[general]\nautofill=yes\n[sales]\nstrategy=leastrecent\ntimeout=15\nretry=1\nringinuse=no\n"
	for i := range agents {
		sip += fmt.Sprintf("[agent%d]\ntype=peer\nhost=127.0.24.30\nport=%d\n", i, 5100+i)
		queues += fmt.Sprintf("member => SIP/agent%d\n", i)
	}
	p := run(t, map[string]string{"sip.conf": sip, "queues.conf": queues,
		"extensions.conf": "[inside]\nexten => 500,1,Answer()\nsame => n,Queue(sales)\n"})
	dir := t.TempDir()
	write := func(name, body string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(scenario(body)), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	bye := "BYE sip:x@[remote_ip]:[remote_port] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\nMax-Forwards: " +
		"70\nFrom: <sip:agent@[local_ip]>;tag=c[call_number]\nTo: <sip:x@[remote_ip]>;[$1]\nCall-ID: [call_id]\nCSeq: 9 BYE\nContent-Length: 0"
	agent := write("agent.xml",
		`<recv request="INVITE"><action><ereg regexp="tag=[^;]*" search_in="hdr" header="From:" assign_to="1"/></action></recv>`+"\n"+
			answerIt("200 OK", true)+request("ACK")+`<pause distribution="uniform" min="50" max="250"/>`+"\n"+send(true, bye)+recv("200"))
	caller := write("caller.xml", send(true, invite500)+optional+recv("200")+send(false, in("ACK", "1", "[branch]"))+request("BYE")+send(
		false, plainOK))
	begin := func(name string, args ...string) (*exec.Cmd, *bytes.Buffer) {
		out := new(bytes.Buffer)
		cmd := exec.Command(path, append(args, "-nostdin", "-watchdog_minor_maxtriggers", "1000000", "-watchdog_major_maxtriggers", "1000000",
			"-trace_err", "-error_file", filepath.Join(dir, name+".errors"))...)
		cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = append(os.Environ(), "TERM=dumb"), dir, out, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill() })
		return cmd, out
	}
	for i := range agents {
		begin(fmt.Sprint("agent", i), "-sf", agent, "-i", "127.0.24.30", "-mi", "127.0.24.30", "-p", fmt.Sprint(5100+i), "-mp",
			fmt.Sprint(20000+100*i))
	}
	time.Sleep(500 * time.Millisecond)
	cmd, out := begin("caller", "-sf", caller, "-i", "127.0.24.99", "-mi", "127.0.24.99", "-p", "5999", "-m", fmt.Sprint(calls), "-l",
		fmt.Sprint(callers), "-r", "40", "-timeout", "900", "-timeout_error", "127.0.24.1:5973")
	if err := cmd.Wait(); err != nil {
		text, _ := os.ReadFile(filepath.Join(dir, "caller.errors"))
		t.Errorf("callers: %v\n%.2000s\n%.2000s", err, text, out)
	}
	addsUp(t, p, calls)
}

// addsUp holds queue_log against what was done: every caller has come, was connected and has
// completed, in that order, and the console counts as many.
func addsUp(t *testing.T, p *process, calls int) {
	t.Helper()
	shown := ""
	for end := time.Now().Add(30 * time.Second); !strings.Contains(shown, fmt.Sprintf(", C:%d, A:0,", calls)); time.Sleep(50 * time.Millisecond) {
		if shown, _ = p.rx("queue show sales"); time.Now().After(end) {
			t.Errorf("not all have ended as they should:\n%s", shown)
			break
		}
	}
	story, taken := map[string]string{}, 0
	for _, f := range p.queueLog() {
		switch f[4] {
		case "ENTERQUEUE", "CONNECT", "COMPLETEAGENT", "ABANDON", "EXITWITHTIMEOUT", "COMPLETECALLER":
			story[f[1]] += f[4] + " "
		}
	}
	for id, s := range story {
		if s != "ENTERQUEUE CONNECT COMPLETEAGENT " {
			t.Errorf("%s: %s", id, s)
		}
	}
	shown, _ = p.rx("queue show sales")
	for line := range strings.Lines(shown) {
		if _, rest, ok := strings.Cut(line, "has taken "); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			taken += n
		}
	}
	if len(story) != calls || taken != calls || !strings.HasPrefix(shown, "sales has 0 calls") {
		t.Errorf("%d calls: queue_log knows %d, the agents have taken %d:\n%s", calls, len(story), taken, shown)
	}
	if out, _ := p.rx("core show channels count"); !strings.HasPrefix(out, "0 active channels") {
		t.Errorf("left behind: %s", out)
	}
}
