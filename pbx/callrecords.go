package pbx

import (
	"cmp"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx/cdr"
	"obelisk/pbx/event"
)

// What a channel does is told to the ledger, which makes call records of it. Dialling and
// bridging are told where the news of them is (TellDial, Bridging.tell).

// recorded is a channel as the ledger reads it.
type recorded struct{ c *Channel }

// Party implements cdr.Subject.
func (r recorded) Party() cdr.Party {
	c := r.c
	name, id := c.Name(), c.UniqueID()
	c.mu.Lock()
	defer c.mu.Unlock()
	return cdr.Party{Name: name, UniqueID: id, LinkedID: c.linkedID, CLID: clid(c.callerID), Src: c.callerID.Num, AccountCode: c.accountCode,
		AMAFlags: c.seldom.flags(),
		Dialled:  c.outgoing && (!c.taken.IsZero() || !c.driven && !c.originated), Created: newer(c.created, c.taken)}
}

func newer(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// clid is a caller as records have it: both parts, also where they are empty.
func clid(id CallerID) string { return `"` + quoted.Replace(id.Name) + `" <` + id.Num + `>` }

// quoted is a name between quotes.
var quoted = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// Up implements cdr.Subject.
func (r recorded) Up() bool {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	return r.c.state == StateUp
}

// Cause implements cdr.Subject.
func (r recorded) Cause() int {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	return int(r.c.cause)
}

// Records are the channel's call records, nil for a message, and where none are made.
func (c *Channel) Records() *cdr.Chain { return c.records.Load() }

// RecordFork says how ForkCDR begins a second record.
type RecordFork = cdr.Fork

// DispositionNumber is what CDR(disposition,u) says; "" is one that is not known yet.
func DispositionNumber(disposition string) int {
	return map[string]int{cdr.NoAnswer: 0, "": 1, cdr.Failed: 2, cdr.Busy: 4, cdr.Answered: 8, cdr.Congestion: 16,
		cdr.Cancel: 32}[disposition]
}

// beginRecords opens the first one. There are none while cdr.conf says no (enable), as in Asterisk.
func (c *Channel) beginRecords() {
	if c.core.recordConfig().Enable {
		c.records.Store(c.core.ledger.Begin(recorded{c}, c.created))
	}
}

// place is what the channel does; it belongs to its worker.
func (c *Channel) place() cdr.Place {
	c.mu.Lock()
	defer c.mu.Unlock()
	return cdr.Place{Context: c.at.Context, Exten: c.at.Exten, Priority: c.at.Priority, App: c.app, Data: c.appData, Sub: c.inSub,
		Ending: c.ending}
}

// meetAccounts has two channels that come together know each other's account code; who has none
// gets the one that was meant for him.
func meetAccounts(a, b *Channel) {
	x, y := a.View().AccountCode, b.View().AccountCode
	forA, forB := cmp.Or(b.PeerAccount(), x), cmp.Or(a.PeerAccount(), y)
	if x == "" && forA != "" {
		a.SetAccountCode(forA)
		x = forA
	}
	if y == "" && forB != "" {
		b.SetAccountCode(forB)
		y = forB
	}
	a.SetPeerAccount(y)
	b.SetPeerAccount(x)
}

// recordStep tells of the application that begins.
func (c *Channel) recordStep() { c.Records().Step(c.place(), time.Now()) }

// recordDial tells of DialBegin and DialEnd.
func recordDial(e *event.Dial, caller, callee *Channel) {
	var of *cdr.Chain
	if caller != nil {
		of = caller.Records()
	}
	switch e.Stage {
	case event.DialBegins:
		callee.core.ledger.DialBegin(of, callee.Records(), time.Now())
	case event.DialEnds:
		callee.core.ledger.DialEnd(of, callee.Records(), e.Status, time.Now())
	}
}

// finishRecords is the end of the channel.
func (c *Channel) finishRecords() {
	if list := c.Records().Finish(c.place(), time.Now()); len(list) > 0 {
		c.submit(list)
	}
}

// diskPatience is how long a call that has ended may wait for the disk to take its records.
const diskPatience = time.Second

// submit gives records to all who want them. Only when they are written is the call over
// for those who watch, so that none that they know of is lost with the process.
func (c *Channel) submit(list []cdr.Entry) {
	w := c.core.cfg.CDR
	kept := list[:0]
	for _, e := range list {
		e.Bound()
		if w != nil && !w.Submit(e.Record) {
			continue
		}
		c.copyRecord(&e)
		kept = append(kept, e)
	}
	if w != nil && len(kept) > 0 {
		w.Sync(diskPatience)
	}
	conf := c.core.recordConfig()
	for i := range kept {
		if conf.Debug {
			c.core.Log().Info().Ctx(c.Trace().Context()).Msg("CDR: " + strings.TrimSpace(conf.Line(&kept[i].Record)))
		}
		if c.core.Heard() {
			c.core.Tell(event.CallRecord{Record: &kept[i].Record})
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
	}
	return cdr.Failed
}

// Record is the one that CDR() reads: that which is being written, else the last one as it is
// now. It belongs to the channel's worker.
func (c *Channel) Record() cdr.Entry {
	if c.shownRecord != nil {
		return *c.shownRecord
	}
	e := c.Records().Last()
	if !c.ending {
		at := c.stepAt // as of the application that began last, not of the one whose arguments are worked out
		if at.Exten == "" {
			at = c.View().At
		}
		e.Dst, e.DContext, e.LastApp, e.LastData = at.Exten, at.Context, c.ran.app, c.ran.data
	}
	return e
}

// RecordCopy is one more place where records go to, beside Master.csv.
type RecordCopy struct {
	Texts []*dialplan.Text // of the user's own, expanded on the channel into Entry.Values
	Put   func(cdr.Entry)  // must not wait
}

// SetRecordCopies changes them.
func (c *Core) SetRecordCopies(list []RecordCopy) { c.copies.Store(&list) }

// copyRecord hands a record to them.
func (c *Channel) copyRecord(e *cdr.Entry) {
	p := c.core.copies.Load()
	if p == nil {
		return
	}
	c.shownRecord = e
	defer func() { c.shownRecord = nil }()
	for _, to := range *p {
		put := *e
		for _, t := range to.Texts {
			put.Values = append(put.Values, t.Expand(c))
		}
		to.Put(put)
	}
}
