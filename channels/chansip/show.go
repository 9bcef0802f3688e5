package chansip

import (
	"cmp"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"obelisk/channels/chansip/elsewhere"
	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/outreg"
	"obelisk/channels/chansip/pubsub"
	"obelisk/channels/chansip/qualify"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx/event"
)

// PeerInfo is what the console shows of an endpoint.
type PeerInfo struct {
	*sipconf.Peer
	Address  string // "" when unknown
	Port     int
	Binding  *location.Binding
	Health   qualify.Health
	NATFound bool // auto_force_rport or auto_comedia found NAT
	// Elsewhere is where a phone is registered that is not registered here: at another node.
	Elsewhere *elsewhere.Contact
	ShownUser string
}

// Peers lists the endpoints that are peers, by name.
func (d *Driver) Peers() []PeerInfo {
	var out []PeerInfo
	for _, p := range d.Directory().Peers {
		if p.IsPeer {
			out = append(out, d.info(p))
		}
	}
	for _, p := range append(d.realtime.cached(), d.registrar.Auto.All()...) {
		out = append(out, d.info(p))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Peer returns one endpoint by name.
func (d *Driver) Peer(name string) (PeerInfo, bool) {
	d.realtime.ensure(name)
	p := d.Directory().Lookup(name)
	if p == nil {
		return PeerInfo{}, false
	}
	return d.info(p), true
}

func (d *Driver) info(p *sipconf.Peer) PeerInfo {
	i := PeerInfo{Peer: p, Health: d.health.Health(p), Binding: d.bindings.Get(p.Name), ShownUser: d.shownUser(p)}
	addr := p.Addr()
	if i.Binding != nil {
		addr = i.Binding.Addr
		u, _ := sipstack.ParseURI(i.Binding.Contact)
		a, ok := u.Addr()
		i.NATFound = !ok || a != addr.Addr()
	}
	if i.Binding == nil && p.Dynamic {
		if i.Elsewhere = d.phones.At(p.Name, ""); i.Elsewhere != nil {
			addr = i.Elsewhere.Addr
			i.ShownUser = cmp.Or(i.ShownUser, i.Elsewhere.User)
		}
	}
	if addr.IsValid() {
		i.Address, i.Port = addr.Addr().String(), int(addr.Port())
	}
	return i
}

// shownUser is the name by which the console knows a peer: its defaultuser, else the user of the Contact that is
// registered; "" without both.
func (d *Driver) shownUser(p *sipconf.Peer) string {
	if b := d.bindings.Get(p.Name); b != nil && p.DefaultUser == "" {
		return b.User
	}
	return p.DefaultUser
}

// Status is the text of sip show peers: what qualify knows, or the node that a phone is at.
func (i *PeerInfo) Status() string {
	switch {
	case i.Elsewhere == nil:
		return i.Health.Status()
	case i.Elsewhere.Away:
		return "AT " + i.Elsewhere.Node + " (UNREACHABLE)"
	}
	return "AT " + i.Elsewhere.Node
}

// Available says whether a call to it may be answered, as far as is known.
func (i *PeerInfo) Available() bool {
	if i.Elsewhere != nil {
		return !i.Elsewhere.Away
	}
	return i.Address != "" && i.Health.Callable() && (!i.Health.Monitored || i.Health.Known)
}

// NATColumns gives the texts of the Forcerport and Comedia columns.
func (i *PeerInfo) NATColumns() (forcerport, comedia string) {
	text := func(on, auto bool) string {
		switch {
		case auto && i.NATFound:
			return "Auto (Yes)"
		case auto:
			return "Auto (No)"
		case on:
			return "Yes"
		}
		return "No"
	}
	return text(i.NAT.ForceRport, i.NAT.AutoForceRport), text(i.NAT.Comedia, i.NAT.AutoComedia)
}

// MessagesTold is how many new and old messages a phone was told of last; false: it was not
// told yet, and has mailboxes.
func (d *Driver) MessagesTold(i *PeerInfo) (fresh, old int, told bool) {
	switch {
	case len(i.Mailboxes) == 0:
		return 0, 0, true
	case i.SubscribeMWI || i.Address == "":
		return 0, 0, false
	}
	m := d.core.MailboxesOf(i.Mailboxes)
	return m.New, m.Old, true
}

// DialogInfo is one line of sip show channels.
type DialogInfo struct {
	Addr, User, CallID, Format, Last, Peer string
	Held                                   bool
	Created                                time.Time
}

// Dialogs lists the dialogs of calls, oldest first.
func (d *Driver) Dialogs() []DialogInfo {
	var out []DialogInfo
	d.stack.EachShard(func(sh *sipstack.Shard) {
		for _, legs := range data(sh).legs {
			for _, l := range legs {
				out = append(out, l.dialogInfo())
			}
		}
	})
	sort.Slice(out, func(i, j int) bool { return out[i].Created.Before(out[j].Created) })
	return out
}

func (l *Leg) dialogInfo() DialogInfo {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := DialogInfo{Addr: l.Flow.Remote.Addr().String(), User: l.user, CallID: l.CallID, Format: "(nothing)", Last: l.last.String(),
		Peer: "<guest>", Held: l.held, Created: l.created}
	switch {
	case l.outbound:
		u, _ := sipstack.ParseURI(strings.Trim(l.To, "<>"))
		i.User = u.User
	case l.Peer != nil && l.Peer.IsPeer:
		i.User = cmp.Or(l.d.shownUser(l.Peer), l.user)
	}
	if i.User == "" {
		i.User = "(None)"
	}
	if l.Peer != nil {
		i.Peer = l.Peer.Name
	}
	if l.state != legEnded && len(l.codecs) > 0 {
		i.Format = fmt.Sprintf("(%s)", l.codecs[0])
	}
	return i
}

// Unregister forgets a phone's binding; known is false when there is no such
// peer, had when it was not registered.
func (d *Driver) Unregister(name string) (known, had bool) {
	if d.Directory().Lookup(name) == nil {
		return false, false
	}
	had = d.bindings.Remove(name)
	d.health.Forget(name)
	if had {
		qualify.TellPeerStatus(d.core, name, "Unregistered", event.PeerStatus{Cause: "Expired"})
	}
	d.contactsChanged(name)
	return true, had
}

// Bindings lists the contacts of the endpoints whose name is given, of all for "": by
// name, the preferred first.
func (d *Driver) Bindings(name string) (out []*location.Binding) {
	for _, p := range d.Directory().Peers {
		if name == "" || p.Name == name {
			out = append(out, d.bindings.All(p.Name)...)
		}
	}
	if name != "" && d.Directory().InFile(name) == nil {
		out = d.bindings.All(name)
	} else if name == "" && d.realtime != nil {
		out = d.bindings.Everyone()
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// RegistrationsOfNodes lists what is registered at all nodes, by name; nothing on a machine that is
// alone.
func (d *Driver) RegistrationsOfNodes() []elsewhere.Registration { return d.phones.List() }

// PassedOn counts the messages between phones here and other nodes (elsewhere.Phones.Counts).
func (d *Driver) PassedOn() (passed, stale, refused uint64) { return d.phones.Counts() }

// Qualify pokes a peer now; false when there is none of that name.
func (d *Driver) Qualify(name string) bool {
	if d.Directory().Lookup(name) == nil {
		return false
	}
	d.health.Poke(name)
	return true
}

// GroupList writes the groups of a set of bits.
func GroupList(bits uint64) string {
	var out []string
	for n := range 64 {
		if bits&(1<<n) != 0 {
			out = append(out, strconv.Itoa(n))
		}
	}
	return strings.Join(out, ", ")
}

// Registrations lists the outbound registrations.
func (d *Driver) Registrations() []outreg.Entry { return d.registry.List() }

// Subscriptions lists the subscriptions of phones.
func (d *Driver) Subscriptions() []pubsub.Info { return d.pubsub.Subscriptions() }

// RemoteMailboxes lists the mailboxes of mwi lines.
func (d *Driver) RemoteMailboxes() []pubsub.RemoteMailbox { return d.pubsub.RemoteMailboxes() }

// HasNotify is nil where sip_notify.conf has a type.
func (d *Driver) HasNotify(kind string) error { return d.pubsub.HasNotify(kind) }

// Notify sends a NOTIFY of a type of sip_notify.conf to a peer.
func (d *Driver) Notify(kind, peer string) error { return d.pubsub.Notify(kind, peer) }

// NotifyWith sends one with headers; those named Content are the lines of its body.
func (d *Driver) NotifyWith(peer string, headers [][2]string) error {
	return d.pubsub.NotifyWith(peer, headers)
}
