package pubsub

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
	return fmt.Appendf(nil, "Messages-Waiting: %s\r\nMessage-Account: sip:%s@%s\r\nVoice-Message: %d/%d%s\r\n", waiting, e.VMExten, at, m.New,
		m.Old, urgent)
}

// watchMailboxes follows the mailboxes of all peers that are told without asking.
func (ps *PubSub) watchMailboxes(dir *sipconf.Directory) {
	ps.mu.Lock()
	old := ps.mailboxes
	ps.mailboxes = nil
	for _, p := range dir.Peers {
		if len(p.Mailboxes) > 0 && !p.SubscribeMWI && p.IsPeer {
			ps.mailboxes = append(ps.mailboxes, ps.cfg.Core.WatchMailboxes(p.Mailboxes, func() { ps.TellMailboxes(p.Name) }))
		}
	}
	ps.mu.Unlock()
	for _, w := range old {
		w.Close()
	}
}

// TellAllMailboxes tells each phone once, at the start, what is in its mailboxes.
func (ps *PubSub) TellAllMailboxes() {
	for _, p := range ps.cfg.Directory().Peers {
		if p.IsPeer && ps.cfg.Core.KnowsMailboxes(p.Mailboxes) {
			ps.TellMailboxes(p.Name)
		}
	}
}

// TellMailboxes sends a NOTIFY outside any dialog to the places where a phone can be
// reached.
func (ps *PubSub) TellMailboxes(name string) {
	dir := ps.cfg.Directory()
	p := dir.Lookup(name)
	if p == nil || len(p.Mailboxes) == 0 || p.SubscribeMWI || ps.stopped.Load() {
		return
	}
	for _, b := range ps.cfg.Agent.Places(name) {
		out, flow, ok := ps.cfg.Agent.OutOfDialog(dir, p, b, "NOTIFY", p.MWIFrom)
		if !ok {
			continue
		}
		out.Headers = append(out.Headers, sipstack.Header{Name: "Event", Value: "message-summary"})
		out.ContentType, out.Body = dir.NotifyType, messageSummary(&dir.General, &p.Endpoint, ps.cfg.Core.MailboxesOf(p.Mailboxes),
			dir.FromHost(flow))
		ps.stack.Post(out.CallID, func(sh *sipstack.Shard) {
			sh.Send(flow, out, sipstack.SendOptions{T1: p.T1, SentBy: dir.Advertised(flow).String()}, func(*sipstack.Message, error) {})
		})
	}
}

// TakeMailboxes takes what an endpoint tells of messages that it keeps for us; false
// when it is not to be told here.
func (ps *PubSub) TakeMailboxes(m *sipstack.Message) bool {
	dir := ps.cfg.Directory()
	p := access.PeerBySource(dir, ps.cfg.Bindings, access.FactsOf(m, dir))
	if p == nil || p.UnsolicitedBox == "" {
		return false
	}
	if b, ok := countsIn(m); ok {
		ps.cfg.Core.SetMailbox(p.UnsolicitedBox, b)
	}
	return true
}
