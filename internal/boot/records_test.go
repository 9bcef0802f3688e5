package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The dialplan changes its call records: none, two, begun anew, with fields of its own; and
// records in a form of the user's.
func TestRecordsOfTheDialplan(t *testing.T) {
	const plan = `[inside]
exten => 1,1,Answer()
same => n,NoCDR()
same => n,Wait(1)
exten => 2,1,Answer()
same => n,Wait(2)
same => n,Set(CDR(shop)=Berlin)
same => n,ResetCDR(v)
same => n,Wait(1)
same => n,Set(GLOBAL(SEEN)=${CDR(shop)} ${CDR(duration)} ${CDR(billsec,f):0:3} ${CDR(disposition,u)} ${CDR(nothing)})
exten => 3,1,Answer()
same => n,Wait(1)
same => n,ForkCDR(r)
same => n,Set(CDR(userfield)=both)
same => n,Wait(2)
exten => 4,1,Set(CDR_PROP(disable)=1)
same => n,Wait(1)
same => n,Set(CDR_PROP(disable)=0)
same => n,Hangup(17)
`
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan,
			"cdr_custom.conf": "[mappings]\nmine.csv => ${CSV_QUOTE(${CDR(clid)})},${CDR(dst)},${CDR(billsec)},${CDR(shop)},${CDR(sequence)}\n"})
		p := w.registered("1001", "one", "10.0.0.11:5060")
		for _, number := range []string{"1", "2", "3", "4"} {
			p.Dial(number)
			time.Sleep(5 * time.Second)
		}
		p.Close()
		w.stop()
		if got := w.global("SEEN"); got != "Berlin 1 1.0 8 " {
			t.Errorf("CDR() reads %q", got)
		}
		var short []string
		for _, l := range strings.Split(strings.TrimSpace(w.cdr()), "\n") {
			f := strings.Split(strings.ReplaceAll(l, `"`, ""), ",")
			short = append(short, strings.Join([]string{f[2], f[12], f[13], f[14], f[16]}, " "))
		}
		if got, want := strings.Join(short, "; "), "2 1 1 ANSWERED ; 3 2 3 ANSWERED both; 3 3 3 ANSWERED both; 4 1 0 BUSY "; got != want {
			t.Errorf("records: %s, want %s", got, want)
		}
		b, _ := os.ReadFile(filepath.Join(w.dir, "log/cdr-custom/mine.csv"))
		lines := strings.Split(strings.TrimSpace(string(b)), "\n")
		if len(lines) != 4 || !strings.HasPrefix(lines[0], `"""Alice"" <1001>",2,1,Berlin,`) {
			t.Errorf("cdr_custom: %s", b)
		}
	})
}
