package sipstack

import (
	"bytes"
	"cmp"
	"errors"
	"net/netip"
	"time"
)

// ErrUnshown is the error of a request that is too large for a source that has not shown that
// it receives (Allowance).
var ErrUnshown = errors.New("the far side has not shown that it receives")

// ErrTimeout is the error of a request without a final response within Timer B or F, 64*T1.
var ErrTimeout = errors.New("no answer within the transaction timeout")

// clientState of a client transaction. A stimulus that is not in the table is ignored.
//
//	state        stimulus          next         action
//	calling      Timer A, E        calling      the request again
//	calling      1xx               proceeding   to the user; a CANCEL that waits is sent
//	proceeding   Timer E           proceeding   the request again (not an INVITE)
//	proceeding   1xx               proceeding   to the user
//	either       final response    completed    to the user (an INVITE's 3xx to 6xx: ACK)
//	either       2xx of an INVITE  accepted     to the user, who sends the ACK
//	either       Timer B, F        terminated   ErrTimeout to the user
//	completed    3xx to 6xx        completed    the ACK again (INVITE)
//	completed    Timer D, K        terminated
//	accepted     2xx               accepted     the ACK of its To tag again; without one to the user
//	accepted     Timer M           terminated
type clientState uint8

const (
	clientCalling    clientState = iota // Trying of another request than INVITE
	clientProceeding                    // a provisional response has come
	clientCompleted                     // a final response has come, of an INVITE 3xx to 6xx
	clientAccepted                      // a 2xx of an INVITE has come (RFC 6026)
	clientTerminated
)

func (s clientState) String() string {
	return [...]string{"calling", "proceeding", "completed", "accepted", "terminated"}[s]
}

// final reports whether a final response or an error has gone to the user.
func (s clientState) final() bool { return s >= clientCompleted }

// cancelState is how far a CANCEL of an INVITE has come. It waits for a provisional response
// (RFC 3261 9.1).
type cancelState uint8

const (
	cancelNone cancelState = iota
	cancelWaiting
	cancelSent
)

// ClientTx is a client transaction (RFC 3261 17.1, RFC 6026). It belongs to
// its shard.
type ClientTx struct {
	sh     *Shard
	out    *Outgoing // nil once final: what lingers is small
	callID string
	method string
	tag    string // in From
	cseq   uint32
	flow   Flow
	also   netip.Addr
	via    string
	branch string
	bytes  []byte // the request; in completed, of an INVITE, the ACK
	t1     time.Duration
	last   time.Duration // SendOptions.Final
	on     func(*Message, error)

	invite    bool
	state     clientState
	cancel    cancelState
	foreign   bool // an answer from elsewhere has been logged
	allowance *Allowance
	back      func() bool   // SendOptions.Back
	acks      []ack         // in accepted, mostly one
	wait      time.Duration // until the next Timer A or E
	resend    Timer         // A or E
	life      Timer         // B, F, D, K or M
}

// SendOptions of a request.
type SendOptions struct {
	T1     time.Duration // 0: 500 ms
	TimerB time.Duration // 0: 64*T1
	// Final is how long an INVITE waits for its final response after a provisional one,
	// before it is cancelled. 0: for ever.
	Final  time.Duration
	SentBy string     // host:port written into Via
	Also   netip.Addr // another address of the far end, whose answers count too
	// Allowance of where it goes; nil: no bound.
	Allowance *Allowance
	// Back says, of an INVITE over a WebSocket that has closed, whether who was asked has another one by
	// now and may answer over that. It is asked on the shard, once. nil: the INVITE waits on.
	Back func() bool
}

// Send starts a client transaction. on is called on the shard with every
// response, the first 2xx of each fork of an INVITE included, or once with an error.
func (sh *Shard) Send(f Flow, out *Outgoing, opt SendOptions, on func(*Message, error)) *ClientTx {
	if opt.T1 == 0 {
		opt.T1 = DefaultT1
	}
	if opt.TimerB == 0 {
		opt.TimerB = 64 * opt.T1
	}
	tx := &ClientTx{sh: sh, out: out, callID: out.CallID, method: out.Method, flow: f, also: opt.Also, t1: opt.T1, last: opt.Final,
		invite: out.Method == "INVITE", on: on, branch: sh.newBranch(out.Method), cseq: out.CSeq, tag: cmp.Or(out.FromTag, tagOf(out.From)),
		allowance: opt.Allowance, back: opt.Back}
	tx.via = viaValue(f, opt.SentBy, tx.branch, out.ForceRport)
	if err := tx.begin(opt.TimerB); err != nil {
		// Reported on the next turn, so that the caller has stored tx.
		sh.After(&tx.life, 0, func() { tx.fail(err) })
	}
	return tx
}

// begin makes the transaction known, arms its timers and sends the request.
func (tx *ClientTx) begin(timerB time.Duration) error {
	tx.bytes = tx.sh.write(tx.out, tx.via)
	tx.sh.client[tx.branch+tx.method] = tx
	tx.wait = tx.t1
	tx.sh.arm(&tx.life, timerB, clientTimeout{tx})
	if !tx.flow.Proto.Reliable() {
		tx.sh.arm(&tx.resend, tx.wait, clientRepeat{tx})
	}
	if !tx.sh.stack.mayRepeat(tx.allowance, tx.flow, len(tx.bytes), tx.sh) {
		return ErrUnshown
	}
	return tx.sh.stack.send(tx.flow, tx.bytes, tx.callID)
}

// SendAck writes an ACK for a 2xx that has no transaction any more.
func (sh *Shard) SendAck(f Flow, out *Outgoing, sentBy string) {
	sh.sendAck(f, out, sentBy)
}

func (sh *Shard) sendAck(f Flow, out *Outgoing, sentBy string) []byte {
	b := sh.write(out, viaValue(f, sentBy, sh.newBranch("ACK"), out.ForceRport))
	sh.stack.send(f, b, out.CallID)
	return b
}

// ack is the ACK of one 2xx of an INVITE, by the To tag of its dialog.
type ack struct {
	tag   string
	flow  Flow
	bytes []byte
}

// maxAcks of an INVITE: of the 2xx of so many forks.
const maxAcks = 21

// ackOf finds the ACK of a To tag; nil: none was sent.
func (tx *ClientTx) ackOf(tag string) *ack {
	for i := range tx.acks {
		if tx.acks[i].tag == tag {
			return &tx.acks[i]
		}
	}
	return nil
}

// Ack sends the ACK of a 2xx with a To tag, and keeps it: a repeated 2xx of that tag gets the
// same one (RFC 3261 13.2.2.4), and does not go to the user again.
func (tx *ClientTx) Ack(f Flow, out *Outgoing, sentBy, tag string) {
	a := ack{tag: tag, flow: f, bytes: tx.sh.sendAck(f, out, sentBy)}
	if len(tx.acks) < maxAcks {
		tx.acks = append(tx.acks, a)
	}
}

// write gives the bytes of a request, no longer than they are: they may stay for
// a while.
func (sh *Shard) write(out *Outgoing, via string) []byte {
	sh.text = out.render(sh.text[:0], via, sh.stack.shortNames.Load())
	return bytes.Clone(sh.text)
}

func viaValue(f Flow, sentBy, branch string, rport bool) string {
	end := ""
	if rport {
		end = ";rport"
	}
	return "SIP/2.0/" + f.Proto.String() + " " + sentBy + ";branch=" + branch + end
}

// newBranch has 64 random bits: nobody who has not seen the request knows it.
func (sh *Shard) newBranch(method string) string {
	for {
		b := withHex(magicCookie, 8)
		if sh.client[b+method] == nil && sh.client[b+"CANCEL"] == nil {
			return b
		}
	}
}

// Branch is the branch of the request.
func (tx *ClientTx) Branch() string { return tx.branch }

// Done reports whether a final response or an error has gone to the user.
func (tx *ClientTx) Done() bool { return tx.state.final() }

// Invites reports whether the request is an INVITE.
func (tx *ClientTx) Invites() bool { return tx.invite }

// repeat is Timer A or E.
func (tx *ClientTx) repeat() {
	if !tx.sh.stack.mayRepeat(tx.allowance, tx.flow, len(tx.bytes), tx.sh) {
		return // life ends it
	}
	tx.sh.stack.Counters.Retransmitted.Add(1)
	tx.sh.stack.send(tx.flow, tx.bytes, tx.callID)
	tx.wait *= 2
	if !tx.invite {
		tx.wait = min(tx.wait, t2)
		if tx.state == clientProceeding {
			tx.wait = t2
		}
	}
	tx.sh.arm(&tx.resend, tx.wait, clientRepeat{tx})
}

// receive takes a response.
func (tx *ClientTx) receive(m *Message) {
	tx.allowance.Shown()
	switch {
	case m.Status < 200:
		tx.provisional(m)
	case !tx.invite:
		tx.finalOther(m)
	case m.Status < 300:
		tx.success(m)
	default:
		tx.failure(m)
	}
}

// provisional takes a 1xx.
func (tx *ClientTx) provisional(m *Message) {
	if tx.state.final() {
		return
	}
	first := tx.state == clientCalling
	tx.state = clientProceeding
	if tx.invite {
		tx.sh.Disarm(&tx.resend)
		switch {
		case tx.cancel == cancelSent:
		case tx.last > 0:
			tx.sh.After(&tx.life, tx.last, func() { tx.Cancel(nil) })
		case first:
			tx.sh.Disarm(&tx.life) // Timer B covers the wait for the first response
		}
	}
	if tx.cancel == cancelWaiting {
		tx.sendCancel()
	}
	tx.on(m, nil)
}

// finalOther takes the final response of another request than INVITE.
func (tx *ClientTx) finalOther(m *Message) {
	if !tx.state.final() {
		tx.complete(m, t4, nil)
	}
}

// success takes a 2xx of an INVITE, for 64*T1 (Timer M). The first of each To tag goes to the user.
func (tx *ClientTx) success(m *Message) {
	switch tx.state {
	case clientCalling, clientProceeding:
		tx.settle(clientAccepted)
		tx.sh.arm(&tx.life, 64*max(tx.t1, DefaultT1), clientEnd{tx}) // the far side repeats it by a T1 of its own
	case clientAccepted:
		if a := tx.ackOf(m.To.Tag()); a != nil {
			tx.sh.stack.send(a.flow, a.bytes, tx.callID)
			return
		}
	case clientCompleted, clientTerminated:
		return
	}
	tx.on(m, nil)
}

// failure takes a 3xx to 6xx of an INVITE.
func (tx *ClientTx) failure(m *Message) {
	switch tx.state {
	case clientCalling, clientProceeding:
		ack := tx.acknowledge(m)
		tx.complete(m, 64*tx.t1, ack)
	case clientCompleted:
		tx.sh.stack.send(tx.flow, tx.bytes, tx.callID)
	case clientAccepted, clientTerminated:
	}
}

// complete gives the final response to the user and stays for its repetitions, over UDP for
// linger; ack is the ACK of an INVITE, for those.
func (tx *ClientTx) complete(m *Message, linger time.Duration, ack []byte) {
	tx.settle(clientCompleted)
	tx.bytes = ack
	if tx.flow.Proto.Reliable() {
		tx.end()
	} else {
		tx.sh.arm(&tx.life, linger, clientEnd{tx})
	}
	on := tx.on
	tx.on = nil // not called again
	on(m, nil)
}

// settle is the step to a final state: nothing is repeated any more.
func (tx *ClientTx) settle(s clientState) {
	tx.state = s
	tx.sh.Disarm(&tx.resend)
	tx.out, tx.bytes, tx.back = nil, nil, nil
}

// acknowledge sends the ACK of a failure (RFC 3261 17.1.1.3), and returns it.
func (tx *ClientTx) acknowledge(m *Message) []byte {
	ack := &Outgoing{Method: "ACK", URI: tx.out.URI, From: tx.out.From, FromTag: tx.out.FromTag, To: m.ToRaw,
		CallID: tx.out.CallID, CSeq: tx.out.CSeq,
		Routes: tx.out.Routes, MaxForwards: tx.out.MaxForwards, Contact: tx.out.Contact}
	b := tx.sh.write(ack, tx.via)
	tx.sh.stack.send(tx.flow, b, tx.callID)
	return b
}

// Cancel asks the far end to give the INVITE up; it is postponed until a
// provisional response has come. Without any final response within 64*T1 the
// transaction ends with ErrTimeout.
func (tx *ClientTx) Cancel(headers []Header) {
	if tx.state.final() || tx.cancel != cancelNone {
		return
	}
	tx.cancel, tx.out.cancel = cancelWaiting, headers
	if tx.state == clientProceeding {
		tx.sendCancel()
	}
}

func (tx *ClientTx) sendCancel() {
	tx.cancel = cancelSent
	c := &Outgoing{Method: "CANCEL", URI: tx.out.URI, From: tx.out.From, FromTag: tx.out.FromTag, To: tx.out.To, ToTag: tx.out.ToTag,
		CallID: tx.out.CallID, CSeq: tx.out.CSeq,
		Routes: tx.out.Routes, MaxForwards: tx.out.MaxForwards, Headers: tx.out.cancel}
	sub := &ClientTx{sh: tx.sh, out: c, callID: c.CallID, method: c.Method, flow: tx.flow, also: tx.also, t1: tx.t1, branch: tx.branch,
		via: tx.via, tag: tx.tag, cseq: tx.cseq, on: func(*Message, error) {}}
	sub.begin(64 * sub.t1) // a failure is counted; the INVITE's own timer ends the wait
	tx.sh.arm(&tx.life, 64*tx.t1, clientTimeout{tx})
}

func (tx *ClientTx) timeout() { tx.fail(ErrTimeout) }

// fail ends the transaction without a response.
func (tx *ClientTx) fail(err error) {
	told := tx.state.final()
	tx.end()
	if !told {
		tx.on(nil, err)
	}
}

// end forgets the transaction.
func (tx *ClientTx) end() {
	tx.state = clientTerminated
	tx.sh.Disarm(&tx.resend)
	tx.sh.Disarm(&tx.life)
	delete(tx.sh.client, tx.branch+tx.method)
}

// What the timers of a client transaction are for.
type (
	clientRepeat  struct{ *ClientTx }
	clientTimeout struct{ *ClientTx }
	clientEnd     struct{ *ClientTx }
)

func (a clientRepeat) ring()  { a.repeat() }
func (a clientTimeout) ring() { a.timeout() }
func (a clientEnd) ring()     { a.end() }
