package boot

import (
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
		plan, diags := dialplan.Compile(f, nil)
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
