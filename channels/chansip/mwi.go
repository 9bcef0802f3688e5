package chansip

import (
	"fmt"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// messageSummary is RFC 3842's body for some mailboxes; at is our address.
func messageSummary(g *sipconf.General, e *sipconf.Endpoint, m pbx.Mailbox, at string) []byte {
	waiting, urgent := "no", " (0/0)"
	if m.New > 0 {
		waiting = "yes"
	}
	if e.BuggyMWI {
		urgent = ""
	}
	return fmt.Appendf(nil, "Messages-Waiting: %s\r\nMessage-Account: sip:%s@%s\r\nVoice-Message: %d/%d%s\r\n", waiting, e.VMExten, at, m.New, m.Old, urgent)
}

// applyMWI follows the mailboxes of all peers that are told without asking.
func (d *Driver) applyMWI(dir *sipconf.Directory) {
	d.mu.Lock()
	old := d.boxes
	d.boxes = nil
	for _, p := range dir.Peers {
		if len(p.Mailboxes) > 0 && !p.SubscribeMWI && p.IsPeer {
			d.boxes = append(d.boxes, d.core.WatchMailboxes(p.Mailboxes, func() { d.tellMailboxes(p.Name) }))
		}
	}
	d.mu.Unlock()
	for _, w := range old {
		w.Close()
	}
}

// tellAllMailboxes tells each phone once, at the start, what is in its mailboxes.
func (d *Driver) tellAllMailboxes() {
	for _, p := range d.Directory().Peers {
		if p.IsPeer && d.core.KnowsMailboxes(p.Mailboxes) {
			d.tellMailboxes(p.Name)
		}
	}
}

// tellMailboxes sends a NOTIFY outside any dialog to the places where a phone can be
// reached.
func (d *Driver) tellMailboxes(name string) {
	dir := d.Directory()
	p := dir.Lookup(name)
	if p == nil || len(p.Mailboxes) == 0 || p.SubscribeMWI || d.stopping.Load() {
		return
	}
	for _, b := range d.ua.Places(name) {
		out, flow, ok := d.ua.OutOfDialog(dir, p, b, "NOTIFY", p.MWIFrom)
		if !ok {
			continue
		}
		out.Headers = append(out.Headers, sipstack.Header{Name: "Event", Value: "message-summary"})
		out.ContentType, out.Body = dir.NotifyType, messageSummary(&dir.General, &p.Endpoint, d.core.MailboxesOf(p.Mailboxes), dir.FromHost(flow))
		d.stack.Post(out.CallID, func(sh *sipstack.Shard) {
			sh.Send(flow, out, sipstack.SendOptions{T1: p.T1, SentBy: dir.Advertised(flow).String()}, func(*sipstack.Message, error) {})
		})
	}
}

// heardMailboxes takes what an endpoint tells of messages that it keeps for us; false
// when it is not to be told here.
func (d *Driver) heardMailboxes(m *sipstack.Message) bool {
	dir := d.Directory()
	p := access.PeerBySource(dir, d.live, access.FactsOf(m, dir))
	if p == nil || p.UnsolicitedBox == "" {
		return false
	}
	if b, ok := boxIn(m); ok {
		d.core.SetMailbox(p.UnsolicitedBox, b)
	}
	return true
}
