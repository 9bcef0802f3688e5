package mixmonitor

import (
	"time"

	"obelisk/pbx"
)

// Exhibits implements pbx.Exhibitor: what is recorded, and what was, the newest first.
func (m *Module) Exhibits() []pbx.Exhibit {
	t := pbx.ExhibitTable{Name: "list", Columns: []string{"begun", "length", "whole", "parties", "file"}}
	all := m.all()
	for i := len(all) - 1; i >= 0; i-- {
		r := all[i]
		length, state := pbx.TextCell(pbx.Clock(r.length())), r.state()
		if state == "runs" {
			length = pbx.SinceCell(r.begun)
		}
		word := map[string]string{"runs": "runs", "whole": "yes", "not whole": "no"}[state]
		t.Add(pbx.TextCell(r.begun.Format(time.DateTime)), length, pbx.WordCell(word), pbx.TextCell(r.parties), pbx.TextCell(r.file()))
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return []pbx.Exhibit{{Kind: "recordings", Tables: []pbx.ExhibitTable{t}}}
}
