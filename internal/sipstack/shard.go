package sipstack

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// Shard is one goroutine and what it owns. Its methods may be called on it
// only.
type Shard struct {
	stack  *Stack
	in     chan item
	stop   chan struct{}
	wheel  *wheel
	now    time.Time
	server map[string]*ServerTx
	client map[string]*ClientTx
	// User is the handler's own data of this shard.
	User any
}

// item is one thing to do: a message or a function.
type item struct {
	m *Message
	f func(*Shard)
}

const shardQueue = 1024

func newShard(s *Stack) *Shard {
	now := time.Now()
	return &Shard{stack: s, in: make(chan item, shardQueue), stop: make(chan struct{}), now: now, wheel: newWheel(now),
		server: map[string]*ServerTx{}, client: map[string]*ClientTx{}}
}

// Now is the time of the current item.
func (sh *Shard) Now() time.Time { return sh.now }

// After arms a timer of this shard; arming it again moves it.
func (sh *Shard) After(t *Timer, d time.Duration, fire func()) { sh.wheel.arm(t, sh.now, d, fire) }

// Disarm stops a timer.
func (sh *Shard) Disarm(t *Timer) { sh.wheel.disarm(t) }

func (sh *Shard) run() {
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	for {
		var due <-chan time.Time
		if wait, armed := sh.wheel.next(time.Now()); armed {
			clock.Reset(wait)
			due = clock.C
		}
		select {
		case it := <-sh.in:
			sh.now = time.Now()
			sh.handle(it)
		case <-due:
			sh.now = time.Now()
		case <-sh.stop:
			return
		}
		sh.runTimers()
	}
}

// handle does one item; a panic in it costs that item only.
func (sh *Shard) handle(it item) {
	defer sh.recover(it.m)
	if it.f != nil {
		it.f(sh)
		return
	}
	if it.m.IsRequest() {
		sh.request(it.m)
		return
	}
	sh.response(it.m)
}

func (sh *Shard) runTimers() {
	defer sh.recover(nil)
	sh.wheel.run(sh.now)
}

func (sh *Shard) recover(m *Message) {
	r := recover()
	if r == nil {
		return
	}
	sh.stack.Counters.Panics.Add(1)
	call := ""
	if m != nil {
		call = m.CallID
	}
	sh.stack.cfg.Log.Error().Str("callid", call).Str("panic", fmt.Sprint(r)).Bytes("stack", debug.Stack()).Msg("a SIP item was given up")
	if m != nil && m.IsRequest() && m.Method != "ACK" {
		if tx := sh.server[serverKey(m, m.Method)]; tx != nil && !tx.final {
			tx.Respond(Answer{Status: 500, Reason: "Server internal failure"})
		}
	}
}

// request finds the transaction of a request or makes one.
func (sh *Shard) request(m *Message) {
	switch m.Method {
	case "ACK":
		if tx := sh.server[serverKey(m, "INVITE")]; tx != nil {
			tx.ack(m)
			return
		}
		sh.stack.cfg.Handler.Handle(sh, nil, m)
		return
	case "CANCEL":
		if sh.server[serverKey(m, "CANCEL")] == nil {
			if inv := sh.server[serverKey(m, "INVITE")]; inv != nil {
				sh.cancel(inv, m)
				return
			}
		}
	}
	key := serverKey(m, m.Method)
	if tx := sh.server[key]; tx != nil {
		tx.retransmitted()
		return
	}
	tx := sh.newServerTx(key, m)
	sh.stack.cfg.Handler.Handle(sh, tx, m)
}

// cancel answers the INVITE first, then the CANCEL with the same To tag.
func (sh *Shard) cancel(inv *ServerTx, m *Message) {
	tx := sh.newServerTx(serverKey(m, "CANCEL"), m)
	tx.NAT, tx.ToTag = inv.NAT, inv.ToTag
	if !inv.final && inv.OnCancel != nil {
		inv.OnCancel(m)
	}
	a := Answer{Status: 200, Reason: "OK"}
	if h := sh.stack.cfg.Handler.CommonHeaders(); h != nil {
		a.Headers = h
	}
	tx.Respond(a)
}

func (sh *Shard) response(m *Message) {
	if tx := sh.client[m.Via.Branch+m.Method]; tx != nil {
		tx.receive(m)
		return
	}
	sh.stack.cfg.Handler.Stray(sh, m)
}

// Tag makes a tag as chan_sip's: "as" and eight hexadecimal digits.
func Tag() string { return "as" + Hex8() }

// Hex8 is eight random hexadecimal digits.
func Hex8() string {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], rand.Uint32())
	return hex.EncodeToString(b[:])
}

// Hex32 is 32 random hexadecimal digits, the local part of a Call-ID.
func Hex32() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64())
	binary.BigEndian.PutUint64(b[8:], rand.Uint64())
	return hex.EncodeToString(b[:])
}
