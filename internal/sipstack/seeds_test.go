package sipstack

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"obelisk/internal/auth"
	"obelisk/internal/sdp"
)

// TestEveryMessageOfTheOwnersReading parses each SIP message of the documents,
// requests and responses, with blanks restored that the pages lost. How the
// switchboard answers the requests is tested in test/calls.
func TestEveryMessageOfTheOwnersReading(t *testing.T) {
	b, err := os.ReadFile("testdata/seeds.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Split(string(b), "====\n")
	if len(all) != 33 {
		t.Fatalf("%d messages", len(all))
	}
	bodies, digests := 0, 0
	for i, text := range all {
		head, body, _ := strings.Cut(strings.ReplaceAll(text, "\n", "\r\n"), "\r\n\r\n")
		if at := strings.Index(head, "Content-Length:"); at >= 0 && body != "" {
			_, rest, _ := strings.Cut(head[at:], "\r\n")
			head = head[:at] + fmt.Sprintf("Content-Length: %d", len(body)) + strings.TrimRight("\r\n"+rest, "\r\n")
		}
		m, err := Parse([]byte(head + "\r\n\r\n" + body))
		if err != nil {
			t.Errorf("message %d: %v\n%s", i, err, text)
			continue
		}
		if m.From.Tag() == "" || m.CallID == "" || m.Via.Branch == "" || m.Method == "" {
			t.Errorf("message %d: %+v", i, m)
		}
		if c, ok := m.Contact(); m.Has("Contact") && (!ok || c.ParsedURI().Host == "") {
			t.Errorf("message %d: Contact %s", i, m.Header("Contact"))
		}
		if len(m.Body) > 0 {
			bodies++
			if s, err := sdp.Parse(m.Body); err != nil || s.Media[0].Kind != "audio" || !s.Media[0].Remote().IsValid() {
				t.Errorf("message %d: SDP %v %v", i, s, err)
			}
		}
		for _, name := range []string{"Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate"} {
			if v := m.Header(name); v != "" {
				digests++
				d, ok := auth.ParseDigest(v)
				if !ok || d["realm"] == "" {
					t.Errorf("message %d: %s: %v", i, name, d)
				}
			}
		}
	}
	if bodies != 5 || digests < 15 {
		t.Errorf("%d bodies, %d digests", bodies, digests)
	}
}
