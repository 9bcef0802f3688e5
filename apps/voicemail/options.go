package voicemail

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
)

// option is one of voicemail.conf.
type option struct {
	name string
	help string
	// set reads a value; the text is what is wrong with it, and then nothing has changed.
	set func(s *Settings, value string) string
	// own is the same for one mailbox; nil where that has none of its own.
	own func(p *Preferences, value string) string
	// absent is why it has no effect here, "" where it has.
	absent string
}

// old names of options.
var oldNames = map[string]string{"maxmessage": "maxsecs", "minmessage": "minsecs", "deletevoicemail": "delete"}

// both is an option of [general] and of mailboxes.
func both(name, help string, set func(p *Preferences, value string) string) option {
	return option{name: name, help: help, own: set, set: func(s *Settings, v string) string { return set(&s.Preferences, v) }}
}

// yes is a switch of a mailbox. What is no yes is a no, as everywhere.
func yes(name, help string, at func(*Preferences) *bool) option {
	return both(name, help, func(p *Preferences, v string) string { return truth(at(p), v) })
}

// text is a text of a mailbox.
func text(name, help string, at func(*Preferences) *string) option {
	return both(name, help, func(p *Preferences, v string) string {
		*at(p) = v
		return ""
	})
}

// number is one of a mailbox, within bounds.
func number(name, help string, low, high int, at func(*Preferences) *int) option {
	return both(name, help, func(p *Preferences, v string) string { return within(at(p), v, low, high) })
}

// house is an option of [general] alone.
func house(name, help string, set func(g *General, value string) string) option {
	return option{name: name, help: help, set: func(s *Settings, v string) string { return set(&s.General, v) }}
}

func houseYes(name, help string, at func(*General) *bool) option {
	return house(name, help, func(g *General, v string) string { return truth(at(g), v) })
}

func houseText(name, help string, at func(*General) *string) option {
	return house(name, help, func(g *General, v string) string {
		*at(g) = v
		return ""
	})
}

func houseNumber(name, help string, low, high int, at func(*General) *int) option {
	return house(name, help, func(g *General, v string) string { return within(at(g), v, low, high) })
}

func houseKey(name, help string, at func(*General) *string) option {
	return house(name, help, func(g *General, v string) string {
		if v == "" || strings.Trim(v, "0123456789*#") != "" {
			return fmt.Sprintf("'%s' are no keys of a telephone", v)
		}
		*at(g) = v
		return ""
	})
}

// without are options that have no effect here.
func without(why string, names ...string) (out []option) {
	for _, n := range names {
		out = append(out, option{name: n, absent: why})
	}
	return out
}

func truth(at *bool, v string) string {
	b, ok := config.Bool(v)
	*at = b
	if !ok {
		return fmt.Sprintf("'%s' is neither yes nor no; it counts as no", v)
	}
	return ""
}

func within(at *int, v string, low, high int) string {
	n, err := strconv.Atoi(leadingNumber(v))
	switch {
	case err != nil:
		return fmt.Sprintf("'%s' is no number; it stays %d", v, *at)
	case n < low:
		return fmt.Sprintf("%d is less than %d; it stays %d", n, low, *at)
	case n > high:
		*at = high
		return fmt.Sprintf("%d is more than %d, which is taken", n, high)
	}
	*at = n
	return ""
}

// leadingNumber is what scanf(3) takes of a text.
func leadingNumber(v string) string {
	return regexp.MustCompile(`^\s*[-+]?\d+`).FindString(v)
}

const most = 1<<31 - 1

// options are those of voicemail.conf.
var options = slices.Concat([]option{
	yes("attach", "send the recording with the mail", func(p *Preferences) *bool { return &p.Attach }),
	text("attachfmt", "format of what is sent; one of format=", func(p *Preferences) *string { return &p.AttachFormat }),
	yes("attachextrecs", "send recordings that are added by other means", func(p *Preferences) *bool { return &p.AttachExtra }),
	text("serveremail", "sender's address", func(p *Preferences) *string { return &p.ServerEmail }),
	text("fromstring", "sender's name", func(p *Preferences) *string { return &p.FromString }),
	both("emailbody", `text of the mail, with \n, \t and ${VM_...}`, func(p *Preferences, v string) string {
		p.EmailBody = escapes(v)
		return ""
	}),
	both("emailsubject", "its subject", func(p *Preferences, v string) string {
		p.EmailSubject = escapes(v)
		return ""
	}),
	text("language", "of the prompts that the owner hears", func(p *Preferences) *string { return &p.Language }),
	text("tz", "zone of [zonemessages]", func(p *Preferences) *string { return &p.Zone }),
	text("locale", "language of dates in mails", func(p *Preferences) *string { return &p.Locale }),
	yes("delete", "take the message away when it is sent by mail", func(p *Preferences) *bool { return &p.Delete }),
	yes("saycid", "say who has called before a message", func(p *Preferences) *bool { return &p.SayCID }),
	yes("sendvoicemail", "let the owner leave messages for others", func(p *Preferences) *bool { return &p.SendVoicemail }),
	yes("review", "let callers review what they have recorded", func(p *Preferences) *bool { return &p.Review }),
	yes("leaveurgent", "let them mark it as urgent", func(p *Preferences) *bool { return &p.LeaveUrgent }),
	yes("tempgreetwarn", "tell the owner that a temporary greeting is in force", func(p *Preferences) *bool { return &p.TempGreetWarn }),
	yes("messagewrap", "after the last message comes the first", func(p *Preferences) *bool { return &p.MessageWrap }),
	yes("operator", "0 leads to extension o", func(p *Preferences) *bool { return &p.Operator }),
	yes("envelope", "say when a message was left", func(p *Preferences) *bool { return &p.Envelope }),
	yes("moveheard", "messages that were heard go to folder Old", func(p *Preferences) *bool { return &p.MoveHeard }),
	yes("sayduration", "say how long a message is", func(p *Preferences) *bool { return &p.SayDuration }),
	number("saydurationm", "from so many minutes on", 0, most, func(p *Preferences) *int { return &p.SayDurationMinutes }),
	yes("forcename", "a new owner has to record a name", func(p *Preferences) *bool { return &p.ForceName }),
	yes("forcegreetings", "and greetings", func(p *Preferences) *bool { return &p.ForceGreetings }),
	text("callback", "context in which callers are called back", func(p *Preferences) *string { return &p.Callback }),
	text("dialout", "context for calls out of the mailbox", func(p *Preferences) *string { return &p.Dialout }),
	text("exitcontext", "context of extensions a and o", func(p *Preferences) *string { return &p.ExitContext }),
	number("minsecs", "seconds that a message has at least", 0, most, func(p *Preferences) *int { return &p.MinSecs }),
	number("maxsecs", "seconds that it has at most; 0: no limit", 0, most, func(p *Preferences) *int { return &p.MaxSecs }),
	number("maxmsg", "messages of a folder; 0: greeting only", 0, 9999, func(p *Preferences) *int { return &p.MaxMessages }),
	yes("nextaftercmd", "go on to the next message after 7 and 9", func(p *Preferences) *bool { return &p.NextAfterCmd }),
	both("backupdeleted", "messages that folder Deleted keeps", backupDeleted),
	both("volgain", "by how much the sound in mails is louder", func(p *Preferences, v string) string {
		g, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil {
			return fmt.Sprintf("'%s' is no number", v)
		}
		p.VolumeGain = g
		return ""
	}),
	both("passwordlocation", "voicemail.conf or spooldir: where changed passwords go", func(p *Preferences, v string) string {
		p.PasswordInSpool = strings.EqualFold(v, "spooldir")
		if !p.PasswordInSpool && !strings.EqualFold(v, "voicemail.conf") {
			return fmt.Sprintf("'%s' is neither spooldir nor voicemail.conf, which is taken", v)
		}
		return ""
	}),
	{name: "hidefromdir", help: "leave the mailbox out of Directory",
		own: func(p *Preferences, v string) string { return truth(&p.HideFromDir, v) }},
	{name: "uniqueid", help: "a name for programs", own: func(p *Preferences, v string) string {
		p.UniqueID = v
		return ""
	}},

	house("format", "formats of recordings, separated by |", setFormats),
	houseText("mailcmd", "program that takes mails on its standard input", func(g *General) *string { return &g.MailCommand }),
	houseText("smtpserver", "host[:port] that takes mails, in place of mailcmd", func(g *General) *string { return &g.SMTP.Host }),
	houseText("smtpuser", "user there", func(g *General) *string { return &g.SMTP.User }),
	houseText("smtpsecret", "password there", func(g *General) *string { return &g.SMTP.Secret }),
	house("smtpsecurity", "starttls, tls or none; else STARTTLS where it is offered", func(g *General, v string) string {
		if !slices.Contains([]string{"starttls", "tls", "none"}, v) {
			return fmt.Sprintf("'%s' is none of starttls, tls, none", v)
		}
		g.SMTP.Security = v
		return ""
	}),
	house("mailretry", "hours for which a mail is tried again", func(g *General, v string) string {
		n := int(g.MailRetry / time.Hour)
		problem := within(&n, v, 0, 24*14)
		g.MailRetry = time.Duration(n) * time.Hour
		return problem
	}),
	house("maxsilence", "seconds of silence that end a recording; 0: none do", func(g *General, v string) string {
		n := int(g.MaxSilence / time.Second)
		problem := within(&n, v, 0, 3600)
		g.MaxSilence = time.Duration(n) * time.Second
		return problem
	}),
	houseNumber("silencethreshold", "level under which it is silent", 0, 32767, func(g *General) *int { return &g.SilenceThreshold }),
	houseNumber("maxgreet", "seconds of a greeting; 0: no limit", 0, most, func(g *General) *int { return &g.MaxGreeting }),
	houseNumber("maxlogins", "attempts to log in", 1, 100, func(g *General) *int { return &g.MaxLogins }),
	houseNumber("minpassword", "length of a new password at least", 0, 80, func(g *General) *int { return &g.MinPassword }),
	house("skipms", "milliseconds that the keys for forward and back skip", func(g *General, v string) string {
		n := int(g.Skip / time.Millisecond)
		problem := within(&n, v, 0, 3_600_000)
		g.Skip = time.Duration(n) * time.Millisecond
		return problem
	}),
	houseYes("pollmailboxes", "look whether other programs have changed mailboxes", func(g *General) *bool { return &g.PollMailboxes }),
	house("pollfreq", "seconds from one look to the next", func(g *General, v string) string {
		n := int(g.PollEvery / time.Second)
		problem := within(&n, v, 1, 86400)
		g.PollEvery = time.Duration(n) * time.Second
		return problem
	}),
	houseYes("searchcontexts", "a mailbox without context may be in any", func(g *General) *bool { return &g.SearchContexts }),
	houseYes("usedirectory", "offer the directory when a message is forwarded", func(g *General) *bool { return &g.UseDirectory }),
	houseYes("forward_urgent_auto", "what is forwarded keeps being urgent", func(g *General) *bool { return &g.ForwardUrgent }),
	houseYes("pbxskip", "no \"[PBX]: \" in subjects", func(g *General) *bool { return &g.NoTag }),
	houseText("charset", "of mails", func(g *General) *string { return &g.Charset }),
	houseText("emaildateformat", "dates in mails, as in strftime(3)", func(g *General) *string { return &g.MailDate }),
	houseText("pagerdateformat", "and in those to pagers", func(g *General) *string { return &g.PagerDate }),
	houseText("pagerfromstring", "sender's name of mails to pagers", func(g *General) *string { return &g.PagerFrom }),
	house("pagersubject", "their subject", func(g *General, v string) string {
		g.PagerSubject = escapes(v)
		return ""
	}),
	house("pagerbody", "their text", func(g *General, v string) string {
		g.PagerBody = escapes(v)
		return ""
	}),
	houseText("externnotify", "program that is told of changes: context, mailbox, new, old and urgent messages",
		func(g *General) *string { return &g.ExternNotify }),
	houseText("externpass", "program that changes passwords in place of us: context, mailbox, password",
		func(g *General) *string { return &g.ExternPass }),
	houseText("externpassnotify", "the same, in addition", func(g *General) *string { return &g.ExternPassNotify }),
	houseText("externpasscheck", "program that says VALID of a new password", func(g *General) *string { return &g.ExternPassCheck }),
	house("cidinternalcontexts", "contexts in which caller ids are extensions", func(g *General, v string) string {
		g.InternalContexts = nil
		for _, c := range strings.Split(v, ",") {
			if c = strings.TrimSpace(c); c != "" {
				g.InternalContexts = append(g.InternalContexts, c)
			}
		}
		return ""
	}),
	houseText("aliasescontext", "section with other names of mailboxes", func(g *General) *string { return &g.AliasesContext }),
	houseText("userscontext", "context of the mailboxes of users.conf", func(g *General) *string { return &g.UsersContext }),
	houseText("directoryintro", "prompt of Directory", func(g *General) *string { return &g.DirectoryIntro }),
	houseText("vm-login", "prompt", func(g *General) *string { return &g.Prompts.Login }),
	houseText("vm-newuser", "prompt", func(g *General) *string { return &g.Prompts.NewUser }),
	houseText("vm-password", "prompt", func(g *General) *string { return &g.Prompts.Password }),
	houseText("vm-newpassword", "prompt", func(g *General) *string { return &g.Prompts.NewPassword }),
	houseText("vm-invalid-password", "prompt", func(g *General) *string { return &g.Prompts.InvalidPassword }),
	houseText("vm-passchanged", "prompt", func(g *General) *string { return &g.Prompts.PasswordChanged }),
	houseText("vm-reenterpassword", "prompt", func(g *General) *string { return &g.Prompts.Reenter }),
	houseText("vm-mismatch", "prompt", func(g *General) *string { return &g.Prompts.Mismatch }),
	houseText("vm-pls-try-again", "prompt", func(g *General) *string { return &g.Prompts.TryAgain }),
	houseText("vm-prepend-timeout", "prompt", func(g *General) *string { return &g.Prompts.PrependTimeout }),
	houseKey("listen-control-forward-key", "forward in a message", func(g *General) *string { return &g.Keys.Forward }),
	houseKey("listen-control-reverse-key", "back", func(g *General) *string { return &g.Keys.Reverse }),
	houseKey("listen-control-pause-key", "pause", func(g *General) *string { return &g.Keys.Pause }),
	houseKey("listen-control-restart-key", "from the start", func(g *General) *string { return &g.Keys.Restart }),
	houseKey("listen-control-stop-key", "end it", func(g *General) *string { return &g.Keys.Stop }),
},
	without("there is no storage by ODBC here: messages are files in the spool", "odbcstorage", "odbctable", "odbc_audio_on_disk"),
	without("there is no storage by IMAP here: messages are files in the spool", "imapserver", "imapport", "imapflags", "imapfolder",
		"imapgreetings", "imapparentfolder", "greetingsfolder", "greetingfolder", "authuser", "authpassword", "imapclosetimeout",
		"imapopentimeout", "imapreadtimeout", "imapwritetimeout", "imapvmshareid", "expungeonhangup", "imapuser", "imappassword", "imapsecret"),
	without("there is no ADSI here", "adsifdn", "adsisec", "adsiver"),
	without("there is no SMDI here", "smdienable", "smdiport"),
	without("there is no task processor here to be watched", "tps_queue_high", "tps_queue_low"),
)

// optionNamed finds one by any of its names.
func optionNamed(name string) *option {
	name = strings.ToLower(name)
	if now, ok := oldNames[name]; ok {
		name = now
	}
	i := slices.IndexFunc(options, func(o option) bool { return o.name == name })
	if i < 0 {
		return nil
	}
	return &options[i]
}

// backupDeleted is a number, or yes for as many as a folder holds.
func backupDeleted(p *Preferences, v string) string {
	if b, ok := config.Bool(v); ok && leadingNumber(v) == "" {
		p.BackupDeleted = 0
		if b {
			p.BackupDeleted = 100
		}
		return ""
	}
	return within(&p.BackupDeleted, v, 0, 9999)
}

// extensions of the formats that are recorded; wav49's own is in capitals.
var extensions = map[string]string{
	"wav": "wav", "wav49": "WAV", "gsm": "gsm", "ulaw": "ulaw", "pcm": "pcm", "ul": "ul", "alaw": "alaw", "al": "al",
	"sln": "sln", "slin": "slin", "raw": "raw", "sln16": "sln16", "wav16": "wav16", "g722": "g722",
}

// setFormats reads format=. A format that cannot be recorded is left out.
func setFormats(g *General, v string) string {
	var known, unknown []string
	for _, f := range strings.FieldsFunc(v, func(r rune) bool { return r == '|' || r == ',' || r == ' ' }) {
		if extensions[strings.ToLower(f)] == "" {
			unknown = append(unknown, f)
		} else if f = strings.ToLower(f); !slices.Contains(known, f) {
			known = append(known, f)
		}
	}
	if len(known) == 0 {
		return fmt.Sprintf("nothing in '%s' can be recorded; it is wav", v)
	}
	g.Formats = known
	if len(unknown) > 0 {
		return fmt.Sprintf("'%s' cannot be recorded; it is %s alone", strings.Join(unknown, "|"), strings.Join(known, "|"))
	}
	return ""
}

// escapes puts line ends and tabs in place of \n, \r and \t.
func escapes(v string) string {
	return strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t").Replace(v)
}

// defaults are those of [general].
func defaults() General {
	return General{
		Preferences: Preferences{
			Attach: true, SayDuration: true, Envelope: true, MoveHeard: true, LeaveUrgent: true,
			SayDurationMinutes: 2, MaxMessages: 100, ServerEmail: "asterisk",
		},
		Formats: []string{"wav"}, MailCommand: "/usr/sbin/sendmail -t", SilenceThreshold: 256, MaxLogins: 3, Skip: 3 * time.Second,
		PollEvery: 30 * time.Second, Charset: "ISO-8859-1", MailDate: "%A, %B %d, %Y at %r", PagerDate: "%A, %B %d, %Y at %r",
		UsersContext: "default", MailRetry: 48 * time.Hour,
		Prompts: Prompts{Login: "vm-login", NewUser: "vm-newuser", Password: "vm-password", NewPassword: "vm-newpassword",
			InvalidPassword: "vm-invalid-password", PasswordChanged: "vm-passchanged", Reenter: "vm-reenterpassword",
			Mismatch: "vm-mismatch", TryAgain: "vm-pls-try-again", PrependTimeout: "vm-then-pound"},
		Keys: Keys{Forward: "#", Reverse: "*", Pause: "0", Restart: "2", Stop: "13456789"},
	}
}

// soundName is a prompt that may be a path; the extension is not part of it.
func soundName(name string) string {
	if ext := filepath.Ext(name); strings.Contains(name, "/") && extensions[strings.TrimPrefix(ext, ".")] != "" {
		return strings.TrimSuffix(name, ext)
	}
	return name
}

// Options implements pbx.Optioned.
func (m *Module) Options() (out []config.OptionRow) {
	for _, o := range options {
		r := config.OptionRow{File: "voicemail.conf", Section: "general", Name: o.name, Status: "in effect", Help: o.help}
		switch {
		case o.absent != "":
			r.Status, r.Help = "not here", o.absent
		case o.set == nil:
			r.Section = "mailbox"
		case o.own != nil:
			r.Section = "general, mailbox"
		}
		if slices.Contains(ours, o.name) {
			r.Status = "ours"
		}
		for old, now := range oldNames {
			if now == o.name {
				r.Aliases = append(r.Aliases, old)
			}
		}
		out = append(out, r)
	}
	out = append(out, config.OptionRow{File: "voicemail.conf", Section: "mailbox", Name: "alias", Status: "in effect",
		Help: "another name, for Directory"})
	slices.SortFunc(out, func(a, b config.OptionRow) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// ours are options that Asterisk has not.
var ours = []string{"smtpserver", "smtpuser", "smtpsecret", "smtpsecurity", "mailretry"}
