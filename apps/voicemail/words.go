package voicemail

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"obelisk/apps/voicemail/spool"
	"obelisk/pbx"
)

// Words implements pbx.Rehearsed.
func (m *Module) Words() []pbx.Word {
	return []pbx.Word{{Name: "mailbox", Usage: "mailbox NUMBER@CONTEXT = COUNT new, COUNT old", Prepare: m.desk.fill, Look: m.desk.filled}}
}

// fill puts messages into a mailbox, before a test's call.
func (d *desk) fill(name, value string) error {
	b := d.named(d.settings(), strings.TrimSpace(name))
	if b == nil {
		return fmt.Errorf("there is no mailbox %s", name)
	}
	for _, part := range strings.Split(value, ",") {
		number, kind, _ := strings.Cut(strings.TrimSpace(part), " ")
		n, err := strconv.Atoi(number)
		f, known := map[string]spool.Folder{"new": spool.Inbox, "old": spool.Old, "urgent": spool.Urgent}[strings.TrimSpace(kind)]
		if err != nil || !known || n > 100 {
			return errors.New("it takes COUNT new, COUNT old, COUNT urgent")
		}
		for range n {
			if err := d.pretend(b.Ref, f); err != nil {
				return err
			}
		}
	}
	d.show(b.Ref, false)
	return nil
}

// pretend leaves a message that nobody has spoken.
func (d *desk) pretend(r spool.Ref, f spool.Folder) error {
	m, err := d.store.Begin(r, spool.Header{Box: r.Box, ID: d.store.NewID(), At: d.now()})
	if err != nil {
		return err
	}
	if err := os.WriteFile(m.Path()+".sln", make([]byte, 16000), 0o600); err != nil {
		m.Abandon()
		return err
	}
	_, err = m.Commit(f, "", 0)
	return err
}

// filled is what a mailbox holds, after it.
func (d *desk) filled(name string) string {
	n := d.store.Counts(parseRef(name))
	out := fmt.Sprintf("%d new, %d old", n.New, n.Old)
	if n.Urgent > 0 {
		out += fmt.Sprintf(", %d urgent", n.Urgent)
	}
	return out
}
