package calls

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// tortureAnswers: what a running switchboard with guests answers to the
// messages of RFC 4475; "" is nothing. Those not listed are checked for
// survival only.
var tortureAnswers = map[string]string{
	"badvers.dat":    "505",
	"bext01.dat":     "420",
	"badinv01.dat":   "404", // liberal: empty parameters are nothing
	"bcast.dat":      "",
	"bigcode.dat":    "",
	"clerr.dat":      "404",
	"insuf.dat":      "400",
	"invut.dat":      "404", // as chan_sip: a body of another type is none
	"intmeth.dat":    "400",
	"inv2543.dat":    "", // as chan_sip with pedantic=yes: its From has no tag
	"ltgtruri.dat":   "404",
	"mcl01.dat":      "404",
	"mismatch01.dat": "404",
	"mismatch02.dat": "501",
	"multi01.dat":    "404",
	"ncl.dat":        "404",
	"novelsc.dat":    "416",
	"noreason.dat":   "",
	"quotbal.dat":    "404",
	"regbadct.dat":   "401",
	"scalar02.dat":   "400",
	"scalarlg.dat":   "",
	"sdp01.dat":      "404",
	"unkscm.dat":     "416",
	"unreason.dat":   "",
	"wsinv.dat":      "481",
	"zeromf.dat":     "404",
	"esc02.dat":      "501",
	"dblreq.dat":     "401",
	"semiuri.dat":    "404",
	"mpart01.dat":    "404",
}

// viaPort finds the port that an answer goes to.
var viaPort = regexp.MustCompile(`(?i)\nv(?:ia)?\s*:\s*SIP\s*/\s*2\.0\s*/\s*\w+\s+[\w.-]+\s*:\s*(\d+)`)

func TestTortureMessagesAgainstTheWhole(t *testing.T) {
	files, _ := filepath.Glob("../../internal/sipstack/testdata/torture/*.dat")
	if len(files) < 49 {
		t.Fatalf("%d files", len(files))
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, baseExtensions, testkit.Faults{})
		for i, f := range files {
			name := filepath.Base(f)
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			port := "5060"
			if m := viaPort.FindSubmatch(b); m != nil {
				port = string(m[1])
			}
			// Each from an address of its own: answers to an INVITE are repeated.
			s := newWire(t, w.net, fmt.Sprintf("10.9.9.%d:%s", i+1, port), "10.0.0.1:5060")
			s.send(string(b))
			got := readTorture(s)
			s.conn.Close()
			if want, known := tortureAnswers[name]; known && got != want {
				t.Errorf("%d %s: %q, want %q", i, name, got, want)
			}
		}
		if n := w.sys.Stack().Counters.Panics.Load(); n != 0 {
			t.Errorf("%d panics", n)
		}
		a := w.registered("1001", "one", "10.0.0.11:5060")
		if c := a.Dial("600"); !c.Wait("200", time.Second) {
			t.Error("no call after the torture")
		}
		a.Close()
		w.stop()
	})
}

// readTorture returns the status of the first answer within a second.
func readTorture(s *wire) string {
	buf := make([]byte, 65536)
	s.conn.SetReadDeadline(time.Now().Add(time.Second))
	n, _, err := s.conn.ReadFrom(buf)
	if err != nil {
		return ""
	}
	f := strings.Fields(string(buf[:n]))
	return f[1]
}
