package media

import (
	"bytes"
	"testing"
	"time"

	"github.com/pion/rtp"

	"obelisk/internal/testkit/signal"
	"obelisk/media/coder"
)

// sendPacket sends a packet of the phone with the numbers given.
func (p *phone) sendPacket(to *Stream, h rtp.Header, payload []byte) {
	h.Version, h.SSRC = 2, 7
	b, _ := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	if _, err := p.conn.WriteToUDPAddrPort(b, to.Local()); err != nil {
		p.t.Error(err)
	}
}

// all receives until nothing comes for a while.
func (p *phone) all(wait time.Duration) (out []*rtp.Packet) {
	for {
		k := p.receive(wait)
		if k == nil {
			return out
		}
		out = append(out, k)
	}
}

// count is octets that tell where they were.
func count(from, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte((from + i) % 251)
	}
	return b
}

// A leg that wants another packet length gets it, without the audio being
// touched: every octet in its place, sequence and timestamps without a gap.
func TestPacketsAreCutAnew(t *testing.T) {
	for _, c := range []struct {
		codec               Codec
		in, out, rate, step int // ms, ms, octets a second, clock of an outgoing packet
	}{
		{ULaw, 20, 30, 8000, 240}, {ULaw, 30, 20, 8000, 160}, {G722, 20, 60, 8000, 480}, {ALaw, 60, 10, 8000, 80},
		{GSM, 20, 40, 1650, 320}, {GSM, 60, 20, 1650, 160}, {Slin16, 20, 30, 32000, 480},
	} {
		e := engine(t, Config{})
		a, b := newPhone(t), newPhone(t)
		sa, sb := open(t, e), open(t, e)
		f := []Format{{c.codec, 96, 96}}
		sa.Negotiate(Params{Remote: a.addr(), Formats: f})
		sb.Negotiate(Params{Remote: b.addr(), Formats: f, Ptime: c.out})
		Bridge(sa, sb)
		size, total := c.rate*c.in/1000, c.rate*120/1000*3 // 360 ms
		for i := range total / size {
			a.sendPacket(sa, rtp.Header{PayloadType: 96, SequenceNumber: uint16(65530 + i),
				Timestamp: uint32(i * c.in * int(c.codec.clock()) / 1000)}, count(i*size, size))
		}
		var got []byte
		for i, p := range b.all(100 * time.Millisecond) {
			if len(p.Payload) != c.rate*c.out/1000 {
				t.Errorf("%s %d to %d ms: a packet of %d octets", c.codec, c.in, c.out, len(p.Payload))
			}
			if i > 0 && (p.SequenceNumber != b.seq+1 || p.Timestamp != b.ts+uint32(c.step)) {
				t.Errorf("%s %d to %d ms: %d after %d, %d after %d", c.codec, c.in, c.out, p.SequenceNumber, b.seq, p.Timestamp, b.ts)
			}
			b.seq, b.ts = p.SequenceNumber, p.Timestamp
			got = append(got, p.Payload...)
		}
		if !bytes.Equal(got, count(0, total)) {
			t.Errorf("%s %d to %d ms: %d octets of %d, or others", c.codec, c.in, c.out, len(got), total)
		}
	}
}

// The packets that already have the length are relayed as they are.
func TestPacketsOfTheRightLengthAreNotTouched(t *testing.T) {
	e := engine(t, Config{})
	a, b := newPhone(t), newPhone(t)
	sa, sb := open(t, e), open(t, e)
	sa.Negotiate(Params{Remote: a.addr(), Formats: ulawOnly})
	sb.Negotiate(Params{Remote: b.addr(), Formats: ulawOnly, Ptime: 20})
	Bridge(sa, sb)
	for i := range 3 {
		a.sendPacket(sa, rtp.Header{SequenceNumber: uint16(i), Timestamp: uint32(i * 160)}, count(0, 160))
	}
	if n := len(b.all(50 * time.Millisecond)); n != 3 {
		t.Errorf("%d packets", n)
	}
	e.loops[0].post(func() {
		if sb.trans != nil {
			t.Error("they are cut anew")
		}
	})
}

// What is lost before a translation is lost behind it, what is silence stays
// silence, what comes late is left out.
func TestTranslationKeepsTime(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, _ := pair(t, e, []Format{{ULaw, 0, 0}}, []Format{{G722, 9, 9}})
	type step struct {
		seq    uint16
		ts     uint32
		dSeq   uint16 // expected of the packet that comes; 0: none does
		dTs    uint32
		marker bool
		made   int // packets made up before it
	}
	for i, s := range []step{
		{seq: 10, ts: 1000, marker: true},
		{seq: 11, ts: 1160, dSeq: 1, dTs: 160},
		{seq: 12, ts: 1320, dSeq: 1, dTs: 160},
		{seq: 62, ts: 9320, dSeq: 47, dTs: 47 * 160, made: 3},   // 49 lost, three of them made up
		{seq: 61, ts: 9160},                                     // late
		{seq: 62, ts: 9320},                                     // twice
		{seq: 63, ts: 19480, dSeq: 1, dTs: 10160, marker: true}, // silence
		{seq: 64, ts: 19640, dSeq: 1, dTs: 160},
	} {
		a.sendPacket(sa, rtp.Header{SequenceNumber: s.seq, Timestamp: s.ts}, count(0, 160))
		wait := 2 * time.Second
		if i > 0 && s.dSeq == 0 {
			wait = 30 * time.Millisecond
		}
		for range s.made {
			p := b.receive(wait)
			if p == nil || p.SequenceNumber != b.seq+1 || p.Timestamp != b.ts+160 {
				t.Fatalf("packet %d: made up %v", i, p)
			}
			b.seq, b.ts = p.SequenceNumber, p.Timestamp
		}
		p := b.receive(wait)
		if p == nil {
			if s.dSeq != 0 || i == 0 {
				t.Fatalf("packet %d did not come through", i)
			}
			continue
		}
		if i > 0 && (p.SequenceNumber != b.seq+s.dSeq || p.Timestamp != b.ts+s.dTs) || p.Marker != s.marker {
			t.Errorf("packet %d: sequence +%d, timestamp +%d, marker %v", i, p.SequenceNumber-b.seq, p.Timestamp-b.ts, p.Marker)
		}
		b.seq, b.ts = p.SequenceNumber, p.Timestamp
	}
}

// Keys between packets of translated audio: all of an event's packets carry the
// time at which it began, in the sequence of the audio.
func TestEventsBesideTranslatedAudio(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, _ := pair(t, e, []Format{{ULaw, 0, 0}, {TelephoneEvent, 101, 101}}, []Format{{G722, 9, 9}, {TelephoneEvent, 96, 96}})
	send := func(seq uint16, pt uint8, ts uint32, payload []byte) {
		a.sendPacket(sa, rtp.Header{SequenceNumber: seq, PayloadType: pt, Timestamp: ts}, payload)
	}
	for i := range uint16(3) {
		send(i, 0, uint32(i)*160, make([]byte, 160))
	}
	for i := range uint16(4) {
		send(3+i, 101, 480, []byte{5, 10, 0, byte(i * 160 >> 8)})
	}
	send(7, 0, 1120, make([]byte, 160)) // the audio goes on, 640 later
	got := b.all(100 * time.Millisecond)
	if len(got) != 8 {
		t.Fatalf("%d packets", len(got))
	}
	for i, p := range got {
		pt, ts := uint8(9), uint32(i)*160
		if i >= 3 {
			pt, ts = 96, 480
		}
		if i == 7 {
			pt, ts = 9, 1120
		}
		if p.PayloadType != pt || p.SequenceNumber != got[0].SequenceNumber+uint16(i) || p.Timestamp != got[0].Timestamp+ts {
			t.Errorf("packet %d: type %d, sequence +%d, timestamp +%d", i, p.PayloadType, p.SequenceNumber-got[0].SequenceNumber,
				p.Timestamp-got[0].Timestamp)
		}
	}
}

// A phone that says "nobody speaks here" is heard as noise of that level until it
// speaks again.
func TestComfortNoise(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, _ := pair(t, e, ulawOnly, ulawOnly)
	a.send(sa, 0, make([]byte, 160))
	if b.receive(patience) == nil {
		t.Fatal("no audio")
	}
	a.send(sa, 13, []byte{40})
	var noise []int16
	for range 10 {
		p := b.receive(patience)
		if p == nil || p.PayloadType != 0 {
			t.Fatalf("got %v", p)
		}
		for _, b := range p.Payload {
			noise = append(noise, coder.FromULaw(b))
		}
	}
	// a full sine is 3 dB below overload
	if l := signal.Level(noise) - signal.Level(signal.Sine(1000, 8000, 8000, 32767)); l < -40 || l > -34 {
		t.Errorf("noise at %.1f dB", l)
	}
	a.send(sa, 0, count(7, 160))
	for range 20 {
		if p := b.receive(50 * time.Millisecond); p == nil {
			t.Fatal("the audio did not come")
		} else if bytes.Equal(p.Payload, count(7, 160)) {
			if rest := b.all(60 * time.Millisecond); len(rest) > 0 {
				t.Errorf("the noise goes on: %d packets", len(rest))
			}
			return
		}
	}
	t.Error("the noise goes on in place of the audio")
}

// Whatever a leg is joined to, its far side hears one RTP stream: the SSRC stays,
// the sequence has no gap, time goes forward, also through a translation, a prompt, a
// transfer to another leg and a re-INVITE that moves the payload type.
func TestTheFarSideHearsOneStream(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, sb := pair(t, e, ulawOnly, ulawOnly)
	c, sc := newPhone(t), open(t, e)
	sc.Negotiate(Params{Remote: c.addr(), Formats: []Format{{G722, 9, 9}}})
	var got []*rtp.Packet
	collect := func(step string, n int, pt uint8) {
		t.Helper()
		for range n {
			p := b.receive(patience)
			if p == nil {
				t.Fatalf("%s: nothing came", step)
			}
			if p.PayloadType != pt {
				t.Errorf("%s: payload type %d, want %d", step, p.PayloadType, pt)
			}
			if len(got) > 0 {
				last := got[len(got)-1]
				if p.SSRC != last.SSRC || p.SequenceNumber != last.SequenceNumber+1 || int32(p.Timestamp-last.Timestamp) <= 0 {
					t.Errorf("%s: SSRC %x after %x, sequence %d after %d, timestamp %d after %d", step, p.SSRC, last.SSRC, p.SequenceNumber,
						last.SequenceNumber, p.Timestamp, last.Timestamp)
				}
			}
			got = append(got, p)
		}
	}
	say := func(p *phone, s *Stream, pt uint8) {
		for range 3 {
			p.send(s, pt, make([]byte, 160))
		}
	}
	say(a, sa, 0)
	collect("the first leg", 3, 0)
	done := make(chan bool, 1)
	sb.Play(NewClip(make([]int16, 480)), func(ok bool) { done <- ok })
	collect("a prompt", 3, 0)
	<-done
	say(a, sa, 0)
	collect("after the prompt", 3, 0)
	Bridge(sc, sb)
	say(c, sc, 9)
	collect("another leg, translated", 3, 0)
	sb.Negotiate(Params{Remote: b.addr(), Formats: []Format{{G722, 96, 97}}})
	say(c, sc, 9)
	collect("another payload type, not translated", 3, 97)
	sb.Negotiate(Params{Remote: b.addr(), Formats: ulawOnly})
	Bridge(sa, sb)
	say(a, sa, 0)
	collect("the first leg again", 3, 0)
}
