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

// RecordCopy is one more place where records go to, beside Master.csv.
type RecordCopy struct {
	Texts []*dialplan.Text // of the user's own, expanded on the channel into Entry.Values
	Put   func(cdr.Entry)  // must not wait
}

// SetRecordCopies changes them.
func (c *Core) SetRecordCopies(list []RecordCopy) { c.copies.Store(&list) }

// copyRecord hands a record to them.
func (c *Channel) copyRecord(r *cdr.Record) {
	p := c.core.copies.Load()
	if p == nil {
		return
	}
	c.cdr.shown = r
	defer func() { c.cdr.shown = nil }()
	for _, to := range *p {
		e := cdr.Entry{Record: *r, Vars: c.cdr.vars}
		for _, t := range to.Texts {
			e.Values = append(e.Values, t.Expand(c))
		}
		to.Put(e)
	}
}
