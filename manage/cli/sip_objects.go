package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"obelisk/internal/trace"
)

// SIPObjects is what sip show objects lists, each by name.
type SIPObjects struct {
	Peers    []string
	ByIP     map[string]bool // those of them whose address is known
	Realtime int
	Registry []string
	Dialogs  []string // Call-IDs
}

// objects are not counted by reference here; Asterisk's form has a number, and ours is of the
// lists that hold an object.
func (k sipCommands) objects(w io.Writer, _ []string) bool {
	o := k.s.Objects()
	one := func(kind, name string, count int) {
		printf(w, "name: %s\ntype: %s\nobjflags: 0\nrefcount: %d\n\n", name, kind, count)
	}
	held := func(p string) int {
		if o.ByIP[p] {
			return 2
		}
		return 1
	}
	printf(w, "-= Peer objects: %d static, %d realtime, 0 autocreate =-\n\n", len(o.Peers)-o.Realtime, o.Realtime)
	for _, p := range o.Peers {
		one("peer", p, held(p))
	}
	fmt.Fprint(w, "-= Peer objects by IP =-\n\n")
	for _, p := range o.Peers {
		if o.ByIP[p] {
			one("peer", p, 2)
		}
	}
	printf(w, "-= Registry objects: %d =-\n\n", len(o.Registry))
	for _, r := range o.Registry {
		one("registry", r, 1)
	}
	fmt.Fprint(w, "-= Dialog objects:\n\n")
	for _, d := range o.Dialogs {
		one("dialog", d, 1)
	}
	return true
}

// recording of the story of calls cannot be put off here: it is always on, and costs little.
func (k sipCommands) recording(w io.Writer, args []string) bool {
	switch strings.Join(args, " ") {
	case "on":
		fmt.Fprintln(w, "SIP History Recording Enabled (use 'sip show history')")
	case "off":
		fmt.Fprintln(w, "SIP History is always recorded here (call show)")
	default:
		return usage(w)
	}
	return true
}

// history is what the stories of calls tell of the dialogs whose Call-ID begins with a text.
func (k sipCommands) history(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	dialogs := k.s.Objects().Dialogs
	slices.Sort(dialogs)
	found := false
	for _, id := range slices.Compact(dialogs) {
		if !strings.HasPrefix(id, args[0]) {
			continue
		}
		found = true
		fmt.Fprintln(w, "\n  * SIP Call")
		n := 0
		_, story, _ := k.s.Story(id)
		for _, e := range story {
			kind := map[trace.Kind]string{trace.Send: "Tx", trace.Receive: "Rx"}[e.Kind]
			if kind == "" || e.Leg != id {
				continue
			}
			n++
			printf(w, "%d. %-15s %s %s\n", n, kind, e.Text, e.Peer)
		}
		if n == 0 {
			fmt.Fprintln(w, "Call has no history")
		}
	}
	if !found {
		printf(w, "No such SIP Call ID starting with '%s'\n", args[0])
	}
	return true
}
