package cdr

import (
	"slices"
	"time"
)

// state of a record.
type state uint8

const (
	single   state = iota // of one channel alone
	dialling              // its channel dials party B, or is called by the switchboard
	pending               // party B has answered
	bridged               // its channel is in a bridge
	finished              // it does not change any more
)

// party is what CDR() has set for one side.
type party struct {
	userField string
	vars      [][2]string
	first     bool // CDR_PROP(party_a)
}

func (p party) copied() party {
	p.vars = slices.Clone(p.vars)
	return p
}

func (p *party) set(name, value string) {
	for i := range p.vars {
		if p.vars[i][0] == name {
			p.vars[i][1] = value
			return
		}
	}
	p.vars = append(p.vars, [2]string{name, value})
}

// item is one record while it is made. The ledger's lock guards it.
type item struct {
	state       state
	chain, peer *Chain // parties A and B; peer is nil without B
	bridge      *Bridge
	a, b        *Party // as they were when it was finished; nil before, and b without B
	mine, its   party
	disposition string // "": not known yet
	sequence    int
	off         bool // it is not written
	locked      bool // the application stays
	lone        bool // its channel has come from another bridge: it is written without party B too, whoever has dialled that
	parked      bool // its channel waits in a parking lot: it is written, whoever has dialled that

	start, answer, ended      time.Time
	app, data, context, exten string
}

// answerIfUp notes the moment from which the call is billed.
func (i *item) answerIfUp(now time.Time) {
	if i.answer.IsZero() && i.chain.of.Up() {
		i.answer = now
	}
}

// moved takes over what the channel does; closed says that this does not count any more.
func (i *item) moved(p Place, closed bool) {
	if closed {
		return
	}
	if !p.Sub || p.Ending {
		i.context, i.exten = p.Context, p.Exten
	}
	if !i.locked && p.App != "" && (!p.appDial() || i.app == "") {
		i.app, i.data = p.App, p.Data
		i.locked = p.App == "Dial" // subroutines of its options do not show
	}
}

// step takes in an application that begins; false when the record is finished. further: it is
// something else than what the channel did before.
func (i *item) step(p Place, closed, further bool, now time.Time, conf *Config) (open bool) {
	switch {
	case i.state == finished:
		return false
	case closed:
		i.end(now, conf)
		return true
	case i.state == pending && further && i.peer != nil:
		i.finish(now, conf)
		return false
	case i.state == pending && further:
		i.state = single
	}
	i.moved(p, false)
	i.answerIfUp(now)
	return true
}

func (i *item) dials(peer *Chain) {
	i.setPeer(peer, party{})
	i.locked = i.locked || peer != nil
	i.state = dialling
}

// setPeer makes another channel party B, nil for none.
func (i *item) setPeer(peer *Chain, said party) {
	if i.peer != nil {
		i.peer.as = slices.DeleteFunc(i.peer.as, func(o *item) bool { return o == i })
	}
	if i.peer, i.its = peer, said.copied(); peer != nil {
		peer.as = append(peer.as, i)
	}
}

// before says whether a channel is party A of a pair.
func before(a *Chain, saidA *party, b *Chain, saidB *party) bool {
	x, y := a.of.Party(), b.of.Party()
	x.Dialled, y.Dialled = x.Dialled && !a.anew, y.Dialled && !b.anew
	switch {
	case x.Dialled != y.Dialled:
		return y.Dialled
	case saidA.first != saidB.first:
		return saidA.first
	}
	return !x.Created.After(y.Created)
}

// findPeer looks for party B among the records of those who are in the bridge.
func (i *item) findPeer(b *Bridge, now time.Time, conf *Config) bool {
	for _, m := range b.members {
		for _, o := range m.list {
			if m == i.chain || o.state != bridged || o.bridge != b {
				continue
			}
			if i.state != single {
				if i.peer != m {
					continue
				}
				i.setPeer(m, o.mine)
			} else if before(i.chain, &i.mine, m, &o.mine) {
				i.setPeer(m, o.mine)
			} else if o.peer != nil && o.peer != i.chain && before(i.chain, &i.mine, o.peer, &o.its) {
				i.setPeer(o.peer, o.its)
				return true
			} else {
				continue
			}
			if o.peer == nil { // its own record has nothing to say any more
				o.end(now, conf)
			}
			return true
		}
	}
	return false
}

// pair makes a record of two who are in the bridge and are not together in one.
func (i *item) pair(other *Chain, now time.Time) {
	for _, o := range other.list {
		if o.bridge != i.bridge {
			continue
		}
		switch {
		case other == i.chain, i.peer == other:
		case before(i.chain, &i.mine, other, &o.mine):
			i.chain.together(i.bridge, other, o.mine, now)
		case o.peer != nil && o.peer != i.chain:
			other.together(i.bridge, i.chain, i.mine, now)
		default:
			o.setPeer(i.chain, i.mine)
			if !o.ended.IsZero() { // it was over for want of a party
				o.ended, o.disposition = time.Time{}, ""
			}
		}
		return
	}
}

// together opens a record with another channel of the bridge.
func (c *Chain) together(b *Bridge, peer *Chain, said party, now time.Time) {
	n := c.add(now)
	n.setPeer(peer, said)
	n.state, n.bridge = bridged, b
}

// end notes the end and what became of the call, once; the record may still be taken up again.
func (i *item) end(now time.Time, conf *Config) {
	if !i.ended.IsZero() {
		return
	}
	i.ended = now
	if i.disposition != "" {
		return
	}
	if !i.answer.IsZero() {
		i.disposition = Answered
		return
	}
	cause := i.chain.cause
	if cause == 0 && i.peer != nil {
		cause = i.peer.of.Cause()
	}
	i.disposition = conf.byCause(cause)
}

// finish ends it and keeps what it says of its parties.
func (i *item) finish(now time.Time, conf *Config) {
	if i.state == finished {
		return
	}
	i.end(now, conf)
	i.state = finished
	i.a = partyOf(i.chain)
	if i.peer != nil {
		i.b = partyOf(i.peer)
	}
}

func partyOf(c *Chain) *Party {
	p := c.of.Party()
	return &p
}

// entry is the record as it is now.
func (i *item) entry() Entry {
	a, b := i.a, i.b
	if i.state != finished {
		if a = partyOf(i.chain); i.peer != nil {
			b = partyOf(i.peer)
		}
	}
	r := Record{AccountCode: a.AccountCode, Src: a.Src, Dst: i.exten, DContext: i.context, CLID: a.CLID, Channel: a.Name, LastApp: i.app,
		LastData: i.data, Start: i.start, Answer: i.answer, End: i.ended, Disposition: i.disposition, AMAFlags: a.AMAFlags, UniqueID: a.UniqueID,
		UserField: i.mine.userField,
		LinkedID:  a.LinkedID, Sequence: i.sequence}
	if i.peer != nil && b != nil {
		r.DstChannel, r.PeerAccount = b.Name, b.AccountCode
	}
	if i.peer != nil && i.its.userField != "" {
		r.UserField += ";" + i.its.userField
	}
	vars := i.mine.copied().vars
	for _, v := range i.its.vars {
		if !slices.ContainsFunc(vars, func(o [2]string) bool { return o[0] == v[0] }) {
			vars = append(vars, v)
		}
	}
	return Entry{Record: r, Vars: vars}
}
