package voicemail

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/apps/voicemail/mail"
	"obelisk/apps/voicemail/spool"
	"obelisk/pbx"
	"obelisk/pbx/prompt"

	"github.com/rs/zerolog"
)

// desk is the mailboxes at work: what is configured, what is on disk, and who is told of it.
type desk struct {
	core     *pbx.Core // nil in tests of the menus
	store    *spool.Store
	player   *prompt.Player
	tables   Tables // nil: there is no database
	log      zerolog.Logger
	etc      string // the folder of files: astetcdir
	quiet    bool   // nothing leaves the house
	now      func() time.Time
	inForce  atomic.Pointer[Settings]
	changing sync.Mutex   // held while what is in force is replaced
	queue    *mail.Queue  // nil until there is something to send
	queueAt  string       // its folder
	opening  sync.Mutex   // guards queue
	shown    sync.Map     // spool.Ref: spool.Counts as they were told
	kept     atomic.Int64 // messages that were left
	lost     atomic.Int64 // and that could not be kept
	lining   chan func()  // programs that are told of changes, one after the other
}

// settings are those in force.
func (d *desk) settings() *Settings { return d.inForce.Load() }

// change replaces a mailbox in what is in force, until the next reload.
func (d *desk) change(b *Box, with func(*Box)) {
	d.changing.Lock()
	defer d.changing.Unlock()
	old := d.settings()
	i := slices.IndexFunc(old.Boxes, func(o *Box) bool { return o.Ref == b.Ref })
	if i < 0 {
		return
	}
	s, changed := *old, *old.Boxes[i]
	with(&changed)
	s.Boxes = slices.Clone(old.Boxes)
	s.Boxes[i] = &changed
	s.index = make(map[spool.Ref]*Box, len(s.Boxes))
	for _, o := range s.Boxes {
		s.index[fold(o.Ref)] = o
	}
	d.inForce.Store(&s)
}

// look is a mailbox for programs; ok is false for one that is not here.
func (d *desk) look(name string) (m pbx.Mailbox, ok bool) {
	r := parseRef(name)
	if d.settings().Find(r.Context, r.Box) == nil && !d.store.Known(r) { // of a table: it has a folder
		return m, false
	}
	m, _ = d.lamp(r)
	return m, true
}

// tell makes news known.
func (d *desk) tell(name, class string, list ...string) {
	if d.core != nil && d.core.Heard() {
		d.core.Tell(pbx.News{Name: name, Class: class, Fields: fields(list...)})
	}
}

// lamp is the messages of a mailbox as lamps show them: urgent ones are new.
func (d *desk) lamp(r spool.Ref) (pbx.Mailbox, spool.Counts) {
	n := d.store.Counts(r)
	return pbx.Mailbox{New: n.New + n.Urgent, Old: n.Old, Urgent: n.Urgent}, n
}

// show has lamps show what a mailbox holds, under its own name and its other ones. again: also
// where they do already, since somebody was there.
func (d *desk) show(r spool.Ref, again bool) {
	if d.core == nil {
		return
	}
	tell := d.core.SetMailbox
	if again {
		tell = d.core.TellMailbox
	}
	m, n := d.lamp(r)
	d.shown.Store(r, n)
	tell(r.String(), m)
	s := d.settings()
	for _, a := range s.Aliases {
		if fold(parseRef(a[1])) == fold(r) {
			tell(parseRef(a[0]).String(), m)
		}
	}
}

// changed tells of a mailbox that is not as it was: lamps, and the program of externnotify.
func (d *desk) changed(b *Box) {
	d.show(b.Ref, true)
	d.notifyProgram(b)
}
