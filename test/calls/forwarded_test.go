package calls

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// wordsOf lists events as "Name field|field", those fields that are there; ids and names lose their numbers.
func wordsOf(text string, names string, fields ...string) (out []string) {
	for _, e := range strings.Split(text, "\r\n\r\n") {
		var name string
		var values []string
		for _, l := range strings.Split(e, "\r\n") {
			k, v, _ := strings.Cut(l, ": ")
			if k == "Event" {
				name = v
			} else if slices.Contains(fields, k) {
				values = append(values, v)
			}
		}
		if slices.Contains(strings.Fields(names), name) {
			out = append(out, name+" "+strings.Join(values, "|"))
		}
	}
	return out
}

// Who is dialled and sends the call on: when the end of that is known, and how, with the events of
// Asterisk 20.20.1. Only once somebody else is called it is a forward.
func TestForwardedDial(t *testing.T) {
	const plan = "[inside]\nexten => 1002,1,Dial(SIP/1002,20)\nexten => 1009,1,Dial(SIP/1002,20,i)\nexten => 7,1,Busy()\n"
	for name, c := range map[string]struct {
		dial, to string
		want     []string
		record   string
	}{
		"nowhere": {"1002", "999", []string{"Newchannel SIP/1001-00000000", "Newchannel SIP/1002-00000001", "DialBegin SIP/1002-00000001",
			"Newchannel Local/999@inside-00000000;1", "Newchannel Local/999@inside-00000000;2", "DialEnd SIP/1002-00000001|CONGESTION",
			"Hangup SIP/1002-00000001", "Hangup Local/999@inside-00000000;2", "Hangup Local/999@inside-00000000;1",
			"Hangup SIP/1001-00000000"}, "CONGESTION"},
		"to one who is busy": {"1002", "7", []string{"Newchannel SIP/1001-00000000", "Newchannel SIP/1002-00000001",
			"DialBegin SIP/1002-00000001", "Newchannel Local/7@inside-00000000;1", "Newchannel Local/7@inside-00000000;2",
			"DialEnd SIP/1002-00000001|7|CANCEL", "DialBegin Local/7@inside-00000000;1", "Hangup SIP/1002-00000001"}, "NO ANSWER"},
		"not followed": {"1009", "7", []string{"Newchannel SIP/1001-00000000", "Newchannel SIP/1002-00000001", "DialBegin SIP/1002-00000001",
			"DialEnd SIP/1002-00000001|7|CANCEL", "DialEnd SIP/1002-00000001|BUSY", "Hangup SIP/1002-00000001",
			"Hangup SIP/1001-00000000"}, "NO ANSWER"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan, "manager.conf": managerConf,
					"cdr.conf": "[general]\nunanswered=yes\ncongestion=yes\n[csv]\n"})
				admin := w.client("admin", "secret")
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				admin.read(time.Second)
				call := a.Dial(c.dial)
				answered(t, b).Redirect("<sip:" + c.to + "@10.0.0.1>")
				time.Sleep(2 * time.Second)
				got := wordsOf(admin.read(time.Second), "Newchannel DialBegin DialEnd Hangup", "DestChannel", "Forward", "DialStatus", "Channel")
				for i, e := range got { // of a dialling only whom
					name, fields, _ := strings.Cut(e, " ")
					if _, callee, ok := strings.Cut(fields, "|"); ok {
						got[i] = name + " " + callee
					}
				}
				if c.to == "7" && c.dial == "1002" { // what the other half does meanwhile is its own
					got = slices.DeleteFunc(got, func(e string) bool { return e == "Hangup Local/7@inside-00000000;2" })
					got = got[:min(len(got), len(c.want))]
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("events:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
				}
				call.Hangup()
				time.Sleep(time.Second)
				a.Close()
				b.Close()
				w.stop()
				if record := recordsOf(w, 6, 14); !slices.Contains(record, "SIP/1002-00000001|"+c.record) {
					t.Errorf("records %q, want %s", record, c.record)
				}
			})
		})
	}
}

// Whose time is over (L, S): who was called leaves first, both are with nobody from then on.
func TestWhoLeavesFirst(t *testing.T) {
	const plan = "[inside]\nexten => 1,1,Dial(SIP/1002,20,S(3))\nexten => 2,1,Dial(SIP/1002,20,L(3000))\n"
	for _, exten := range []string{"1", "2"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan, "manager.conf": managerConf})
			admin := w.client("admin", "secret")
			a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
			call := a.Dial(exten)
			answered(t, b).Answer()
			call.Wait("200", time.Second)
			time.Sleep(time.Second)
			admin.read(time.Second)
			time.Sleep(4 * time.Second)
			got := wordsOf(admin.read(time.Second), "BridgeLeave VarSet", "Channel", "Variable")
			got = slices.DeleteFunc(got, func(e string) bool {
				return !strings.HasPrefix(e, "BridgeLeave") && !strings.HasSuffix(e, "|BRIDGEPEER")
			})
			want := []string{"VarSet SIP/1002-00000001|BRIDGEPEER", "VarSet SIP/1001-00000000|BRIDGEPEER",
				"BridgeLeave SIP/1002-00000001", "BridgeLeave SIP/1001-00000000"}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q", exten, got)
			}
			a.Close()
			b.Close()
			w.stop()
		})
	}
}
