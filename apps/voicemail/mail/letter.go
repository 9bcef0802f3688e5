// Package mail writes the mails of a mailbox and delivers them: through a program or an SMTP
// server, from a queue on disk that outlives a crash, again and again until it has worked or the
// time for it is over.
package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

// Letter is one mail.
type Letter struct {
	Date     time.Time
	FromName string // "": Asterisk PBX
	From     string // address
	ToName   string
	To       []string
	Subject  string
	Exact    bool   // the subject was written by somebody: signs that MIME minds are encoded
	ID       string // what stands in the message id: number-random-mailbox-process
	CallerID [2]string
	Charset  string
	Body     string
	Attached *Attachment // nil: none
	Bare     bool        // a pager's: no MIME at all
}

// Attachment is the recording.
type Attachment struct {
	Name, Type string
	Data       []byte
}

// Bytes is the letter as it is sent, with line ends of one character, headers in the order of
// Asterisk's.
func (l *Letter) Bytes() []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("Date: %s", l.Date.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	if l.FromName == "" {
		line("From: Asterisk PBX <%s>", l.From)
	} else {
		line("From: %s", l.person(l.FromName, l.From, len("From: ")))
	}
	b.WriteString("To:")
	for i, to := range l.To {
		comma := ","
		if i == len(l.To)-1 {
			comma = ""
		}
		line(" %s%s", l.person(l.ToName, to, len("To: ")), comma)
	}
	subject := header(l.Subject)
	if l.Exact && special(subject) {
		subject = l.encoded(subject, len("Subject: "))
	}
	line("Subject: %s", subject)
	if l.Bare {
		line("")
		b.WriteString(l.Body)
		return b.Bytes()
	}
	line("Message-ID: <Asterisk-%s>", l.ID)
	for i, name := range []string{"X-Asterisk-CallerID", "X-Asterisk-CallerIDName"} {
		if l.CallerID[i] != "" {
			line("%s: %s", name, header(l.CallerID[i]))
		}
	}
	line("MIME-Version: 1.0")
	bound := fmt.Sprintf("----voicemail_%d%d", os.Getpid(), rand.Uint32())
	if l.Attached != nil {
		line("Content-Type: multipart/mixed; boundary=\"%s\"\n\n\nThis is a multi-part message in MIME format.\n\n--%s", bound, bound)
	}
	line("Content-Type: text/plain; charset=%s\nContent-Transfer-Encoding: 8bit\n\n%s", l.Charset, l.Body)
	if a := l.Attached; a != nil {
		line("--%s\nContent-Type: %s; name=\"%s\"\nContent-Transfer-Encoding: base64", bound, a.Type, a.Name)
		line("Content-Description: Voicemail sound attachment.")
		line("Content-Disposition: attachment; filename=\"%s\"\n", a.Name)
		lines(&b, base64.StdEncoding.EncodeToString(a.Data))
		line("\n\n--%s--\n.", bound)
	}
	return b.Bytes()
}

// lines writes a text in lines of 72 characters.
func lines(b *bytes.Buffer, s string) {
	const width = 72
	for len(s) > width {
		b.WriteString(s[:width] + "\n")
		s = s[width:]
	}
	b.WriteString(s + "\n")
}

// person is `"name" <address>`.
func (l *Letter) person(name, address string, before int) string {
	name = header(name)
	if special(name) {
		return l.encoded(name, before) + " <" + header(address) + ">"
	}
	return `"` + name + `" <` + header(address) + ">"
}

// header is a text in a header: no sign of it ends the line.
func header(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, s)
}

// minds are the signs that make a text of a header special.
const minds = `()<>@,:;/"[]?.=`

func special(s string) bool {
	for i := range len(s) {
		if s[i] < 32 || s[i] > 126 || strings.IndexByte(minds, s[i]) >= 0 {
			return true
		}
	}
	return false
}

// encoded is a text in encoded words (RFC 2047), in lines that are short enough.
func (l *Letter) encoded(s string, before int) string {
	const widest = 72
	start := "=?" + l.Charset + "?Q?"
	var out strings.Builder
	word := start
	for i := range len(s) {
		sign := string(s[i])
		switch {
		case s[i] == ' ':
			sign = "_"
		case s[i] < 33 || s[i] > 126 || strings.IndexByte(minds+"_", s[i]) >= 0:
			sign = fmt.Sprintf("=%02X", s[i])
		}
		if before+len(word)+len(sign) > widest+1 {
			out.WriteString(word + "?=\n ")
			word, before = start, 0
		}
		word += sign
	}
	return out.String() + word + "?="
}
