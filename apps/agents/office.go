package agents

import "obelisk/pbx"

// Exhibits implements pbx.Exhibitor: the agents.
func (m *Module) Exhibits() []pbx.Exhibit {
	t := pbx.ExhibitTable{Name: "list", Columns: []string{"agent", "name", "state", "channel", "talksto"}}
	for _, r := range m.rows("") {
		t.Add(pbx.TextCell(r.id), pbx.TextCell(r.name), pbx.StateCell(r.device), pbx.ChannelCell(r.ch), pbx.ChannelCell(r.with))
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return []pbx.Exhibit{{Kind: "agents", Tables: []pbx.ExhibitTable{t}}}
}
