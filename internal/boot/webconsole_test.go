package boot

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// The page of the office has a table for each of its rooms, with who is there.
func TestOfficeBoards(t *testing.T) {
	h := newHouse(t, map[string]string{
		"extensions.conf": "[default]\ninclude => parkedcalls\nexten => 710,1,Answer()\n same => n,Park()\nexten => 800,1,Answer()\n same => n,Queue(support)\n" +
			"exten => 900,1,Answer()\n same => n,ConfBridge(team)\nexten => 55,hint,Custom:door\n",
		"res_parking.conf": "[default]\nparkext=700\nparkpos=701-702\ncontext=parkedcalls\n",
		"queues.conf":      "[support]\nmember => Local/1@nowhere,2,Anna\n",
		"confbridge.conf":  "[general]\n",
		"voicemail.conf":   "[default]\n1001 => 1,Anna Reception\n",
		"agents.conf":      "[4711]\nfullname=Ben\n",
	})
	h.start(false)
	defer h.stop()
	seen := func() string {
		var out strings.Builder
		for _, b := range (houseView{h.System, h.Console}).Boards() {
			fmt.Fprintf(&out, "%s\n", b.Key())
			for _, f := range b.Facts {
				fmt.Fprintf(&out, " %s=%s%s", f.Label, f.Value.Text, f.Value.Word)
			}
			for _, t := range b.Tables {
				for _, row := range t.Rows {
					fmt.Fprintf(&out, "\n %s:", t.Name)
					for _, c := range row {
						fmt.Fprintf(&out, " [%s%s]", c.Text, c.Word)
					}
				}
			}
			out.WriteString("\n")
		}
		return out.String()
	}
	await := func(wants ...string) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			got, ok := seen(), true
			for _, want := range wants {
				ok = ok && strings.Contains(got, want)
			}
			if ok {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%q are not all in\n%s", wants, got)
			}
		}
	}
	await("queues support\n waiting=0", "members: [Anna]", "parking default\n spaces=701-702 used=0 / 2\n", "boxes: [1001@default] [Anna Reception] [0] [0] [0]", "list: [4711] [Ben]", "list: [55@default] [Custom:door]")
	for _, exten := range []string{"710", "800", "900"} {
		h.run("channel originate Local/" + exten + "@default/n application Wait 600")
	}
	await("parked: [701] [Local/710@default", "used=1 / 2", "callers: [1] [Local/800@default", "waiting=1", "conferences team\n people=1", "members: [Local/900@default")
}
