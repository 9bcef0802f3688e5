package calls

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// Call files: one that is answered, one for later, tries that fail, and what cannot be read.
func TestCallFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, originatePlan, testkit.Faults{})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		spool := filepath.Join(w.dir, "spool")
		put := func(name, text string, at time.Time) {
			path := filepath.Join(w.dir, name) // made elsewhere and moved, as it should be
			os.WriteFile(path, []byte(text), 0o644)
			os.Chtimes(path, at, at)
			if err := os.Rename(path, filepath.Join(spool, "outgoing", name)); err != nil {
				t.Fatal(err)
			}
		}
		there := func(folder, name string) string {
			b, err := os.ReadFile(filepath.Join(spool, folder, name))
			if err != nil {
				return ""
			}
			return string(b)
		}
		took := func(d time.Duration) *testkit.Call {
			select {
			case in := <-a.Incoming:
				return in
			case <-time.After(d):
				return nil
			}
		}
		now := time.Now()
		put("a.call", "Channel: SIP/1001\nCallerID: \"Bot\" <99>\nContext: inside\nExtension: 601\nPriority: 1\nSet: X=1\nArchive: yes\n", now)
		in := took(3 * time.Second)
		if in == nil {
			t.Fatal("the call is not made")
		}
		in.Answer()
		if !in.Wait("BYE", 5*time.Second) || w.global("AT") != "601 99 inside" {
			t.Errorf("it ran %q", w.global("AT"))
		}
		if there("outgoing", "a.call") != "" || !strings.Contains(there("outgoing_done", "a.call"), "Status: Completed\n") {
			t.Errorf("the file: %q %q", there("outgoing", "a.call"), there("outgoing_done", "a.call"))
		}

		put("later.call", "Channel: SIP/1001\nApplication: Wait\nData: 1\n", now.Add(time.Minute))
		if took(30*time.Second) != nil {
			t.Error("a call for later is made now")
		}
		if in = took(40 * time.Second); in == nil {
			t.Fatal("the call for later is not made")
		}
		in.Answer()
		in.Wait("BYE", 5*time.Second)
		if there("outgoing", "later.call") != "" {
			t.Error("a file that is done with is left")
		}

		put("busy.call", "Channel: SIP/1001\nContext: inside\nExtension: 601\nMaxRetries: 2\nRetryTime: 20\nWaitTime: 10\n", time.Now())
		begun := time.Now()
		for i := range 3 {
			if in = took(25 * time.Second); in == nil {
				t.Fatalf("try %d is not made", i+1)
			}
			in.Reject("486 Busy Here")
		}
		if d := time.Since(begun); d < 40*time.Second || d > 46*time.Second {
			t.Errorf("three tries took %s", d)
		}
		if took(time.Minute) != nil || there("outgoing", "busy.call") != "" {
			t.Error("there is no end of tries")
		}
		put("crash.call", "Channel: SIP/1001\nContext: inside\nExtension: 601\nMaxRetries: 0\nArchive: yes\n\nStartRetry: 99999 1 (1700000000)\n", time.Now())
		if in = took(5 * time.Second); in == nil {
			t.Fatal("a call that was being made when the switchboard ended is not made again")
		}
		in.Reject("486 Busy Here")
		time.Sleep(2 * time.Second)
		if got := there("outgoing_done",
			"crash.call"); !regexp.MustCompile(
			`\(1700000000\)\n\nAbortRetry: \d+ 1 \(\d+\)\n\nStartRetry: \d+ 1 \(\d+\)\nStatus: Expired\n$`).MatchString(got) {
			t.Errorf("it says %q", got)
		}
		put("bad.call", "Chanel: SIP/1001\nApplication: Wait\nArchive: yes\n", time.Now())
		put("worse.call", "Chanel: SIP/1001\nApplication: Wait\n", time.Now())
		time.Sleep(2 * time.Second)
		if there("outgoing", "worse.call")+there("outgoing_done", "worse.call") != "" {
			t.Error("a file that cannot be used is archived unasked")
		}
		if there("outgoing", "bad.call") != "" || !strings.Contains(there("outgoing_done", "bad.call"), "Status: Failed") {
			t.Error("a file that cannot be used stays")
		}
		a.Close()
		w.stop()
	})
}
