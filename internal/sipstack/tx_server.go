package sipstack

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// Protocol timers of RFC 3261 section 17. T1 may differ by peer.
const (
	DefaultT1 = 500 * time.Millisecond
	t2        = 4 * time.Second
	t4        = 5 * time.Second
)

// ServerTx is a server transaction (RFC 3261 17.2, RFC 6026). It belongs to
// its shard.
//
//	INVITE       proceeding -1xx-> proceeding -2xx-> accepted -64*T1-> gone
//	                        -3xx..6xx-> completed -ACK-> confirmed -T4-> gone
//	other        trying -final-> completed -64*T1-> gone
type ServerTx struct {
	// Request is the request, nil once a final answer has gone out: what
	// lingers keeps the bytes of the answer only.
	Request *Message
	// ToTag is the one To tag of all answers.
	ToTag string
	// NAT decides where answers go; set it before the first Respond.
	NAT NAT
	// T1 of the peer, for repeating answers to an INVITE.
	T1 time.Duration
	// OnCancel is called when the INVITE is cancelled; it must answer it.
	OnCancel func(cancel *Message)
	// MayCancel says whether a CANCEL counts, which is refused otherwise. nil: it does.
	MayCancel func(cancel *Message) bool
	// OnNoAck is called when a 2xx was repeated for 64*T1 without an ACK.
	OnNoAck func()

	sh     *Shard
	key    string
	callID string
	invite bool
	final  bool
	status int
	acked  bool
	// reliable: the last answer is a provisional one that waits for its PRACK.
	reliable bool
	last     []byte
	flow     Flow
	resend   Timer
	life     Timer
	wait     time.Duration
	// allowance of a sender who is not known; nil: no bound.
	allowance *Allowance
}

const magicCookie = "z9hG4bK"

// serverKey writes what matches requests to transactions: RFC 3261 17.2.3, or
// for branches without the magic cookie the identity of RFC 2543. The Call-ID is
// part of it: which messages share a shard must not decide which match.
func serverKey(b []byte, m *Message, method string) []byte {
	b = b[:0]
	if strings.HasPrefix(m.Via.Branch, magicCookie) {
		b = append(append(b, m.Via.Branch...), '|')
	} else {
		b = append(append(append(b, "2543|"...), m.From.Tag()...), '|')
		b = append(strconv.AppendUint(b, uint64(m.CSeq), 10), '|')
	}
	b = append(append(b, m.Via.Host...), ':')
	b = append(strconv.AppendInt(b, int64(m.Via.Port), 10), '|')
	b = append(append(b, m.CallID...), '|')
	return append(b, method...)
}

// serverTx finds the transaction of a request, as if it had the given method.
func (sh *Shard) serverTx(m *Message, method string) *ServerTx {
	sh.key = serverKey(sh.key, m, method)
	return sh.server[string(sh.key)]
}

// newServerTx makes one. What it keeps of the message while it lingers are the
// few bytes of its key.
func (sh *Shard) newServerTx(m *Message, method string) *ServerTx {
	key := string(serverKey(sh.key, m, method))
	end := len(key) - len(method) - 1
	tx := &ServerTx{Request: m, ToTag: Tag(), T1: DefaultT1, sh: sh, key: key, callID: key[end-len(m.CallID) : end],
		invite: m.Method == "INVITE", flow: m.Flow}
	sh.server[key] = tx
	if m.Stranger {
		tx.Bound(m)
	}
	if tx.invite {
		sh.stack.admit.count.Pending.Add(1)
	}
	return tx
}

// usualAnswer is room for the answers of a call that is answered, one after the other: the 2xx with
// its description is the longest, and is kept until its ACK.
const usualAnswer = 896

// Final says whether a final answer has been given.
func (tx *ServerTx) Final() bool { return tx.final }

// Respond sends an answer. After a final one it does nothing: exactly one
// final answer leaves a transaction.
func (tx *ServerTx) Respond(a Answer) {
	if tx.final || tx.Request == nil {
		return
	}
	if a.Status >= 200 && tx.reliable { // it waits no longer for its PRACK
		tx.reliable = false
		tx.sh.Disarm(&tx.life)
	}
	a.ToTag = tx.ToTag
	if a.Status == 100 {
		a.ToTag = ""
	}
	tx.sh.text = a.render(tx.sh.text[:0], tx.Request, tx.NAT, tx.sh.stack.shortNames.Load())
	if tx.flow.Proto.Reliable() { // it may wait in a queue
		tx.last = nil
	}
	if tx.last == nil && tx.invite && a.Status < 200 {
		tx.last = make([]byte, 0, max(len(tx.sh.text), usualAnswer))
	}
	tx.last, tx.status = append(tx.last[:0], tx.sh.text...), a.Status
	tx.flow = returnFlow(tx.Request, tx.NAT)
	tx.sh.stack.send(tx.flow, tx.last, tx.callID)
	tx.allowance.spend(len(tx.last))
	if tx.NAT.Both {
		if other := returnFlow(tx.Request, NAT{}); other.Remote != tx.flow.Remote && tx.allowance.take(len(tx.last)) {
			tx.sh.stack.send(other, tx.last, tx.callID)
		}
	}
	if a.Status < 200 {
		if tx.invite && a.Status > 100 && !tx.reliable {
			tx.sh.arm(&tx.resend, provisionalEvery, serverTrying{tx})
		}
		return
	}
	tx.final, tx.Request, tx.OnCancel, tx.MayCancel = true, nil, nil, nil
	if tx.invite {
		tx.sh.stack.admit.count.Pending.Add(-1)
	}
	tx.sh.Disarm(&tx.resend)
	if !tx.invite {
		if tx.flow.Proto.Reliable() || len(tx.sh.server) > maxTransactions {
			tx.end()
			return
		}
		tx.sh.arm(&tx.life, 64*tx.T1, serverEnd{tx})
		return
	}
	tx.wait = tx.T1
	tx.sh.arm(&tx.life, 64*tx.T1, serverExpired{tx})
	if a.Status < 300 || !tx.flow.Proto.Reliable() {
		tx.sh.arm(&tx.resend, tx.wait, serverRepeat{tx})
	}
}

// RespondReliably sends a provisional answer that is repeated until Pracked (RFC 3262
// section 3); its headers say so. noPrack is called when nothing came in 64*T1.
func (tx *ServerTx) RespondReliably(a Answer, noPrack func()) {
	if tx.final || tx.Request == nil {
		return
	}
	tx.reliable = true
	tx.Respond(a)
	tx.wait = tx.T1
	tx.sh.arm(&tx.resend, tx.wait, serverRepeat{tx})
	tx.sh.After(&tx.life, 64*tx.T1, noPrack)
}

// Pracked ends the repetition.
func (tx *ServerTx) Pracked() {
	if !tx.reliable || tx.final {
		return
	}
	tx.reliable = false
	tx.Shown()
	tx.sh.Disarm(&tx.life)
	tx.sh.arm(&tx.resend, provisionalEvery, serverTrying{tx})
}

// Forget ends the transaction once it is answered: a repetition is then answered
// anew. It is for answers that may be made afresh, such as a challenge.
func (tx *ServerTx) Forget() {
	if tx.final && !tx.invite {
		tx.end()
	}
}

// Ignore ends a transaction that gets no answer: a repetition is handled anew.
func (tx *ServerTx) Ignore() {
	if tx.final {
		return
	}
	tx.final, tx.OnCancel, tx.MayCancel = true, nil, nil
	if tx.invite {
		tx.sh.stack.admit.count.Pending.Add(-1)
	}
	tx.end()
}

// maxTransactions of a shard that linger; beyond, a repeated request is handled
// anew, which costs less than unbounded memory.
const maxTransactions = 1 << 17

// provisionalEvery keeps proxies from timing out an unanswered INVITE (RFC 3261
// 13.3.1.1).
const provisionalEvery = time.Minute

func (tx *ServerTx) stillTrying() {
	if tx.sh.stack.mayRepeat(tx.allowance, tx.flow, len(tx.last), tx.sh) {
		tx.sh.stack.send(tx.flow, tx.last, tx.callID)
	}
	tx.sh.arm(&tx.resend, provisionalEvery, serverTrying{tx})
}

// repeat is Timer G, and the repetition of a 2xx until it is acknowledged.
func (tx *ServerTx) repeat() {
	if !tx.sh.stack.mayRepeat(tx.allowance, tx.flow, len(tx.last), tx.sh) {
		return // life ends it
	}
	tx.sh.stack.Counters.Retransmitted.Add(1)
	tx.sh.stack.send(tx.flow, tx.last, tx.callID)
	tx.wait = min(2*tx.wait, t2)
	tx.sh.arm(&tx.resend, tx.wait, serverRepeat{tx})
}

// retransmitted answers a repeated request with the bytes sent last, a refusal even after
// its ACK, as chan_sip does. A 2xx to an INVITE repeats on its own timer.
func (tx *ServerTx) retransmitted() {
	tx.sh.stack.Counters.Absorbed.Add(1)
	if tx.last == nil || tx.invite && tx.final && tx.status < 300 {
		return
	}
	tx.sh.stack.send(tx.flow, tx.last, "")
}

// ack takes an ACK that carries the INVITE's branch.
func (tx *ServerTx) ack(m *Message) {
	if !tx.final || tx.acked {
		return
	}
	if tx.status < 300 {
		// Some user agents reuse the branch for the ACK of a 2xx.
		tx.sh.stack.cfg.Handler.Handle(tx.sh, nil, m)
		return
	}
	tx.Acked()
	tx.sh.arm(&tx.life, t4, serverEnd{tx})
}

// Acked stops the repetition; the handler calls it when the ACK of a 2xx came.
func (tx *ServerTx) Acked() {
	tx.acked, tx.OnNoAck = true, nil
	if tx.status < 300 {
		tx.last = nil // a repeated INVITE is absorbed
	}
	tx.sh.Disarm(&tx.resend)
}

// Withdraw sends 487 once behind a 2xx that nobody has acknowledged, as chan_sip does when
// the BYE comes first. Who has seen the 2xx takes no notice (RFC 3261 section 17.1.1.2).
func (tx *ServerTx) Withdraw() {
	if !tx.invite || !tx.final || tx.acked || tx.status >= 300 || tx.last == nil {
		return
	}
	head, _, _ := bytes.Cut(tx.last, []byte("\r\n\r\n"))
	out := []byte("SIP/2.0 487 Request Terminated\r\n")
	for _, line := range bytes.Split(head, []byte("\r\n"))[1:] {
		name, _, _ := strings.Cut(string(line), ":")
		switch strings.ToLower(name) {
		case "via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "server", "allow", "supported", "k":
			out = append(append(out, line...), "\r\n"...)
		}
	}
	tx.sh.stack.send(tx.flow, append(out, "Content-Length: 0\r\n\r\n"...), tx.callID)
}

// expired ends the transaction after 64*T1.
func (tx *ServerTx) expired() {
	noAck := !tx.acked && tx.status < 300
	tx.end()
	if noAck && tx.OnNoAck != nil {
		tx.OnNoAck()
	}
}

func (tx *ServerTx) end() {
	tx.sh.Disarm(&tx.resend)
	tx.sh.Disarm(&tx.life)
	delete(tx.sh.server, tx.key)
}

// What the timers of a server transaction are for.
type (
	serverTrying  struct{ *ServerTx }
	serverRepeat  struct{ *ServerTx }
	serverExpired struct{ *ServerTx }
	serverEnd     struct{ *ServerTx }
)

func (a serverTrying) ring()  { a.stillTrying() }
func (a serverRepeat) ring()  { a.repeat() }
func (a serverExpired) ring() { a.expired() }
func (a serverEnd) ring()     { a.end() }
