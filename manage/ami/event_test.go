package ami

import (
	"strings"
	"testing"

	"obelisk/pbx"
	"obelisk/pbx/event"
)

// Whatever names and values hold, an event has the lines that it is to have.
func FuzzEvent(f *testing.F) {
	f.Add("Caller", "1,x\r\n\r\nEvent: Hangup\r\n\r\n")
	f.Add("A: b\r\nEvent", "\x00\u0085\u2028")
	f.Fuzz(func(t *testing.T, name, value string) {
		who := &pbx.Snapshot{Name: value, CallerID: event.Party{Num: value, Name: value}, Vars: [][2]string{{name, value}}}
		n := pbx.News{Name: value, Class: "user", Chan: who, Fields: []pbx.Field{{Name: name, Value: value}}}
		text := eventText(&n, ClassUser, false, -1)
		if lines := strings.Split(text, "\r\n"); len(lines) != 2+15+1+2 || strings.ContainsAny(strings.Join(lines, ""), "\r\n\x00\x1b") {
			t.Fatalf("%d lines: %q", len(lines), text)
		}
		for _, form := range []string{"mxml", "manager"} {
			page := render(form, text, pageHead)
			if strings.ContainsAny(page, "\x00\x1b\r") || strings.Count(page, "<response") > 1 || strings.Contains(page, "<script") {
				t.Fatalf("%s: %q", form, page)
			}
		}
	})
}

// A UserEvent cannot say that it is another event.
func TestUserEventIsOne(t *testing.T) {
	n := pbx.News{Name: "UserEvent", Class: "user", Fields: []pbx.Field{{Name: "UserEvent", Value: "Seen"}, {Name: "Caller", Value: "1"},
		{Name: "event\x00 ", Value: "Hangup"},
		{Name: "Channel", Value: "SIP/boss-1"}, {Name: "Response", Value: "Success"}}}
	const want = "Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Seen\r\nCaller: 1\r\nX-Event: Hangup\r\nChannel: SIP/boss-1\r\n" +
		"X-Response: Success\r\n\r\n"
	if got := eventText(&n, ClassUser, false, -1); got != want {
		t.Errorf("%q", got)
	}
}
