package boot

import (
	"obelisk/pbx"
	"obelisk/pbx/cel"
)

// celModule is the log of channel events: cel.conf and cel_custom.conf.
func (s *System) celModule() pbx.Module {
	return own{name: "cel", synopsis: "CEL Engine", read: func(r *reading) step {
		c, diags := cel.ReadConfig(r.file("cel.conf"), r.file("cel_custom.conf"))
		r.note(diags)
		return step{commit: func() {
			if s.events == nil {
				s.events = cel.New(s.core, func(file, line string) { s.records.SubmitLine("cel-custom", file, line) })
			}
			s.events.SetConfig(c)
		}}
	}, close: func() {
		if s.events != nil {
			s.events.Close()
		}
	}}
}
