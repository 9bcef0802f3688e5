package parking

import (
	"fmt"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// Check implements pbx.Checked: who names what the file has not, and what the file names that is
// not there.
func (n *next) Check(w pbx.Whole) (out []config.Diagnostic) {
	say := func(pos config.Pos, format string, args ...any) {
		out = append(out, config.Diagnostic{Pos: pos, Text: fmt.Sprintf(format, args...)})
	}
	var names []string
	for _, r := range n.s.lots {
		names = append(names, r.name)
	}
	lot := func(pos config.Pos, by, name string) {
		if name != "" && !strings.Contains(name, "$") && n.s.named(name) == nil && !n.s.dynamic {
			say(pos, "%s: there is no parking lot '%s' in %s%s", by, name, file, config.DidYouMean(name, names))
		}
	}
	for _, r := range w.Named(pbx.NamedParking) {
		lot(r.Pos, r.By, r.Name)
	}
	plan := w.Plan()
	if plan == nil {
		return out
	}
	plan.EachStep(func(at dialplan.Place) {
		switch app := strings.ToLower(at.Step.App); app {
		case "park", "parkedcall", "parkandannounce":
			f := append(dialplan.SplitArgs(at.Step.Args.Raw(), 3), "")
			lot(at.Step.Pos, at.Step.App, strings.TrimSpace(f[0]))
		}
	})
	for _, o := range n.s.pos {
		if o.name == "comebackcontext" && o.value != "" && plan.Contexts[o.value] == nil && !n.s.named(o.lot).toOrigin {
			say(o.pos, "comebackcontext '%s' of lot '%s' is not in extensions.conf: calls that come back go to extension s of context default", o.value, o.lot)
		}
	}
	for _, r := range n.s.lots {
		n.reached(plan, r, say)
	}
	return out
}

// reached finds extensions of a lot that extensions.conf has itself, and a lot whose extensions nobody reaches.
func (n *next) reached(plan *dialplan.Plan, r *rules, say func(config.Pos, string, ...any)) {
	x := plan.Contexts[r.context]
	if r.ext == "" || x == nil || r.pos.IsZero() {
		return
	}
	for _, e := range x.Extensions {
		first := e.Priority(1)
		if first == nil || first.Registrar != "" {
			continue
		}
		for _, exten := range r.extensions() {
			if e.Name == exten {
				say(first.Pos, "extension %s of context '%s' is one of the parking lot '%s' too; this line has it", exten, r.context, r.name)
			}
		}
	}
	for _, o := range plan.Order {
		for _, i := range o.Includes {
			if i.Context == r.context {
				return
			}
		}
	}
	if x.Registrar != "" {
		say(r.pos, "no context includes '%s': nobody reaches the extensions of the parking lot '%s'", r.context, r.name)
	}
}

// Names implements pbx.Naming.
func (n *next) Names(kind string) (out []pbx.Reference) {
	if kind != pbx.NamedMusic {
		return nil
	}
	for _, o := range n.s.pos {
		if o.name == "parkedmusicclass" && o.value != "" {
			out = append(out, pbx.Reference{Name: o.value, Pos: o.pos, By: "parking lot '" + o.lot + "'"})
		}
	}
	return out
}
