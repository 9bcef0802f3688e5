package boot

import (
	"maps"
	"slices"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// planModule is extensions.conf, with what users.conf adds to it. core knows the applications
// that it may name.
func (s *System) planModule(core *pbx.Core) pbx.Module {
	return own{name: "pbx_config", synopsis: "Text Extension Configuration", read: func(r *reading) step {
		f := r.file("extensions.conf")
		if f == nil {
			return step{}
		}
		r.people().addExtensions(f)
		own := r.ownSteps(core)
		plan, diags := dialplan.Compile(f, nil, contextsOf(own)...)
		for module, list := range own {
			plan = plan.WithOwn(module, list)
		}
		r.plan = plan
		r.note(append(diags, core.CheckPlan(plan)...))
		return step{commit: func() { s.setPlan(plan) }, changes: func() (out []string) {
			for _, l := range dialplan.Diff(s.core.Plan(), plan) {
				out = append(out, "extensions.conf: "+l)
			}
			return out
		}}
	}}
}

// setPlan puts a dialplan in force for the calls that follow.
func (s *System) setPlan(p *dialplan.Plan) {
	s.switches.prepare(p)
	if s.driver == nil {
		s.core.SetPlan(p)
	} else {
		s.driver.SetPlan(p)
	}
}

// ownSteps are the extensions that modules give to the dialplan, by module: of what is read here, else
// of what is in force.
func (r *reading) ownSteps(core *pbx.Core) map[string][]dialplan.OwnStep {
	own := map[string][]dialplan.OwnStep{}
	maps.Copy(own, core.OwnSteps())
	for _, n := range r.next {
		if x, ok := n.Next.(pbx.Extending); ok {
			own[n.module] = x.Steps()
		}
	}
	return own
}

func contextsOf(own map[string][]dialplan.OwnStep) (out []string) {
	for _, list := range own {
		for _, s := range list {
			if !slices.Contains(out, s.Context) {
				out = append(out, s.Context)
			}
		}
	}
	return out
}
