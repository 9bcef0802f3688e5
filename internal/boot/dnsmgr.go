package boot

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// dnsmgrModule is dnsmgr.conf: the names that are looked up anew from time to time.
func (s *System) dnsmgrModule() pbx.Module {
	return own{name: "dnsmgr", synopsis: "DNS Manager", measure: func(m *pbx.Measures) {
		kept, unknown, failed := s.conf.names.Counts()
		m.Gauge("obelisk_names", "Host names that are kept", float64(kept-unknown), "state", "known")
		m.Gauge("obelisk_names", "Host names that are kept", float64(unknown), "state", "unknown")
		m.Count("obelisk_lookup_failures_total", "Look-ups of host names that found nothing", float64(failed))
	}, read: func(r *reading) step {
		every, diags := readRefresh(r.file("dnsmgr.conf"))
		r.note(diags)
		return step{commit: func() { s.conf.names.Refresh(every) }}
	}}
}

// readRefresh reads dnsmgr.conf: how often names are looked up anew, 0 for with each reload.
// f may be nil.
func readRefresh(f *config.File) (every time.Duration, diags []config.Diagnostic) {
	if f == nil || f.Section("general") == nil {
		return 0, nil
	}
	enabled := false
	every = 5 * time.Minute
	for _, v := range f.Section("general").Vars {
		switch strings.ToLower(v.Name) {
		case "enable":
			enabled, _ = config.Bool(v.Value)
		case "refreshinterval":
			n, err := strconv.Atoi(v.Value)
			if err != nil || n < 1 {
				diags = append(diags,
					config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("'%s' is not a valid value of 'refreshinterval' (seconds); it keeps what it had",
						v.Value)})
				continue
			}
			every = time.Duration(n) * time.Second
		default:
			diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("unknown option '%s' of dnsmgr.conf is ignored", v.Name)})
		}
	}
	if !enabled {
		every = 0
	}
	return every, diags
}
