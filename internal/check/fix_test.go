package check

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fixed applies what Fix writes for a folder, as a person would, and returns the diff.
func fixed(t *testing.T, dir string) string {
	t.Helper()
	list, err := Run(dir, dir)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Fix(&b, list); err != nil {
		t.Fatal(err)
	}
	if b.Len() == 0 {
		return ""
	}
	if _, err := exec.LookPath("patch"); err != nil {
		t.Skip("there is no patch here")
	}
	c := exec.Command("patch", "-p0", "--batch", "--fuzz=0")
	c.Dir, c.Stdin = dir, bytes.NewReader(b.Bytes())
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("patch: %v\n%s\n%s", err, out, b.String())
	}
	return b.String()
}

// What a diff changes, and what it leaves alone.
func TestFix(t *testing.T) {
	for name, c := range map[string]struct{ file, old, new, want string }{
		"lamps":                  {"sip.conf", "callcounter=yes\n", "", "+callcounter=yes"},
		"lamps, said in general": {"sip.conf", "callcounter=yes\n", "callcounter=no ; slow\n", "+callcounter=yes ; slow"},
		"lamps, said of a phone": {"sip.conf", "type=friend\n", "type=friend\ncallcounter=no\n", "+callcounter=yes"},
		"busylevel":              {"sip.conf", "callcounter=yes\n", "busylevel=1\n", "+callcounter=yes"},
		"not counted on purpose": {"sip.conf", "type=friend\n", "type=friend\ncall-limit=0\n", ""},
		"separators": {"extensions.conf", "[outgoing]\n", "[outgoing]\nexten => 61,1,Dial(SIP/201|20|t)\n",
			"+exten => 61,1,Dial(SIP/201,20,t)"},
		"an underscore": {"extensions.conf", "[outgoing]\n", "[outgoing]\nexten => 6XX,1,Answer()\n", "+exten => _6XX,1,Answer()"},
		"quotation marks": {"extensions.conf", "[outgoing]\n",
			"[outgoing]\nexten => 61,1,GotoIf($[${FOO} = 1]?62,1)\nexten => 62,1,Set(FOO=1)\n", `+exten => 61,1,GotoIf($["${FOO}" = "1"]?62,1)`},
		"a blank in front of =": {"extensions.conf", "[outgoing]\n", "[outgoing]\nexten => 61,1,Set(OUT = 5)\n same => n,NoOp(${OUT})\n",
			"+exten => 61,1,Set(OUT=5)"},
		"a name of old":                         {"sip.conf", "callcounter=yes\n", "callcounter=yes\nauthid=x\n", "+defaultuser=x"},
		"a word that would take passwords away": {"sip.conf", "type=friend\n", "type=friend\ninsecure=very\n", ""},
		"quotes of a word":                      {"sip.conf", "callcounter=yes\n", "callcounter=yes\nrealm=\"office\"\n", "+realm=office"},
		"quotes that a secret has":              {"sip.conf", "secret=Bw7-harbour-31-Ki\n", "secret=\"Bw7-harbour-31-Ki\"\n", ""},
		"a name that is misspelt":               {"sip.conf", "callcounter=yes\n", "callcuonter=yes\n", "+callcounter=yes"},
	} {
		dir := seeded{}.folder(t)
		path := filepath.Join(dir, c.file)
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), c.old) {
			t.Fatalf("%s: %v, no %q", name, err, c.old)
		}
		counted := strings.Replace(string(text), "call-limit=4\n", "", 1)
		if err := os.WriteFile(path, []byte(strings.Replace(counted, c.old, c.new, 1)), 0o640); err != nil {
			t.Fatal(err)
		}
		diff := fixed(t, dir)
		if got := strings.Split(diff, "\n"); c.want != "" && !slices.Contains(got, c.want) || c.want == "" && diff != "" {
			t.Errorf("%s: no %q in\n%s", name, c.want, diff)
		}
		if again := fixed(t, dir); again != "" {
			t.Errorf("%s: there is more to mend afterwards:\n%s", name, again)
		}
	}
}

// Whatever is mended of the seeded mistakes makes no new one, and is mended at once.
func TestFixMakesNothingWorse(t *testing.T) {
	for _, c := range cases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := c.folder(t)
			before, err := Run(dir, dir)
			if err != nil {
				t.Fatal(err)
			}
			diff := fixed(t, dir)
			if diff == "" {
				return
			}
			after, err := Run(dir, dir)
			if err != nil {
				t.Fatal(err)
			}
			known := map[string]int{}
			for _, f := range loud(before) {
				known[f.Code]++
			}
			for _, f := range loud(after) {
				// nat of a phone that is in effect again may be told from that of others
				if known[f.Code]--; known[f.Code] < 0 && f.Code != "sip-nat-differs" {
					t.Errorf("new: %+v\n%s", f, diff)
				}
			}
			told := func(f Finding) bool { return f.Code == "sip-nat-differs" }
			if len(slices.DeleteFunc(after, told)) >= len(slices.DeleteFunc(before, told)) {
				t.Errorf("what was mended is told still, or something else:\n%s", diff)
			}
			if again := fixed(t, dir); again != "" {
				t.Errorf("there is more to mend afterwards:\n%s\nafter\n%s", again, diff)
			}
		})
	}
}
