package chansip

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/location"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// subscription is a phone's interest in a hint, its mailboxes or its registration (RFC 6665). All
// of it belongs to the shard of its Call-ID.
//
//	state    stimulus                    next
//	active   SUBSCRIBE                   active, whole state told again
//	active   the hint or a box changes   active, told
//	active   Expires: 0, time over       ended, told as terminated
//	active   NOTIFY gets 481 or nothing  ended
type subscription struct {
	dialog.Dialog
	d       *Driver
	sh      *sipstack.Shard
	format  string // Content-Type of what is told
	context string // of the hint; "" for anything else
	exten   string
	watcher string // URI of who subscribed
	entity  string // URI of what was subscribed to

	watch *pbx.HintWatch
	boxes *pbx.MailboxWatch
	state pbx.HintState
	// Of a subscription to a registration: what was told last, and what ends the watch.
	contacts []*location.Binding
	unfollow func()
	version  int
	granted  time.Duration
	timer    sipstack.Timer
	told     bool // a NOTIFY is on its way
	stale    bool // and what it says is not the latest
	ended    bool
	reason   string // of the end
	owner    owner
	kept     bool // counted among the owner's; guarded by shares.mu
}

// Content types of what is told about hints.
const (
	pidf       = "application/pidf+xml"
	dialogInfo = "application/dialog-info+xml"
	cpim       = "application/cpim-pidf+xml"
	xpidf      = "application/xpidf+xml"
)

// subscribe answers a SUBSCRIBE outside a dialog.
func (d *Driver) subscribe(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) {
	dir := d.Directory()
	if !dir.TakesSubscriptions() {
		d.respond(tx, 403, "Forbidden (policy)")
		return
	}
	id, ok := d.access.Admit(sh, tx, m, dir)
	if !ok {
		return
	}
	e := &dir.Endpoint
	if id.Peer != nil {
		e = &id.Peer.Endpoint
	}
	if !e.AllowSubscribe {
		d.respond(tx, 403, "Forbidden (policy)")
		return
	}
	s := &subscription{d: d, Dialog: d.ua.DialogOf(dir, id.Peer, tx, m), sh: sh, watcher: strings.Clone(m.From.URI), entity: strings.Clone(m.To.URI), owner: ownerOf(id.Peer, m.Flow)}
	if !s.choose(tx, m) || !s.admit(tx) {
		return
	}
	if !s.grant(tx, m) {
		d.shares.forget(s)
		return
	}
	d.access.TrustFlow(id.Peer, m.Flow)
	s.begin()
}

// eventOf is the event package that a request names, in lower case (RFC 6665 8.2.1).
func eventOf(m *sipstack.Message) string {
	event, _, _ := strings.Cut(m.Header("Event"), ";")
	return strings.ToLower(strings.TrimSpace(event))
}

// servedEvent says whether an event package can be subscribed to.
func servedEvent(event string) bool {
	return event == "presence" || event == "dialog" || event == "message-summary" || event == "reg"
}

// choose finds what is subscribed to and how it will be told; it has answered
// when that fails.
func (s *subscription) choose(tx *sipstack.ServerTx, m *sipstack.Message) bool {
	accept := strings.ToLower(strings.Join(m.List("Accept"), ","))
	switch event := eventOf(m); event {
	case "presence", "dialog":
		return s.chooseHint(tx, m, event, accept)
	case "message-summary":
		return s.chooseBoxes(tx, accept)
	case "reg":
		return s.chooseRegistration(tx, m, accept)
	}
	s.d.respond(tx, 489, "Bad Event")
	return false
}

func (s *subscription) chooseHint(tx *sipstack.ServerTx, m *sipstack.Message, event, accept string) bool {
	if s.format = formatOf(event, accept, m.Header("User-Agent")); s.format == "" {
		s.d.respond(tx, 489, "Bad Event (format "+strings.Join(m.List("Accept"), ",")+")")
		return false
	}
	u, r := requestURI(m)
	if r != nil {
		s.d.respond(tx, r.Status, r.Reason)
		return false
	}
	e := s.Endpoint()
	s.context, s.exten = e.Context, sipstack.UserOf(u)
	if e.SubscribeIn != "" {
		s.context = e.SubscribeIn
	}
	s.Contact = sipstack.FormatContact(s.exten, s.SentBy, s.Flow.Proto)
	if _, ok := s.d.core.Hint(s.context, s.exten); !ok || dialsMore(&s.Dir.General, s.exten) {
		s.d.log.Info().Msgf("Got SUBSCRIBE for extension %s@%s from %s, but there is no hint for that extension.", access.Unquoted(s.exten), s.context, m.Flow.Remote)
		s.d.respond(tx, 404, "Not Found")
		return false
	}
	return true
}

// formatOf chooses among the types accepted, "" when there is none.
// Differs: a phone that asks for dialogs gets dialog-info where it takes it;
// chan_sip would send it pidf if it takes that too. One that names no type gets
// the package's own (RFC 3856 6.4, RFC 4235 3.4); chan_sip would refuse it.
func formatOf(event, accept, agent string) string {
	order := []string{pidf, dialogInfo, cpim, xpidf}
	switch {
	case accept == "" && event == "dialog":
		return dialogInfo
	case accept == "":
		return pidf
	case event == "dialog":
		order = []string{dialogInfo, pidf, cpim, xpidf}
	case strings.Contains(agent, "Polycom") && strings.Contains(accept, xpidf):
		return xpidf
	}
	for _, f := range order {
		if strings.Contains(accept, f) && (f != pidf || strings.Contains(strings.ReplaceAll(accept, cpim, ""), pidf)) {
			return f
		}
	}
	return ""
}

func (s *subscription) chooseBoxes(tx *sipstack.ServerTx, accept string) bool {
	switch {
	case accept != "" && !strings.Contains(accept, "application/simple-message-summary"):
		s.d.respond(tx, 406, "Not Acceptable")
		return false
	case s.Peer == nil || len(s.Peer.Mailboxes) == 0:
		s.d.respond(tx, 404, "Not found (no mailbox)")
		return false
	}
	s.format = s.Dir.NotifyType
	s.Contact = sipstack.FormatContact(s.Endpoint().VMExten, s.SentBy, s.Flow.Proto)
	return true
}

// grant decides on the time and answers.
func (s *subscription) grant(tx *sipstack.ServerTx, m *sipstack.Message) bool {
	low, high := s.Dir.SubMinExpiry, s.Dir.SubMaxExpiry
	if low == 0 {
		low = s.Dir.MinExpiry
	}
	if high == 0 {
		high = s.Dir.MaxExpiry
	}
	s.granted = s.Dir.DefaultExpiry
	if n, err := strconv.ParseUint(strings.TrimSpace(m.Header("Expires")), 10, 31); err == nil {
		s.granted = min(time.Duration(n)*time.Second, high)
	}
	if s.granted > 0 && s.granted < low {
		s.d.respond(tx, 423, "Interval too small", sipstack.Header{Name: "Min-Expires", Value: strconv.Itoa(int(low.Seconds()))})
		return false
	}
	seconds := strconv.Itoa(int(s.granted.Seconds()))
	extra := []sipstack.Header{{Name: "Expires", Value: seconds}}
	if s.granted > 0 {
		extra = append(extra, sipstack.Header{Name: "Contact", Value: s.Contact + ";expires=" + seconds})
	}
	s.d.respond(tx, 200, "OK", append(s.SupportedHeader(), extra...)...)
	return true
}

// begin makes the subscription known and tells the state.
func (s *subscription) begin() {
	follow := func(f func()) {
		s.d.stack.Post(s.CallID, func(*sipstack.Shard) {
			if !s.ended {
				f()
				s.notify()
			}
		})
	}
	if s.context != "" {
		w, now, ok := s.d.core.WatchHint(s.context, s.exten, func(h pbx.HintState) {
			follow(func() {
				if s.state = h; h.State == pbx.ExtensionRemoved {
					s.ended, s.reason = true, "noresource"
				}
			})
		})
		if !ok { // it has gone this moment
			now.State, s.ended, s.reason = pbx.ExtensionRemoved, true, "noresource"
		}
		s.watch, s.state = w, now
	} else if s.format == reginfo {
		s.unfollow = s.d.regWatches.add(s.Peer.Name, func() { follow(func() {}) })
	} else {
		s.boxes = s.d.core.WatchMailboxes(s.Peer.Mailboxes, func() { follow(func() {}) })
	}
	t := data(s.sh)
	t.subs[s.CallID] = append(t.subs[s.CallID], s)
	s.run()
	s.notify()
}

// run arms the end; with no time granted it is now.
func (s *subscription) run() {
	if s.granted == 0 {
		s.ended, s.reason = true, "timeout"
		return
	}
	const grace = 10 * time.Second
	s.sh.After(&s.timer, s.granted+grace, func() { s.end("timeout") })
}

// end tells the far side that it is over.
func (s *subscription) end(reason string) {
	if !s.ended {
		s.ended, s.reason = true, reason
		s.notify()
	}
}

// refresh takes a further SUBSCRIBE of the dialog.
func (s *subscription) refresh(tx *sipstack.ServerTx, m *sipstack.Message) {
	tx.NAT = access.AnswerNAT(m, s.NAT)
	if m.CSeq < s.RemoteCSeq {
		s.d.respond(tx, 500, "Server error")
		return
	}
	s.RemoteCSeq = m.CSeq
	if s.d.refusesRequired(tx, m, s.Endpoint()) {
		return
	}
	if m.Has("Event") && !servedEvent(eventOf(m)) {
		s.d.respond(tx, 489, "Bad Event")
		return
	}
	if s.Peer != nil {
		if _, ok := s.d.access.Admit(s.sh, tx, m, s.d.Directory()); !ok {
			return
		}
	}
	s.Retarget(m)
	if s.grant(tx, m) {
		s.run()
		s.notify()
	}
}

// notify tells the state, or notes that there is a newer one while the last NOTIFY
// is unanswered.
func (s *subscription) notify() {
	if s.told {
		s.stale = true
		return
	}
	s.told, s.stale = true, false
	ended := s.ended
	s.Send(s.sh, func() *sipstack.Outgoing {
		o := s.Request("NOTIFY")
		o.Contact = s.Contact
		o.Headers = append(o.Headers, sipstack.Header{Name: "Subscription-State", Value: s.subscriptionState()}, sipstack.Header{Name: "Event", Value: s.event()})
		o.ContentType, o.Body = s.format, s.body()
		s.version++
		ended, s.stale = s.ended, false
		return o
	}, func(m *sipstack.Message, err error) {
		switch {
		case err == nil && m.Status < 200:
		case ended || err != nil || m.Status == 481:
			s.forget()
		default:
			if s.told = false; s.stale {
				s.notify()
			}
		}
	})
}

func (s *subscription) subscriptionState() string {
	if s.ended {
		return "terminated;reason=" + s.reason
	}
	return "active"
}

// event follows the format, as in chan_sip.
func (s *subscription) event() string {
	switch {
	case s.format == reginfo:
		return "reg"
	case s.context == "":
		return "message-summary"
	case s.format == dialogInfo:
		return "dialog"
	}
	return "presence"
}

// forget drops the subscription without a word.
func (s *subscription) forget() {
	s.ended = true
	s.d.shares.forget(s)
	s.sh.Disarm(&s.timer)
	if s.watch != nil {
		s.watch.Close()
	}
	if s.boxes != nil {
		s.boxes.Close()
	}
	if s.unfollow != nil {
		s.unfollow()
	}
	t := data(s.sh)
	rest := slices.DeleteFunc(t.subs[s.CallID], func(o *subscription) bool { return o == s })
	if t.subs[s.CallID] = rest; len(rest) == 0 {
		delete(t.subs, s.CallID)
	}
}

// findSubscription finds the one that a request belongs to.
func findSubscription(sh *sipstack.Shard, m *sipstack.Message) *subscription {
	for _, s := range data(sh).subs[m.CallID] {
		if s.LocalTag == m.To.Tag() && s.RemoteTag == m.From.Tag() && !s.ended {
			return s
		}
	}
	return nil
}

// SubscriptionInfo is one line of sip show subscriptions.
type SubscriptionInfo struct {
	Addr, User, CallID, Exten, State, Type, Mailbox string
	Expiry                                          int
}

// Subscriptions lists them.
func (d *Driver) Subscriptions() (out []SubscriptionInfo) {
	d.stack.EachShard(func(sh *sipstack.Shard) {
		for _, list := range data(sh).subs {
			for _, s := range list {
				i := SubscriptionInfo{Addr: s.Flow.Remote.Addr().String(), User: "(None)", CallID: s.CallID, Exten: "--", State: "<none>", Type: "mwi", Mailbox: "<none>",
					Expiry: int(s.granted.Seconds())}
				if s.Peer != nil {
					i.User = s.Peer.Name
				}
				if s.format == reginfo {
					i.Exten, i.Type = s.Peer.Name, "reg"
				} else if s.context != "" {
					i.Exten, i.State, i.Type = s.exten+"@"+s.context, s.state.State.String(), strings.TrimPrefix(s.format, "application/")
				} else {
					i.Mailbox = strings.Join(s.Peer.Mailboxes, ",")
				}
				out = append(out, i)
			}
		}
	})
	slices.SortFunc(out, func(a, b SubscriptionInfo) int { return strings.Compare(a.CallID, b.CallID) })
	return out
}
