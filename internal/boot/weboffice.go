package boot

import (
	"strconv"
	"strings"

	"obelisk/manage/web/console"
	"obelisk/pbx"
)

// boardKinds are in the order of the page of the office.
var boardKinds = []string{"queues", "agents", "conferences", "parking", "mailboxes", "recordings", "lamps"}

// Boards implements console.House.
func (v houseView) Boards() (out []console.Board) {
	byKind := map[string][]console.Board{}
	for _, m := range v.s.conf.modules {
		x, ok := m.(pbx.Exhibitor)
		if !ok {
			continue
		}
		for _, e := range x.Exhibits() {
			byKind[e.Kind] = append(byKind[e.Kind], v.board(e))
		}
	}
	if lamps := v.lamps(); len(lamps.Tables[0].Rows) > 0 {
		byKind[lamps.Kind] = append(byKind[lamps.Kind], v.board(lamps))
	}
	for _, kind := range boardKinds {
		out = append(out, byKind[kind]...)
	}
	return out
}

// lamps are the hints of the dialplan.
func (v houseView) lamps() pbx.Exhibit {
	t := pbx.ExhibitTable{Name: "list", Columns: []string{"lamp", "devices", "state", "watchers"}}
	for _, h := range v.s.core.Hints() {
		if !h.Pattern {
			t.Add(pbx.TextCell(h.Exten+"@"+h.Context), pbx.Cell{Text: h.Devices, Device: h.Devices}, pbx.TextCell(h.State.String()), pbx.TextCell(strconv.Itoa(h.Watchers)))
		}
	}
	return pbx.Exhibit{Kind: "lamps", Tables: []pbx.ExhibitTable{t}}
}

// board is an exhibit as the console shows it.
func (v houseView) board(e pbx.Exhibit) console.Board {
	b := console.Board{Kind: e.Kind, Name: e.Name}
	for _, f := range e.Facts {
		b.Facts = append(b.Facts, console.BoardFact{Label: f.Label, Value: v.cell(f.Value)})
	}
	for _, t := range e.Tables {
		out := console.BoardTable{Name: t.Name, Columns: t.Columns, More: t.More}
		for _, row := range t.Rows {
			cells := make([]console.Cell, len(row))
			for i, c := range row {
				cells[i] = v.cell(c)
			}
			out.Rows = append(out.Rows, cells)
		}
		b.Tables = append(b.Tables, out)
	}
	return b
}

// cell leads to the page of the phone or of the call that it is about.
func (v houseView) cell(c pbx.Cell) console.Cell {
	out := console.Cell{Text: c.Text, Since: c.Since, At: c.At}
	switch {
	case c.Stated:
		out.Word = "lamp." + c.State.String()
	case c.Word != "":
		out.Word = "office." + c.Word
	}
	if name, ok := strings.CutPrefix(c.Device, "SIP/"); ok && v.s.driver != nil && v.s.driver.Directory().Lookup(name) != nil {
		out.Link = "/phone/" + name
	}
	if c.Channel != nil {
		if t := c.Channel.Trace(); t != nil {
			out.Link = "/call/" + t.ID
		}
	}
	return out
}
