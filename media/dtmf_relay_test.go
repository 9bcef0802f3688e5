package media

import (
	"testing"
	"time"

	"obelisk/media/coder"
)

var eventsToo = []Format{{ULaw, 0, 0}, {TelephoneEvent, 101, 101}}

// press sends a telephone event as a phone does.
func press(a *phone, s *Stream, code byte) {
	for i := range 5 {
		flags := byte(10)
		if i == 4 {
			flags |= 0x80
		}
		a.send(s, 101, []byte{code, flags, 0, byte(160)})
		a.ts -= 160
	}
	a.ts += 1600
}

// hear collects what a phone gets until there are so many keys, and for a while after that: the
// keys of telephone events that have ended, and those that sound in its ulaw audio.
func hear(p *phone, keys int, after time.Duration) (events, tones string) {
	ear := newDTMFDetector()
	pcm := make([]int16, 160)
	var last uint32
	end := time.Now().Add(patience)
	for enough := false; time.Now().Before(end); {
		if !enough && len(events)+len(tones) >= keys {
			enough, end = true, time.Now().Add(after)
		}
		x := p.receive(time.Until(end))
		if x == nil {
			break
		}
		switch x.PayloadType {
		case 101:
			if x.Payload[1]&0x80 != 0 && x.Timestamp != last {
				last = x.Timestamp
				events += string(EventDigits[x.Payload[0]])
			}
		case 0:
			n := coder.ULaw{}.Decode(pcm, x.Payload)
			ear.take(pcm[:n], func(k byte) { tones += string(k) })
		}
	}
	return events, tones
}

// sing sends a key as a tone in ulaw, then silence.
func sing(a *phone, s *Stream, key string) {
	pcm := append(dial(key, 800, 0, 6000, 6000, 0), make([]int16, 800)...)
	for at := 0; at+160 <= len(pcm); at += 160 {
		b := make([]byte, 160)
		coder.ULaw{}.Encode(b, pcm[at:at+160])
		a.send(s, 0, b)
		time.Sleep(2 * time.Millisecond)
	}
}

// isTold waits for keys, in their order.
func isTold(t *testing.T, told <-chan byte, keys string) {
	t.Helper()
	for _, want := range []byte(keys) {
		select {
		case got := <-told:
			if got != want {
				t.Errorf("told of '%c', not '%c'", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("not told of '%c'", want)
		}
	}
}

// TestKeysBetweenLegs: each kind of leg against each other.
func TestKeysBetweenLegs(t *testing.T) {
	e := engine(t, Config{})
	bridge := func(from, to Params) (a, b *phone, sa, sb *Stream) {
		a, b = newPhone(t), newPhone(t)
		sa, sb = open(t, e), open(t, e)
		from.Remote, to.Remote = a.addr(), b.addr()
		sa.Negotiate(from)
		sb.Negotiate(to)
		Bridge(sa, sb)
		return
	}
	events, inband, plain := Params{Formats: eventsToo}, Params{Formats: ulawOnly, Inband: true}, Params{Formats: []Format{{ULaw, 0, 0}}}
	inband.Formats = plain.Formats

	a, b, sa, _ := bridge(events, events)
	press(a, sa, 5)
	if ev, tone := hear(b, 1, 300*time.Millisecond); ev != "5" || tone != "" {
		t.Errorf("event to event: %q %q", ev, tone)
	}

	a, b, sa, _ = bridge(events, inband)
	press(a, sa, 11)
	if ev, tone := hear(b, 1, 400*time.Millisecond); ev != "" || tone != "#" {
		t.Errorf("event to tone: %q %q", ev, tone)
	}

	a, b, sa, _ = bridge(inband, events)
	told := make(chan byte, 4)
	sa.OnDigit(func(d byte) { told <- d })
	sing(a, sa, "7")
	if ev, tone := hear(b, 1, 400*time.Millisecond); ev != "7" || tone != "" {
		t.Errorf("tone to event: %q %q", ev, tone)
	}
	isTold(t, told, "7")

	a, b, sa, _ = bridge(inband, inband)
	sing(a, sa, "3")
	if ev, tone := hear(b, 1, 400*time.Millisecond); ev != "" || tone != "3" {
		t.Errorf("tone to tone: %q %q", ev, tone)
	}

	a, b, sa, sb := bridge(events, plain)
	signalled := make(chan byte, 4)
	sb.OnSendDigit(func(d byte) { signalled <- d })
	press(a, sa, 1)
	press(a, sa, 10)
	isTold(t, signalled, "1*")
	if ev, tone := hear(b, 0, 300*time.Millisecond); ev != "" || tone != "" {
		t.Errorf("event to INFO: %q %q", ev, tone)
	}

	_, b, sa, _ = bridge(plain, events)
	sa.Press('A')
	sa.Press('4')
	if ev, _ := hear(b, 2, 200*time.Millisecond); ev != "A4" {
		t.Errorf("INFO to event: %q", ev)
	}
}

// Packets of a key that are made between those of the source leave no gap and no double.
// Audio waits until it is over: no packet is of a time before that of the last.
func TestEventsKeepTheSequence(t *testing.T) {
	e := engine(t, Config{})
	a, b, sa, sb := pair(t, e, []Format{{ULaw, 0, 0}}, eventsToo)
	var seq uint16
	var ts uint32
	for i := range 40 {
		if i == 10 {
			sa.Press('9')
		}
		a.send(sa, 0, make([]byte, 160))
		time.Sleep(5 * time.Millisecond)
	}
	got := 0
	for p := b.receive(200 * time.Millisecond); p != nil; p = b.receive(200 * time.Millisecond) {
		if got > 0 && p.SequenceNumber != seq+1 {
			t.Errorf("%d after %d", p.SequenceNumber, seq)
		}
		if got > 0 && int32(p.Timestamp-ts) < 0 {
			t.Errorf("timestamp %d after %d", p.Timestamp, ts)
		}
		seq, ts = p.SequenceNumber, p.Timestamp
		got++
	}
	if got < 10+7 || got >= 40+7 {
		t.Errorf("%d packets; %+v", got, sb.Stats())
	}
}

// A key that a phone sends as an event comes to what an application works at the far half of a pipe.
func TestEventsAtTheEndOfAPipe(t *testing.T) {
	e := engine(t, Config{})
	a, _, sa, _ := pair(t, e, eventsToo, eventsToo)
	one, two := e.Pipe(sa)
	told := make(chan byte, 4)
	two.OnDigit(func(d byte) { told <- d })
	Bridge(sa, one)
	press(a, sa, 5)
	press(a, sa, 10)
	for _, want := range []byte("5*") {
		select {
		case got := <-told:
			if got != want {
				t.Errorf("told of '%c', not '%c'", got, want)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("not told of '%c'", want)
		}
	}
}
