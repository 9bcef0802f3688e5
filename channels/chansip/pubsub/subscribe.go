package pubsub

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

// Subscription is a phone's interest in a hint, its mailboxes or its registration (RFC 6665). All
// of it belongs to the shard of its Call-ID.
//
//	state    stimulus                    next
//	active   SUBSCRIBE                   active, whole state told again
//	active   the hint or a box changes   active, told
//	active   Expires: 0, time over       ended, told as terminated
//	active   NOTIFY gets 481 or nothing  ended
type Subscription struct {
	dialog.Dialog
	ps      *PubSub
	sh      *sipstack.Shard
	format  string // Content-Type of what is told
	Context string // of the hint; "" for anything else
	Exten   string
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
	pending  bool // a NOTIFY is on its way
	outdated bool // and what it says is not the latest
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

// Subscribe answers a SUBSCRIBE outside a dialog.
func (ps *PubSub) Subscribe(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) {
	dir := ps.cfg.Directory()
	if !dir.TakesSubscriptions() {
		dir.Respond(tx, 403, "Forbidden (policy)")
		return
	}
	if len(m.Headers("Event")) == 0 { // whoever asks
		ps.respond(tx, 489, "Bad Event")
		return
	}
	id, ok := ps.cfg.Access.Admit(sh, tx, m, dir)
	if !ok {
		return
	}
	e := &dir.Endpoint
	if id.Peer != nil {
		e = &id.Peer.Endpoint
	}
	if !e.AllowSubscribe {
		dir.Respond(tx, 403, "Forbidden (policy)")
		return
	}
	s := &Subscription{ps: ps, Dialog: ps.cfg.Agent.DialogOf(dir, id.Peer, tx, m), sh: sh, watcher: strings.Clone(m.From.URI),
		entity: strings.Clone(m.To.URI), owner: ownerOf(id.Peer, m.Flow)}
	if !s.selectPackage(tx, m) || !s.withinLimits(tx) {
		return
	}
	if !s.grant(tx, m) {
		ps.limits.remove(s)
		return
	}
	ps.cfg.Access.TrustFlow(id.Peer, m.Flow)
	s.start()
}

// EventOf is the event package that a request names, in lower case (RFC 6665 8.2.1).
func EventOf(m *sipstack.Message) string {
	event, _, _ := strings.Cut(m.Header("Event"), ";")
	return strings.ToLower(strings.TrimSpace(event))
}

// ServedEvent says whether an event package can be subscribed to.
func ServedEvent(event string) bool {
	return event == "presence" || event == "dialog" || event == "message-summary" || event == "reg"
}

// selectPackage finds what is subscribed to and how it will be told; it has answered
// when that fails.
func (s *Subscription) selectPackage(tx *sipstack.ServerTx, m *sipstack.Message) bool {
	accept := strings.ToLower(strings.Join(m.List("Accept"), ","))
	switch event := EventOf(m); event {
	case "presence", "dialog":
		return s.selectHint(tx, m, event, accept)
	case "message-summary":
		return s.selectMailboxes(tx, accept)
	case "reg":
		return s.selectRegistration(tx, m, accept)
	}
	s.ps.respond(tx, 489, "Bad Event")
	return false
}

func (s *Subscription) selectHint(tx *sipstack.ServerTx, m *sipstack.Message, event, accept string) bool {
	if s.format = formatOf(event, accept, m.Header("User-Agent")); s.format == "" {
		s.ps.respond(tx, 489, "Bad Event (format "+strings.Join(m.List("Accept"), ",")+")")
		return false
	}
	u, r := access.RequestURI(m)
	if r != nil {
		s.ps.respond(tx, r.Status, r.Reason)
		return false
	}
	e := s.Endpoint()
	s.Context, s.Exten = e.Context, sipstack.UserOf(u)
	if s.Peer != nil && e.SubscribeIn != "" { // it is for endpoints, not for strangers
		s.Context = e.SubscribeIn
	}
	s.Contact = sipstack.FormatContact(s.Exten, s.SentBy, s.Flow.Proto)
	if _, ok := s.ps.cfg.Core.Hint(s.Context, s.Exten); !ok || s.Dir.DialsMore(s.Exten) {
		s.ps.cfg.Log.Info().Msgf("Got SUBSCRIBE for extension %s@%s from %s, but there is no hint for that extension.", access.Unquoted(s.Exten),
			s.Context, m.Flow.Remote)
		s.ps.respond(tx, 404, "Not Found")
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

func (s *Subscription) selectMailboxes(tx *sipstack.ServerTx, accept string) bool {
	switch {
	case accept != "" && !strings.Contains(accept, "application/simple-message-summary"):
		s.ps.respond(tx, 406, "Not Acceptable")
		return false
	case s.Peer == nil || len(s.Peer.Mailboxes) == 0:
		s.ps.respond(tx, 404, "Not found (no mailbox)")
		return false
	}
	s.format = s.Dir.NotifyType
	s.Contact = sipstack.FormatContact(s.Endpoint().VMExten, s.SentBy, s.Flow.Proto)
	return true
}

// grant decides on the time and answers.
func (s *Subscription) grant(tx *sipstack.ServerTx, m *sipstack.Message) bool {
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
		s.ps.respond(tx, 423, "Interval too small", sipstack.Header{Name: "Min-Expires", Value: strconv.Itoa(int(low.Seconds()))})
		return false
	}
	seconds := strconv.Itoa(int(s.granted.Seconds()))
	extra := []sipstack.Header{{Name: "Expires", Value: seconds}}
	if s.granted > 0 {
		extra = append(extra, sipstack.Header{Name: "Contact", Value: s.Contact + ";expires=" + seconds})
	}
	s.ps.respond(tx, 200, "OK", append(s.SupportedHeader(), extra...)...)
	return true
}

// start makes the subscription known and tells the state.
func (s *Subscription) start() {
	follow := func(f func()) {
		s.ps.stack.Post(s.CallID, func(*sipstack.Shard) {
			if !s.ended {
				f()
				s.notify()
			}
		})
	}
	if s.Context != "" {
		w, now, ok := s.ps.cfg.Core.WatchHint(s.Context, s.Exten, func(h pbx.HintState) {
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
		s.unfollow = s.ps.registrations.add(s.Peer.Name, func() { follow(func() {}) })
	} else {
		s.boxes = s.ps.cfg.Core.WatchMailboxes(s.Peer.Mailboxes, func() { follow(func() {}) })
	}
	subs := s.ps.cfg.Subscriptions(s.sh)
	subs[s.CallID] = append(subs[s.CallID], s)
	s.run()
	s.notify()
}

// run arms the end; with no time granted it is now.
func (s *Subscription) run() {
	if s.granted == 0 {
		s.ended, s.reason = true, "timeout"
		return
	}
	const grace = 10 * time.Second
	s.sh.After(&s.timer, s.granted+grace, func() { s.end("timeout") })
}

// end tells the far side that it is over.
func (s *Subscription) end(reason string) {
	if !s.ended {
		s.ended, s.reason = true, reason
		s.notify()
	}
}

// refresh takes a further SUBSCRIBE of the dialog.
func (s *Subscription) refresh(tx *sipstack.ServerTx, m *sipstack.Message) {
	tx.NAT = access.AnswerNAT(m, s.NAT)
	if m.CSeq < s.RemoteCSeq {
		s.ps.respond(tx, 500, "Server error")
		return
	}
	s.RemoteCSeq = m.CSeq
	if s.ps.cfg.Access.RefusesRequired(tx, m, s.Endpoint()) {
		return
	}
	if m.Has("Event") && !ServedEvent(EventOf(m)) {
		s.ps.respond(tx, 489, "Bad Event")
		return
	}
	if s.Peer != nil {
		if _, ok := s.ps.cfg.Access.Admit(s.sh, tx, m, s.ps.cfg.Directory()); !ok {
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
func (s *Subscription) notify() {
	if s.pending {
		s.outdated = true
		return
	}
	s.pending, s.outdated = true, false
	ended := s.ended
	s.Send(s.sh, func() *sipstack.Outgoing {
		o := s.Request("NOTIFY")
		o.Contact = s.Contact
		o.Headers = append(o.Headers, sipstack.Header{Name: "Subscription-State", Value: s.subscriptionState()},
			sipstack.Header{Name: "Event", Value: s.event()})
		o.ContentType, o.Body = s.format, s.body()
		s.version++
		ended, s.outdated = s.ended, false
		return o
	}, func(m *sipstack.Message, err error) {
		switch {
		case err == nil && m.Status < 200:
		case ended || err != nil || m.Status == 481:
			s.forget()
		default:
			if s.pending = false; s.outdated {
				s.notify()
			}
		}
	})
}

func (s *Subscription) subscriptionState() string {
	if s.ended {
		return "terminated;reason=" + s.reason
	}
	return "active"
}

// event follows the format, as in chan_sip.
func (s *Subscription) event() string {
	switch {
	case s.format == reginfo:
		return "reg"
	case s.Context == "":
		return "message-summary"
	case s.format == dialogInfo:
		return "dialog"
	}
	return "presence"
}

// forget drops the subscription without a word.
func (s *Subscription) forget() {
	s.ended = true
	s.ps.limits.remove(s)
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
	subs := s.ps.cfg.Subscriptions(s.sh)
	rest := slices.DeleteFunc(subs[s.CallID], func(o *Subscription) bool { return o == s })
	if subs[s.CallID] = rest; len(rest) == 0 {
		delete(subs, s.CallID)
	}
}

// findSubscription finds the one that a request belongs to.
func (ps *PubSub) findSubscription(sh *sipstack.Shard, m *sipstack.Message) *Subscription {
	for _, s := range ps.cfg.Subscriptions(sh)[m.CallID] {
		if s.LocalTag == m.To.Tag() && s.RemoteTag == m.From.Tag() && !s.ended {
			return s
		}
	}
	return nil
}

// Info is one line of sip show subscriptions.
type Info struct {
	Addr, User, CallID, Exten, State, Type, Mailbox string
	Expiry                                          int
}

// Subscriptions lists them.
func (ps *PubSub) Subscriptions() (out []Info) {
	ps.stack.EachShard(func(sh *sipstack.Shard) {
		for _, list := range ps.cfg.Subscriptions(sh) {
			for _, s := range list {
				i := Info{Addr: s.Flow.Remote.Addr().String(), User: "(None)", CallID: s.CallID, Exten: "--", State: "<none>", Type: "mwi",
					Mailbox: "<none>",
					Expiry:  int(s.granted.Seconds())}
				if s.Peer != nil {
					i.User = s.Peer.Name
				}
				if s.format == reginfo {
					i.Exten, i.Type = s.Peer.Name, "reg"
				} else if s.Context != "" {
					i.Exten, i.State, i.Type = s.Exten+"@"+s.Context, s.state.State.String(), strings.TrimPrefix(s.format, "application/")
				} else {
					i.Mailbox = strings.Join(s.Peer.Mailboxes, ",")
				}
				out = append(out, i)
			}
		}
	})
	slices.SortFunc(out, func(a, b Info) int { return strings.Compare(a.CallID, b.CallID) })
	return out
}
