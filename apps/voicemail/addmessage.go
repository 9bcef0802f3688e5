package voicemail

import (
	"errors"
	"fmt"

	"obelisk/apps/voicemail/spool"
	"obelisk/pbx"
)

// Take implements pbx.Mailroom: a recording becomes a message of a mailbox. Lamps and the program
// of externnotify are told; no mail is sent, as in Asterisk.
// Differs: Asterisk writes a duration of 0.
func (d *desk) Take(m pbx.Mail) error {
	b := d.named(d.settings(), m.Box)
	if b == nil {
		return fmt.Errorf("there is no mailbox %s", parseRef(m.Box))
	}
	folder := spool.Inbox
	if m.Folder != "" {
		f, ok := spool.FolderNamed(m.Folder)
		if !ok {
			return fmt.Errorf("there is no folder '%s'", m.Folder)
		}
		folder = f
	}
	if d.store.Count(b.Ref, folder) >= b.MaxMessages {
		return errors.New("its folder " + folder.String() + " is full")
	}
	draft, err := d.store.Begin(b.Ref, spool.Header{Box: b.Box, Context: m.At.Context, Exten: m.At.Exten, Priority: m.At.Priority,
		RDNIS: "Unknown", Channel: m.Channel, CallerID: callerText(m.From), ID: d.store.NewID(), At: d.now()})
	if err != nil {
		return err
	}
	if err := spool.CopySoundFile(m.File, draft.Path()); err != nil {
		draft.Abandon()
		return err
	}
	flag := ""
	if folder == spool.Urgent {
		flag = flagUrgent
	}
	if _, err := draft.Commit(folder, flag, m.Length); err != nil {
		return err
	}
	d.changed(b)
	return nil
}

// callerText is who calls, as the text of a message has it.
func callerText(id pbx.CallerID) string {
	if id.Name != "" && id.Num != "" {
		return `"` + id.Name + `" <` + id.Num + ">"
	}
	return id.Name + id.Num
}
