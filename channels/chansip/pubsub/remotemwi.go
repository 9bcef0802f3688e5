package pubsub

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"obelisk/channels/chansip/body"
	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// remoteBoxes is the context of mailboxes that other servers keep.
const remoteBoxes = "@SIP_Remote"

// RemoteWatch is our subscription to messages at another server (an mwi line). Its
// dialog belongs to the shard of its Call-ID.
type RemoteWatch struct {
	dialog.Dialog
	ps         *PubSub
	line       sipconf.RegisterLine
	stopped    atomic.Bool
	subscribed atomic.Bool                  // the other server has taken the subscription
	waitsFor   atomic.Pointer[dnsmgr.Entry] // for its address; nil: for none
	timer      sipstack.Timer
}

// applyLines starts the subscriptions of a directory; unchanged lines go on.
func (ps *PubSub) applyLines(dir *sipconf.Directory) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	var next []*RemoteWatch
	for _, l := range dir.MWI {
		same := func(w *RemoteWatch) bool {
			a := w.line
			a.Pos = l.Pos
			return a == l
		}
		if i := slices.IndexFunc(ps.lines, same); i >= 0 {
			next = append(next, ps.lines[i])
			continue
		}
		w := &RemoteWatch{ps: ps, line: l, Dialog: dialog.Dialog{Agent: ps.cfg.Agent, Dir: dir,
			CallID: sipstack.Hex32() + "@" + ps.stack.Local().Addr().String(), LocalCSeq: 101}}
		w.Digest.Named = &auth.Credentials{User: cmp.Or(l.AuthUser, l.User), Password: l.Secret}
		next = append(next, w)
		w.schedule(0)
	}
	for _, w := range ps.lines {
		if !slices.Contains(next, w) {
			w.stop()
		}
	}
	ps.lines = next
}

// RemoteMailbox is one of another server that an mwi line subscribes to.
type RemoteMailbox struct {
	Host, User, Mailbox string // host:port
	Subscribed          bool
}

// RemoteMailboxes lists them.
func (ps *PubSub) RemoteMailboxes() (out []RemoteMailbox) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, w := range ps.lines {
		out = append(out, RemoteMailbox{fmt.Sprintf("%s:%d", w.line.Host, sipstack.PortOr(w.line.Port, w.line.Transport)), w.line.User,
			w.line.Extension, w.subscribed.Load()})
	}
	return out
}

func (ps *PubSub) stopWatches() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, w := range ps.lines {
		w.stop()
	}
}

func (w *RemoteWatch) stop() {
	w.stopped.Store(true)
	w.ps.stack.Post(w.CallID, func(sh *sipstack.Shard) {
		sh.Disarm(&w.timer)
		delete(w.ps.cfg.Watches(sh), w.CallID)
	})
}

// schedule begins a new dialog after a time.
func (w *RemoteWatch) schedule(after time.Duration) {
	w.ps.stack.Post(w.CallID, func(sh *sipstack.Shard) { w.retry(sh, after) })
}

func (w *RemoteWatch) retry(sh *sipstack.Shard, after time.Duration) {
	w.subscribed.Store(false)
	sh.After(&w.timer, after, func() {
		if !w.stopped.Load() {
			go w.resolve() // names are looked up off the shard
		}
	})
}

func (w *RemoteWatch) resolve() {
	dir := w.ps.cfg.Directory()
	at := w.ps.cfg.Names.Entry(dir.Query(w.line.Transport, w.line.Host, w.line.Port))
	w.waitsFor.Store(at)
	hops, err := at.Await()
	if err == nil && !w.waitsFor.CompareAndSwap(at, nil) { // found meanwhile: it is scheduled again
		return
	}
	if err != nil {
		w.ps.cfg.Log.Warn().Msgf("MWI subscription to %s: %v", w.line.Host, err)
		w.schedule(dir.RegisterTimeout)
		return
	}
	w.ps.stack.Post(w.CallID, func(sh *sipstack.Shard) {
		w.ps.cfg.Watches(sh)[w.CallID] = w
		w.Dir, w.Flow = dir, w.ps.cfg.Agent.FlowTo(hops[0])
		w.SentBy = dir.Advertised(w.Flow).String()
		w.LocalTag, w.RemoteTag, w.RouteSet, w.RemoteCSeq = sipstack.Tag(), "", nil, 0
		host := sipstack.HostPort(w.line.Host, w.line.Port)
		w.Target = sipstack.FormatURI(w.line.User, host)
		w.From, w.To = sipstack.FormatNameAddr("", sipstack.FormatURI(w.line.User, w.line.Host)), sipstack.FormatNameAddr("", w.Target)
		w.Contact = sipstack.FormatContact(w.line.User, w.SentBy, w.Flow.Proto)
		w.subscribe(sh)
	})
}

// subscribe sends the SUBSCRIBE that opens the dialog, or one that refreshes it.
func (w *RemoteWatch) subscribe(sh *sipstack.Shard) {
	if w.stopped.Load() {
		return
	}
	w.Send(sh, func() *sipstack.Outgoing {
		o := w.Request("SUBSCRIBE")
		o.Contact = w.Contact
		o.Headers = append(o.Headers, sipstack.Header{Name: "Event", Value: "message-summary"},
			sipstack.Header{Name: "Accept", Value: "application/simple-message-summary"},
			sipstack.Header{Name: "Expires", Value: strconv.Itoa(int(w.Dir.MWIExpiry.Seconds()))})
		return o
	}, func(m *sipstack.Message, err error) { w.answered(sh, m, err) })
}

func (w *RemoteWatch) answered(sh *sipstack.Shard, m *sipstack.Message, err error) {
	switch {
	case w.stopped.Load() || err == nil && m.Status < 200:
	case err == nil && m.Status < 300:
		if w.RemoteTag == "" {
			w.RemoteTag = strings.Clone(m.To.Tag())
			w.RouteSet = m.List("Record-Route")
			slices.Reverse(w.RouteSet)
		}
		w.Retarget(m)
		w.subscribed.Store(true)
		sh.After(&w.timer, refreshAfter(m, w.Dir.MWIExpiry), func() { w.subscribe(sh) })
	default:
		if err == nil {
			w.ps.cfg.Log.Warn().Msgf("MWI subscription to %s for mailbox '%s': %d %s", w.line.Host, w.line.Extension, m.Status, m.Reason)
		}
		w.retry(sh, w.Dir.RegisterTimeout)
	}
}

// refreshAfter is when what was granted is asked for again: a while before its end.
func refreshAfter(m *sipstack.Message, asked time.Duration) time.Duration {
	granted := asked
	if n, err := strconv.Atoi(strings.TrimSpace(m.Header("Expires"))); err == nil && n > 0 {
		granted = time.Duration(n) * time.Second
	}
	const margin = 15 * time.Second
	return granted - min(margin, granted/5)
}

// notified takes a NOTIFY of the subscription.
func (w *RemoteWatch) notified(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) {
	if EventOf(m) != "message-summary" {
		w.ps.respond(tx, 489, "Bad event")
		return
	}
	if w.ps.cfg.Access.RefusesRequired(tx, m, nil) {
		return
	}
	w.ps.respond(tx, 200, "OK")
	if b, ok := countsIn(m); ok {
		w.ps.cfg.Core.SetMailbox(w.line.Extension+remoteBoxes, b)
	}
	if state, _, _ := strings.Cut(m.Header("Subscription-State"), ";"); strings.EqualFold(strings.TrimSpace(state), "terminated") {
		w.retry(sh, w.Dir.RegisterTimeout)
	}
}

// countsIn reads the counts of a message summary (RFC 3842).
func countsIn(m *sipstack.Message) (b pbx.Mailbox, ok bool) {
	text := m.Body
	if p, _ := body.Find(m, "application/simple-message-summary"); p != nil {
		text = p.Text
	}
	for _, line := range strings.Split(string(text), "\n") {
		name, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(strings.TrimSpace(name), "Voice-Message") {
			continue
		}
		counts, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(value), "\t", " "), " ")
		fresh, old, _ := strings.Cut(counts, "/")
		n, err := strconv.Atoi(fresh)
		o, err2 := strconv.Atoi(old)
		if err == nil && err2 == nil {
			b, ok = pbx.Mailbox{New: n, Old: o}, true
		}
	}
	return b, ok
}

// findWatch finds the subscription of ours that a NOTIFY belongs to.
func (ps *PubSub) findWatch(sh *sipstack.Shard, m *sipstack.Message) *RemoteWatch {
	if w := ps.cfg.Watches(sh)[m.CallID]; w != nil && w.LocalTag == m.To.Tag() {
		return w
	}
	return nil
}
