package voicemail

import (
	"io"
	"strings"
	"time"

	"obelisk/apps/voicemail/spool"
	"obelisk/internal/printable"
	"obelisk/pbx"
)

// explain tells why the lamp of a mailbox is on or off, what callers hear, and who is told.
func (d *desk) explain(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return pbx.Misused(w, "voicemail explain <mailbox>[@<context>]")
	}
	s := d.settings()
	r := parseRef(args[0])
	b := d.named(s, args[0])
	if b == nil {
		printable.Fprintf(w, "There is no mailbox %s.%s\n", r, d.otherContexts(s, r))
		return false
	}
	say := func(format string, args ...any) { printable.Fprintf(w, format+"\n", args...) }
	from := b.Pos.String()
	if b.inTable {
		from = "the table voicemail"
	}
	say("Mailbox %s: %s, of %s", b, b.FullName, from)
	d.explainLamp(say, s, b)
	d.explainGreeting(say, b)
	d.explainRoom(say, s, b)
	d.explainMail(say, s, b)
	return true
}

// otherContexts names where a mailbox of the number is.
func (d *desk) otherContexts(s *Settings, r spool.Ref) string {
	var in []string
	for _, b := range s.Boxes {
		if strings.EqualFold(b.Box, r.Box) {
			in = append(in, b.String())
		}
	}
	if len(in) == 0 {
		return ""
	}
	return " There is " + strings.Join(in, ", ") + "."
}

func (d *desk) explainLamp(say func(string, ...any), s *Settings, b *Box) {
	m, n := d.lamp(b.Ref)
	told := d.core.MailboxesOf([]string{b.String()})
	switch {
	case m.New > 0:
		say("The lamp is on: %d new messages, %d of them urgent; %d old.", m.New, n.Urgent, m.Old)
	default:
		say("The lamp is off: nothing new; %d old messages.", m.Old)
	}
	if told != m {
		say("But phones were told of %d new and %d old ones: another program has changed the folder since.", told.New, told.Old)
		say("pollmailboxes=yes looks every %s; 'voicemail reload' does now.", s.PollEvery)
	}
	for _, f := range []spool.Folder{spool.Urgent, spool.Inbox} {
		list := d.store.List(b.Ref, f)
		for _, x := range list {
			say("  %s %d: from %s, %s, %d s", f, x.Number, x.CallerID(), x.Origin.Format(time.DateTime), x.Seconds)
		}
	}
	if watchers := d.core.MailboxWatchers(b.String()); watchers == 0 {
		say("No phone is told: no peer of sip.conf has mailbox=%s, and none subscribes to it.", b)
	} else {
		say("Told: %d peers and subscriptions that have mailbox=%s.", watchers, b)
	}
}

func (d *desk) explainGreeting(say func(string, ...any), b *Box) {
	switch {
	case d.store.HasGreeting(b.Ref, spool.Temporary):
		say("Callers hear the temporary greeting, whatever the options of VoiceMail say.")
	case d.store.HasGreeting(b.Ref, spool.Unavailable), d.store.HasGreeting(b.Ref, spool.Busy):
		say("Callers hear what the owner has recorded: unavailable (option u) %s, busy (option b) %s.",
			yesNo(d.store.HasGreeting(b.Ref, spool.Unavailable)), yesNo(d.store.HasGreeting(b.Ref, spool.Busy)))
	default:
		say("Callers hear a spoken greeting, with options u and b; the owner has recorded none.")
	}
}

func (d *desk) explainRoom(say func(string, ...any), s *Settings, b *Box) {
	n := d.store.Count(b.Ref, spool.Inbox)
	switch {
	case b.MaxMessages == 0:
		say("It takes no messages: maxmsg=0.")
	case n >= b.MaxMessages:
		say("It is full: %d messages in INBOX, maxmsg=%d. Callers hear vm-mailboxfull.", n, b.MaxMessages)
	default:
		say("It has room: %d of %d messages in INBOX. A message has %d s at least; %s.", n, b.MaxMessages, b.MinSecs, longest(s, b))
	}
}

func longest(s *Settings, b *Box) string {
	out := "no length ends it"
	if b.MaxSecs > 0 {
		out = "it ends after " + seconds(b.MaxSecs).String()
	}
	if s.MaxSilence > 0 {
		return out + ", or " + s.MaxSilence.String() + " of silence"
	}
	return out + ", silence does not"
}

func (d *desk) explainMail(say func(string, ...any), s *Settings, b *Box) {
	way := "mailcmd " + s.MailCommand
	if s.SMTP.Host != "" {
		way = "the server " + s.SMTP.Host
	}
	if b.Email == "" && b.Pager == "" {
		say("No mail is sent: it has no address.")
	} else {
		with := map[bool]string{true: "with", false: "without"}[b.Attach]
		say("Mail goes to %s through %s, %s the recording.", strings.Trim(b.Email+" "+b.Pager, " "), way, with)
	}
	for _, x := range d.outgoing().Waiting() {
		if strings.HasSuffix(x.What, " "+b.String()) {
			say("  A mail to %s waits: %d attempts, the next at %s: %s", strings.Join(x.To, ", "), x.Tries, x.Next.Format(time.TimeOnly), x.Last)
		}
	}
	if b.Delete {
		say("A message goes when its mail was sent: delete=yes.")
	}
	if s.ExternNotify != "" {
		say("After each change %s is run.", s.ExternNotify)
	}
}
