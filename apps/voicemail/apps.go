package voicemail

import (
	"strings"

	"obelisk/apps/voicemail/spool"
	"obelisk/dialplan"
	"obelisk/pbx"
)

// applications are those of mailboxes.
func (d *desk) applications() []pbx.App {
	return []pbx.App{
		{Name: "VoiceMail", Synopsis: "Leave a message in a mailbox", Usage: leaveUsage,
			Check: checkOptions(leaveOptions), Exec: d.voiceMail},
		{Name: "VoiceMailMain", Synopsis: "Hear the messages of a mailbox", Usage: mainUsage,
			Check: checkOptions(mainOptions), Exec: d.voiceMailMain},
		{Name: "VMAuthenticate", Synopsis: "Ask for a mailbox and its password", Usage: authUsage, Exec: d.authenticate},
		{Name: "VoiceMailPlayMsg", Synopsis: "Play one message by its id", Usage: playUsage, Exec: d.playByID},
		{Name: "VMSayName", Synopsis: "Say the name of a mailbox's owner", Usage: "VMSayName(box[@context])", Exec: d.sayName},
		{Name: "MailboxExists", Synopsis: "Look whether there is a mailbox", Usage: existsUsage, Exec: d.mailboxExists},
		{Name: "Directory", Synopsis: "Find somebody by name", Usage: directoryUsage, Exec: d.directory},
	}
}

const (
	mainOptions = "spgar"
	authUsage   = "VMAuthenticate([box[@context]][,s])\n  s  without vm-login\n  AUTH_MAILBOX, AUTH_CONTEXT: who it is"
	playUsage   = "VoiceMailPlayMsg(box[@context],id)\n  VOICEMAIL_PLAYBACKSTATUS: SUCCESS or FAILED"
	existsUsage = "MailboxExists(box[@context])\n  VMBOXEXISTSSTATUS: SUCCESS or FAILED"
	leaveUsage  = `VoiceMail(box[@context][&box[@context]...][,options])
  b  the busy greeting    u  the unavailable greeting
  s  no instructions      S  none after a greeting that the owner has recorded
  d([context])  keys lead into the dialplan
  e  the greeting is early media; the call is answered for the recording
  g(dB)  record louder or quieter
  t([prompt])  in place of the beep; t() none
  U  urgent    P  priority
  VMSTATUS: SUCCESS, USEREXIT or FAILED; VM_MESSAGEFILE: the message, without extension
  extensions o (key 0, operator=yes) and a (key *) of the mailbox's exitcontext, or of this context`
	mainUsage = `VoiceMailMain([box[@context]][,options])
  s  no password    p  what is typed is put behind the box
  g(dB)  record louder or quieter
  a(folder)  play its messages at once
  r  nothing can be deleted`
)

// words are the arguments of an application.
func words(args string, most int) []string {
	f := dialplan.SplitArgs(args, most)
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	for len(f) < most {
		f = append(f, "")
	}
	return f
}

func (d *desk) voiceMail(c *pbx.Channel, args string) dialplan.Result {
	l := d.line(c)
	f := words(args, 2)
	options, problem := parseLeaving(f[1])
	if problem != "" {
		c.Warn("VoiceMail: " + problem)
	}
	if f[0] == "" {
		var k key
		if f[0], k = l.ask(usual, "vm-whichbox"); k == gone {
			return dialplan.End
		}
		if f[0] == "" {
			return dialplan.Continue
		}
		options.beep = "" // as Asterisk has it: who was asked hears none
	}
	if !l.up() {
		if options.early {
			l.progress()
		} else {
			l.answer()
		}
	}
	return d.ended(l, d.leave(l, f[0], options))
}

// ended is what the dialplan does after a message was left.
func (d *desk) ended(l *line, out left) dialplan.Result {
	if out.timeout {
		all(l, "vm-goodbye")
	}
	switch {
	case out.over || l.gone():
		return dialplan.End
	case out.pressed != none:
		return dialplan.Pressed(byte(out.pressed))
	}
	return dialplan.Continue
}

func (d *desk) voiceMailMain(c *pbx.Channel, args string) dialplan.Result {
	l := d.line(c)
	l.answer()
	f := dialplan.SplitArgs(args, 2)
	box, context, prefixed, silent, options := visitor(f)
	o := dialplan.ParseOptions(options, mainOptions)
	for _, p := range o.Problems {
		c.Warn("VoiceMailMain: " + p)
	}
	silent, prefixed = silent || o.Has('s'), prefixed || o.Has('p')
	v := &visit{call: l, desk: d, settings: d.settings(), context: context, readOnly: o.Has('r')}
	if o.Has('g') {
		if problem := within(&v.gain, o.Arg('g'), -127, 127); problem != "" {
			c.Warn("VoiceMailMain: option g: " + problem)
			return dialplan.End
		}
	}
	play := spool.Inbox
	if o.Has('a') {
		play = d.folderOption(c, o.Arg('a'))
	}
	b, how := d.whoIs(l, box, context, prefixed, silent)
	switch how {
	case loginAside:
		l.goTo(l.place().context, "a")
		return dialplan.Continue
	case loginWrong:
		if l.gone() {
			return dialplan.End
		}
		return dialplan.Continue
	}
	v.box = b
	v.run(play, o.Has('a'))
	if l.gone() && !v.left {
		return dialplan.End
	}
	return dialplan.Continue
}

// whoIs is the mailbox that is visited.
func (d *desk) whoIs(l *line, box, context string, prefixed, silent bool) (*Box, loggedIn) {
	in := login{context: context, tries: d.settings().MaxLogins}
	if prefixed {
		in.prefix = box
	} else if box != "" {
		b := d.find(d.settings(), context, box)
		switch {
		case b != nil && silent:
			return b, loginRight
		case b != nil:
			in.box = box
		default:
			l.warn("Mailbox '" + parseRef(box+"@"+context).String() + "' doesn't exist")
		}
	}
	return d.logIn(l, in)
}

// folderOption reads option a: a number or a name.
func (d *desk) folderOption(c *pbx.Channel, text string) spool.Folder {
	if len(text) == 1 && text[0] >= '0' && text[0] <= '9' {
		return spool.Folder(text[0] - '0')
	}
	if f, ok := spool.FolderNamed(text); ok && f <= spool.Cust5 {
		return f
	}
	c.Warn("VoiceMailMain: option a: there is no folder '" + text + "'; INBOX is played")
	return spool.Inbox
}

func (d *desk) authenticate(c *pbx.Channel, args string) dialplan.Result {
	l := d.line(c)
	f := words(args, 2)
	box, context, _ := strings.Cut(f[0], "@")
	b, how := d.logIn(l, login{context: context, box: box, tries: 3, silent: strings.Contains(f[1], "s")})
	switch how {
	case loginAside:
		l.goTo(l.place().context, "a")
		return dialplan.Continue
	case loginWrong:
		return dialplan.End
	}
	c.SetVar("AUTH_MAILBOX", b.Box)
	if box != "" {
		context = "" // as Asterisk has it: who names the mailbox knows its context
	} else {
		context = b.Context
	}
	c.SetVar("AUTH_CONTEXT", context)
	all(l, "auth-thankyou")
	return after(l)
}

// after goes on, unless the call is over.
func after(l *line) dialplan.Result {
	if l.gone() {
		return dialplan.End
	}
	return dialplan.Continue
}

func (d *desk) playByID(c *pbx.Channel, args string) dialplan.Result {
	l := d.line(c)
	l.answer()
	f := words(args, 2)
	if f[0] == "" || f[1] == "" {
		c.Warn("VoiceMailPlayMsg requires a mailbox and a message's id")
		return dialplan.End
	}
	status := "FAILED"
	if b := d.named(d.settings(), f[0]); b != nil {
		if m, folder, ok := d.store.Find(b.Ref, f[1]); ok {
			status = "SUCCESS"
			v := &visit{call: l, desk: d, settings: d.settings(), box: b, folder: folder, list: []*spool.Message{m}}
			v.heard, v.deleted = make([]bool, 1), make([]bool, 1)
			v.listen(m.Path, v.settings.Keys, v.settings.Skip)
			v.heard[0] = true
			v.close()
			d.changed(b)
		}
	}
	c.SetVar("VOICEMAIL_PLAYBACKSTATUS", status)
	return after(l)
}

func (d *desk) sayName(c *pbx.Channel, args string) dialplan.Result {
	l := d.line(c)
	r := parseRef(args)
	if r.Box == "" {
		c.Warn("VMSayName requires argument mailbox@context")
		return dialplan.End
	}
	if d.store.HasGreeting(r, spool.Name) {
		l.play(anyKey, d.store.Greeting(r, spool.Name))
	} else if k := all(l, "vm-extension"); k == none {
		all(l, l.spell(r.Box)...)
	}
	return after(l)
}

func (d *desk) mailboxExists(c *pbx.Channel, args string) dialplan.Result {
	status := "FAILED"
	if d.named(d.settings(), words(args, 2)[0]) != nil {
		status = "SUCCESS"
	}
	c.SetVar("VMBOXEXISTSSTATUS", status)
	return dialplan.Continue
}
