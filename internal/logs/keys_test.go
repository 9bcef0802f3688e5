package logs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Keys are written where logger.conf has the level DTMF, and nowhere else.
func TestLevelOfKeys(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir, read(t, "[logfiles]\nkeys => dtmf\nmessages => notice,warning,error,verbose\n"), 0)
	if err != nil {
		t.Fatal(err)
	}
	l.Keys("C-00000001", "DTMF begin '5' received on SIP/101-00000001")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]bool{"keys": true, "messages": false} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if got := strings.Contains(string(text), "DTMF"); err != nil || got != want {
			t.Errorf("%s: %v %q", file, err, text)
		}
		if want && !strings.Contains(string(text), "][C-00000001] channel.c: DTMF begin '5' received on SIP/101-00000001\n") {
			t.Errorf("%s: %q", file, text)
		}
	}
}
