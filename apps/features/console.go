package features

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"obelisk/pbx"
)

const (
	showUsage    = "features show: what features.conf says"
	showForUsage = "features show channel NAME: which keys work for both parties of a call, and why"
)

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	return []pbx.Command{{Name: "features show", Usage: showUsage, Run: m.show}, {Name: "features show channel", Usage: showForUsage,
		Run: m.showFor}}
}

// titles are the features of the featuremap as Asterisk shows them, in its order.
var titles = [][2]string{{"Blind Transfer", "blindxfer"}, {"Attended Transfer", "atxfer"}, {"One Touch Monitor", "automon"},
	{"Disconnect Call", "disconnect"}, {"Park Call", "parkcall"}, {"One Touch MixMonitor", "automixmon"}}

func (m *Module) show(w io.Writer, _ []string) bool {
	s := m.set.Load()
	row := func(a, b, c string) { fmt.Fprintf(w, "%-25s %-7s %-7s\n", a, b, c) }
	head := func(title string) {
		row(title, "Default", "Current")
		row("---------------", "-------", "-------")
	}
	head("Builtin Feature")
	row("Pickup", defaults().pickupExten, s.pickupExten)
	for _, t := range titles {
		row(t[0], builtins[t[1]], s.builtin[t[1]])
	}
	fmt.Fprintln(w)
	head("Dynamic Feature")
	for _, name := range slices.Sorted(maps.Keys(s.apps)) {
		row(name, "no def", s.apps[name].code)
	}
	if len(s.apps) == 0 {
		fmt.Fprintln(w, "(none)")
	}
	fmt.Fprint(w, "\nFeature Groups:\n---------------\n")
	for _, name := range slices.Sorted(maps.Keys(s.groups)) {
		fmt.Fprintf(w, "===> Group: %s\n", name)
		list := slices.Clone(s.groups[name])
		slices.SortFunc(list, func(a, b member) int { return strings.Compare(a.name, b.name) })
		for _, g := range list {
			code := g.code
			if code == "" {
				code = s.apps[g.name].code
			}
			fmt.Fprintf(w, "===> --> %s (%s)\n", g.name, code)
		}
	}
	if len(s.groups) == 0 {
		fmt.Fprintln(w, "(none)")
		return true
	}
	fmt.Fprintln(w)
	return true
}

// showFor tells which keys work in a call.
func (m *Module) showFor(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return pbx.Misused(w, showForUsage)
	}
	c := m.core.ChannelLike(args[0])
	if c == nil {
		fmt.Fprintf(w, "There is no channel %s.\n", args[0])
		return false
	}
	b := c.Bridge()
	if b == nil || b.Policy().Kind != pbx.KindBasic {
		fmt.Fprintf(w, "%s is in no call with another party: no keys of features.conf work for it.\n", c.Name())
		return true
	}
	for _, x := range b.Members() {
		fmt.Fprintf(w, "%s\n", x.Channel.Name())
		for _, k := range m.featuresOf(x.Channel, x.May) {
			works := "works"
			if k.do == nil {
				works = "no"
			}
			fmt.Fprintf(w, "  %-6s %-14s %-5s %s\n", k.code, k.name, works, k.why)
		}
	}
	return true
}
