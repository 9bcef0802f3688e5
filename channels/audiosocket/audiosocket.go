// Package audiosocket is the channel technology AudioSocket: audio over TCP to and from a program.
// AudioSocket/host:port/UUID[/c(slin16)] is answered once the program is connected.
//
// The protocol: frames of a kind, a length of two octets (network order) and a payload. What is sent is
// the UUID first, then audio of 20 ms a frame, keys, and at the end a frame that says so.
package audiosocket

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/media"
	"obelisk/media/coder"
	"obelisk/pbx"
)

// Kinds of frames.
const (
	kindEnd   = 0x00
	kindID    = 0x01
	kindKey   = 0x03
	kindAudio = 0x10 // signed linear at 8 kHz; the kinds that follow are of other rates
	kindError = 0xff
)

// rates are those of the kinds from kindAudio on, in Hz.
var rates = []int{8000, 12000, 16000, 24000, 32000, 44100, 48000, 96000, 192000}

// formats are rates by Asterisk's names.
var formats = map[string]int{"slin": 0, "slin12": 1, "slin16": 2, "slin24": 3, "slin32": 4, "slin44": 5, "slin48": 6, "slin96": 7, "slin192": 8}

const (
	// connectPatience is how long a connection may take.
	connectPatience = 2 * time.Second
	// writePatience is how long a frame may take: who does not read for so long is gone.
	writePatience = 10 * time.Second
	// mostOut is how many frames wait to be sent; the oldest go.
	mostOut = 50
	// mostIn is how much audio waits to be played, in seconds: then the program has to wait.
	mostIn = 10
)

// Tech makes the channels.
type Tech struct {
	media *media.Engine
	next  atomic.Uint64
}

// New makes the technology.
func New(m *media.Engine) *Tech { return &Tech{media: m} }

// Name implements pbx.Tech.
func (t *Tech) Name() string { return "AudioSocket" }

// Request implements pbx.Tech.
func (t *Tech) Request(r pbx.Request) (pbx.Leg, error) {
	parts := strings.SplitN(r.Resource, "/", 3)
	fail := func(format string, args ...any) (pbx.Leg, error) {
		return nil, &pbx.RequestError{Cause: pbx.CauseNoRoute, Why: fmt.Sprintf(format, args...)}
	}
	if _, _, err := net.SplitHostPort(parts[0]); err != nil {
		return fail("'%s' is not host:port", parts[0])
	}
	if len(parts) < 2 {
		return fail("AudioSocket needs a UUID behind %s", parts[0])
	}
	id, err := ParseUUID(parts[1])
	if err != nil {
		return fail("%v", err)
	}
	rate := 0
	if len(parts) > 2 {
		if rate = rateOf(parts[2]); rate < 0 {
			return fail("AudioSocket: the options '%s' name no rate", parts[2])
		}
	}
	near, far := t.media.Pipe(r.Near())
	l := &leg{name: fmt.Sprintf("AudioSocket/%s-0x%x", parts[0], t.next.Add(1)), at: parts[0], id: id, rate: rate, near: near, far: far, out: make(chan []byte, mostOut), gone: make(chan struct{})}
	l.in.come = make(chan struct{}, 1)
	l.in.most = rates[rate] * mostIn
	return l, nil
}

// rateOf reads c(slin16); other codecs are converted into signed linear at 8 kHz. -1: it is no option.
func rateOf(text string) int {
	name, ok := strings.CutPrefix(text, "c(")
	if !ok {
		return -1
	}
	name, _, _ = strings.Cut(name, ")")
	return formats[strings.ToLower(name)]
}

// ParseUUID reads a UUID, with hyphens or without.
func ParseUUID(text string) (id [16]byte, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(b) != 16 {
		return id, fmt.Errorf("'%s' is no UUID", text)
	}
	copy(id[:], b)
	return id, nil
}

// Frame writes a frame.
func Frame(kind byte, payload []byte) []byte {
	b := make([]byte, 3, 3+len(payload))
	b[0] = kind
	binary.BigEndian.PutUint16(b[1:], uint16(len(payload)))
	return append(b, payload...)
}

// ReadFrame reads one.
func ReadFrame(r io.Reader, into []byte) (kind byte, payload []byte, err error) {
	var head [3]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := int(binary.BigEndian.Uint16(head[1:]))
	if cap(into) < n {
		into = make([]byte, n)
	}
	_, err = io.ReadFull(r, into[:n])
	return head[0], into[:n], err
}

// leg implements pbx.Leg.
type leg struct {
	name, at  string
	id        [16]byte
	rate      int // index of rates
	near, far *media.Stream
	out       chan []byte
	gone      chan struct{}
	ends      sync.Once
	ch        atomic.Pointer[pbx.Channel]
	in        queue
	rest      []int16 // less than a frame, of the sink's goroutine
}

func (l *leg) ChannelName() string     { return l.name }
func (l *leg) Resource() string        { return l.at }
func (l *leg) Bind(c *pbx.Channel)     { l.ch.Store(c) }
func (l *leg) House() pbx.House        { return pbx.House{Context: "default", Exten: "s"} }
func (l *leg) Indicate(pbx.Indication) {}
func (l *leg) Answer()                 {}
func (l *leg) Stream() *media.Stream   { return l.near }
func (l *leg) Codecs() []media.Codec   { return nil }
func (l *leg) Restrict([]media.Codec)  {}

// Rebind implements pbx.Leg.
func (l *leg) Rebind(c *pbx.Channel) {
	l.Bind(c)
	select {
	case <-l.gone:
		c.Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
	default:
	}
}

func (l *leg) post(e pbx.Event) {
	if c := l.ch.Load(); c != nil {
		c.Post(e)
	}
}

// Call implements pbx.Leg: it connects, beside the call.
func (l *leg) Call(pbx.CallInfo) { go l.run() }

// run is the connection.
func (l *leg) run() {
	ctx, cancel := context.WithTimeout(context.Background(), connectPatience)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-l.gone:
			cancel()
		case <-stop:
		}
	}()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.at)
	if err != nil {
		if c := l.ch.Load(); c != nil {
			c.Warn("AudioSocket: " + err.Error())
		}
		l.post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNoRoute})
		return
	}
	l.far.OnDigit(func(d byte) { l.send(Frame(kindKey, []byte{d})) })
	l.send(Frame(kindID, l.id[:]))
	tap := l.far.Tap(media.In, l)
	voice := l.far.Start(&source{&l.in, rates[l.rate]}, media.Play{})
	l.post(pbx.Event{Kind: pbx.EventAnswered})
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.write(conn)
	}()
	l.read(conn)
	tap.Stop()
	voice.Stop()
	l.end()
	l.post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
	<-done
	conn.Close()
}

// end says that nothing is sent or read any more.
func (l *leg) end() { l.ends.Do(func() { close(l.gone) }) }

// write sends what waits, and says goodbye.
func (l *leg) write(conn net.Conn) {
	for {
		select {
		case b := <-l.out:
			conn.SetWriteDeadline(time.Now().Add(writePatience))
			if _, err := conn.Write(b); err != nil {
				conn.Close()
				return
			}
		case <-l.gone:
			conn.SetDeadline(time.Now().Add(time.Second))
			conn.Write(Frame(kindEnd, nil))
			conn.Close()
			return
		}
	}
}

// send has a frame go out; the oldest goes where the program does not read.
func (l *leg) send(b []byte) {
	for {
		select {
		case l.out <- b:
			return
		case <-l.gone:
			return
		default:
		}
		select {
		case <-l.out:
		default:
		}
	}
}

// read takes in what the program sends.
func (l *leg) read(conn net.Conn) {
	var buffer [1 << 16]byte
	var pcm []int16
	for {
		kind, payload, err := ReadFrame(conn, buffer[:])
		switch {
		case err != nil || kind == kindEnd || kind == kindError:
			return
		case kind == kindKey && len(payload) == 1:
			if s := l.near; strings.IndexByte(media.EventDigits, payload[0]) >= 0 {
				s.Press(payload[0])
			}
		case kind >= kindAudio && int(kind-kindAudio) < len(rates):
			pcm = pcm[:0]
			for i := 0; i+1 < len(payload); i += 2 {
				pcm = append(pcm, int16(binary.LittleEndian.Uint16(payload[i:])))
			}
			if from := rates[kind-kindAudio]; from != rates[l.rate] {
				pcm = coder.Resample(pcm, from, rates[l.rate])
			}
			if !l.in.put(pcm, l.gone) {
				return
			}
		}
	}
}

// Rate implements media.Sink.
func (l *leg) Rate() int { return rates[l.rate] }

// Put implements media.Sink: 20 ms are a frame.
func (l *leg) Put(pcm []int16) {
	n := rates[l.rate] / 50
	for l.rest = append(l.rest, pcm...); len(l.rest) >= n; {
		payload := make([]byte, 0, 2*n)
		for _, x := range l.rest[:n] {
			payload = binary.LittleEndian.AppendUint16(payload, uint16(x))
		}
		l.send(Frame(kindAudio+byte(l.rate), payload))
		l.rest = l.rest[:copy(l.rest, l.rest[n:])]
	}
}

// End implements media.Sink.
func (l *leg) End() {}

// Hangup implements pbx.Leg.
func (l *leg) Hangup(pbx.Cause) {
	l.end()
	l.near.Close()
	l.far.Close()
}

// queue is audio of the program that waits to be played.
type queue struct {
	come chan struct{} // there is room again
	most int           // samples

	mu  sync.Mutex // guards pcm
	pcm []int16
}

// put waits for room; false: it is over.
func (q *queue) put(pcm []int16, over <-chan struct{}) bool {
	for {
		q.mu.Lock()
		if len(q.pcm) < q.most {
			q.pcm = append(q.pcm, pcm...)
			q.mu.Unlock()
			return true
		}
		q.mu.Unlock()
		select {
		case <-q.come:
		case <-over:
			return false
		}
	}
}

// source plays the queue, and silence where there is nothing in it. It is a media.Source.
type source struct {
	q    *queue
	rate int
}

func (s *source) Rate() int { return s.rate }

// Frame implements media.Source.
func (s *source) Frame(dst []int16) int {
	s.q.mu.Lock()
	n := copy(dst, s.q.pcm)
	s.q.pcm = s.q.pcm[:copy(s.q.pcm, s.q.pcm[n:])]
	s.q.mu.Unlock()
	clear(dst[n:])
	select {
	case s.q.come <- struct{}{}:
	default:
	}
	return len(dst)
}
