package voicemail

import (
	"fmt"

	"obelisk/apps/voicemail/spool"
)

// theMessage finds a message of a folder by its id.
func (d *desk) theMessage(box, context, folder, id string) (*Box, spool.Folder, *spool.Message, error) {
	b := d.find(d.settings(), context, box)
	if b == nil {
		return nil, 0, nil, fmt.Errorf("there is no mailbox %s@%s", box, context)
	}
	f, ok := spool.FolderNamed(folder)
	if !ok {
		return nil, 0, nil, fmt.Errorf("there is no folder '%s'", folder)
	}
	for _, m := range d.store.List(b.Ref, f) {
		if m.ID() == id && id != "" {
			return b, f, m, nil
		}
	}
	return nil, 0, nil, fmt.Errorf("there is no message '%s' in folder %s of %s", id, f, b)
}

// moveMessage, removeMessage and forwardMessage are what programs and the console ask for.
func (d *desk) moveMessage(box, context, folder, id, to string) error {
	b, f, m, err := d.theMessage(box, context, folder, id)
	if err != nil {
		return err
	}
	t, ok := spool.FolderNamed(to)
	if !ok {
		return fmt.Errorf("there is no folder '%s'", to)
	}
	if t == f {
		return nil
	}
	err = d.store.Apply(b.Ref, f, []spool.Change{{Message: m, Move: true, To: t, Most: b.MaxMessages}})
	d.changed(b)
	return err
}

func (d *desk) removeMessage(box, context, folder, id string) error {
	b, f, m, err := d.theMessage(box, context, folder, id)
	if err != nil {
		return err
	}
	err = d.store.Apply(b.Ref, f, []spool.Change{{Message: m}})
	d.changed(b)
	return err
}

func (d *desk) forwardMessage(box, context, folder, id, toBox, toContext, toFolder string) error {
	_, _, m, err := d.theMessage(box, context, folder, id)
	if err != nil {
		return err
	}
	to := d.find(d.settings(), toContext, toBox)
	if to == nil {
		return fmt.Errorf("there is no mailbox %s@%s", toBox, toContext)
	}
	f, ok := spool.FolderNamed(toFolder)
	if !ok {
		return fmt.Errorf("there is no folder '%s'", toFolder)
	}
	_, err = d.store.Copy(m, to.Ref, f, to.MaxMessages, spool.Copied{})
	d.changed(to)
	return err
}
