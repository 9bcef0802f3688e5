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
		for _, b := range h.house.Boards() {
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
	for end := time.Now().Add(20 * time.Second); !strings.Contains(board("parking"),
		"701  Local/710@default"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("one waits: %q", board("parking"))
		}
	}
}

// Each command of the console tells how it is written and what it does.
func TestEveryCommandHasHelp(t *testing.T) {
	h := newHouse(t, nil)
	h.start(false)
	defer h.stop()
	help := func(topic string) string {
		var b strings.Builder
		h.Console().Run(&b, "core show help "+topic)
		return b.String()
	}
	n := 0
	for line := range strings.Lines(help("")) {
		head, _, _ := strings.Cut(line, " -- ")
		words, got := strings.Fields(head), ""
		for end := len(words); end > 0 && !strings.HasPrefix(got, "Usage: "); end-- {
			got = help(strings.Join(words[:end], " "))
		}
		rows := strings.Split(got, "\n")
		if len(rows) != 3 || rows[0] != "Usage: "+strings.TrimSpace(head) || !strings.HasPrefix(rows[1], "       ") || len(rows[1]) < 14 ||
			!strings.HasSuffix(rows[1], ".") {
			t.Errorf("%q is told as %q", head, got)
		}
		n++
	}
	if n < 200 {
		t.Errorf("%d commands", n)
	}
}
