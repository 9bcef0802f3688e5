package confbridge

import (
	"strconv"

	"obelisk/pbx"
)

// Exhibits implements pbx.Exhibitor: conferences and who is in them.
func (m *Module) Exhibits() (out []pbx.Exhibit) {
	for _, r := range m.list() {
		out = append(out, r.exhibit())
	}
	return out
}

func (r *room) exhibit() pbx.Exhibit {
	t := pbx.ExhibitTable{Name: "members", Columns: []string{"who", "role", "speaks"}}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.all() {
		t.Add(pbx.ChannelCell(x.ch), pbx.WordCell(x.role()), pbx.WordCell(x.voice()))
	}
	return pbx.Exhibit{Kind: "conferences", Name: r.name, Facts: []pbx.ExhibitFact{
		{Label: "people", Value: pbx.TextCell(strconv.Itoa(r.count(anybody)))}, {Label: "marked", Value: pbx.TextCell(strconv.Itoa(r.marked()))},
		{Label: "locked", Value: pbx.YesCell(r.locked)}, {Label: "recorded", Value: pbx.YesCell(r.tape != nil)}, {Label: "begun", Value: pbx.SinceCell(r.begun)},
	}, Tables: []pbx.ExhibitTable{t}}
}

// role is a word for what a member may do.
func (x *member) role() string {
	switch {
	case x.u.admin:
		return "admin"
	case x.u.marked:
		return "marked"
	}
	return "participant"
}

// voice is a word for whether others hear a member.
func (x *member) voice() string {
	switch {
	case x.waits:
		return "onhold"
	case x.muted:
		return "muted"
	case x.talking:
		return "talks"
	}
	return "listens"
}
