package calls

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
	"obelisk/internal/trace"
)

// What the console says of calls to programs, and whose messages it can log.
func TestCallsForPrograms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, baseExtensions, testkit.Faults{})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		good := a.Dial("600")
		good.Wait("200", time.Second)
		good.Hangup()
		bad := a.Dial("701")
		bad.Wait("486", time.Second)
		time.Sleep(time.Second)
		var story struct {
			ID, Verdict string
			Entries     []struct{ Kind, Text, Peer string }
		}
		if err := json.Unmarshal([]byte(w.console("call show "+bad.ID+" json")), &story); err != nil ||
			!strings.HasPrefix(story.Verdict, "The call was not answered") || len(story.Entries) < 5 {
			t.Errorf("%v %+v", err, story)
		}
		if all, failed := w.console("call list"), w.console("call list --failed"); strings.Count(all, "C-") < 2 ||
			strings.Count(failed, "C-") != 1 || !strings.Contains(failed, story.ID) {
			t.Errorf("all:\n%sfailed:\n%s", all, failed)
		}
		path := strings.TrimSpace(w.console("call export " + good.ID))
		pcap, err := os.ReadFile(path)
		_, entries, _ := w.sys.Core().Book().Search(good.ID).Story()
		messages := 0
		for _, e := range entries {
			if e.Kind != trace.Fact {
				messages++
			}
		}
		if n := bytes.Count(pcap, []byte("Call-ID: "+good.ID+"\r\n")); err != nil || n != messages || n < 6 ||
			!bytes.Contains(pcap, []byte("m=audio")) || bytes.Contains(pcap, []byte(bad.ID)) {
			t.Errorf("%v %s: %d messages of %d", err, path, n, messages)
		}
		if got := w.console("call export nope"); got != "There is no call 'nope' among the last ones.\nCommand 'call export nope' failed.\n" {
			t.Errorf("%q", got)
		}
		for _, row := range [][2]string{
			{"sip set debug ip 10.0.0.11", "SIP Debugging Enabled for IP: 10.0.0.11\n"},
			{"sip set debug peer 1001", "SIP Debugging Enabled for IP: 10.0.0.11:5060\n"},
			{"sip set debug peer xx", "No such peer 'xx'\n"},
			{"sip set debug call abc", "SIP Debugging Enabled for call: abc\n"},
			{"sip set debug on", "SIP Debugging re-enabled\n"},
			{"sip set debug off", "SIP Debugging Disabled\n"},
		} {
			if got := w.console(row[0]); got != row[1] {
				t.Errorf("%s: %q", row[0], got)
			}
		}
		a.Close()
		w.stop()
	})
}

// The audio of a call that is asked for is in its export, of both legs and both ways, as it
// is when it is not encrypted.
func TestCaptureOfACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, baseExtensions, testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		call, _ := connectVia(a, b)
		count := func() (packets int) {
			pcap, err := os.ReadFile(strings.TrimSpace(w.console("call export " + call.ID)))
			if err != nil {
				t.Fatal(err)
			}
			for f := pcap[24:]; len(f) > 0; {
				n := int(binary.LittleEndian.Uint32(f[8:]))
				if udp := f[16+20 : 16+n]; udp[8]>>6 == 2 && len(udp) == 8+12+160 {
					packets++
				}
				f = f[16+n:]
			}
			return packets
		}
		call.Media.Tone(1000, time.Second)
		time.Sleep(1500 * time.Millisecond)
		if n := count(); n != 0 {
			t.Errorf("%d packets that nobody asked for", n)
		}
		if got := w.console("call capture " + call.ID + " 5"); !strings.HasPrefix(got, "The audio of call C-00000001 is kept for 5 seconds;") {
			t.Error(got)
		}
		call.Media.Tone(1000, time.Second)
		time.Sleep(1500 * time.Millisecond)
		if n := count(); n < 90 || n > 110 { // 50 that came, 50 that went
			t.Errorf("%d packets of a second", n)
		}
		time.Sleep(5 * time.Second)
		before := count()
		call.Media.Tone(1000, time.Second)
		time.Sleep(1500 * time.Millisecond)
		if n := count(); n != before {
			t.Errorf("%d packets after the time", n-before)
		}
		call.Hangup()
		time.Sleep(time.Second)
		if got := w.console("call capture " + call.ID); !strings.HasPrefix(got, "the call has no audio at the moment\n") {
			t.Error(got)
		}
		a.Close()
		b.Close()
		w.stop()
	})
}
