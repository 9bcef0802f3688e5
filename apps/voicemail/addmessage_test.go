package voicemail

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"obelisk/apps/voicemail/spool"
	"obelisk/dialplan"
	"obelisk/pbx"
)

// A recording of somebody else's becomes a message, and what cannot become one says why.
func TestTake(t *testing.T) {
	d, _ := office(t, "maxmsg=2", "")
	file := filepath.Join(t.TempDir(), "call.wav")
	os.WriteFile(file, []byte("sound"), 0o644)
	os.WriteFile(strings.TrimSuffix(file, "wav")+"gsm", []byte("another recording"), 0o644)
	mail := pbx.Mail{Box: "100@default", File: file, Format: "wav", From: pbx.CallerID{Num: "66", Name: "Conn"}, Channel: "SIP/a-00000001",
		At: dialplan.Location{Context: "in", Exten: "7", Priority: 4}, Length: 9 * time.Second}
	for _, row := range []struct{ box, folder, file, want string }{
		{"100@default", "", file, ""}, {"100", "work", file, ""}, {"100", "", file, ""}, {"100", "INBOX", file, "its folder INBOX is full"},
		{"999", "", file, "there is no mailbox 999@default"}, {"100", "Play", file, "there is no folder 'Play'"},
		{"100", "Old", file + ".none", "no such file"},
	} {
		m := mail
		m.Box, m.Folder, m.File = row.box, row.folder, row.file
		switch err := d.Take(m); {
		case err == nil && row.want != "", err != nil && (row.want == "" || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%s/%s: %v, want %q", row.box, row.folder, err, row.want)
		}
	}
	r := spool.Ref{Context: "default", Box: "100"}
	list := d.store.List(r, spool.Inbox)
	if len(list) != 2 || d.store.Count(r, spool.Work) != 1 || d.store.Count(r, spool.Old) != 0 {
		t.Fatalf("%d messages, %d in Work", len(list), d.store.Count(r, spool.Work))
	}
	m := list[0]
	for key, want := range map[string]string{"callerid": `"Conn" <66>`, "context": "in", "exten": "7", "priority": "4",
		"callerchan": "SIP/a-00000001", "duration": "9"} {
		if got := m.Get(key); got != want {
			t.Errorf("%s=%s, want %s", key, got, want)
		}
	}
	if sound := spool.Sound(m.Path); len(sound) != 1 || filepath.Ext(sound[0]) != ".wav" {
		t.Errorf("%v", sound)
	}
	if left, _ := filepath.Glob(filepath.Join(d.store.Dir(r), "tmp", "*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
