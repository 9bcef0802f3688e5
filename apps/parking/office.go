package parking

import (
	"fmt"

	"obelisk/pbx"
)

// Exhibits implements pbx.Exhibitor: the lots and who waits there.
func (m *Module) Exhibits() (out []pbx.Exhibit) {
	for _, l := range m.all() {
		t := pbx.ExhibitTable{Name: "parked", Columns: []string{"space", "who", "parker", "waits", "comeback"}}
		list := m.calls(l.of)
		for _, p := range list {
			back := pbx.WordCell("never")
			if p.limit > 0 {
				back = pbx.Cell{At: p.since.Add(p.limit)}
			}
			t.Add(pbx.TextCell(itoa(p.space)), pbx.ChannelCell(m.who(p)), pbx.Cell{Text: p.parker, Device: p.parker}, pbx.SinceCell(p.since), back)
		}
		out = append(out, pbx.Exhibit{Kind: "parking", Name: l.rules.name, Facts: []pbx.ExhibitFact{
			{Label: "spaces", Value: pbx.TextCell(fmt.Sprintf("%d-%d", l.rules.first, l.rules.last))},
			{Label: "used", Value: pbx.TextCell(fmt.Sprintf("%d / %d", len(list), l.rules.last-l.rules.first+1))},
		}, Tables: []pbx.ExhibitTable{t}})
	}
	return out
}
