package chansip

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// remoteBoxes is the context of mailboxes that other servers keep.
const remoteBoxes = "@SIP_Remote"

// boxWatch is our subscription to messages at another server (an mwi line). Its
// dialog belongs to the shard of its Call-ID.
type boxWatch struct {
	dialog.Dialog
	d       *Driver
	line    sipconf.RegisterLine
	stopped atomic.Bool
	there   atomic.Bool                  // the other server has taken the subscription
	waits   atomic.Pointer[dnsmgr.Entry] // for its address; nil: for none
	timer   sipstack.Timer
}

// applyMWILines starts the subscriptions of a directory; unchanged lines go on.
func (d *Driver) applyMWILines(dir *sipconf.Directory) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var next []*boxWatch
	for _, l := range dir.MWI {
		same := func(w *boxWatch) bool {
			a := w.line
			a.Pos = l.Pos
			return a == l
		}
		if i := slices.IndexFunc(d.watches, same); i >= 0 {
			next = append(next, d.watches[i])
			continue
		}
		w := &boxWatch{d: d, line: l, Dialog: dialog.Dialog{Agent: d.ua, Dir: dir, CallID: sipstack.Hex32() + "@" + d.stack.Local().Addr().String(), LocalCSeq: 101}}
		w.Digest.Named = &auth.Credentials{User: cmp.Or(l.AuthUser, l.User), Password: l.Secret}
		next = append(next, w)
		w.schedule(0)
	}
	for _, w := range d.watches {
		if !slices.Contains(next, w) {
			w.stop()
		}
	}
	d.watches = next
}

// RemoteMailbox is one of another server that an mwi line subscribes to.
type RemoteMailbox struct {
	Host, User, Mailbox string // host:port
	Subscribed          bool
}

// RemoteMailboxes lists them.
func (d *Driver) RemoteMailboxes() (out []RemoteMailbox) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range d.watches {
		out = append(out, RemoteMailbox{fmt.Sprintf("%s:%d", w.line.Host, sipstack.PortOr(w.line.Port, w.line.Transport)), w.line.User, w.line.Extension, w.there.Load()})
	}
	return out
}

func (d *Driver) stopWatches() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range d.watches {
		w.stop()
	}
}

func (w *boxWatch) stop() {
	w.stopped.Store(true)
	w.d.stack.Post(w.CallID, func(sh *sipstack.Shard) {
		sh.Disarm(&w.timer)
		delete(data(sh).watches, w.CallID)
	})
}

// schedule begins a new dialog after a time.
func (w *boxWatch) schedule(after time.Duration) {
	w.d.stack.Post(w.CallID, func(sh *sipstack.Shard) { w.again(sh, after) })
}

func (w *boxWatch) again(sh *sipstack.Shard, after time.Duration) {
	w.there.Store(false)
	sh.After(&w.timer, after, func() {
		if !w.stopped.Load() {
			go w.resolve() // names are looked up off the shard
		}
	})
}

func (w *boxWatch) resolve() {
	dir := w.d.Directory()
	at := w.d.names.Entry(dir.Query(w.line.Transport, w.line.Host, w.line.Port))
	w.waits.Store(at)
	hops, err := at.Await()
	if err == nil && !w.waits.CompareAndSwap(at, nil) { // found meanwhile: it is scheduled again
		return
	}
	if err != nil {
		w.d.log.Warn().Msgf("MWI subscription to %s: %v", w.line.Host, err)
		w.schedule(dir.RegisterTimeout)
		return
	}
	w.d.stack.Post(w.CallID, func(sh *sipstack.Shard) {
		data(sh).watches[w.CallID] = w
		w.Dir, w.Flow = dir, w.d.ua.FlowTo(hops[0])
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
func (w *boxWatch) subscribe(sh *sipstack.Shard) {
	if w.stopped.Load() {
		return
	}
	w.Send(sh, func() *sipstack.Outgoing {
		o := w.Request("SUBSCRIBE")
		o.Contact = w.Contact
		o.Headers = append(o.Headers, sipstack.Header{Name: "Event", Value: "message-summary"}, sipstack.Header{Name: "Accept", Value: "application/simple-message-summary"},
			sipstack.Header{Name: "Expires", Value: strconv.Itoa(int(w.Dir.MWIExpiry.Seconds()))})
		return o
	}, func(m *sipstack.Message, err error) { w.answered(sh, m, err) })
}

func (w *boxWatch) answered(sh *sipstack.Shard, m *sipstack.Message, err error) {
	switch {
	case w.stopped.Load() || err == nil && m.Status < 200:
	case err == nil && m.Status < 300:
		if w.RemoteTag == "" {
			w.RemoteTag = strings.Clone(m.To.Tag())
			w.RouteSet = m.List("Record-Route")
			slices.Reverse(w.RouteSet)
		}
		w.Retarget(m)
		w.there.Store(true)
		sh.After(&w.timer, refreshAfter(m, w.Dir.MWIExpiry), func() { w.subscribe(sh) })
	default:
		if err == nil {
			w.d.log.Warn().Msgf("MWI subscription to %s for mailbox '%s': %d %s", w.line.Host, w.line.Extension, m.Status, m.Reason)
		}
		w.again(sh, w.Dir.RegisterTimeout)
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
func (w *boxWatch) notified(sh *sipstack.Shard, tx *sipstack.ServerTx, m *sipstack.Message) {
	if eventOf(m) != "message-summary" {
		w.d.respond(tx, 489, "Bad event")
		return
	}
	if w.d.refusesRequired(tx, m, nil) {
		return
	}
	w.d.respond(tx, 200, "OK")
	if b, ok := boxIn(m); ok {
		w.d.core.SetMailbox(w.line.Extension+remoteBoxes, b)
	}
	if state, _, _ := strings.Cut(m.Header("Subscription-State"), ";"); strings.EqualFold(strings.TrimSpace(state), "terminated") {
		w.again(sh, w.Dir.RegisterTimeout)
	}
}

// boxIn reads the counts of a message summary (RFC 3842).
func boxIn(m *sipstack.Message) (b pbx.Mailbox, ok bool) {
	text := m.Body
	if p, _ := bodyOf(m, "application/simple-message-summary"); p != nil {
		text = p.text
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
func findWatch(sh *sipstack.Shard, m *sipstack.Message) *boxWatch {
	if w := data(sh).watches[m.CallID]; w != nil && w.LocalTag == m.To.Tag() {
		return w
	}
	return nil
}
