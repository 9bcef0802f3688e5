package voiceagent

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/internal/wsock"
	"obelisk/media"
	"obelisk/media/program"
	"obelisk/pbx"
)

// talk is a conversation of a caller with an agent, over one connection after the other.
//
//	ear      on the stream's loop: packets of the caller into in
//	listen   a goroutine: decodes them, detects speech, writes to the agent
//	read     a goroutine of each connection: what the agent says, into queue and orders
//	worker   the channel's: keys, orders, connections
type talk struct {
	m     *Module
	p     *Profile
	c     *pbx.Channel
	token string
	said  *spoken
	d     dialect
	rate  int // of the agent, in Hz

	in     chan packet
	out    chan message
	orders chan order
	gone   chan struct{}
	ends   sync.Once
	conn   atomic.Pointer[wsock.Conn]
	masked atomic.Bool
	hush   atomic.Bool  // what the agent says is of a sentence that the caller has interrupted
	shut   atomic.Int64 // until when the agent does not hear the caller, in ns of Unix

	mu      sync.Mutex // guards the rest
	mark    string     // the last one that was reached
	base    int64      // samples that had left when the agent began its sentence
	lastSay time.Time
	summary []int16 // what the agent dictates for who takes over
	writing bool
	turn    turn
	turns   int
}

// packet is one of the caller.
type packet struct {
	codec   media.Codec
	payload []byte
}

// message goes to the agent.
type message struct {
	binary bool
	b      []byte
}

func text(b []byte) message { return message{b: b} }

// order is what an agent wants of the call.
type order struct {
	kind    string // transfer, hangup, done
	to      string
	summary string
}

const (
	mostIn     = 100  // packets of the caller that wait: two seconds
	mostOut    = 1000 // events that wait
	mostBytes  = 1 << 20
	mostRecord = 60                     // seconds of a summary
	pause      = 200 * time.Millisecond // without a packet, which is silence then
)

func newTalk(m *Module, p *Profile, c *pbx.Channel) *talk {
	t := &talk{m: m, p: p, c: c, token: newToken(), rate: p.Format.Rate, in: make(chan packet, mostIn), out: make(chan message, mostOut),
		orders: make(chan order, 8), gone: make(chan struct{})}
	if t.d = dialects[p.Dialect](); m.stage != nil {
		t.d = &native{} // as scripts speak
	}
	hz := t.rate
	t.said = &spoken{Queue: program.NewQueue(hz, program.Limits{Most: 120 * hz, Off: 110 * hz, On: 100 * hz}, t.notice), begins: t.begins,
		silent: true}
	t.said.Noise(p.Comfort)
	t.masked.Store(p.Mask)
	return t
}

func (t *talk) end() {
	t.ends.Do(func() {
		close(t.gone)
		if conn := t.conn.Load(); conn != nil {
			for _, m := range t.d.stop(t) {
				conn.Text(m.b)
			}
			conn.Close(wsock.Normal)
		}
	})
}

// send has an event go to the agent; without a connection it is lost.
func (t *talk) send(m message) {
	select {
	case t.out <- m:
	default:
	}
}

// hear is a media.Ear.
func (t *talk) hear(codec media.Codec, _, _ uint32, payload []byte) {
	select {
	case t.in <- packet{codec, append([]byte(nil), payload...)}:
	default:
		t.m.dropped.Add(1)
	}
}

// listen hears the caller, and writes to the agent, until the talk ends.
func (t *talk) listen() {
	narrow, wide := program.NewHearer(program.Linear(8000)), program.NewHearer(program.Linear(t.rate))
	ears := newDetector(t.p.MinSpeech, t.p.Margin)
	last := time.Now()
	for {
		select {
		case <-t.gone:
			return
		case m := <-t.out:
			t.write(m)
		case p := <-t.in:
			pcm := narrow.Samples(p.codec, p.payload)
			if len(pcm) == 0 {
				continue
			}
			now := time.Now()
			if gap := now.Sub(last); gap >= pause {
				t.judge(ears.nothing(gap))
			}
			last = now
			t.judge(ears.feed(pcm, t.said.played))
			if t.rate != 8000 {
				pcm = wide.Samples(p.codec, p.payload)
			}
			if time.Now().UnixNano() < t.shut.Load() {
				clear(pcm)
			}
			if t.conn.Load() != nil {
				t.write(t.d.audio(t, pcm))
			}
		}
	}
}

// write sends to the agent, if there is one; a connection that fails is ended, which its reader sees.
func (t *talk) write(m message) {
	conn := t.conn.Load()
	if conn == nil {
		return
	}
	send := conn.Text
	if m.binary {
		send = conn.Binary
	}
	if send(m.b) != nil {
		conn.Break()
	}
}

// judge does what follows from what the caller says.
func (t *talk) judge(h heard) {
	now := time.Now()
	if h.Speech {
		t.mu.Lock()
		t.turn.spoke(now)
		t.mu.Unlock()
	}
	if h.Began {
		t.d.speaks(t, true)
		if n, _ := t.said.Length(); n > 0 && t.p.BargeIn {
			t.interrupt()
		}
	}
	if h.Ended {
		t.hush.Store(false)
		t.d.speaks(t, false)
	}
}

// interruption is what was heard of a sentence that a caller has interrupted.
type interruption struct {
	Heard, Sent time.Duration // of the sentence: that he has heard, about; that has left
	Dropped     time.Duration // that he will not hear
	Mark        string        // the last one that was reached
}

// buffered is how much of what has left waits in a phone, about.
const buffered = 60 * time.Millisecond

// interrupt silences the agent. What it goes on to say of its sentence, until it knows, is not heard.
func (t *talk) interrupt() {
	t.hush.Store(t.d.hushes())
	dropped := t.said.Flush(true)
	t.m.interrupted.Add(1)
	t.d.interrupted(t, t.cut(dropped))
}

// cut is what was heard of the sentence.
func (t *talk) cut(dropped int) interruption {
	t.mu.Lock()
	defer t.mu.Unlock()
	sent := t.time(t.said.Left() - t.base)
	return interruption{Heard: max(sent-buffered, 0), Sent: sent, Dropped: t.time(int64(dropped)), Mark: t.mark}
}

func (t *talk) time(samples int64) time.Duration {
	return time.Duration(samples) * time.Second / time.Duration(t.rate)
}

// say has the caller hear the agent.
func (t *talk) say(pcm []int16) {
	if t.hush.Load() {
		return
	}
	t.mu.Lock()
	if t.writing {
		if len(t.summary) < mostRecord*t.rate {
			t.summary = append(t.summary, pcm...)
		}
		t.mu.Unlock()
		return
	}
	now := time.Now()
	if n, _ := t.said.Length(); n == 0 && now.Sub(t.lastSay) > 300*time.Millisecond {
		t.base = t.said.Left()
	}
	t.lastSay = now
	t.turn.answered(now)
	t.mu.Unlock()
	full, stop := t.said.Put(pcm)
	switch {
	case full:
		t.m.dropped.Add(1)
	case stop:
		t.d.full(t, true)
	}
}

// sentence notes that another one begins behind what waits.
func (t *talk) sentence() {
	n, _ := t.said.Length()
	t.mu.Lock()
	t.base = t.said.Left() + int64(n)
	t.mu.Unlock()
}

// begins is told on the stream's loop that the agent begins to be heard.
func (t *talk) begins(at time.Time) {
	t.mu.Lock()
	done, ok := t.turn.heard(at)
	if ok {
		t.turns++
	}
	n := t.turns
	t.mu.Unlock()
	if ok {
		t.m.latency(done)
		t.c.Trace().Note("agent %s, turn %d: first word after %d ms, heard after %d ms", t.p.Name, n, done.Agent.Milliseconds(),
			done.Whole.Milliseconds())
	}
}

// flush drops what waits, because the agent says so.
func (t *talk) flush(telling bool) {
	t.hush.Store(false)
	t.said.Flush(telling)
}

// notice is told by the queue.
func (t *talk) notice(n program.Notice) {
	switch n.Kind {
	case program.Marked, program.Flushed:
		id, _ := n.ID.(string)
		if n.Kind == program.Marked {
			t.mu.Lock()
			t.mark = id
			t.mu.Unlock()
		}
		t.d.marked(t, id, n.Kind == program.Flushed)
	case program.Drained:
		t.d.drained(t)
	case program.HasRoom:
		t.d.full(t, false)
	}
}

// key tells the agent of one, or that there was one.
func (t *talk) key(d byte) {
	if t.masked.Load() {
		t.shut.Store(time.Now().Add(400 * time.Millisecond).UnixNano()) // a tone in the audio
		v, _ := t.c.Var("VOICEAGENT_KEYS")
		t.c.SetVar("VOICEAGENT_KEYS", v+string(d))
		d = '*'
	}
	t.d.key(t, d)
}

// record begins or ends the dictation of a summary.
func (t *talk) record(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.writing = on; on {
		t.summary = nil
	}
}

// wants has the worker do something.
func (t *talk) wants(o order) {
	select {
	case t.orders <- o:
	default:
	}
}

// errOver is the end of a connection as both wanted it.
var errOver = errors.New("the agent has ended the conversation")

// connect calls the agent once. resumed says that it knows the conversation.
func (t *talk) connect(ctx context.Context, resumed bool) (*wsock.Conn, error) {
	more := ""
	if resumed {
		more = "resume=" + t.token
	}
	dial := t.p.Client.Dial
	if t.m.stage != nil {
		dial = t.m.stage.of(t.p).connect
	}
	conn, err := dial(ctx, more, t.d.protocols()...)
	if err != nil {
		return nil, err
	}
	conn.SetLimit(mostBytes)
	for _, m := range t.d.start(t, resumed) {
		if err := conn.Text(m.b); err != nil {
			conn.Break()
			return nil, err
		}
	}
	t.conn.Store(conn)
	return conn, nil
}

// read takes in what the agent says, until the connection ends: errOver where it said goodbye.
func (t *talk) read(conn *wsock.Conn) error {
	defer t.conn.CompareAndSwap(conn, nil)
	for {
		words, b, err := conn.Read()
		switch {
		case err == io.EOF && (conn.Goodbye() == wsock.Normal || conn.Goodbye() == 0):
			return errOver
		case err != nil:
			return err
		}
		if err := t.d.take(t, words, b); err != nil {
			conn.Close(wsock.Policy)
			return err
		}
	}
}
