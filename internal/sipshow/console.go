// Package sipshow is what the console ("sip show ...") and the manager interface (SIPpeers, SIPshowpeer ...) tell
// of the SIP driver, in chan_sip's words and order.
package sipshow

import (
	"slices"
	"strings"

	"obelisk/channels/chansip"
	"obelisk/internal/sipstack"
	"obelisk/internal/store/realtime"
	"obelisk/internal/trace"
	"obelisk/manage/cli"
)

// Console is the driver as the commands "sip show ..." ask of it: cli.SIP.
type Console struct {
	*chansip.Driver
	Stack  *sipstack.Stack // nil: there is none
	Tables *realtime.Tables
	Book   *trace.Book // of what happened in calls
}

func (v Console) Peers() []cli.SIPPeer {
	var out []cli.SIPPeer
	for _, p := range v.Driver.Peers() {
		force, comedia := p.NATColumns()
		out = append(out, cli.SIPPeer{Name: p.Name, User: p.ShownUser, Host: p.Address, Port: p.Port, Dynamic: p.Dynamic, ACL: p.ACL.Any(),
			Forcerport: force, Comedia: comedia, Status: p.Status(), Description: p.Description,
			Realtime: p.Realtime, Monitored: p.Health.Monitored, Available: p.Available()})
	}
	return out
}

func (v Console) Bindings(name string) (out []cli.SIPBinding) {
	for _, b := range v.Driver.Bindings(name) {
		out = append(out, cli.SIPBinding{AOR: b.Name, Contact: b.Contact, Q: b.Q, CallID: b.CallID, CSeq: b.CSeq, UserAgent: b.UserAgent,
			Path: b.Path, Instance: b.Instance, Socket: strings.ToLower(b.Flow.Proto.String()) + ":" + b.Flow.Local.String(), State: b.State(),
			Left: b.Left()})
	}
	return out
}

func (v Console) Registrations() []cli.SIPRegistration {
	var out []cli.SIPRegistration
	for _, r := range v.Driver.Registrations() {
		out = append(out, cli.SIPRegistration{Host: r.Host, User: r.User, State: r.State, Refresh: r.Refresh, At: r.At})
	}
	return out
}

func (v Console) Dialogs() []cli.SIPDialog {
	var out []cli.SIPDialog
	for _, d := range v.Driver.Dialogs() {
		out = append(out, cli.SIPDialog{Addr: d.Addr, User: d.User, CallID: d.CallID, Format: d.Format, Last: d.Last, Peer: d.Peer,
			Held: d.Held})
	}
	return out
}

func (v Console) Subscriptions() []cli.SIPSubscription {
	var out []cli.SIPSubscription
	for _, s := range v.Driver.Subscriptions() {
		out = append(out, cli.SIPSubscription(s))
	}
	return out
}

func (v Console) Domains() (out [][3]string) {
	for _, d := range v.Driver.Directory().Domains {
		by := "Configured"
		if d.Automatic {
			by = "Automatic"
		}
		out = append(out, [3]string{d.Name, d.Context, by})
	}
	return out
}

func (v Console) Usage(all bool) []cli.SIPUsage {
	var out []cli.SIPUsage
	for _, u := range v.Driver.InUseList(all) {
		out = append(out, cli.SIPUsage(u))
	}
	return out
}

// Connections implements cli.SIP.
func (v Console) Connections() (out [][3]string) {
	if v.Stack == nil {
		return nil
	}
	for _, f := range v.Stack.Streams() {
		kind := "Client"
		if f.Accepted {
			kind = "Server"
		}
		out = append(out, [3]string{f.Remote.String(), f.Proto.String(), kind})
	}
	return out
}

// RemoteMailboxes implements cli.SIP.
func (v Console) RemoteMailboxes() (out [][4]string) {
	for _, m := range v.Driver.RemoteMailboxes() {
		out = append(out, [4]string{m.Host, m.User, m.Mailbox, yes(m.Subscribed)})
	}
	return out
}

// Objects implements cli.SIP.
func (v Console) Objects() (out cli.SIPObjects) {
	out.ByIP = map[string]bool{}
	for _, p := range v.Driver.Peers() {
		out.Peers = append(out.Peers, p.Name)
		out.ByIP[p.Name] = p.Address != ""
		if p.Realtime {
			out.Realtime++
		}
	}
	for _, u := range v.Users() { // those that are no peers
		if !slices.Contains(out.Peers, u.Name) {
			out.Peers = append(out.Peers, u.Name)
		}
	}
	slices.Sort(out.Peers)
	for _, r := range v.Driver.Registrations() {
		out.Registry = append(out.Registry, r.User+"@"+r.Host)
	}
	for _, d := range v.Driver.Dialogs() {
		out.Dialogs = append(out.Dialogs, d.CallID)
	}
	return out
}

// Story implements cli.SIP.
func (v Console) Story(callID string) (verdict string, entries []trace.Entry, lost int) {
	c := v.Book.Find(callID)
	if c == nil {
		return "", nil, 0
	}
	return c.Story()
}
