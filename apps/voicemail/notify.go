package voicemail

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"obelisk/apps/voicemail/mail"
	"obelisk/apps/voicemail/spool"
)

// mostWaiting is how many runs of externnotify may be queued.
const mostWaiting = 1000

// handOver is how long a message with delete=yes waits for its mail before MWI is sent.
const handOver = 2 * time.Second

// notifyProgram runs externnotify with the counts of a mailbox. Programs run one after the other,
// beside the call; one that hangs is ended.
// Differs: Asterisk starts them all at once, in any order.
func (d *desk) notifyProgram(b *Box) {
	s := d.settings()
	if s.ExternNotify == "" || d.lining == nil || d.quiet {
		return
	}
	run := func() {
		n := d.store.Counts(b.Ref)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		cmd := shell(ctx, s.ExternNotify, b.Context, b.Box, strconv.Itoa(n.New), strconv.Itoa(n.Old), strconv.Itoa(n.Urgent))
		if err := cmd.Run(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			d.log.Warn().Msgf("voicemail: externnotify of %s: %v", b, err)
		}
	}
	select {
	case d.lining <- run:
	default:
		d.log.Error().Msgf("voicemail: externnotify of %s is left out: %d others wait", b, mostWaiting)
	}
}

// inLine runs programs one after the other, until the line is closed.
func inLine(line <-chan func()) {
	for run := range line {
		run()
	}
}

// arrived tells of a new message: mail, pager, lamps, externnotify.
func (d *desk) arrived(b *Box, f spool.Folder, m *spool.Message, c call) {
	d.tellOf(b, f, m, c, nil)
}

// forwarded tells of one that somebody else has forwarded.
func (d *desk) forwarded(b, from *Box, f spool.Folder, m *spool.Message, c call) {
	d.tellOf(b, f, m, c, from)
}

func (d *desk) tellOf(b *Box, f spool.Folder, m *spool.Message, c call, from *Box) {
	s := d.settings()
	v := newLetterVars(s, b, m, c)
	var sent chan error
	if b.Email != "" {
		var told func(error)
		if b.Delete {
			sent = make(chan error, 1)
			told = func(err error) { sent <- err }
		}
		if err := d.post(s, b, v.letter(d, m), "voicemail of "+b.String(), told); err != nil {
			d.log.Error().Msgf("voicemail: the mail for %s cannot be sent: %v", b, err)
			sent = nil
		}
	}
	if b.Pager != "" {
		if err := d.post(s, b, v.page(), "pager of "+b.String(), nil); err != nil {
			d.log.Error().Msgf("voicemail: the mail to the pager of %s cannot be sent: %v", b, err)
		}
	}
	if b.Delete {
		d.deleteAfterMail(b, f, m, sent)
	}
	d.changed(b)
}

// deleteAfterMail takes a message away once its mail was handed over: delete=yes. sent is nil where
// nothing is sent, and then it goes at once, as in Asterisk.
// Differs: Asterisk takes it away before it knows.
func (d *desk) deleteAfterMail(b *Box, f spool.Folder, m *spool.Message, sent <-chan error) {
	take := func() {
		if err := d.store.Apply(b.Ref, f, []spool.Change{{Message: m}}); err != nil {
			d.log.Warn().Msgf("voicemail: the message of %s that was sent stays: %v", b, err)
		}
	}
	if b.Email == "" {
		take()
		return
	}
	if sent == nil {
		return
	}
	timer := time.NewTimer(handOver)
	defer timer.Stop()
	select {
	case err := <-sent:
		if err == nil {
			take()
		}
	case <-timer.C:
		go func() {
			if <-sent == nil {
				take()
				d.changed(b)
			}
		}()
	}
}

// post puts a letter into the queue.
func (d *desk) post(s *Settings, b *Box, l *mail.Letter, what string, told func(error)) error {
	if d.quiet {
		if told != nil {
			told(nil)
		}
		return nil
	}
	e := mail.Envelope{What: what, Line: b.String(), From: l.From, To: l.To, Until: d.now().Add(s.MailRetry)}
	return d.outgoing().Add(e, l.Bytes(), told)
}

// outgoing is the queue, which is opened when it is needed first.
func (d *desk) outgoing() *mail.Queue {
	d.opening.Lock()
	defer d.opening.Unlock()
	if d.queue == nil {
		d.queue = mail.Open(d.queueAt, d.log, d.way)
	}
	return d.queue
}

// resume opens a queue in which something waits.
func (d *desk) resume() {
	if left, _ := filepath.Glob(filepath.Join(d.queueAt, "*.mail")); len(left) > 0 {
		d.outgoing()
	}
}

// way is how mail is delivered now.
func (d *desk) way() mail.Deliver {
	s := d.settings()
	if s.SMTP.Host != "" {
		return mail.SMTP(mail.Server{Host: s.SMTP.Host, User: s.SMTP.User, Secret: s.SMTP.Secret, Security: s.SMTP.Security})
	}
	return mail.Program(s.MailCommand)
}

// hostname is the machine's, for addresses.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return name
}

// address is the sender's: one without a host is of this machine.
func (s *Settings) address(b *Box) string {
	a := s.ServerEmail
	if b.ServerEmail != "" {
		a = b.ServerEmail
	}
	if !strings.Contains(a, "@") {
		a += "@" + hostname()
	}
	return a
}
