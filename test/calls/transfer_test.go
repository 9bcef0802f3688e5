package calls

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// heardAt says whether a phone hears the tone that another sends.
func heardAt(from, at *testkit.Call) bool {
	_, before := at.Media.Counts()
	from.Media.Tone(440, 300*time.Millisecond)
	time.Sleep(time.Second)
	_, after := at.Media.Counts()
	return after-before >= 14
}

// A blind transfer by either party: the other one talks to the third phone, the
// phone that transferred is told so and hangs up, and nothing is left behind.
func TestBlindTransfer(t *testing.T) {
	for _, byCaller := range []bool{true, false} {
		name := map[bool]string{true: "by the caller", false: "by the callee"}[byCaller]
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world, a, b *testkit.Phone) {
				c := w.registered("1003", "three", "10.0.0.13:5060")
				defer c.Close()
				call, in := connected(t, a, b, "1002")
				by, other := call, in
				if !byCaller {
					by, other = in, call
				}
				by.Hold("sendonly")
				if status := by.Send("REFER", "Refer-To: <sip:703@10.0.0.1>\r\nReferred-By: <sip:boss@10.0.0.1>\r\n", ""); status != 202 {
					t.Fatalf("REFER was answered %d", status)
				}
				if got := heard(by, 500*time.Millisecond); !strings.Contains(got, "NOTIFY SIP/2.0 200 OK") {
					t.Errorf("the transferrer heard %q", got)
				}
				if m := by.LastRequest("NOTIFY"); m.Get("Allow") == "" || m.Get("Supported") != "replaces, timer" ||
					m.Get("Subscription-state") != "terminated;reason=noresource" {
					t.Errorf("the NOTIFY has %v", m.Headers)
				}
				if status := by.Hangup(); status != 200 {
					t.Errorf("its BYE was answered %d", status)
				}
				if !other.Wait("BYE", 15*time.Second) { // 703 hangs up at once
					t.Error("the other party is not where it was sent")
				}
				time.Sleep(time.Second)
				if n, _, _ := w.sys.Core().Counts(); n != 0 {
					t.Errorf("%d channels left", n)
				}
			})
		})
	}
}

func TestBlindTransferToAPhone(t *testing.T) {
	for _, byCaller := range []bool{true, false} {
		name := map[bool]string{true: "by the caller", false: "by the callee"}[byCaller]
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(w *world, a, b *testkit.Phone) {
				call, in := connected(t, a, b, "1002")
				by, other := call, in
				if !byCaller {
					by, other = in, call
				}
				c := w.registered("1003", "three", "10.0.0.13:5060")
				defer c.Close()
				if status := by.Send("REFER", "Refer-To: <sip:1003@10.0.0.1>\r\n", ""); status != 202 {
					t.Fatalf("REFER was answered %d", status)
				}
				third := answered(t, c)
				by.Hangup()
				third.Ring()
				third.Answer()
				if !third.Wait("ACK", time.Second) {
					t.Fatal("the third phone is not connected")
				}
				if !heardAt(other, third) || !heardAt(third, other) {
					t.Error("they do not hear each other")
				}
				third.Hangup()
				if !other.Wait("BYE", 2*time.Second) {
					t.Error("the transferred party stays")
				}
				time.Sleep(time.Second)
				if n, _, _ := w.sys.Core().Counts(); n != 0 {
					t.Errorf("%d channels left", n)
				}
				records, _ := os.ReadFile(filepath.Join(w.dir, "log", "cdr-csv", "Master.csv"))
				if n := strings.Count(string(records), "ANSWERED"); n != 2 {
					t.Errorf("call records:\n%s", records)
				}
			})
		})
	}
}

// What a REFER may be answered, and that the call goes on.
func TestTransferRefused(t *testing.T) {
	for name, c := range map[string]struct {
		options, refer string
		status         int
		notify         string
	}{
		"not allowed":       {"allowtransfer=no\n", "Refer-To: <sip:1003@10.0.0.1>\r\n", 603, ""},
		"no such extension": {"", "Refer-To: <sip:4711@10.0.0.1>\r\n", 202, "NOTIFY SIP/2.0 404 Not found"},
		"no address":        {"", "", 400, ""},
		"not SIP":           {"", "Refer-To: <mailto:a@b.example>\r\n", 603, ""},
		"a tel: number":     {"", "Refer-To: <tel:47-11>\r\n", 202, "NOTIFY SIP/2.0 404 Not found"},
		"two targets":       {"", "Refer-To: <sip:1003@10.0.0.1>\r\nRefer-To: <sip:1003@10.0.0.1>\r\n", 400, ""},
		"two in a list":     {"", "r: <sip:1003@10.0.0.1>, <sip:1001@10.0.0.1>\r\n", 400, ""},
		"another method":    {"", "Refer-To: <sip:1003@10.0.0.1;method=BYE>\r\n", 603, ""},
		"without brackets":  {"", "Refer-To: sip:1003@10.0.0.1;method=INFO\r\n", 603, ""},
		"no user":           {"", "Refer-To: <sip:10.0.0.1>\r\n", 202, "NOTIFY SIP/2.0 404 Not found"},
		"two Replaces": {"",
			"Refer-To: <sip:1003@10.0.0.1?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2&replaces=y%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\n", 400, ""},
		"decoded once": {"", "Refer-To: <sip:100%2533@10.0.0.1>\r\n", 202, "NOTIFY SIP/2.0 404 Not found"},
	} {
		t.Run(name, func(t *testing.T) {
			inWorldOf(t, strings.Replace(baseSIP, "secret=one\n", "secret=one\n"+c.options, 1), func(w *world, a, b *testkit.Phone) {
				call, in := connected(t, a, b, "1002")
				if status := call.Send("REFER", c.refer, ""); status != c.status {
					t.Errorf("answered %d", status)
				}
				if got := heard(call, 500*time.Millisecond); got != c.notify {
					t.Errorf("heard %q", got)
				}
				if !heardAt(call, in) {
					t.Error("the call is disturbed")
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		call := a.Dial("600") // the echo application
		call.Wait("200", time.Second)
		call.Send("REFER", "Refer-To: <sip:1002@10.0.0.1>\r\n", "")
		if got := heard(call, 500*time.Millisecond); got != "NOTIFY SIP/2.0 503 Service Unavailable (can't handle one-legged xfers)" {
			t.Errorf("one leg: %q", got)
		}
		call.Hangup()
	})
}

// A phone that transfers and then never hangs up is hung up.
func TestTransferrerThatStays(t *testing.T) {
	inWorld(t, func(w *world, a, b *testkit.Phone) {
		call, in := connected(t, a, b, "1002")
		begun := time.Now()
		call.Send("REFER", "Refer-To: <sip:600@10.0.0.1>\r\n", "")
		if !call.Wait("BYE", time.Minute) {
			t.Fatal("it stays")
		}
		if d := time.Since(begun); d < 31*time.Second || d > 34*time.Second {
			t.Errorf("after %v", d)
		}
		in.Hangup()
	})
}
