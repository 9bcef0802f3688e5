package chansip

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
	"obelisk/pbx"
)

// Reliable provisional answers (RFC 3262), which chan_sip did not have.

// relMode is 100rel.
type relMode string

const (
	relNo     relMode = "no"     // refused with 420, as by chan_sip
	relAccept relMode = "accept" // where a caller requires it
	relYes    relMode = "yes"    // offered to callees too
)

// reliable is a leg's part in it, owned by its shard.
type reliable struct {
	wanted bool   // by the caller
	open   bool   // an answer of ours waits for its PRACK
	rseq   uint32 // of our last one, or of the callee's
	next   func() // the answer to be sent after that

	forks    map[string]uint32 // RSeq by tag of the callee's further forks
	answered string            // tag of who has answered our offer reliably
	changed  bool              // and offered something else since
}

// maxForks is how many further forks of a call are confirmed.
const maxForks = 20

// noteAnswer notes that a provisional answer that was confirmed has answered our offer:
// either side may make the next one (RFC 3311 section 5.1).
func (r *reliable) noteAnswer(m *sipstack.Message) {
	if requiresReliable(m) {
		r.answered, r.changed = strings.Clone(m.To.Tag()), false
	}
}

// updated says whether the early dialog of a tag has another description than that of
// its answer to our INVITE.
func (r *reliable) updated(tag string) bool { return r.changed && r.answered == tag }

func requiresReliable(m *sipstack.Message) bool {
	return slices.Contains(m.Options("Require"), "100rel")
}

// wantsReliable notes whether a caller requires reliable answers, and refuses where the
// endpoint is not to have them.
func (l *Leg) wantsReliable(m *sipstack.Message) *trace.Refusal {
	if !requiresReliable(m) {
		return nil
	}
	if l.endpoint().Rel == relNo {
		return &trace.Refusal{Status: 420, Reason: "Bad extension (unsupported)", Cause: 3, Rule: "it requires 100rel, and 100rel=no", Pos: l.optionLine("100rel")}
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
		a.Headers = append(a.Headers, sipstack.Header{Name: "Require", Value: "100rel"}, sipstack.Header{Name: "RSeq", Value: fmt.Sprint(l.rel.rseq)})
		l.server.RespondReliably(a, func() {
			l.trace.Note("the caller does not confirm our %d (PRACK)", a.Status)
			l.tell(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNoResponse})
			l.refuse(504, "Server Time-out")
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
	if !l.rel.open || len(f) != 3 || f[0] != fmt.Sprint(l.rel.rseq) || f[1] != fmt.Sprint(l.inviteCSeq) || f[2] != "INVITE" {
		l.d.respond(tx, 481, "Call leg/transaction does not exist")
		return
	}
	text, r := sessionIn(m)
	if r != nil {
		l.refuseRequest(tx, m, r)
		return
	}
	a := sipstack.Answer{Status: 200, Reason: "OK", Headers: l.common()}
	switch {
	case len(text) == 0:
	case l.lateOffer:
		l.lateOffer = false
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
	n, err := strconv.ParseUint(strings.TrimSpace(m.Header("RSeq")), 10, 32)
	if err != nil || !requiresReliable(m) {
		return true
	}
	if tag := m.To.Tag(); tag != l.remoteTag {
		return l.confirmFork(m, tag, uint32(n))
	}
	if l.rel.rseq != 0 && uint32(n) <= l.rel.rseq {
		return false
	}
	l.rel.rseq = uint32(n)
	l.join(m)
	l.sendPrack(&l.dialog, uint32(n))
	return true
}

// confirmFork is confirm for a fork beside the first one.
func (l *Leg) confirmFork(m *sipstack.Message, tag string, n uint32) bool {
	last, known := l.rel.forks[tag]
	if known && n <= last || !known && len(l.rel.forks) >= maxForks {
		return false
	}
	if l.rel.forks == nil {
		l.rel.forks = map[string]uint32{}
	}
	l.rel.forks[strings.Clone(tag)] = n
	fork := l.dialog
	fork.remoteTag = tag
	fork.join(m)
	l.sendPrack(&fork, n)
	l.lcseq = fork.lcseq
	return true
}

// sendPrack confirms an answer in a dialog.
func (l *Leg) sendPrack(g *dialog, rseq uint32) {
	of := l.inviteCSeq
	g.ask(l.sh, func() *sipstack.Outgoing {
		if l.state == legEnded {
			return nil
		}
		l.note(false, "PRACK")
		o := g.request("PRACK")
		o.Headers = append(o.Headers, sipstack.Header{Name: "RAck", Value: fmt.Sprintf("%d %d INVITE", rseq, of)})
		return o
	}, nil)
}

func setRel(r *optionReader, v string) {
	switch m := relMode(strings.ToLower(v)); m {
	case relNo, relAccept, relYes:
		r.e.Rel = m
	default:
		r.bad(v, "no, accept, yes")
	}
}
