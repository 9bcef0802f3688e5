package voicemail

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"obelisk/apps/voicemail/spool"
)

// filed is a table voicemail_data.
type filed struct{ table }

func (*filed) Has(family string) bool { return family == filedIn }

// A table of messages follows the spool: what comes, what gets another number or folder, what goes.
func TestFiled(t *testing.T) {
	d, _ := office(t, "", "")
	in := &filed{}
	d.tables = in
	stop := make(chan struct{})
	done := d.file(stop)
	for range 3 {
		leaveIn(t, d, newFake(d), "100", "")
	}
	r := spool.Ref{Context: "default", Box: "100"}
	list := d.store.List(r, spool.Inbox)
	if len(list) != 3 {
		t.Fatalf("%d messages", len(list))
	}
	changes := []spool.Change{{Message: list[0]}, {Message: list[1], Move: true, To: spool.Old, Most: 9}}
	if err := d.store.Apply(r, spool.Inbox, changes); err != nil {
		t.Fatal(err)
	}
	close(stop) // what waits is still brought into the table
	<-done
	var got []string
	for _, row := range in.rows {
		name, err := filepath.Rel(d.store.Root(), row.Get("filename"))
		if err != nil || row.Get("origmailbox") != "100" || row.Get("duration") != "5" || row.Get("callerid") != `"Bob" <102>` ||
			len(row) != len(filedFields)+1 {
			t.Errorf("%v %v", row, err)
		}
		got = append(got, name)
	}
	slices.Sort(got)
	if want := "default/100/INBOX/msg0000 default/100/Old/msg0000"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}
