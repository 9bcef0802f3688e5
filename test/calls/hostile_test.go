package calls

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/boot"

	"github.com/rs/zerolog"
)

// hostile is what a stranger would be called so that a line of his stands in the log, the
// events and the records: escaped as in a SIP address.
const hostile = "x%0d%0a%0d%0aEvent: Hangup%0d%0aChannel: SIP/boss-1%0d%0a%0d%0a[Jan  1 08:00:00] NOTICE[1] chan_sip.c: " +
	"Registration from a failed%1b[2J%00%c2%85y"

const hostilePlan = `[inside]
exten => 1,1,Set(E=${URIDECODE(` + hostile + `)})
same => n,Set(CALLERID(num)=${E})
same => n,Set(CALLERID(name)=${E})
same => n,Set(CDR(userfield)=${E})
same => n,Set(GLOBAL(G)=${E})
same => n,UserEvent(Seen,Caller: ${E},${E}: x)
same => n,Log(NOTICE,${E})
same => n,Verbose(0,${E})
same => n,QueueLog(q,u,a,${E},${E})
same => n,Answer()
same => n,Wait(5)
[public]
exten => 2,1,UserEvent(Seen,Num: ${CALLERID(num)},Name: ${CALLERID(name)},Rdnis: ${REDIRECTING(from-num)},Header: ${SIP_HEADER(X-A)})
same => n,Answer()
same => n,Wait(5)
`

// entry is the beginning of a line of the log.
var entry = regexp.MustCompile(`^(\[[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d\] (NOTICE|WARNING|VERBOSE|ERROR|SECURITY)\[\d+\]|      )`)

func controls(t *testing.T, what, text string) {
	t.Helper()
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 }); i >= 0 {
		t.Errorf("%s has %q", what, text[max(0, i-20):min(len(text), i+20)])
	}
}

// Whatever a text holds, nothing that is written line by line gets a line of it.
func TestTextStaysInItsLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": hostilePlan, "manager.conf": managerConf,
			"cdr_manager.conf": "[general]\nenabled=yes\n",
			"logger.conf":      "[logfiles]\nmessages => notice,warning,error,verbose(5)\n",
			"cdr_custom.conf":  "[mappings]\nown => ${CDR(clid)} ${CDR(userfield)} ${G}\n",
			"cel.conf":         "[general]\nenable=yes\nevents=ALL\n[manager]\nenabled=yes\n",
			"cel_custom.conf":  "[mappings]\ncel => ${eventtype} ${CALLERID(name)} ${CALLERID(num)}\n"})
		c := w.client("admin", "secret")
		c.read(100 * time.Millisecond)
		a := w.registered("1001", "one", "10.0.0.11:5060")
		call := a.Dial("1")
		if !call.Wait("200", time.Second) {
			t.Fatal("no answer")
		}
		var shown strings.Builder
		for _, l := range []string{"core show channels concise", "core show channel " + w.sys.Core().Channels()[0].Name(),
			"dialplan show globals", "call show " + call.ID, "call list"} {
			w.sys.Console().Run(&shown, l)
		}
		call.Hangup()
		events := c.read(time.Second)
		for _, block := range strings.Split(events, "\r\n\r\n") {
			if strings.HasPrefix(block, "Event: Hangup\r\nChannel") || strings.HasPrefix(block, "[Jan") {
				t.Errorf("a forged event:\n%s", block)
			}
			for _, l := range strings.Split(block, "\r\n") {
				controls(t, "an event", l)
			}
		}
		if !strings.Contains(events, "UserEvent: Seen\r\nCaller: x  Event: Hangup Channel: SIP/boss-1  [Jan") {
			t.Errorf("no event with the text:\n%s", events)
		}
		controls(t, "the console", shown.String())
		if strings.Contains(shown.String(), "\n[Jan") || !strings.Contains(shown.String(), "G=x  Event") {
			t.Errorf("the console shows:\n%s", shown.String())
		}
		c.ask("Action: Logoff")
		a.Close()
		w.stop()
		for file, lines := range map[string]int{"cdr-csv/Master.csv": 1, "cdr-custom/own": 1, "cel-custom/cel": 5, "queue_log": 2,
			"messages": 0} {
			b, err := os.ReadFile(filepath.Join(w.dir, "log", file))
			if err != nil {
				t.Error(err)
			}
			text := strings.TrimSuffix(string(b), "\n")
			controls(t, file, text)
			if !strings.Contains(text, "SIP/boss-1") {
				t.Errorf("%s does not have the text:\n%s", file, text)
			}
			for _, l := range strings.Split(text, "\n") {
				if lines == 0 && !entry.MatchString(l) {
					t.Errorf("a line of the log begins with %q", l)
				}
			}
			if n := strings.Count(text, "\n") + 1; lines > 0 && n != lines {
				t.Errorf("%s has %d lines, not %d:\n%s", file, n, lines, text)
			}
		}
	})
}

// What a call from the wire brings has no control characters from the beginning.
func TestTextFromTheWireIsPrintable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": hostilePlan, "manager.conf": managerConf})
		c := w.client("admin", "secret")
		c.read(100 * time.Millisecond)
		p := w.phone("a%0d%0ab", "", "10.0.0.66:5060")
		p.Headers = "Diversion: \"n\x1b[2J\" <sip:c%0ad%c2%9b@x>\r\nX-A: \x1b[1mbold\x08\r\n"
		call := p.Dial("2")
		if !call.Wait("200", time.Second) {
			t.Fatal("no answer")
		}
		if got := c.read(time.Second); !strings.Contains(got, "Num: ab\r\n") || !strings.Contains(got, "Rdnis: cd\r\nHeader: [1mbold\r\n") {
			t.Errorf("the event:\n%s", got)
		}
		call.Hangup()
		c.ask("Action: Logoff")
		p.Close()
		w.stop()
	})
}

// Log watchers read whose requests failed. What a stranger calls himself, and whom he calls,
// cannot be taken for the address.
func TestNobodyElseIsNamedInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(baseSIP, "alwaysauthreject", "allowguest=no\nalwaysauthreject", 1),
			"extensions.conf": hostilePlan,
			"logger.conf":     "[logfiles]\nmessages => notice,warning,error,verbose(5)\n"})
		w.restart(func(o *boot.Options) { o.Log = zerolog.New(io.Discard) }) // it logs to files
		const forged = "x'failed-for-'198.51.100.7:5060'-Wrong-password"
		p := w.phone(forged, "wrong", "10.0.0.66:5060")
		if status, _, _ := p.Register(60); status != 403 {
			t.Errorf("a stranger who registers is answered %d", status)
		}
		if call := p.Dial("2"); !call.Wait("403", time.Second) {
			t.Error("a stranger is not refused")
		}
		a := w.registered("1001", "one", "10.0.0.11:5060")
		if call := a.Dial(forged); !call.Wait("404", time.Second) {
			t.Error("there is an extension of that name")
		}
		p.Close()
		a.Close()
		w.stop()
		b, err := os.ReadFile(filepath.Join(w.dir, "log", "messages"))
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range strings.Split(string(b), "\n") {
			if strings.Contains(l, "'198.51.100.7") {
				t.Errorf("a line that blames another: %s", l)
			}
		}
		if n := strings.Count(string(b), "_198.51.100.7"); n != 3 {
			t.Errorf("%d lines of three refusals:\n%s", n, b)
		}
	})
}
