package ami

import (
	"slices"
	"strings"
	"testing"

	"obelisk/manage/ami/wording"
	"obelisk/pbx/event"
)

// What the catalogue says of an event is what is sent.
func TestCatalogueOfEvents(t *testing.T) {
	list := (&Server{}).Events()
	if !slices.IsSortedFunc(list, func(a, b []string) int { return strings.Compare(a[0], b[0]) }) || len(list) < 100 {
		t.Errorf("%d events, not in order", len(list))
	}
	who := &event.Channel{Name: "SIP/a-1"}
	for _, e := range []event.Event{event.Step{Channel: who, Exten: "1", App: "Dial", Data: "x"},
		event.DeviceState{Device: "SIP/a", State: "INUSE"}} {
		n := wording.Event(e)
		var sent []string
		for line := range strings.SplitSeq(eventText(&n, ClassCall, false, -1), "\r\n") {
			if name, _, ok := strings.Cut(line, ":"); ok && name != "Event" && name != "Privilege" {
				sent = append(sent, name)
			}
		}
		at := slices.IndexFunc(list, func(c []string) bool { return strings.EqualFold(c[0], n.Name) })
		if at < 0 || strings.Join(list[at][1:], " ") != strings.Join(sent, " ") {
			t.Errorf("%s has %q; the catalogue has another", n.Name, sent)
		}
	}
}
