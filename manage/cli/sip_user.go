package cli

import (
	"fmt"
	"io"
)

// user tells of an endpoint that may call.
func (k sipCommands) user(w io.Writer, args []string) bool {
	if len(args) < 1 || len(args) > 2 || len(args) == 2 && args[1] != "load" {
		return usage(w)
	}
	rows, ok := k.s.UserDetails(args[0])
	if !ok {
		printf(w, "User %s not found.\n\n", args[0])
		return true
	}
	printf(w, "\n\n  * Name       : %s\n", args[0])
	for _, r := range rows {
		if r[0] == "Auto-Framing" {
			printf(w, "  %-13s  %s \n", r[0]+":", r[1])
			continue
		}
		detail(w, r)
	}
	fmt.Fprintln(w)
	return true
}

// connections lists who is connected over TCP, TLS or WebSocket.
func (k sipCommands) connections(w io.Writer, _ []string) bool {
	const row = "%-47.47s %-9.9s   %s\n"
	printf(w, row, "Address", "Transport", "Type")
	for _, c := range k.s.Connections() {
		printf(w, row, c[0], c[1], c[2])
	}
	return true
}

// remoteMailboxes lists the mailboxes of other servers that mwi lines subscribe to.
func (k sipCommands) remoteMailboxes(w io.Writer, _ []string) bool {
	const row = "%-30.30s  %-12.12s  %-10.10s  %-10.10s\n"
	printf(w, row, "Host", "Username", "Mailbox", "Subscribed")
	for _, m := range k.s.RemoteMailboxes() {
		printf(w, row, m[0], m[1], m[2], m[3])
	}
	return true
}

// schedule counts what waits for its time, in the rows of chan_sip.
func (k sipCommands) schedule(w io.Writer, _ []string) bool {
	registrations := len(k.s.Registrations())
	bindings, watched := len(k.s.Bindings("")), 0
	for _, p := range k.s.Peers() {
		if p.Monitored {
			watched++
		}
	}
	all := registrations + bindings + watched
	printf(w, " Highwater = %d\n schedcnt = %d\n", all, all)
	for _, r := range []struct {
		name string
		n    int
	}{{"retrans_pkt", 0}, {"__sip_autodestruct", 0}, {"expire_register", bindings}, {"auto_congest", 0}, {"sip_reg_timeout", 0},
		{"sip_poke_peer_s", watched}, {"sip_poke_peer_now", 0}, {"sip_poke_noanswer", 0}, {"sip_reregister", registrations},
		{"sip_reinvite_retry", 0}} {
		printf(w, "    %s : %d\n", r.name, r.n)
	}
	fmt.Fprint(w, "   <unknown> : 0\n\n")
	return true
}
