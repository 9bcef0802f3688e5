package cli

import (
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"obelisk/internal/trace"
)

// SIPPeer is one row of sip show peers.
type SIPPeer struct {
	Name, User, Host     string
	Port                 int
	Dynamic, ACL         bool
	Forcerport, Comedia  string
	Status, Description  string
	Monitored, Available bool
	Realtime             bool // of a table
}

// SIPRegistration is one row of sip show registry.
type SIPRegistration struct {
	Host, User, State string
	Refresh           int
	At                time.Time
}

// SIPBinding is one contact of sip show registrations.
type SIPBinding struct {
	AOR, Contact, Q, CallID, UserAgent, Socket, Path, Instance, State string
	CSeq                                                              uint32
	Left                                                              time.Duration
}

// SIPDialog is one row of sip show channels.
type SIPDialog struct {
	Addr, User, CallID, Format, Last, Peer string
	Held                                   bool
}

// SIPSubscription is one row of sip show subscriptions.
type SIPSubscription struct {
	Addr, User, CallID, Exten, State, Type, Mailbox string
	Expiry                                          int
}

// SIPUsage is one row of sip show inuse.
type SIPUsage struct {
	Name                        string
	Calls, Ringing, Held, Limit int
}

// SIP is what the sip commands ask of the driver.
type SIP interface {
	Peers() []SIPPeer
	// Details lists label and value of one peer, in order; false when unknown.
	Details(name string) ([][2]string, bool)
	Registrations() []SIPRegistration
	// Bindings lists the contacts of an endpoint, or of all for "".
	Bindings(name string) []SIPBinding
	Dialogs() []SIPDialog
	Subscriptions() []SIPSubscription
	// Usage lists the peers whose calls are counted, or all.
	Usage(all bool) []SIPUsage
	SetDebug(on bool) (was bool)
	DebugAddress(netip.AddrPort)
	DebugCall(callID string)
	Qualify(name string) bool
	Unregister(name string) (known, had bool)
	// HasNotify is nil where sip_notify.conf has a type; an error says what is not there.
	HasNotify(kind string) error
	// Notify sends a NOTIFY of a type of sip_notify.conf; an error says what is not there.
	Notify(kind, peer string) error
	// Judge says what would become of a request.
	Judge(method, from, source, to, transport string) ([]string, error)
	Settings() []SettingBlock
	Users() []SIPUser
	// UserDetails lists label and value of an endpoint that may call; false for none.
	UserDetails(name string) ([][2]string, bool)
	// Connections lists address, transport, and Server (the other side opened it) or Client.
	Connections() [][3]string
	// RemoteMailboxes lists host:port, user, mailbox, and whether it is subscribed to.
	RemoteMailboxes() [][4]string
	// Domains lists name, context and who set each: Configured or Automatic.
	Domains() [][3]string
	// Dialog lists label and value of each dialog whose Call-ID begins with a text.
	Dialog(text string) [][][2]string
	Statistics() []SIPStatistics
	// Overload lists label and value, in order.
	Overload() [][2]string
	Objects() SIPObjects
	// Story is what is remembered of the call of a Call-ID.
	Story(callID string) (verdict string, entries []trace.Entry, lost int)
}

// AddSIP adds the sip commands.
func (c *Console) AddSIP(s SIP) {
	k := sipCommands{s}
	c.completeSIP(s)
	c.Add([]Command{
		{"sip show peers", "[like pattern]: list the peers", k.peers},
		{"sip show peer", "<name>: one peer in detail", k.peer},
		{"sip show registry", "list our registrations", k.registry},
		{"sip show registrations", "[name]: list the contacts that are registered here", k.registrations},
		{"sip show channels", "list the dialogs", k.channels},
		{"sip show channel", "<Call-ID>: one dialog in detail", k.channel},
		{"sip show channelstats", "how the audio of each dialog goes", k.statistics},
		{"sip show settings", "what sip.conf's [general] says", k.settings},
		{"sip show users", "list the endpoints that may call", k.users},
		{"sip show user", "<name>: one of these in detail", k.user},
		{"sip show tcp", "list the connections over TCP, TLS and WebSocket", k.connections},
		{"sip show mwi", "list the mailboxes of other servers that we follow", k.remoteMailboxes},
		{"sip show sched", "count what waits for its time", k.schedule},
		{"sip show domains", "list our local SIP domains", k.domains},
		{"sip show subscriptions", "list the subscriptions to hints and mailboxes", k.subscriptions},
		{"sip show inuse", "[all]: list the calls of each peer", k.inuse},
		{"sip show objects", "list peers, registrations and dialogs by name", k.objects},
		{"sip show history", "<Call-ID>: the messages of a dialog", k.history},
		{"sip set history", "on|off: Asterisk records on demand, here the stories of calls are always kept", k.recording},
		{"sip show overload", "what was let in and what was refused under load", k.overload},
		{"sip set debug", "on|off|ip <address[:port]>|peer <name>|call <Call-ID>: log messages", k.debug},
		{"sip qualify peer", "<name>: check a peer now", k.qualify},
		{"sip explain", "invite|register from=<user> source=<address:port> [to=<number>] [transport=<name>]: what would become of it",
			k.explain},
		{"sip notify", "<type> <peer> [<peer>...]: send a NOTIFY of sip_notify.conf", k.notify},
		{"sip unregister", "<name>: forget a phone's registration", k.unregister},
	}...)
}

type sipCommands struct{ s SIP }

const peerFormat = "%-25.25s %-39.39s %-3.3s %-10.10s %-10.10s %-3.3s %-8s %-11s %-32.32s %s\n"

const channelFormat = "%-15.15s  %-15.15s  %-15.15s  %-15.15s  %-4.4s%-3.3s  %-15.15s %-10.10s %-10.10s\n"

func (k sipCommands) debug(w io.Writer, args []string) bool {
	switch strings.Join(args[:min(len(args), 1)], "") + fmt.Sprint(len(args)) {
	case "on1":
		if k.s.SetDebug(true) {
			fmt.Fprintln(w, "SIP Debugging re-enabled")
		} else {
			fmt.Fprintln(w, "SIP Debugging enabled")
		}
	case "off1":
		k.s.SetDebug(false)
		fmt.Fprintln(w, "SIP Debugging Disabled")
	case "call2":
		k.s.DebugCall(args[1])
		printf(w, "SIP Debugging Enabled for call: %s\n", args[1])
	case "ip2", "peer2":
		return k.debugOne(w, args[0], args[1])
	default:
		return usage(w)
	}
	return true
}

// debugOne is for one address, or that of a peer.
func (k sipCommands) debugOne(w io.Writer, kind, text string) bool {
	fixed := false // its place is of sip.conf, which names no port
	if kind == "peer" {
		found := false
		for _, p := range k.s.Peers() {
			if p.Name == text {
				found, fixed, text = true, !p.Dynamic, fmt.Sprintf("%s:%d", p.Host, p.Port)
				break
			}
		}
		if !found {
			printf(w, "No such peer '%s'\n", text)
			return true
		}
	}
	addr, err := netip.ParseAddrPort(text)
	if err != nil {
		var a netip.Addr
		if a, err = netip.ParseAddr(text); err == nil {
			addr = netip.AddrPortFrom(a, 0)
		}
	}
	switch {
	case err != nil && kind == "peer":
		fmt.Fprintln(w, "Unable to get IP address of peer")
	case err != nil:
		return usage(w)
	default:
		k.s.DebugAddress(addr)
		shown := strings.TrimSuffix(addr.String(), ":0")
		if fixed {
			shown = addr.Addr().String()
		}
		printf(w, "SIP Debugging Enabled for IP: %s\n", shown)
	}
	return true
}

func (k sipCommands) qualify(w io.Writer, args []string) bool {
	if len(args) < 1 {
		return usage(w)
	}
	if !k.s.Qualify(args[0]) {
		printf(w, "Peer '%s' not found\n", args[0])
	}
	return true
}

func (k sipCommands) notify(w io.Writer, args []string) bool {
	if len(args) < 2 {
		return usage(w)
	}
	if err := k.s.HasNotify(args[0]); err != nil {
		fmt.Fprintln(w, err)
		return false
	}
	for _, peer := range args[1:] {
		if err := k.s.Notify(args[0], peer); err != nil {
			fmt.Fprintln(w, err)
			continue
		}
		printf(w, "Sending NOTIFY of type '%s' to '%s'\n", args[0], peer)
	}
	return true
}

func (k sipCommands) unregister(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	switch known, had := k.s.Unregister(args[0]); {
	case !known:
		printf(w, "Peer unknown: '%s'. Not unregistered.\n", args[0])
	case had:
		printf(w, "Unregistered peer '%s'\n", args[0])
	default:
		printf(w, "Peer %s not registered\n", args[0])
	}
	return true
}

func (k sipCommands) overload(w io.Writer, _ []string) bool {
	for _, row := range k.s.Overload() {
		printf(w, "%-34s %s\n", row[0]+":", row[1])
	}
	return true
}

func (k sipCommands) explain(w io.Writer, args []string) bool {
	given := map[string]string{"transport": "udp"}
	if len(args) > 0 {
		for _, a := range args[1:] {
			name, value, _ := strings.Cut(a, "=")
			given[strings.ToLower(name)] = value
		}
	}
	if len(args) == 0 || args[0] != "invite" && args[0] != "register" || given["from"] == "" || given["source"] == "" ||
		args[0] == "invite" && given["to"] == "" {
		return usage(w)
	}
	list, err := k.s.Judge(args[0], given["from"], given["source"], given["to"], given["transport"])
	if err != nil {
		fmt.Fprintln(w, err)
		return false
	}
	for _, s := range list {
		fmt.Fprintln(w, s)
	}
	return true
}
