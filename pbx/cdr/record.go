// Package cdr is the call record and its writers.
package cdr

import (
	"strconv"
	"strings"
	"time"

	"obelisk/internal/printable"
	"unicode/utf8"
)

// Dispositions of a record.
const (
	NoAnswer = "NO ANSWER"
	Answered = "ANSWERED"
	Busy     = "BUSY"
	Failed   = "FAILED"

	Congestion = "CONGESTION" // with congestion=yes only
	Cancel     = "CANCEL"     // with canceldispositionenabled=yes only
)

// Record is one call record, the fields of Asterisk's CDR.
type Record struct {
	AccountCode, Src, Dst, DContext, CLID      string
	Channel, DstChannel, LastApp, LastData     string
	Start, Answer, End                         time.Time
	Disposition, AMAFlags, UniqueID, UserField string
	LinkedID, PeerAccount                      string
	Sequence                                   int
}

// unanswered says whether the record is one of those that unanswered=yes asks for; those that
// cdr.conf has counted as CONGESTION or CANCEL are not.
func (r *Record) unanswered() bool {
	return r.Disposition != Answered && r.Disposition != Congestion && r.Disposition != Cancel
}

// Duration is whole seconds from start to end.
func (r *Record) Duration() int { return int(r.End.Sub(r.Start) / time.Second) }

// Billsec is whole seconds from answer to end, 0 when unanswered.
func (r *Record) Billsec() int {
	if r.Answer.IsZero() {
		return 0
	}
	return int(r.End.Sub(r.Answer) / time.Second)
}

// billsec is Billsec as the configuration counts.
func (c *Config) billsec(r *Record) int {
	n := r.Billsec()
	if c.InitiatedSec && !r.Answer.IsZero() && r.End.Sub(r.Answer) > time.Duration(n)*time.Second {
		n++
	}
	return n
}

// Line writes the record as a line of Master.csv.
func (c *Config) Line(r *Record) string {
	var b strings.Builder
	for _, s := range []string{r.AccountCode, r.Src, r.Dst, r.DContext, r.CLID, r.Channel, r.DstChannel, r.LastApp, r.LastData} {
		b.WriteString(quote(s))
		b.WriteByte(',')
	}
	for _, t := range []time.Time{r.Start, r.Answer, r.End} {
		if !t.IsZero() {
			if c.UseGMTime {
				t = t.UTC()
			} else {
				t = t.Local()
			}
			b.WriteString(quote(t.Format(time.DateTime)))
		}
		b.WriteByte(',')
	}
	b.WriteString(strconv.Itoa(r.Duration()) + "," + strconv.Itoa(c.billsec(r)) + "," + quote(r.Disposition) + "," + quote(r.AMAFlags))
	if c.LogUniqueID {
		b.WriteString("," + quote(r.UniqueID))
	}
	if c.LogUserField {
		b.WriteString("," + quote(r.UserField))
	}
	if c.NewColumns {
		b.WriteString("," + quote(r.PeerAccount) + "," + quote(r.LinkedID) + "," + strconv.Itoa(r.Sequence))
	}
	b.WriteByte('\n')
	return b.String()
}

// quote is a field of the file; it stays in its line.
func quote(s string) string { return `"` + strings.ReplaceAll(printable.Line(s), `"`, `""`) + `"` }

// Lengths of the texts of a record, in bytes, as in Asterisk: what is longer is cut.
const (
	maxText = 79
	maxUser = 255
)

// Bound cuts texts that are longer than records have them.
func (r *Record) Bound() {
	for _, s := range []*string{&r.AccountCode, &r.PeerAccount, &r.Src, &r.Dst, &r.DContext, &r.CLID, &r.Channel, &r.DstChannel, &r.LastApp,
		&r.LastData} {
		*s = cut(*s, maxText)
	}
	r.UserField = cut(r.UserField, maxUser)
}

// cut keeps the first bytes of a text, and no part of a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
