package ari

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

// Commands implements pbx.Commander.
func (s *Server) Commands() []pbx.Command {
	return []pbx.Command{
		{Name: "ari show apps", Usage: "list the applications of programs", Run: s.showApps},
		{Name: "ari show app", Usage: "<application>: what one hears of", Run: s.showApp},
		{Name: "ari show users", Usage: "list the users of ari.conf", Run: s.showUsers},
		{Name: "ari show user", Usage: "<user>: show one", Run: s.showUser},
		{Name: "ari show status", Usage: "show how the interface is set up", Run: s.showStatus},
		{Name: "ari show websocket sessions", Usage: "list the programs that are connected", Run: s.showSockets},
		{Name: "ari show outbound-websockets", Usage: "list the programs that are called", Run: s.showOutbound},
		{Name: "ari set debug", Usage: "<application|all> <on|off>: show the events that are sent", Run: s.setDebug},
		{Name: "ari mkpasswd", Usage: "<password>: write it as a hash for ari.conf", Run: s.makePassword},
	}
}

func (s *Server) showApps(w io.Writer, _ []string) bool {
	fmt.Fprint(w, "Application Name         \n=========================\n")
	for _, name := range s.stasis.Names() {
		printable.Fprintf(w, "%-25.25s\n", name)
	}
	return true
}

func (s *Server) showApp(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return pbx.Misused(w, "ari show app <application>")
	}
	o, ok := s.stasis.Show(args[0])
	if !ok {
		printable.Fprintf(w, "Specified application '%s' not found\n", args[0])
		return false
	}
	printable.Fprintf(w, "Name: %s\n  Debug: %s\n  Subscription Model: %s\n  Subscriptions: %d\n", args[0], yes(o.Debug), model(o.All),
		len(o.Channels)+len(o.Bridges)+len(o.Endpoints))
	for _, part := range []struct {
		name string
		list []string
	}{{"Channels", o.Channels}, {"Bridges", o.Bridges}, {"Endpoints", o.Endpoints}} {
		fmt.Fprintf(w, "    %s:\n", part.name)
		for _, id := range part.list {
			printable.Fprintf(w, "      %s\n", id)
		}
	}
	return true
}

func model(all bool) string {
	if all {
		return "Global Resource Subscription"
	}
	return "Application/Explicit Resource Subscription"
}

func yes(on bool) string {
	if on {
		return "Yes"
	}
	return "No"
}

func (s *Server) showUsers(w io.Writer, _ []string) bool {
	c := s.conf.Load()
	fmt.Fprint(w, "r/o?  ACL?  Username\n----  ----  --------\n")
	for _, name := range c.names() {
		u := c.Users[name]
		printable.Fprintf(w, "%-4s  %-4s  %s\n", yes(u.ReadOnly), yes(u.Access.Any()), u.Name)
	}
	return true
}

func (s *Server) showUser(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return pbx.Misused(w, "ari show user <username>")
	}
	u := s.conf.Load().Users[args[0]]
	if u == nil {
		printable.Fprintf(w, "User '%s' not found\n", args[0])
		return false
	}
	printable.Fprintf(w, "Username: %s\nRead only?: %s\nACL?: %s\n", u.Name, yes(u.ReadOnly), yes(u.Access.Any()))
	return true
}

func (s *Server) showStatus(w io.Writer, _ []string) bool {
	c := s.conf.Load()
	form := "compact"
	if c.Pretty {
		form = "pretty"
	}
	printable.Fprintf(w, "ARI Status:\nEnabled: %s\nOutput format: %s\nAuth realm: %s\nAllowed Origins: %s\n", yes(c.Enabled), form, c.Realm,
		strings.Join(c.Origins, ","))
	return true
}

func (s *Server) showSockets(w io.Writer, _ []string) bool {
	s.mu.Lock()
	var lines []string
	for k := range s.sockets {
		kind := "Inbound"
		if k.name != "" {
			kind = "Outbound"
		}
		lines = append(lines, fmt.Sprintf("%-10s %-24s %6d  %s", kind, k.remote, len(k.out), strings.Join(k.apps, ",")))
	}
	s.mu.Unlock()
	slices.Sort(lines)
	fmt.Fprint(w, "Type       Remote                  Waiting  Apps\n")
	for _, l := range lines {
		printable.Fprintf(w, "%s\n", l)
	}
	fmt.Fprintf(w, "%d connected\n", len(lines))
	return true
}

func (s *Server) showOutbound(w io.Writer, _ []string) bool {
	fmt.Fprint(w, "Name             Type        Apps             Status     URI\n")
	s.mu.Lock()
	connected := map[string]bool{}
	for k := range s.sockets {
		connected[k.name] = true
	}
	var lines []string
	for name, o := range s.dialled {
		kind, state := "per_call", "N/A"
		if o.client.Persistent {
			if kind, state = "persistent", "Down"; connected[name] {
				state = "Up"
			}
		}
		lines = append(lines, fmt.Sprintf("%-16s %-11s %-16s %-10s %s", name, kind, strings.Join(o.conf.Apps, ","), state, o.client.URI))
	}
	s.mu.Unlock()
	slices.Sort(lines)
	for _, l := range lines {
		printable.Fprintf(w, "%s\n", l)
	}
	return true
}

func (s *Server) setDebug(w io.Writer, args []string) bool {
	if len(args) != 2 || args[1] != "on" && args[1] != "off" {
		return pbx.Misused(w, "ari set debug <application|all> <on|off>")
	}
	on := args[1] == "on"
	if args[0] == "all" {
		s.stasis.Debug("", on)
		fmt.Fprintf(w, "Debugging on all applications %sabled\n", map[bool]string{true: "en", false: "dis"}[on])
		return true
	}
	if !s.stasis.Debug(args[0], on) {
		printable.Fprintf(w, "Specified application '%s' not found\n", args[0])
		return false
	}
	printable.Fprintf(w, "Debugging on '%s' %sabled\n", args[0], map[bool]string{true: "en", false: "dis"}[on])
	return true
}

func (s *Server) makePassword(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return pbx.Misused(w, "ari mkpasswd <password>")
	}
	text, err := hashed(args[0])
	if err != nil {
		printable.Fprintf(w, "It cannot be encrypted: %v\n", err)
		return false
	}
	fmt.Fprintf(w, "; Copy the following two lines into ari.conf\npassword_format = crypt\npassword = %s\n", text)
	return true
}
