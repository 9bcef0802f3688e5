package parking

import (
	"fmt"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// Check implements pbx.Checked: extensions of a lot that others have or nobody reaches. Who names a lot that is
// not there, and what a lot names, is found where all files are looked at together.
func (n *next) Check(w pbx.Whole) (out []config.Diagnostic) {
	say := func(pos config.Pos, format string, args ...any) {
		out = append(out, config.Diagnostic{Pos: pos, Text: fmt.Sprintf(format, args...)})
	}
	plan := w.Plan()
	if plan == nil {
		return out
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
	for _, o := range n.s.music {
		if o.value != "" {
			out = append(out, pbx.Reference{Name: o.value, Pos: o.pos, By: "parking lot '" + o.lot + "'"})
		}
	}
	return out
}
