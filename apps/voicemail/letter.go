package voicemail

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"obelisk/apps/voicemail/mail"
	"obelisk/apps/voicemail/spool"
	"obelisk/dialplan"
	"obelisk/internal/strftime"
	"obelisk/pbx"
)

// letterVars is what the texts of a mail may name: dialplan.Env.
type letterVars struct {
	settings *Settings
	box      *Box
	caller   pbx.CallerID
	core     *pbx.Core
	flag     string
	number   int
	seconds  int
	date     time.Time
	vars     map[string]string
	warn     func(string)
}

const unknownCaller = "an unknown caller"

func newLetterVars(s *Settings, b *Box, m *spool.Message, c call) *letterVars {
	id := c.caller()
	v := &letterVars{settings: s, box: b, caller: id, flag: m.Flag(), number: m.Number + 1, seconds: m.Seconds, warn: c.warn}
	v.date = time.Now().In(s.location(b))
	or := func(text, otherwise string) string {
		if text == "" {
			return otherwise
		}
		return text
	}
	merged := id.String()
	if id.Name != "" && id.Num == "" {
		merged = id.Name
	}
	orig := pbx.ParseCallerID(m.CallerID())
	v.vars = map[string]string{
		"VM_NAME": b.FullName, "VM_DUR": v.lasts(), "VM_MSGNUM": strconv.Itoa(v.number), "VM_CONTEXT": b.Context, "VM_MAILBOX": b.Box,
		"VM_CALLERID": or(merged, unknownCaller), "VM_CIDNAME": or(id.Name, unknownCaller), "VM_CIDNUM": or(id.Num, unknownCaller),
		"VM_CATEGORY": or(c.variable("VM_CATEGORY"), "no category"), "VM_FLAG": v.flag, "VM_MESSAGEFILE": m.Path,
		"ORIG_VM_CALLERID": m.CallerID(), "ORIG_VM_CIDNAME": orig.Name, "ORIG_VM_CIDNUM": orig.Num,
	}
	if !m.Origin.IsZero() {
		v.vars["ORIG_VM_DATE"] = strftime.Format(m.Origin, s.MailDate)
	}
	return v
}

// lasts is the length of the message.
func (v *letterVars) lasts() string { return fmt.Sprintf("%d:%02d", v.seconds/60, v.seconds%60) }

// Variable implements dialplan.Env.
func (v *letterVars) Variable(name string) string {
	if value, ok := v.vars[name]; ok {
		return value
	}
	if v.core != nil {
		value, _ := v.core.Global(name)
		return value
	}
	return ""
}

// Function implements dialplan.Env: a mail is no call, and functions are about one.
func (v *letterVars) Function(name, _ string) (string, bool) {
	v.Warn("Function " + name + " cannot be read in the texts of a mail")
	return "", true
}

// Warn implements dialplan.Env.
func (v *letterVars) Warn(text string) { v.warn("voicemail.conf: " + text) }

func (v *letterVars) expand(text string) string { return dialplan.Expand(text, v) }

// whoOrUnknown is the caller in the texts that nobody has written.
func (v *letterVars) who(otherwise string) string {
	switch {
	case v.caller.Name != "":
		return v.caller.Name
	case v.caller.Num != "":
		return v.caller.Num
	}
	return otherwise
}

// letter is the mail about a message.
func (v *letterVars) letter(d *desk, m *spool.Message) *mail.Letter {
	s, b := v.settings, v.box
	when := strftime.Format(v.date, s.MailDate)
	v.vars["VM_DATE"] = when
	l := &mail.Letter{Date: v.date, From: s.address(b), ToName: b.FullName, To: strings.Split(b.Email, "|"), Charset: s.Charset}
	l.ID = fmt.Sprintf("%d-%d-%s-%d@%s", v.number, rand.Uint32(), b.Box, os.Getpid(), hostname())
	l.CallerID = [2]string{v.caller.Num, v.caller.Name}
	if b.FromString != "" {
		l.FromName = v.expand(b.FromString)
	}
	flag := ""
	if v.flag != "" {
		flag = v.flag + " "
	}
	l.Subject = fmt.Sprintf("New %smessage %d in mailbox %s", flag, v.number, b.Box)
	if !s.NoTag {
		l.Subject = "[PBX]: " + l.Subject
	}
	if b.EmailSubject != "" {
		l.Subject, l.Exact = v.expand(b.EmailSubject), true
	}
	l.Body = fmt.Sprintf("Dear %s:\n\nthere is a new message in mailbox %s: number %d, %s long,\nfrom %s, on %s.\n",
		b.FullName, b.Box, v.number, v.lasts(), v.who(unknownCaller), when)
	if b.EmailBody != "" {
		l.Body = v.expand(b.EmailBody)
	}
	if b.Attach {
		if a, err := v.attachment(m); err != nil {
			d.log.Warn().Msgf("voicemail: the mail for %s goes without the recording: %v", b, err)
		} else {
			l.Attached = a
		}
	}
	return l
}

// attachment is the recording in the format that is sent: attachfmt where that is recorded, else
// the first, else any that is there.
func (v *letterVars) attachment(m *spool.Message) (*mail.Attachment, error) {
	ext := extensions[v.settings.Formats[0]]
	if want := extensions[v.box.AttachFormat]; want != "" {
		ext = want
	}
	data, err := os.ReadFile(m.Path + "." + ext)
	if err != nil {
		all := spool.Sound(m.Path)
		if len(all) == 0 {
			return nil, err
		}
		ext = all[0][strings.LastIndexByte(all[0], '.')+1:]
		if data, err = os.ReadFile(all[0]); err != nil {
			return nil, err
		}
	}
	data = louder(data, ext, v.box.VolumeGain)
	return &mail.Attachment{Name: fmt.Sprintf("msg%04d.%s", m.Number, ext), Type: "audio/x-" + ext, Data: data}, nil
}

// page is the mail to a pager.
func (v *letterVars) page() *mail.Letter {
	s, b := v.settings, v.box
	when := strftime.Format(v.date, s.PagerDate)
	v.vars["VM_DATE"] = when
	l := &mail.Letter{Bare: true, Date: v.date, From: s.address(b), ToName: b.FullName, To: []string{b.Pager}, Charset: s.Charset}
	if s.PagerFrom != "" {
		l.FromName = v.expand(s.PagerFrom)
	}
	l.Subject = "New VM"
	if v.flag != "" {
		l.Subject = "New " + v.flag + " VM"
	}
	if s.PagerSubject != "" {
		l.Subject, l.Exact = v.expand(s.PagerSubject), true
	}
	l.Body = fmt.Sprintf("New %s long %s msg in box %s\nfrom %s, on %s", v.lasts(), v.flag, b.Box, v.who("unknown"), when) // programs read it
	if s.PagerBody != "" {
		l.Body = v.expand(s.PagerBody) + "\n"
	}
	return l
}
