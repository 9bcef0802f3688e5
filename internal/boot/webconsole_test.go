package boot

import (
	"strings"
	"testing"
	"time"
)

// The page of the office says who waits in a parking lot, and nothing of commands that failed.
func TestOfficeBoards(t *testing.T) {
	h := newHouse(t, map[string]string{
		"extensions.conf":  "[default]\ninclude => parkedcalls\nexten => 710,1,Answer()\n same => n,Park()\n",
		"res_parking.conf": "[default]\nparkext=700\nparkpos=701-702\ncontext=parkedcalls\n",
	})
	h.start(false)
	defer h.stop()
	board := func(name string) string {
		for _, b := range (houseView{h.System, h.Console}).Boards() {
			if strings.Contains(b.Text, "failed") {
				t.Errorf("%s: %s", b.Name, b.Text)
			}
			if b.Name == name {
				return b.Text
			}
		}
		return ""
	}
	if got := board("parking"); got != "Nobody is parked." {
		t.Errorf("nobody: %q", got)
	}
	h.run("channel originate Local/710@default/n application Wait 600")
	for end := time.Now().Add(20 * time.Second); !strings.Contains(board("parking"), "701  Local/710@default"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("one waits: %q", board("parking"))
		}
	}
}
