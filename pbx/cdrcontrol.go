package pbx

import (
	"time"

	"obelisk/dialplan"
	"obelisk/pbx/cdr"
)

// What the dialplan does with its call records.

// DisableRecords says whether records are made of this channel (NoCDR).
func (c *Channel) DisableRecords(off bool) { c.cdr.off = off }

// ResetRecord begins the open record anew; its variables stay if they are to be kept.
func (c *Channel) ResetRecord(keepVars bool) {
	if !keepVars {
		c.cdr.vars = nil
	}
	if r := c.cdr.open; r != nil {
		r.Start = time.Now()
		if !r.Answer.IsZero() {
			r.Answer = r.Start
		}
	}
}

// Fork says how ForkCDR begins a second record.
type Fork struct{ AnswerNow, EndOld, StartNow, NoVars bool }

// ForkRecord begins a record beside the open one.
func (c *Channel) ForkRecord(f Fork) {
	if c.cdr.open == nil {
		return
	}
	old, now := *c.cdr.open, time.Now()
	if f.EndOld {
		old.End, old.Disposition = now, c.disposition()
		c.cdr.closed = append(c.cdr.closed, old)
	} else {
		c.cdr.forked = append(c.cdr.forked, old)
	}
	if f.StartNow {
		c.cdr.open.Start = now
	}
	if f.AnswerNow && !old.Answer.IsZero() {
		c.cdr.open.Answer = now
	}
	if f.NoVars {
		c.cdr.vars = nil
	}
	c.cdr.open.Sequence = int(cdrSequence.Add(1))
}

// RecordVar is CDR(name) of a name that is no field, "" when it was not set.
func (c *Channel) RecordVar(name string) string {
	for _, v := range c.cdr.vars {
		if v[0] == name {
			return v[1]
		}
	}
	return ""
}

// SetRecordVar writes one.
func (c *Channel) SetRecordVar(name, value string) {
	for i := range c.cdr.vars {
		if c.cdr.vars[i][0] == name {
			c.cdr.vars[i][1] = value
			return
		}
	}
	c.cdr.vars = append(c.cdr.vars, [2]string{name, value})
}

// CustomRecord is a line of cdr_custom.conf: a text, with CDR() and other functions in
// it, that is added to a file for each record.
type CustomRecord struct {
	File string
	Text *dialplan.Text
}

// SetCustomRecords changes them.
func (c *Core) SetCustomRecords(list []CustomRecord) { c.custom.Store(&list) }

// HasCustomRecords says whether there are any.
func (c *Core) HasCustomRecords() bool {
	p := c.custom.Load()
	return p != nil && len(*p) > 0
}

// writeCustom writes a record in the forms of cdr_custom.conf.
func (c *Channel) writeCustom(r *cdr.Record, w *cdr.Writer) {
	p := c.core.custom.Load()
	if p == nil || w == nil {
		return
	}
	c.cdr.shown = r
	defer func() { c.cdr.shown = nil }()
	for _, custom := range *p {
		w.SubmitLine("cdr-custom", custom.File, custom.Text.Expand(c))
	}
}
