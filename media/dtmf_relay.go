package media

import (
	"encoding/binary"
	"strings"
	"time"

	"github.com/pion/rtp"
)

// Digits go from leg to leg as telephone events where both sides have them: the
// packets are relayed. Where they do not, a key that one leg presses is sent on
// the other the way that leg wants it: as an event, by signalling, or as a tone.

// digits is the state of a stream's keys, owned by the loop.
type digits struct {
	inband  bool          // keys are tones in the audio
	relaxed bool          // found with more difference between the two tones
	signal  func(byte)    // sends a key by signalling (INFO), nil where it is not wanted
	ear     *dtmfDetector // of an inband leg
	pcm     *translation  // its audio at 8 kHz
	event   outgoingEvent // being sent
	came    incomingEvent
	rate    uint32     // clock of its events in Hz
	on      func(byte) // told of each key
	key     func(Key)  // told of each key as it goes
	down    *heldKey   // of which it is not told yet; nil for none
	gate    *gate      // before it, nil for none
	keep    bool       // what carries the key that came last is not passed on
}

const (
	keyTime   = 100  // ms of a key that is made here
	eventRate = 8000 // clock of events, where nothing else is agreed
)

// OnDigit sets the function told of keys: telephone events (RFC 4733), once for
// each press, when it begins, and tones of an inband leg. It runs on the loop and
// must not block.
func (s *Stream) OnDigit(f func(digit byte)) { s.do(func() { s.digits.on = f }) }

// OnSendDigit sets the function that sends a key by signalling; with it neither
// events nor tones are sent. It runs on the loop and must not block.
func (s *Stream) OnSendDigit(f func(digit byte)) { s.do(func() { s.digits.signal = f }) }

// SendDigit sends a key to the far end.
func (s *Stream) SendDigit(digit byte) { s.do(func() { s.sendDigit(digit) }) }

// Press takes a key as if the far end had pressed it.
func (s *Stream) Press(digit byte) { s.PressFor(digit, keyTime*time.Millisecond) }

// PressFor is Press for a key of which the far end says how long it was pressed.
func (s *Stream) PressFor(digit byte, length time.Duration) {
	s.do(func() { s.pressed(digit, false, length) })
}

// passKey gives a key of this leg on; carried says that the other leg gets it anyway. length is how
// long it was pressed, 0 while it is.
func (s *Stream) passKey(key byte, carried bool, length time.Duration) {
	s.keyOver(0)
	if s.digits.on != nil {
		s.digits.on(key)
	}
	s.keyBegins(key, length)
	if p := s.peer; !carried && p != nil && p != s {
		p.sendDigit(key)
	}
}

// sendDigit sends a key the way this leg wants it. Where the far end of a pipe is in no bridge, or
// has a gate, it is pressed there.
func (s *Stream) sendDigit(key byte) {
	out, end := s.beyondPipes(true)
	if end != nil && end.opened {
		end.pressed(key, false, keyTime*time.Millisecond)
	}
	if s = out; s == nil {
		return
	}
	switch {
	case s.digits.signal != nil:
		s.digits.signal(key)
	case s.send[TelephoneEvent] != noPayload:
		s.slow()
		if len(s.digits.event.queue) >= mostKeys {
			return
		}
		s.digits.event.queue = append(s.digits.event.queue, key)
		if s.digits.event.timer.index < 0 {
			s.eventTick()
		}
	case !s.player.active():
		if tone := NewKeyTone(key, keyTime); tone != nil {
			s.start(newVoice(tone, Play{}))
		}
	}
}

// EventDigits are the keys in the order of their event codes (RFC 4733 section
// 3.2).
const EventDigits = "0123456789*#ABCD"

// eventCame takes a packet of a telephone event, reports its key once, and says whether the packet
// goes on. What is relayed has the usual clock.
func (s *Stream) eventCame(b []byte) bool {
	if e, ok := readEvent(b); ok {
		if s.digits.came.begins(e, s.loop.now) {
			carried := s.peer == nil || !s.injecting() && s.peer.carriesEvents()
			s.digits.keep = s.pressed(EventDigits[e.code], carried, 0) || !carried
		}
		s.keyLasts(e)
	}
	convertEvent(b, s.digits.rate, eventRate)
	return !s.digits.keep
}

// carriesEvents: telephone events sent to this stream arrive as such, and not before a key of ours
// that is on its way.
func (s *Stream) carriesEvents() bool {
	out, end := s.beyondPipes(true)
	if s = out; s == nil {
		return end == nil // else it is pressed there
	}
	return s.send[TelephoneEvent] != noPayload && s.digits.signal == nil && len(s.digits.event.queue) == 0 && !s.player.mixes()
}

// listen hears keys in the audio of an inband leg, and says whether the packet is
// part of one that the other leg gets in another way.
func (s *Stream) listen(b []byte, codec Codec) (swallow bool) {
	d := &s.digits
	start := payloadStart(b)
	if !codec.Convertible() || start < 0 {
		return false
	}
	if d.ear == nil {
		d.ear = newDTMFDetector()
	}
	d.ear.relaxed = d.relaxed
	if d.pcm == nil || d.pcm.from != codec {
		d.pcm = newTranslation(codec, Slin, 20)
	}
	tone := s.peer != nil && s.peer.wantsTones()
	var keys []byte // handled afterwards: what they cause uses the same working space
	held := d.ear.key
	d.ear.take(d.pcm.samples(b[start:], &s.loop.scratch), func(key byte) { keys = append(keys, key) })
	if held != 0 && (d.ear.key != held || len(keys) > 0) {
		s.keyOver(d.ear.length)
	}
	for _, key := range keys {
		d.keep = s.pressed(key, tone, 0)
	}
	return d.ear.key != 0 && (!tone || d.keep)
}

// wantsTones: a tone in the audio is how this leg takes its keys.
func (s *Stream) wantsTones() bool {
	out, end := s.beyondPipes(true)
	if s = out; s == nil {
		return end == nil // else it is pressed there
	}
	return s.digits.signal == nil && s.send[TelephoneEvent] == noPayload
}

// outgoingEvent sends keys as telephone events, one after the other.
type outgoingEvent struct {
	timer timer
	queue []byte
	step  uint16 // packets of the first key that have gone out
	ts    uint32 // of the key
	end   uint32 // timestamp at which the last key ended, once there was one
	any   bool   // there was one
}

// begin gives the key the timestamp of now, and not one before the end of the last, where
// packets that came late or early have moved what is now.
func (e *outgoingEvent) begin(now uint32) {
	if early := e.end - now; e.any && early < 8000 {
		now = e.end
	}
	e.ts, e.any = now, true
}

// eventTick sends the next packet of an event: one each 20 ms, the last one three
// times (RFC 4733 section 2.5.1).
func (s *Stream) eventTick() {
	e, l := &s.digits.event, s.loop
	if len(e.queue) == 0 || s.send[TelephoneEvent] == noPayload {
		e.queue, e.step = nil, 0
		return
	}
	if e.step == 0 {
		e.begin(s.tx.resume(l.now))
	}
	const steps = keyTime / 20
	e.step++
	length := uint32(e.step) * s.digits.rate / 50
	e.end = e.ts + length
	h := rtp.Header{Marker: e.step == 1, PayloadType: s.send[TelephoneEvent], Timestamp: e.ts}
	copies, flags := 1, byte(10) // volume, -10 dBm0
	if e.step == steps {
		copies, flags = 3, flags|0x80
	}
	for range copies {
		if !s.sendable() {
			break
		}
		h.SequenceNumber = s.tx.insert(l.now)
		s.write(h, func(b []byte) int {
			b[0], b[1] = byte(strings.IndexByte(EventDigits, e.queue[0])), flags
			binary.BigEndian.PutUint16(b[2:], uint16(length))
			return 4
		})
	}
	pause := 20 * time.Millisecond
	if e.step == steps {
		e.queue, e.step, pause = e.queue[1:], 0, keyTime*time.Millisecond
	}
	l.arm(&e.timer, l.now.Add(pause))
}
