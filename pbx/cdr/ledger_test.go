package cdr

import (
	"strings"
	"testing"
	"time"
)

// phone is a channel of a test.
type phone struct {
	p     Party
	up    bool
	cause int
}

func (p *phone) Party() Party { return p.p }
func (p *phone) Up() bool     { return p.up }
func (p *phone) Cause() int   { return p.cause }

// book is a ledger with a clock that the test moves.
type book struct {
	*Ledger
	conf Config
	now  time.Time
}

func newBook() *book {
	b := &book{conf: DefaultConfig(), now: time.Unix(1000, 0)}
	b.Ledger = NewLedger(func() Config { return b.conf })
	return b
}

func (b *book) phone(name string, dialled bool) (*phone, *Chain) {
	p := &phone{p: Party{Name: name, Dialled: dialled, Created: b.now}}
	return p, b.Begin(p, b.now)
}

func (b *book) pass(seconds int) { b.now = b.now.Add(time.Duration(seconds) * time.Second) }

func doing(exten, app string) Place { return Place{Context: "c", Exten: exten, App: app} }

func told(list []Entry) string {
	var out []string
	for _, e := range list {
		out = append(out, strings.Join([]string{e.Channel, e.DstChannel, e.LastApp, e.Disposition, e.Start.Format("5"), e.End.Format("5")}, " "))
	}
	return strings.Join(out, "; ")
}

// Two are dialled and one answers; both legs have a record, and what follows has a third.
func TestLedgerOfADial(t *testing.T) {
	b := newBook()
	a, ca := b.phone("a", false)
	_, cb := b.phone("b", true)
	q, cc := b.phone("c", true)
	ca.Step(doing("1", "Dial"), b.now)
	b.DialBegin(ca, cb, b.now)
	b.DialBegin(ca, cc, b.now)
	b.pass(2)
	b.DialEnd(ca, cb, "CANCEL", b.now)
	cb.Finish(doing("1", "AppDial"), b.now)
	q.up = true
	cc.Answer(b.now)
	b.DialEnd(ca, cc, "ANSWER", b.now)
	a.up = true
	ca.Answer(b.now)
	var br Bridge
	b.Enter(&br, cc, b.now)
	b.Enter(&br, ca, b.now)
	b.pass(5)
	b.Leave(&br, cc, b.now)
	b.Leave(&br, ca, b.now)
	if list := cc.Finish(doing("1", "AppDial"), b.now); len(list) != 0 {
		t.Errorf("who was dialled has records: %s", told(list))
	}
	ca.Step(Place{Context: "c", Exten: "1", Priority: 1, App: "Wait"}, b.now)
	b.pass(1)
	got, want := told(ca.Finish(doing("1", "Wait"), b.now)), "a b Dial NO ANSWER 40 42; a c Dial ANSWERED 40 47; a  Wait ANSWERED 47 48"
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if more := ca.Finish(doing("1", "Wait"), b.now); more != nil {
		t.Errorf("once more: %s", told(more))
	}
}

// After a record that is finished another one begins with what is something else: the same
// application once more is not, and its record begins when it dials. A redirected channel goes on
// with the place at which it is sent.
func TestLedgerOfOneApplicationTwice(t *testing.T) {
	b := newBook()
	_, ca := b.phone("a", false)
	_, cb := b.phone("b", true)
	at := func(priority int, app string) Place {
		return Place{Context: "c", Exten: "1", Priority: priority, App: app}
	}
	ca.Step(at(1, "Dial"), b.now)
	b.DialBegin(ca, cb, b.now)
	b.DialEnd(ca, cb, "BUSY", b.now)
	b.pass(1)
	ca.Step(at(2, "Dial"), b.now)
	_, cc := b.phone("c", true)
	b.pass(1)
	b.DialBegin(ca, cc, b.now)
	b.DialEnd(ca, cc, "NOANSWER", b.now)
	ca.Step(at(3, "NoOp"), b.now)
	ca.Step(at(4, "NoOp"), b.now)
	list := ca.Finish(at(5, ""), b.now)
	if got, want := told(list), "a b Dial BUSY 40 40; a c Dial NO ANSWER 42 42; a  NoOp FAILED 42 42"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for i, want := range []int{0, 3, 4} {
		if list[i].Sequence != want {
			t.Errorf("record %d has number %d, want %d", i, list[i].Sequence, want)
		}
	}
}

// Who was dialled and comes into a second bridge counts as nobody's from then on: its record there is written
// without a party B too, and it is party A of who was dialled and has stayed.
func TestLedgerOfASecondBridge(t *testing.T) {
	b := newBook()
	var first, second Bridge
	enter := func(br *Bridge, p *phone, c *Chain) {
		p.up = true
		c.Answer(b.now)
		b.Enter(br, c, b.now)
		b.pass(1)
	}
	stays, cs := b.phone("stays", true)
	enter(&first, stays, cs)
	target, ct := b.phone("target", true)
	enter(&second, target, ct)
	b.Leave(&second, ct, b.now)
	enter(&first, target, ct)
	b.Leave(&first, cs, b.now)
	b.pass(1)
	b.Leave(&first, ct, b.now)
	if got, want := told(ct.Finish(doing("1", ""), b.now)), "target stays  ANSWERED 42 43"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if list := cs.Finish(doing("1", ""), b.now); len(list) != 0 {
		t.Errorf("who has stayed has records: %s", told(list))
	}
	alone, ca := b.phone("alone", true)
	enter(&first, alone, ca)
	b.Leave(&first, ca, b.now)
	enter(&second, alone, ca)
	b.Leave(&second, ca, b.now)
	if got, want := told(ca.Finish(doing("1", ""), b.now)), "alone   ANSWERED 45 46"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// Of three in a bridge each pair has a record, of the one that came into the house first.
func TestLedgerOfAConference(t *testing.T) {
	b := newBook()
	var br Bridge
	var chains []*Chain
	for _, name := range []string{"a", "b", "c"} {
		p, c := b.phone(name, false)
		p.up = true
		c.Answer(b.now)
		c.Step(doing("1", "ConfBridge"), b.now)
		b.Enter(&br, c, b.now)
		b.pass(1)
		chains = append(chains, c)
	}
	for _, c := range chains {
		b.Leave(&br, c, b.now)
		b.pass(1)
	}
	var got []string
	for _, c := range chains {
		got = append(got, told(c.Finish(doing("1", "ConfBridge"), b.now)))
	}
	if g, want := strings.Join(got, "|"), "a b ConfBridge ANSWERED 40 43; a c ConfBridge ANSWERED 42 43|b c ConfBridge ANSWERED 41 44|c  "+
		"ConfBridge ANSWERED 42 42"; g != want {
		t.Errorf("%s\nwant %s", g, want)
	}
}

// What became of a call that nobody took, by its cause and by cdr.conf.
func TestLedgerOfCauses(t *testing.T) {
	for _, c := range []struct {
		cause            int
		congestion       bool
		want             string
		before, hangedUp bool
	}{{cause: 0, want: Failed}, {cause: 16, want: NoAnswer}, {cause: 17, want: Busy}, {cause: 21, want: NoAnswer}, {cause: 3, want: Failed},
		{cause: 34, want: Failed}, {cause: 34, congestion: true, want: Congestion}, {cause: 17, hangedUp: true, want: Failed},
		{cause: 17, hangedUp: true, before: true, want: Busy}} {
		b := newBook()
		b.conf.Congestion = c.congestion
		p, chain := b.phone("a", false)
		chain.Step(doing("1", "Hangup"), b.now)
		p.cause = c.cause
		if c.before {
			chain.Look()
		}
		if c.hangedUp { // h runs, and the record has ended by then
			chain.Step(Place{Context: "c", Exten: "h", App: "NoOp", Ending: true}, b.now)
		}
		if e := chain.Finish(doing("1", "Hangup"), b.now); len(e) != 1 || e[0].Disposition != c.want || e[0].Dst != "1" {
			t.Errorf("%+v: %s", c, told(e))
		}
	}
}

// A Local channel is left out: the record with it ends, and one without it begins.
func TestLedgerOfAChannelThatIsExchanged(t *testing.T) {
	b := newBook()
	x, cx := b.phone("x", false)
	y, cy := b.phone("y", false)
	cx.SetUserField("ux")
	b.Exchange(cx, cy, func() { x.p.Name, y.p.Name = y.p.Name, x.p.Name })
	if got := cx.Last(); got.Channel != "x" || got.UserField != "ux" {
		t.Errorf("the records stay with the name: %+v", got.Record)
	}
	var none *Chain
	none.Step(doing("1", "NoOp"), b.now)
	none.SetVar("a", "b")
	if none.Finish(doing("1", "NoOp"), b.now) != nil || none.Last().Channel != "" {
		t.Error("a channel without records has some")
	}
}

// With ignoredialchanges and ignorestatechanges a channel keeps the record that it began with.
func TestLedgerThatIgnoresDialsAndBridges(t *testing.T) {
	b := newBook()
	b.conf.IgnoreDials, b.conf.IgnoreBridges = true, true
	a, ca := b.phone("a", false)
	_, cb := b.phone("b", true)
	for range 2 {
		ca.Step(doing("1", "Dial"), b.now)
		b.DialBegin(ca, cb, b.now)
		b.pass(1)
		a.up = true
		ca.Answer(b.now)
		b.DialEnd(ca, cb, "ANSWER", b.now)
		var br Bridge
		b.Enter(&br, ca, b.now)
		b.Enter(&br, cb, b.now)
		b.pass(1)
		b.Leave(&br, cb, b.now)
		b.Leave(&br, ca, b.now)
	}
	if got, want := told(ca.Finish(doing("1", ""), b.now)), "a  Dial ANSWERED 40 44"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if list := cb.Finish(Place{}, b.now); len(list) != 0 {
		t.Errorf("the other one has %s", told(list))
	}
}

// The first record is number 0, as in Asterisk.
func TestLedgerCountsFromZero(t *testing.T) {
	b := newBook()
	_, ca := b.phone("a", false)
	_, cb := b.phone("b", false)
	if x, y := ca.Last().Sequence, cb.Last().Sequence; x != 0 || y != 1 {
		t.Errorf("sequence %d and %d", x, y)
	}
}

// Who is parked is with nobody, whoever is parked there too.
func TestLedgerOfAParkingLot(t *testing.T) {
	b := newBook()
	lot := &Bridge{Apart: true}
	_, ca := b.phone("a", false)
	_, cb := b.phone("b", false)
	for n, c := range []*Chain{ca, cb} {
		c.Step(doing("1", "Park"), b.now)
		b.Enter(lot, c, b.now)
		b.Park(c, doing("1", "Park"), []string{"default:701", "default:702"}[n])
		b.pass(1)
	}
	b.Leave(lot, ca, b.now)
	if got := told(ca.Finish(doing("1", "Park"), b.now)); !strings.HasPrefix(got, "a  Park ") {
		t.Error(got)
	}
	b.pass(1)
	b.Leave(lot, cb, b.now)
	if got := told(cb.Finish(doing("1", "Park"), b.now)); !strings.HasPrefix(got, "b  Park ") {
		t.Error(got)
	}
}

// A channel that is counted in a bridge before it moves there is there once.
func TestLedgerCountsAhead(t *testing.T) {
	b := newBook()
	first, second := &Bridge{}, &Bridge{}
	_, ca := b.phone("a", false)
	_, cb := b.phone("b", true)
	_, cc := b.phone("c", true)
	ca.Step(doing("1", "Dial"), b.now)
	b.DialBegin(ca, cb, b.now)
	b.DialEnd(ca, cb, "ANSWER", b.now)
	b.Enter(first, ca, b.now)
	b.Enter(first, cb, b.now)
	b.pass(2)
	b.Leave(first, cb, b.now)
	b.Enter(second, cb, b.now)
	b.Enter(second, cc, b.now)
	b.pass(3)
	b.Enter(second, cc, b.now) // now he has really come
	b.pass(1)
	if got := told(ca.Finish(doing("1", "Dial"), b.now)); !strings.HasPrefix(got, "a b Dial ANSWERED 40 42") {
		t.Error(got)
	}
	if len(second.members) != 2 {
		t.Errorf("%d members", len(second.members))
	}
}
