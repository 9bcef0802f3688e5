package boot

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The page of the office says who waits in a parking lot, and shows the others.
func TestOfficeBoards(t *testing.T) {
	h := newHouse(t, map[string]string{
		"extensions.conf":  "[default]\ninclude => parkedcalls\nexten => 710,hint,SIP/nobody\nexten => 710,1,Answer()\n same => n,Park()\n",
		"voicemail.conf":   "[default]\n1001 => 11,Anna\n",
		"queues.conf":      "[support]\nmember => Local/9@default\n",
		"agents.conf":      "[7]\nfullname=Ben\n",
		"res_parking.conf": "[default]\nparkext=700\nparkpos=701-702\ncontext=parkedcalls\n",
	})
	h.start(false)
	defer h.stop()
	board := func(name string) string {
		for _, b := range h.house.Boards() {
			for _, r := range b.Rows {
				if len(r) != len(b.Columns) {
					t.Errorf("%s has the row %q", b.Name, r)
				}
			}
			if b.Name == name {
				return fmt.Sprint(b.Columns, b.Rows)
			}
		}
		return "none"
	}
	if got := board("parking"); got != "[lot space channel parker waits comesback] []" {
		t.Errorf("nobody: %q", got)
	}
	for name, want := range map[string]string{"mailboxes": "[mailbox context name new old] [[1001 default Anna 0 0]]",
		"agents":  "[agent name state channel with] [[7 Ben UNAVAILABLE  ]]",
		"queues":  "[queue callers strategy holdtime completed abandoned servicelevel] [[support 0 ringall 0:00 0 0 0.0 %]]",
		"members": "[queue name state paused calls] [[support Local/9@default Invalid no 0]]", "callers": "none",
		"conferences": "[conference members marked locked muted] []", "recordings": "[begun duration state parties channel file] []",
		"lamps": "[extension context devices state watchers] [[710 default SIP/nobody Unavailable 0]]"} {
		if got := board(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	h.run("channel originate Local/710@default/n application Wait 600")
	for end := time.Now().Add(20 * time.Second); !strings.Contains(board("parking"),
		"[default 701 Local/710@default"); time.Sleep(10 * time.Millisecond) {
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
		if !strings.HasPrefix(rows[0], "Usage: "+words[0]+" ") ||
			len(got) < len(rows[0])+8 && !strings.HasPrefix(rows[0], "Usage: confbridge show") { // Asterisk says no more either
			t.Errorf("%q is told as %q", head, got)
		}
		n++
	}
	if n < 200 {
		t.Errorf("%d commands", n)
	}
}
