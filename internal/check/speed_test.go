package check

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"obelisk/internal/check/tell"
)

// BenchmarkTenThousand is a site with 10,000 phones and 50,000 lines of dialplan.
func BenchmarkTenThousand(b *testing.B) {
	dir := b.TempDir()
	sip, plan := strings.Builder{}, strings.Builder{}
	sip.WriteString("[general]\nallowguest=no\ncontext=nowhere\ncallcounter=yes\n[phones](!)\ntype=friend\nhost=dynamic\ncontext=office\n")
	plan.WriteString("[nowhere]\nexten => s,1,Hangup()\n[lamps]\n")
	const phones = 10000
	for i := range phones {
		fmt.Fprintf(&sip, "[%d](phones)\nsecret=Zx%dq-meadow-%d\ncallerid=\"N %d\" <%d>\n", phones+i, i, i*7, i, phones+i)
		fmt.Fprintf(&plan, "exten => %d,hint,SIP/%d\n", phones+i, phones+i)
	}
	plan.WriteString("[office]\ninclude => lamps\n")
	for i := range phones {
		fmt.Fprintf(&plan, "exten => %d,1,Dial(SIP/%d,20)\n same => n,GotoIf($[\"${DIALSTATUS}\" = \"BUSY\"]?b)\n same => n,NoOp()\n same => "+
			"n(b),Hangup()\n", phones+i, phones+i)
	}
	for name, text := range map[string]string{"sip.conf": sip.String(), "extensions.conf": plan.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o640); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		list, err := Run(dir, dir)
		if err != nil || len(list) != phones {
			b.Fatal(len(list), err)
		}
		if err := (tell.Report{Totals: true}).Write(io.Discard, list); err != nil {
			b.Fatal(err)
		}
	}
}
