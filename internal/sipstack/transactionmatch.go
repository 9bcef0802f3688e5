package sipstack

import (
	"net/netip"
	"strings"
)

// request finds the transaction of a request or makes one.
func (sh *Shard) request(m *Message) {
	switch m.Method {
	case "ACK":
		if tx := sh.serverTx(m, "INVITE"); tx != nil {
			tx.ack(m)
			return
		}
		sh.stack.cfg.Handler.Handle(sh, nil, m)
		return
	case "CANCEL":
		if sh.serverTx(m, "CANCEL") == nil {
			if inv := sh.serverTx(m, "INVITE"); inv != nil {
				sh.cancel(inv, m)
				return
			}
		}
	}
	if tx := sh.serverTx(m, m.Method); tx != nil {
		tx.retransmitted()
		return
	}
	if newCall(m) && sh.stack.admit.call(m, sh.now, &sh.standing, sh.callsWaiting()) {
		sh.stack.refuse(m)
		return
	}
	tx := sh.newServerTx(m, m.Method)
	sh.stack.cfg.Handler.Handle(sh, tx, m)
}

// cancel answers the INVITE first, then the CANCEL with the same To tag.
func (sh *Shard) cancel(inv *ServerTx, m *Message) {
	tx := sh.newServerTx(m, "CANCEL")
	tx.NAT, tx.ToTag = inv.NAT, inv.ToTag
	if inv.MayCancel != nil && !inv.MayCancel(m) {
		tx.Respond(Answer{Status: 403, Reason: "Forbidden", Headers: sh.stack.cfg.Handler.CommonHeaders()})
		return
	}
	if !inv.final && inv.OnCancel != nil {
		inv.OnCancel(m)
	}
	a := Answer{Status: 200, Reason: "OK"}
	if h := sh.stack.cfg.Handler.CommonHeaders(); h != nil {
		a.Headers = h
	}
	tx.Respond(a)
}

// response takes an answer to its transaction. The branch alone does not tell whose
// it is.
func (sh *Shard) response(m *Message) {
	tx := sh.client[m.Via.Branch+m.Method]
	switch {
	case tx == nil:
		sh.stack.cfg.Handler.Stray(sh, m)
	case !tx.answeredBy(m):
		sh.stack.Counters.Foreign.Add(1)
	case !tx.mayAnswer(m.Flow):
		tx.fromElsewhere(m)
	default:
		tx.receive(m)
	}
}

// fromElsewhere drops an answer, and tells of the first one.
func (tx *ClientTx) fromElsewhere(m *Message) {
	s := tx.sh.stack
	s.Counters.Foreign.Add(1)
	if tx.foreign {
		return
	}
	tx.foreign = true
	s.cfg.Log.Warn().Msgf("the answer %d to our %s to %s came from %s over %s and was dropped (answersfrom=any takes it; Call-ID %s)",
		m.Status, m.Method, tx.flow.Remote, m.Flow.Remote, m.Flow.Proto, m.CallID)
}

// answeredBy says whether a response has what it must have of the request (RFC 3261
// 8.2.6.2): who answers has seen it.
func (tx *ClientTx) answeredBy(m *Message) bool {
	if m.CallID != tx.callID || m.CSeq != tx.cseq {
		return false
	}
	if before, ok := strings.CutSuffix(m.FromRaw, tx.tag); ok && strings.HasSuffix(before, ";tag=") {
		return true // as we have written it
	}
	return strings.EqualFold(m.From.Tag(), tx.tag)
}

// TakeAnswer takes an answer whose branch is another one's, as chan_sip does, which never looks
// at it: who knows Call-ID, tag and CSeq has seen the request as well. False when it is not
// its own.
func (tx *ClientTx) TakeAnswer(m *Message) bool {
	if tx.state.final() || m.Method != tx.method || !tx.answeredBy(m) || !tx.mayAnswer(m.Flow) {
		return false
	}
	tx.receive(m)
	return true
}

// mayAnswer says whether an answer may come by a flow: over the same transport from the
// host that was asked, from any port of its, or from one that is the same far end's.
func (tx *ClientTx) mayAnswer(by Flow) bool {
	if tx.flow.Proto != by.Proto {
		return false
	}
	answers, host := tx.sh.stack.cfg.Answers, by.Remote.Addr()
	return SameHost(tx.flow.Remote.Addr(), host) || tx.also.IsValid() && SameHost(tx.also, host) || answers != nil && answers(tx.flow.Remote,
		host)
}

// SameHost compares addresses without their scope, which one of two may lack.
func SameHost(a, b netip.Addr) bool { return a == b || a.WithZone("") == b.WithZone("") }

// tagOf is the tag of a From or To that we have written: its last parameter.
func tagOf(value string) string {
	i := strings.LastIndex(value, ";tag=")
	if i < 0 {
		return ""
	}
	return value[i+len(";tag="):]
}
