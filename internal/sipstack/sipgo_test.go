package sipstack

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

var sipgoParser = sip.NewParser(sip.WithHeadersParsers(map[string]sip.HeaderParser{"content-length": contentLength, "l": contentLength}))

// disagreement says where our reading of a message differs from sipgo's, "" for
// nowhere. Messages that either refuses, or that sipgo is known to read wrongly
// (reference: line ends, folding, blanks around the name), are not compared.
func disagreement(b []byte) string {
	head, rest, ok := strings.Cut(string(b), "\r\n\r\n")
	if !ok || strings.Contains(strings.ReplaceAll(head, "\r\n", ""), "\n") || strings.ContainsAny(head, "\t") ||
		strings.Contains(head, "\r\n ") ||
		strings.ContainsRune(strings.ReplaceAll(head, "\r\n", ""), '\r') || strings.HasPrefix(head, "\r\n") {
		return ""
	}
	m := new(Message)
	_, err := m.scan(b)
	var ours []field
	for i := range m.headers.len() {
		ours = append(ours, m.headers.line(i))
	}
	theirs, errs := sipgoParser.ParseSIP(append([]byte(nil), b...))
	lengths := 0
	for _, f := range ours {
		if equalName(f.name, "Content-Length") {
			lengths++
		}
		if f.name == "" { // sipgo keeps, or refuses, what is no header
			return ""
		}
	}
	if err != nil || errs != nil || lengths != 1 { // sipgo adds one, and takes the last of several
		return ""
	}
	h := theirs.(interface{ Headers() []sip.Header }).Headers()
	if len(h) != len(ours) {
		return "the number of headers"
	}
	for i, f := range ours {
		name := h[i].Name()
		if len(name) == 1 && compact[name[0]|0x20] != "" {
			name = compact[name[0]|0x20]
		}
		if !strings.EqualFold(name, f.name) || strings.TrimSpace(h[i].Value()) != strings.TrimSpace(f.value) && !equalName(f.name,
			"Content-Length") {
			return f.name + ": " + f.value + " / " + h[i].Name() + ": " + h[i].Value()
		}
	}
	if body := string(m.Body); body != string(theirs.Body()) && body != rest { // sipgo cuts where Content-Length says so
		return "the body"
	}
	return ""
}

func TestScannerAgreesWithSipgo(t *testing.T) {
	files, _ := filepath.Glob("testdata/torture/*.dat")
	compared := 0
	for _, p := range files {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if d := disagreement(b); d != "" {
			t.Errorf("%s: %s", filepath.Base(p), d)
		}
		compared++
	}
	if d := disagreement([]byte(invite)); d != "" || compared < 40 {
		t.Errorf("%s; %d files", d, compared)
	}
}

func FuzzScannerAgreesWithSipgo(f *testing.F) {
	f.Add([]byte(invite))
	f.Add([]byte("SIP 0 \r\nContent-Length:1\r\n\r\n00000"))
	files, _ := filepath.Glob("testdata/torture/*.dat")
	for _, p := range files {
		b, _ := os.ReadFile(p)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if d := disagreement(b); d != "" {
			t.Errorf("%s\n%q", d, b)
		}
	})
}

func TestScanSaysWhatIsWrong(t *testing.T) {
	for text, want := range map[string]error{
		"A b SIP/2.0\r\n folded: z\r\n\r\n":                      errFold,
		"A b SIP/2.0":                                            errNoEnd,
		"A b SIP/2.0\r\nX: \x00\r\n\r\n":                         errNUL,
		"A b SIP/2.0\r\nX: a\rb\r\n\r\n":                         errNUL,
		"A b SIP/2.0\r\n" + strings.Repeat("X: y\n", 200) + "\n": errTooMany,
	} {
		if _, err := new(Message).scan([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}
