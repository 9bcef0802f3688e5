package calls

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

const decisions = "../testdata/decisions"

// decisionRows reads the table that the SIPp runs use too.
func decisionRows(t *testing.T, name string) (out [][]string) {
	t.Helper()
	f, err := os.Open(filepath.Join(decisions, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if l := sc.Text(); l != "" && l[0] != '#' {
			out = append(out, strings.Split(l, "\t"))
		}
	}
	return
}

var decisionGenerals = map[string]string{
	"guest":          "allowguest=yes\nalwaysauthreject=yes\n",
	"hidden":         "allowguest=no\nalwaysauthreject=yes\n",
	"plain":          "allowguest=no\nalwaysauthreject=no\n",
	"domains-hidden": "alwaysauthreject=yes\ndomain=pbx.local\n",
	"domains-plain":  "alwaysauthreject=no\ndomain=pbx.local\n",
}

var decisionServer = netip.MustParseAddrPort("127.0.0.1:5970")

// inDecision runs f against a switchboard with the table's endpoints.
func inDecision(t *testing.T, general string, f func(n *testkit.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sip, _ := os.ReadFile(filepath.Join(decisions, "sip.conf"))
		ext, _ := os.ReadFile(filepath.Join(decisions, "extensions.conf"))
		text := strings.Replace(string(sip), "#include general.conf", decisionGenerals[general], 1)
		text = strings.Replace(text, "host=localhost", "host=127.0.0.1", 1)
		w := newWorld(t, text, string(ext), testkit.Faults{})
		f(w.net)
		w.stop()
	})
}

func TestInviteDecisions(t *testing.T) {
	for _, r := range decisionRows(t, "invite.tsv") {
		t.Run(r[0], func(t *testing.T) {
			inDecision(t, r[1], func(n *testkit.Network) {
				p, err := testkit.NewPhone(n.Listen, netip.MustParseAddrPort(r[3]), decisionServer, r[2], r[6])
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				p.AuthUser = r[5]
				c := p.Dial(r[4])
				if got := strings.TrimPrefix(heard(c, time.Second), "100 "); got != r[7][len(r[7])-3:] {
					t.Errorf("heard %s, want %s", got, r[7])
				}
				if challenged := c.Challenged(); challenged != strings.HasPrefix(r[7], "401 ") {
					t.Errorf("challenged: %v, want %s", challenged, r[7])
				}
				if strings.HasSuffix(r[7], "200") {
					c.Hangup()
				}
			})
		})
	}
}

func TestRegisterDecisions(t *testing.T) {
	for _, r := range decisionRows(t, "register.tsv") {
		t.Run(r[0], func(t *testing.T) {
			inDecision(t, r[1], func(n *testkit.Network) {
				p, err := testkit.NewPhone(n.Listen, netip.MustParseAddrPort("127.0.0.2:5080"), decisionServer, r[2], r[4])
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				p.AuthUser = r[3]
				lines := strings.ReplaceAll(r[5], `\n`, "\r\n")
				if lines != "" {
					lines += "\r\n"
				}
				status, _, err := p.RegisterWith(lines)
				if got := fmt.Sprint(status); got != r[6][len(r[6])-3:] {
					t.Errorf("%s (%v), want %s", got, err, r[6])
				}
			})
		})
	}
}
