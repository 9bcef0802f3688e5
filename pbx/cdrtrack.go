package pbx

import (
	"cmp"
	"strconv"
	"sync/atomic"
	"time"

	"obelisk/pbx/cdr"
)

// cdrTrack follows one channel's call records: one record for each dialled
// leg, all written together when the call ends. The working goroutine owns it.
type cdrTrack struct {
	open   *cdr.Record
	closed []cdr.Record
	frozen bool         // in "h": application names are no longer taken
	forked []cdr.Record // by ForkCDR, and not ended yet
	vars   [][2]string  // CDR(name) of names that are no field
	shown  *cdr.Record  // that CDR() reads while a custom record is written; nil: the usual one
	off    bool         // no records are made
}

var cdrSequence atomic.Int64

// begin opens the first record.
func (t *cdrTrack) begin(c *Channel) {
	t.open = t.fresh(c, c.created)
	conf := c.core.recordConfig()
	t.off = !conf.ByDefault
}

func (t *cdrTrack) fresh(c *Channel, start time.Time) *cdr.Record {
	v := c.View()
	return &cdr.Record{
		AccountCode: v.AccountCode, Src: v.CallerID.Num, Dst: v.At.Exten, DContext: v.At.Context, CLID: v.CallerID.String(),
		Channel: c.Name(), Start: start, Answer: v.Answered, AMAFlags: v.AMAFlags, UniqueID: c.UniqueID(), LinkedID: v.LinkedID,
		Sequence: int(cdrSequence.Add(1)),
	}
}

// app notes the application that runs. After a failed Dial the next one opens
// a record of its own.
func (t *cdrTrack) app(c *Channel, name, data string) {
	if t.frozen {
		return
	}
	if t.open == nil {
		t.open = t.fresh(c, time.Now())
	}
	v := c.View()
	r := t.open
	r.LastApp, r.LastData = name, data
	r.Dst, r.DContext = v.At.Exten, v.At.Context
	r.Src, r.CLID, r.AccountCode = v.CallerID.Num, v.CallerID.String(), v.AccountCode
	r.AMAFlags = v.AMAFlags
}

func (t *cdrTrack) answered() {
	if t.open != nil && t.open.Answer.IsZero() {
		t.open.Answer = time.Now()
	}
}

// DialRecord is one dialled leg's record while it rings.
type DialRecord struct {
	t        *cdrTrack
	callee   *Channel
	rec      cdr.Record
	conf     cdr.Config
	answered time.Time // when the two were bridged, or another party came; zero: not yet
	turned   bool      // another party has come
}

// RecordDial begins the record of a dialled leg.
func (c *Channel) RecordDial(callee *Channel) *DialRecord {
	t := &c.cdr
	if t.open == nil {
		t.open = t.fresh(c, time.Now())
	}
	r := *t.open
	r.DstChannel = callee.Name()
	r.Sequence = int(cdrSequence.Add(1))
	callee.dialled = &DialRecord{t: t, callee: callee, rec: r, conf: c.core.recordConfig()}
	return callee.dialled
}

// follow makes the record one of another callee, or of nobody who could have it changed.
func (d *DialRecord) follow(callee *Channel) {
	if d == nil {
		return
	}
	if d.callee != nil {
		d.callee.dialled = nil
	}
	if d.callee = callee; callee != nil {
		callee.dialled = d
	}
}

// End closes the leg's record with the status Dial gives it (ANSWER, BUSY,
// NOANSWER, CANCEL, CONGESTION, CHANUNAVAIL). answer is zero unless the leg was
// bridged.
func (d *DialRecord) End(status string, answer time.Time) {
	d.rec.End = time.Now()
	if d.turned && !answer.IsZero() {
		answer = d.answered
	}
	d.follow(nil)
	d.rec.Answer, d.rec.Disposition = answer, d.conf.Disposition(status)
	d.t.closed = append(d.t.closed, d.rec)
	d.t.open = nil
}

// endEarly closes the open record before "h" runs, when cdr.conf wants that.
func (t *cdrTrack) endEarly(c *Channel) {
	if conf := c.core.recordConfig(); conf.EndBeforeH {
		t.close(c)
	}
}

// close ends what is open.
func (t *cdrTrack) close(c *Channel) {
	now, d := time.Now(), c.disposition()
	if t.open != nil {
		r := *t.open
		r.End = now
		if r.Disposition = d; !r.Answer.IsZero() {
			r.Disposition = cdr.Answered
		}
		t.closed = append(t.closed, r)
		t.open = nil
	}
	for _, r := range t.forked {
		r.End, r.Disposition = now, d
		t.closed = append(t.closed, r)
	}
	t.forked = nil
}

// finish closes the last record and hands all to the writer.
func (t *cdrTrack) finish(c *Channel) {
	t.close(c)
	if !t.off {
		c.submit(t.closed)
	}
	t.closed = nil
}

// diskPatience is how long a call that has ended may wait for the disk to take its records.
const diskPatience = time.Second

// submit gives records to all who want them. Only when they are written is the call over
// for those who watch, so that none that they know of is lost with the process.
func (c *Channel) submit(list []cdr.Record) {
	user, w := c.UserField(), c.core.cfg.CDR
	kept := list[:0]
	for _, r := range list {
		if r.UserField = user; w != nil && !w.Submit(r) {
			continue
		}
		c.copyRecord(&r)
		kept = append(kept, r)
	}
	if w != nil && len(kept) > 0 {
		w.Sync(diskPatience)
	}
	for i := range kept {
		if c.core.Heard() {
			c.core.Tell(News{Name: "Cdr", Class: "cdr", Fields: recordFields(&kept[i])})
		}
	}
}

// recordConfig is cdr.conf.
func (c *Core) recordConfig() cdr.Config {
	if c.cfg.CDR == nil {
		return cdr.DefaultConfig()
	}
	return c.cfg.CDR.Config()
}

// disposition is what became of the channel itself.
func (c *Channel) disposition() string {
	switch v := c.View(); {
	case !v.Answered.IsZero():
		return cdr.Answered
	case v.Cause == CauseBusy:
		return cdr.Busy
	case v.Cause == CauseNormal, v.Cause == CauseNoAnswer:
		return cdr.NoAnswer
	case v.Cause == CauseCongestion && c.core.recordConfig().Congestion:
		return cdr.Congestion
	}
	return cdr.Failed
}

// recordFields are those of AMI's event, in its order.
func recordFields(r *cdr.Record) []Field {
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.DateTime)
	}
	return []Field{{"AccountCode", r.AccountCode}, {"Source", r.Src}, {"Destination", r.Dst}, {"DestinationContext", r.DContext}, {"CallerID", cmp.Or(r.CLID, `"" <>`)},
		{"Channel", r.Channel}, {"DestinationChannel", r.DstChannel}, {"LastApplication", r.LastApp}, {"LastData", r.LastData},
		{"StartTime", moment(r.Start)}, {"AnswerTime", moment(r.Answer)}, {"EndTime", moment(r.End)}, {"Duration", strconv.Itoa(r.Duration())}, {"BillableSeconds", strconv.Itoa(r.Billsec())},
		{"Disposition", r.Disposition}, {"AMAFlags", r.AMAFlags}, {"UniqueID", r.UniqueID}, {"UserField", r.UserField}}
}

// UserField is CDR(userfield).
func (c *Channel) UserField() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.userField
}

// SetUserField writes CDR(userfield).
func (c *Channel) SetUserField(s string) { c.locked(func() { c.userField = s }) }

// Record reads the record that is open, or the last closed one.
func (c *Channel) Record() cdr.Record {
	switch {
	case c.cdr.shown != nil:
		return *c.cdr.shown
	case c.cdr.open != nil:
		r := *c.cdr.open
		r.End = time.Now()
		if r.Disposition = cdr.NoAnswer; !r.Answer.IsZero() {
			r.Disposition = cdr.Answered
		}
		return r
	case len(c.cdr.closed) > 0:
		return c.cdr.closed[len(c.cdr.closed)-1]
	}
	return cdr.Record{}
}
