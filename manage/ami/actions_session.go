package ami

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/pbx/event"
)

// sessionActions are about the session itself.
var sessionActions []action

func init() { // ListCommands lists them
	sessionActions = []action{
		{"Login", "Login Manager.", 0, true, login},
		{"Logoff", "Logoff Manager.", 0, true, logoff},
		{"Challenge", "Generate Challenge for MD5 Auth.", 0, true, challenge},
		{"Ping", "Keepalive command.", 0, false, ping},
		{"Events", "Control Event Flow.", 0, false, events},
		{"Filter", "Dynamically add filters for the current manager session.", ClassSystem, false, addFilter},
		{"WaitEvent", "Wait for an event to occur.", 0, false, waitEvent},
		{"UserEvent", "Send an arbitrary event.", ClassUser, false, userEvent},
		{"ListCommands", "List available manager commands.", 0, false, listCommands},
	}
}

func ping(a *act) {
	now := time.Now()
	a.respond("Success", header{"Ping", "Pong"}, header{"Timestamp", fmt.Sprintf("%d.%06d", now.Unix(), now.Nanosecond()/1000)})
}

func events(a *act) {
	text := a.m.get("EventMask")
	if text == "" {
		a.fail("Invalid event mask")
		return
	}
	mask := parseMask(text)
	a.o.mu.Lock()
	a.o.mask = mask
	a.o.mu.Unlock()
	state := "On"
	if mask == 0 {
		state = "Off"
	}
	a.respond("Success", header{"Events", state})
}

func addFilter(a *act) {
	if !strings.EqualFold(a.m.get("Operation"), "Add") {
		a.fail("Unknown operation")
		return
	}
	f, err := parseFilter(a.m.get("MatchCriteria"), a.m.get("Filter"))
	switch {
	case errors.Is(err, errFilterForm):
		a.fail("Filter was formatted incorrectly.  Check the syntax of the filter given.")
		return
	case err != nil:
		a.fail("Filter did not compile.  Check the syntax of the filter given.")
		return
	}
	a.o.mu.Lock()
	a.o.filters = append(a.o.filters, f)
	a.o.mu.Unlock()
	a.ok("Success")
}

// waitEvent returns what happened since the client asked last, and waits for the first
// event if there was none. Another request of the same connection ends the wait.
func waitEvent(a *act) {
	limit := 30 * time.Second
	if a.o.conn == nil {
		limit = a.o.srv.Config().HTTPTimeout / 2
	}
	if n, err := strconv.Atoi(a.m.get("Timeout")); err == nil && n >= 0 {
		limit = min(time.Duration(n)*time.Second, 10*time.Minute)
	} else if err == nil { // -1: as long as the session may
		limit = time.Hour
	}
	select { // what came before is no news
	case <-a.o.stirred:
	default:
	}
	a.o.attentive()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	asked, stop := a.o.nextRequest()
	if a.o.conn == nil {
		a.o.release()
	}
	if a.o.conn != nil || !a.o.pending() {
		select {
		case <-a.o.stirred:
		case <-timer.C:
		case <-asked:
		case <-a.o.gone:
		}
	}
	stop()
	a.ok("Waiting for Event completed.")
	a.out.WriteString(a.o.happened())
	a.write([]header{{"Event", "WaitEventComplete"}})
}

// attentive has a client who wished to hear of no events hear of all.
func (o *session) attentive() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.mask == 0 {
		o.mask = classAll
	}
}

// happened takes the events that wait for the client.
func (o *session) happened() string {
	if o.conn == nil {
		return o.take()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	text := strings.Join(o.later, "")
	o.later, o.laterSize = nil, 0
	return text
}

// nextRequest is closed when the client sends more, or goes. stop has to be called before the
// connection is read again.
func (o *session) nextRequest() (asked <-chan struct{}, stop func()) {
	if o.conn == nil {
		return nil, func() {}
	}
	more := make(chan struct{})
	go func() {
		defer close(more)
		o.in.Peek(1)
	}()
	return more, func() {
		o.conn.SetReadDeadline(time.Unix(1, 0))
		<-more
		o.conn.SetReadDeadline(time.Time{})
	}
}

// pending says whether events wait to be fetched.
func (o *session) pending() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.out) > 0
}

// userEvent makes an event of the client's own known to all.
func userEvent(a *act) {
	e := event.User{Name: a.m.get("UserEvent")}
	for _, h := range a.m.headers {
		if name := lower(h.name); name != "action" && name != "userevent" {
			e.Fields = append(e.Fields, event.Field{Name: h.name, Value: h.value})
		}
	}
	a.core().Tell(e)
	a.ok("Event Sent")
}

func listCommands(a *act) {
	var out []header
	write := a.o.account().Write
	for _, k := range sortedActions(a.o.srv.actions) {
		if k.class == 0 || k.class&write != 0 {
			out = append(out, header{k.name, fmt.Sprintf("%s  (Priv: %s)", k.synopsis, k.class)})
		}
	}
	a.respond("Success", out...)
}
