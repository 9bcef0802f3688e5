package voicemail

import (
	"slices"
	"strings"
	"time"

	"obelisk/apps/voicemail/spool"
	"obelisk/internal/config"
)

// Preferences are what may be set for each mailbox; [general] has the values for those that say
// nothing.
type Preferences struct {
	Attach, AttachExtra, Delete, SayCID, SendVoicemail, Review, LeaveUrgent, TempGreetWarn, MessageWrap bool
	Operator, Envelope, MoveHeard, SayDuration, ForceName, ForceGreetings, NextAfterCmd, HideFromDir    bool
	AttachFormat, ServerEmail, FromString, EmailBody, EmailSubject, Language, Zone, Locale, UniqueID    string
	Callback, Dialout, ExitContext                                                                      string // contexts
	SayDurationMinutes                                                                                  int
	MinSecs, MaxSecs                                                                                    int // seconds; MaxSecs 0: no limit
	MaxMessages                                                                                         int // of a folder; 0: greeting only
	// messages that are kept in the folder Deleted
	BackupDeleted   int
	VolumeGain      float64
	PasswordInSpool bool // secret.conf has it
}

// General is [general] of voicemail.conf.
type General struct {
	Preferences
	Formats             []string // of recordings, first the one that is sent by mail
	MailCommand         string   // "": the mail is sent by SMTP
	SMTP                SMTP
	MaxSilence          time.Duration // that ends a recording; 0: none does
	SilenceThreshold    int           // mean level under which it is silent, as in dsp.conf
	MaxGreeting         int           // seconds of a greeting; 0: no limit
	MaxLogins           int
	MinPassword         int // shortest password
	Skip                time.Duration
	PollMailboxes       bool
	PollEvery           time.Duration
	SearchContexts      bool
	UseDirectory        bool // forwarding asks whether to look in the directory
	ForwardUrgent       bool // what is forwarded keeps being urgent
	NoTag               bool // pbxskip: no "[PBX]: " in subjects
	Charset             string
	MailDate, PagerDate string // strftime
	PagerFrom           string
	PagerSubject        string
	PagerBody           string
	ExternNotify        string
	ExternPass          string // changes passwords in place of us
	ExternPassNotify    string // is told of them
	ExternPassCheck     string // judges new ones
	InternalContexts    []string
	AliasesContext      string
	UsersContext        string
	DirectoryIntro      string
	IntroOf             map[string]string // that of a context
	Prompts             Prompts
	Keys                Keys
	MailRetry           time.Duration // Differs: how long mail is tried again; Asterisk hands it over once
}

// Prompts are those that voicemail.conf may name.
type Prompts struct {
	Login, NewUser, Password, NewPassword, InvalidPassword, PasswordChanged, Reenter, Mismatch, TryAgain, PrependTimeout string
}

// Keys steer the playing of a message.
type Keys struct{ Forward, Reverse, Pause, Restart, Stop string }

// SMTP is a mail server that is spoken to directly.
// Differs: Asterisk has none of it.
type SMTP struct {
	Host     string // host[:port]; "": mailcmd is used
	User     string
	Secret   string
	Security string // starttls, tls, none; "": starttls where the server offers it
}

// Box is one mailbox.
type Box struct {
	spool.Ref
	Password string
	FullName string
	Email    string // several are separated by |
	Pager    string
	Aliases  []string
	Preferences
	Pos   config.Pos
	users bool // users.conf has it

	inTable bool   // the table voicemail has it
	stored  string // the row's uniqueid
}

// Person is somebody of users.conf whom Directory finds.
type Person struct {
	Number, FullName string
	Aliases          []string
}

// Zone is a line of [zonemessages].
type Zone struct{ Name, TimeZone, Format string }

// Settings is voicemail.conf, compiled: it never changes.
type Settings struct {
	General
	Boxes   []*Box // in the order of the file
	People  []Person
	Zones   []Zone
	Aliases [][2]string // alias, box@context; in the order of the file
	File    string      // the path of voicemail.conf
	index   map[spool.Ref]*Box
}

// fold is how names of mailboxes are compared.
func fold(r spool.Ref) spool.Ref {
	return spool.Ref{Context: strings.ToLower(r.Context), Box: strings.ToLower(r.Box)}
}

// Find is a mailbox by name; context "" is "default", or any with searchcontexts.
func (s *Settings) Find(context, box string) *Box {
	if b := s.find(context, box); b != nil {
		return b
	}
	if s.AliasesContext == "" {
		return nil
	}
	name := box
	if context != "" {
		name += "@" + context
	}
	for _, a := range s.Aliases {
		if strings.EqualFold(a[0], name) {
			to := parseRef(a[1])
			return s.find(to.Context, to.Box)
		}
	}
	return nil
}

func (s *Settings) find(context, box string) *Box {
	if s.SearchContexts {
		i := slices.IndexFunc(s.Boxes, func(b *Box) bool { return strings.EqualFold(b.Box, box) })
		if i >= 0 {
			return s.Boxes[i]
		}
	}
	if context == "" {
		context = "default"
	}
	return s.index[fold(spool.Ref{Context: context, Box: box})]
}

// parseRef reads box[@context].
func parseRef(text string) spool.Ref {
	box, context, _ := strings.Cut(strings.TrimSpace(text), "@")
	if context == "" {
		context = "default"
	}
	return spool.Ref{Context: context, Box: box}
}

// zone is that of a mailbox; nil for none.
func (s *Settings) zone(b *Box) *Zone {
	for i := range s.Zones {
		if s.Zones[i].Name == b.Zone && b.Zone != "" {
			return &s.Zones[i]
		}
	}
	return nil
}

// location is the time zone of a mailbox: that of its zone, or the machine's.
func (s *Settings) location(b *Box) *time.Location {
	if z := s.zone(b); z != nil {
		if l, err := time.LoadLocation(z.TimeZone); err == nil {
			return l
		}
	}
	return time.Local
}
