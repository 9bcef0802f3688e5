package chansip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"obelisk/channels/chansip/body"
	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
	"obelisk/pbx"
)

// Reliable provisional answers (RFC 3262), which chan_sip did not have.

// reliable is a leg's part in it, owned by its shard.
type reliable struct {
	wanted bool   // by the caller
	open   bool   // an answer of ours waits for its PRACK
	rseq   uint32 // of our last one, or of the callee's
	next   func() // the answer to be sent after that

	forks   map[string]*fork // the callee's early dialogs, by tag
	current string           // tag of the one whose description is in use
}

// fork is an early dialog of the callee, of which there may be several.
type fork struct {
	rseq   uint32 // of its last answer, where it is not the first fork
	cseq   uint32 // likewise of its last request
	told   []byte // its description, once our offer is answered reliably
	offers bool   // it came as an offer since
}

// maxForks is how many further forks of a call are confirmed.
const maxForks = 20

// fork is the early dialog of a tag, made where there is none.
func (r *reliable) fork(tag string) *fork {
	f := r.forks[tag]
	if f == nil {
		if r.forks == nil {
			r.forks = map[string]*fork{}
		}
		f = &fork{}
		r.forks[strings.Clone(tag)] = f
	}
	return f
}

// noteAnswer notes that a provisional answer has answered our offer. Where it was
// confirmed either side may make the next one (RFC 3311 section 5.1).
func (r *reliable) noteAnswer(m *sipstack.Message) {
	switch tag := m.To.Tag(); {
	case requiresReliable(m):
		text, _ := body.SDP(m)
		f := r.fork(tag)
		f.told, f.offers = slices.Clone(text), false
		r.current = strings.Clone(tag)
	case len(r.forks) > 0:
		r.current = strings.Clone(tag)
	}
}

// noteOffer notes that the early dialog of a tag has another description since.
func (r *reliable) noteOffer(tag string, text []byte) {
	if f := r.forks[tag]; f != nil {
		f.told, f.offers = slices.Clone(text), true
		r.current = strings.Clone(tag)
	}
}

// agreedEarly says whether a 2xx leaves the description to what its early dialog has
// agreed, and puts that in force again where another fork's is.
func (l *Leg) agreedEarly(m *sipstack.Message) bool {
	tag := m.To.Tag()
	f := l.rel.forks[tag]
	if f == nil || f.told == nil || !f.offers && body.ParsedSDP(m) != nil {
		return false
	}
	if l.rel.current == tag {
		return true
	}
	if f.offers {
		a, ok := l.judgeOffer(f.told)
		if ok {
			l.takeOffer(a)
		}
		return ok
	}
	s, err := sdp.Parse(f.told)
	return err == nil && l.useAnswer(m, s, l.saidFormats)
}

// inFork handles a request of a fork beside the first one. Before an answer that can only
// be an UPDATE (RFC 3311 section 5.1).
func (l *Leg) inFork(tx *sipstack.ServerTx, m *sipstack.Message) {
	switch f := l.rel.forks[m.From.Tag()]; {
	case m.Method != "UPDATE" || l.state == legUp || l.cancelled:
		l.d.respond(tx, 481, "Call leg/transaction does not exist")
	case f.cseq != 0 && m.CSeq < f.cseq:
		l.outOfOrder(tx, m)
	default:
		f.cseq = m.CSeq
		if !l.d.access.RefusesRequired(tx, m, l.Endpoint()) {
			l.update(tx, m)
		}
	}
}

func requiresReliable(m *sipstack.Message) bool {
	return slices.Contains(m.Options("Require"), "100rel")
}

// wantsReliable notes whether a caller requires reliable answers, and refuses where the
// endpoint is not to have them.
func (l *Leg) wantsReliable(m *sipstack.Message) *trace.Refusal {
	if !requiresReliable(m) {
		return nil
	}
	if l.Endpoint().Rel == sipconf.Rel100No {
		return &trace.Refusal{Status: 420, Reason: "Bad extension (unsupported)", Cause: 3, Rule: "it requires 100rel, and 100rel=no",
			Pos: l.optionLine("100rel")}
	}
	l.rel.wanted = true
	return nil
}

// provisional sends an answer to the caller's INVITE before the final one: reliably
// where he requires that, one at a time.
func (l *Leg) sendProvisional(a sipstack.Answer) {
	if !l.rel.wanted || a.Status == 100 {
		l.server.Respond(a)
		return
	}
	send := func() {
		l.rel.open = true
		l.rel.rseq++
		a.Headers = append(a.Headers, sipstack.Header{Name: "Require", Value: "100rel"},
			sipstack.Header{Name: "RSeq", Value: fmt.Sprint(l.rel.rseq)})
		l.server.RespondReliably(a, func() {
			l.trace.Note("the caller does not confirm our %d (PRACK)", a.Status)
			l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNoResponse})
			l.refuse(504, "Server Time-out", reasonHeaders(l.Endpoint(), causeOf(504)))
		})
	}
	if l.rel.open {
		l.rel.next = send
		return
	}
	send()
}

// whenConfirmed runs f at once, or when the PRACK that is waited for has come: a final
// answer must not overtake one with SDP (RFC 3262 section 3).
func (l *Leg) whenConfirmed(f func()) {
	if !l.rel.open {
		f()
		return
	}
	l.rel.next = f
}

// pracked takes a PRACK. SDP in it is an offer, which its answer answers.
func (l *Leg) pracked(tx *sipstack.ServerTx, m *sipstack.Message) {
	f := strings.Fields(m.Header("RAck"))
	if !l.rel.open || len(f) != 3 || f[0] != fmt.Sprint(l.rel.rseq) || f[1] != fmt.Sprint(l.serverCSeq) || f[2] != "INVITE" {
		l.d.respond(tx, 481, "Call leg/transaction does not exist")
		return
	}
	text, r := body.SDP(m)
	if r != nil {
		l.refuseRequest(tx, m, r)
		return
	}
	a := sipstack.Answer{Status: 200, Reason: "OK", Headers: l.ResponseHeaders()}
	switch {
	case len(text) == 0:
	case l.exchange.late():
		if !l.readAnswer(m, l.saidFormats) {
			l.d.respond(tx, 488, "Not acceptable here")
			return
		}
	default:
		offer, ok := l.judgeOffer(text)
		if !ok {
			l.d.respond(tx, 488, "Not acceptable here")
			return
		}
		l.takeOffer(offer)
		a.ContentType, a.Body = "application/sdp", l.describeAgain()
	}
	tx.Respond(a)
	l.rel.open = false
	if l.server != nil {
		l.server.Pracked()
	}
	if next := l.rel.next; next != nil {
		l.rel.next = nil
		next()
	}
}

// confirm sends the PRACK for a reliable provisional answer of the callee, in the early
// dialog that it is of (RFC 3262 section 4); false for one that was confirmed before.
func (l *Leg) confirm(m *sipstack.Message) bool {
	if !m.Has("RSeq") {
		return true
	}
	n, err := strconv.ParseUint(strings.TrimSpace(m.Header("RSeq")), 10, 32)
	if err != nil || !requiresReliable(m) {
		return true
	}
	if tag := m.To.Tag(); tag != l.RemoteTag {
		return l.confirmFork(m, tag, uint32(n))
	}
	if l.rel.rseq != 0 && uint32(n) <= l.rel.rseq {
		return false
	}
	l.rel.rseq = uint32(n)
	l.Establish(m)
	l.sendPrack(&l.Dialog, uint32(n))
	return true
}

// confirmFork is confirm for a fork beside the first one.
func (l *Leg) confirmFork(m *sipstack.Message, tag string, n uint32) bool {
	f := l.rel.forks[tag]
	if f != nil && n <= f.rseq || f == nil && len(l.rel.forks) >= maxForks {
		return false
	}
	l.rel.fork(tag).rseq = n
	g := l.Dialog
	g.RemoteTag = tag
	g.Establish(m)
	l.sendPrack(&g, n)
	l.LocalCSeq = g.LocalCSeq
	return true
}

// sendPrack confirms an answer in a dialog.
func (l *Leg) sendPrack(g *dialog.Dialog, rseq uint32) {
	of := l.clientCSeq
	g.Send(l.sh, func() *sipstack.Outgoing {
		if l.state == legEnded {
			return nil
		}
		l.note(wayOut, "PRACK")
		o := g.Request("PRACK")
		o.Headers = append(o.Headers, sipstack.Header{Name: "RAck", Value: fmt.Sprintf("%d %d INVITE", rseq, of)})
		return o
	}, nil)
}
