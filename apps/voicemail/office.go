package voicemail

import (
	"strconv"

	"obelisk/pbx"
)

// Exhibits implements pbx.Exhibitor: the mailboxes and what is in them.
func (m *Module) Exhibits() []pbx.Exhibit {
	t := pbx.ExhibitTable{Name: "boxes", Columns: []string{"mailbox", "owner", "new", "urgent", "old"}}
	for _, b := range m.desk.settings().Boxes {
		if len(t.Rows) >= pbx.MostExhibited { // what is in them is counted on the disk
			t.More++
			continue
		}
		n := m.desk.store.Counts(b.Ref)
		t.Add(pbx.TextCell(b.Box+"@"+b.Context), pbx.TextCell(b.FullName), pbx.TextCell(strconv.Itoa(n.New)), pbx.TextCell(strconv.Itoa(n.Urgent)), pbx.TextCell(strconv.Itoa(n.Old)))
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return []pbx.Exhibit{{Kind: "mailboxes", Tables: []pbx.ExhibitTable{t}}}
}
