// Package voicemail is the mailboxes of an office: voicemail.conf, the applications and functions
// around them, their menus, their mails, and who is told of new messages.
//
// It owns the folder <astspooldir>/voicemail (room spool) and the queue of mails beside it (room
// mail). The menus are state machines on the interface call, so that whole visits are tested
// without sound.
package voicemail

import (
	"fmt"
	"path/filepath"
	"time"

	"obelisk/apps/voicemail/spool"
	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/sounds"
)

// Module is the door of the room.
type Module struct {
	desk    *desk
	started bool
	stop    chan struct{}
	filed   chan struct{} // closed when the table of messages is up to date at the end; nil: there is none
}

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Described  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Optioned   = (*Module)(nil)
	_ pbx.Commander  = (*Module)(nil)
	_ pbx.Actor      = (*Module)(nil)
	_ pbx.Rehearsed  = (*Module)(nil)
	_ pbx.Starter    = (*Module)(nil)
	_ pbx.Closer     = (*Module)(nil)
	_ pbx.Meter      = (*Module)(nil)
)

// Config is what the module stands on.
type Config struct {
	Lib       *sounds.Library
	Spool     string // astspooldir
	Etc       string // astetcdir
	Flock     bool   // folders are locked by flock(2): lockmode of asterisk.conf
	Tables    Tables // nil: there is no database
	Rehearsal bool   // no program is run and no mail sent
}

// New makes the module.
func New(c Config) *Module {
	locking := spool.LockFile
	if c.Flock {
		locking = spool.Flock
	}
	dir := c.Spool
	d := &desk{player: &prompt.Player{Lib: c.Lib}, now: time.Now, queueAt: filepath.Join(dir, "voicemail.mail"), quiet: c.Rehearsal,
		etc: c.Etc, tables: c.Tables}
	d.store = spool.New(filepath.Join(dir, "voicemail"), locking, nil)
	none, _ := Compile(nil, nil, nil)
	d.inForce.Store(none)
	return &Module{desk: d, stop: make(chan struct{})}
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_voicemail" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Mailboxes" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	d := m.desk
	d.core, d.log = core, *core.Log()
	core.SetMailboxes(d.look)
	core.SetMailroom(d)
	for _, a := range d.applications() {
		core.RegisterApp(a)
	}
	for _, f := range d.functions() {
		core.RegisterFunc(f)
	}
}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	s, diags := Compile(src.File("voicemail.conf"), src.File("users.conf"), m.desk.store.Secret)
	return &next{m, s}, diags
}

// next is a voicemail.conf that is not in force yet.
type next struct {
	m *Module
	s *Settings
}

var _ pbx.Checked = (*next)(nil)

// Changes implements pbx.Next.
func (n *next) Changes() (out []string) {
	was := n.m.desk.settings()
	for _, b := range n.s.Boxes {
		old := was.index[fold(b.Ref)]
		switch {
		case old == nil:
			out = append(out, "mailbox "+b.String()+" is new")
		case fmt.Sprint(old.asWritten()) != fmt.Sprint(b.asWritten()):
			out = append(out, "mailbox "+b.String()+" changes")
		}
	}
	for _, b := range was.Boxes {
		if n.s.index[fold(b.Ref)] == nil {
			out = append(out, "mailbox "+b.String()+" goes; its messages stay on disk")
		}
	}
	if fmt.Sprint(was.General) != fmt.Sprint(n.s.General) {
		out = append(out, "[general] of voicemail.conf changes")
	}
	return out
}

// asWritten is the mailbox without where it stands.
func (b *Box) asWritten() Box {
	c := *b
	c.Pos = config.Pos{}
	return c
}

// Discard implements pbx.Next.
func (n *next) Discard() {}

// Commit implements pbx.Next. Who is in a mailbox goes on with what was in force when he came.
func (n *next) Commit() {
	d := n.m.desk
	gone := d.settings().Boxes
	d.inForce.Store(n.s)
	for _, b := range n.s.Boxes {
		d.show(b.Ref, false)
	}
	for _, b := range gone {
		if n.s.index[fold(b.Ref)] == nil {
			d.core.SetMailbox(b.String(), pbx.Mailbox{})
		}
	}
}

// Start implements pbx.Starter: it begins what goes on beside the calls.
func (m *Module) Start() {
	m.started = true
	d := m.desk
	d.lining = make(chan func(), mostWaiting)
	go inLine(d.lining)
	m.filed = d.file(m.stop)
	d.sweep(sweepGrace)
	d.resume()
	d.tellAll()
	go m.watch()
}

// tellAll tells programs of all mailboxes, as Asterisk does when it starts. Phones know already.
// Differs: Waiting of one with new messages is 1; Asterisk's is 0 until the first change.
func (d *desk) tellAll() {
	for _, b := range d.settings().Boxes {
		if m, _ := d.lamp(b.Ref); d.core.Heard() {
			d.core.Tell(m.Event(b.String()))
		}
	}
}

// Times of what goes on beside the calls.
const (
	sweepGrace = 10 * time.Second // a draft that has changed within it may be somebody's
	sweepAgain = time.Minute
)

// sweep takes recordings away that a crash has left.
func (d *desk) sweep(grace time.Duration) {
	if n := d.store.Sweep(grace); n > 0 {
		d.log.Info().Msgf("voicemail: %d files of recordings that were not finished are removed", n)
	}
}

// watch looks whether other programs have changed mailboxes (pollmailboxes), and sweeps once more.
func (m *Module) watch() {
	d := m.desk
	again := time.NewTimer(sweepAgain)
	defer again.Stop()
	for {
		poll := time.NewTimer(d.settings().PollEvery)
		select {
		case <-m.stop:
			poll.Stop()
			return
		case <-again.C:
			d.sweep(sweepGrace)
		case <-poll.C:
			if d.settings().PollMailboxes {
				d.poll()
			}
		}
		poll.Stop()
	}
}

// poll shows the mailboxes that have changed.
func (d *desk) poll() {
	for _, b := range d.settings().Boxes {
		_, n := d.lamp(b.Ref)
		if was, ok := d.shown.Load(b.Ref); !ok || was != n {
			d.show(b.Ref, false)
		}
	}
}

// Measure implements pbx.Meter.
func (m *Module) Measure(to *pbx.Measures) {
	d := m.desk
	to.Gauge("obelisk_voicemail_mailboxes", "Mailboxes of voicemail.conf and users.conf", float64(len(d.settings().Boxes)))
	to.Count("obelisk_voicemail_messages_total", "Messages that callers have left", float64(d.kept.Load()))
	to.Count("obelisk_voicemail_messages_lost_total", "Messages that could not be kept: see the log", float64(d.lost.Load()))
	d.opening.Lock()
	defer d.opening.Unlock()
	waiting := 0
	if d.queue != nil {
		waiting = len(d.queue.Waiting())
	}
	to.Gauge("obelisk_voicemail_mails_waiting", "Mails that wait for their server, or to be tried again", float64(waiting))
}

// Close implements pbx.Closer.
func (m *Module) Close() {
	if !m.started {
		return
	}
	m.started = false
	close(m.stop)
	if m.filed != nil {
		<-m.filed
	}
	close(m.desk.lining)
	m.desk.opening.Lock()
	defer m.desk.opening.Unlock()
	if m.desk.queue != nil {
		m.desk.queue.Close()
	}
}
