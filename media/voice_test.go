package media

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"obelisk/internal/testkit/signal"
	"obelisk/media/coder"
)

// sounds is what packets that were sent sound like.
func sounds(t testing.TB, sent []sending, pt uint8, codec Codec) (pcm []int16) {
	dec := conversions[codec].dec()
	buf := make([]int16, maxSamples)
	for _, x := range sent {
		if p := x.packet(t); p.PayloadType == pt {
			pcm = append(pcm, buf[:dec.Decode(buf, p.Payload)]...)
		}
	}
	return pcm
}

// inOrder checks that a phone hears one stream of packets.
func inOrder(t *testing.T, sent []sending) {
	t.Helper()
	for i := 1; i < len(sent); i++ {
		a, b := sent[i-1].packet(t), sent[i].packet(t)
		if b.SequenceNumber != a.SequenceNumber+1 || b.PayloadType != 101 && int32(b.Timestamp-a.Timestamp) < 0 || b.SSRC != a.SSRC {
			t.Fatalf("packet %d: %v after %v", i, b.Header, a.Header)
		}
	}
}

// tones has a phone speak a tone for n packets, in mu-law.
func (v *talker) tones(h *house, s *Stream, hz float64, n int) {
	for i := range n {
		payload := make([]byte, 160)
		coder.ULaw{}.Encode(payload, signal.Sine(hz, 8000, 160*(n+i), 6000)[160*(n+i)-160:])
		v.ts = h.stamp()
		v.say(s, 0, payload)
		h.pass(frameTime)
		h.turn()
	}
}

func TestWidePromptsStayWide(t *testing.T) {
	for codec, want := range map[Codec]bool{G722: true, Slin16: true, ULaw: false} {
		h := listening(t)
		s, audio, _ := h.phone(Params{Remote: here, Formats: []Format{{codec, 100, 100}}})
		for _, rate := range []int{16000, 32000, 48000} {
			audio.taken()
			h.on(func() { s.Start(NewClipAt(rate, signal.Sine(5000, rate, rate, 8000)), Play{}) })
			h.pass(2 * time.Second)
			pcm := sounds(t, audio.taken(), 100, codec)
			if len(pcm) != conversions[codec].rate {
				t.Errorf("%v: a second of %d Hz is %d samples", codec, rate, len(pcm))
			}
			share := power(pcm[800:len(pcm)-800], 5000, float64(conversions[codec].rate))
			if alias := power(pcm[800:len(pcm)-800], 3000, 8000); want && share < 0.9 ||
				!want && alias > 0.01 && loudest(pcm[800:len(pcm)-800]) > 300 {
				t.Errorf("%v from %d: %.2f is the tone, %.2f an alias", codec, rate, share, alias)
			}
		}
	}
}

func loudest(pcm []int16) (most int16) {
	for _, v := range pcm {
		most = max(most, v, -v)
	}
	return most
}

func TestVoiceIsMixedWithTheBridge(t *testing.T) {
	h := listening(t)
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	b, audio, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	h.bridge(a, b)
	v := &talker{at: here, ssrc: 5}
	v.tones(h, a, 500, 20)
	e := &ear{rate: 8000}
	var whisper *Voice
	h.on(func() {
		b.Tap(Out, e)
		whisper = b.Start(&endless{hz: 1500}, Play{Mix: true})
	})
	inOrder(t, audio.taken())
	v.tones(h, a, 500, 100)
	v.key(a, 5, 160, false, true)
	v.ts += 160
	v.key(a, 5, 320, true, false)
	v.tones(h, a, 500, 50)
	sent := audio.taken()
	inOrder(t, sent)
	pcm := sounds(t, sent, 0, ULaw)
	if one, two := power(pcm[1600:], 500, 8000), power(pcm[1600:], 1500, 8000); one < 0.3 || two < 0.3 || one+two < 0.9 {
		t.Errorf("%.2f is the caller, %.2f the whisper", one, two)
	}
	if p := power(e.pcm[1600:], 500, 8000); p < 0.95 {
		t.Errorf("who records hears %.2f of what was said", p)
	}
	keys := 0
	for _, x := range sent {
		if p := x.packet(t); p.PayloadType == 101 && p.Marker && p.Payload[0] == 5 {
			keys++
		}
	}
	if keys != 1 {
		t.Errorf("%d keys", keys)
	}
	h.on(whisper.Stop)
	v.tones(h, a, 500, 50)
	sent = audio.taken()
	inOrder(t, sent)
	if p := power(sounds(t, sent, 0, ULaw), 500, 8000); p < 0.95 || len(sent) != 50 {
		t.Errorf("afterwards %.2f in %d packets is the caller", p, len(sent))
	}
}

// endless is a tone at 8 kHz.
type endless struct {
	hz float64
	at int
}

func (e *endless) Frame(dst []int16) int {
	for i := range dst {
		dst[i] = int16(6000 * sinOf(e.hz, 8000, e.at+i))
	}
	e.at += len(dst)
	return len(dst)
}

func TestBargeIsHeardByBoth(t *testing.T) {
	h := listening(t)
	a, audioA, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	b, audioB, _ := h.phone(Params{Remote: there, Formats: []Format{{ALaw, 8, 8}}})
	h.bridge(a, b)
	va := &talker{at: here, ssrc: 5}
	va.tones(h, a, 500, 10)
	audioA.taken()
	audioB.taken()
	h.on(func() {
		a.Start(&endless{hz: 1500}, Play{Mix: true})
		a.Start(&endless{hz: 1500}, Play{Mix: true, In: true})
	})
	va.tones(h, a, 500, 100)
	inOrder(t, audioB.sent)
	if p := power(sounds(t, audioA.taken(), 0, ULaw), 1500, 8000); p < 0.95 {
		t.Errorf("the one hears %.2f", p)
	}
	pcm := sounds(t, audioB.taken(), 8, ALaw)
	if one, two := power(pcm[1600:], 500, 8000), power(pcm[1600:], 1500, 8000); one < 0.3 || two < 0.3 || one+two < 0.9 {
		t.Errorf("the other hears %.2f of the caller, %.2f of the barge", one, two)
	}
	h.pass(time.Second) // the caller is silent: the barge goes on
	if p := power(sounds(t, audioB.taken(), 8, ALaw)[800:], 1500, 8000); p < 0.95 {
		t.Errorf("then %.2f", p)
	}
	h.on(func() { a.Start(&endless{hz: 800}, Play{In: true}) }) // in its place
	va.tones(h, a, 500, 50)
	if p := power(sounds(t, audioB.taken(), 8, ALaw)[800:], 500, 8000); p > 0.02 {
		t.Errorf("%.2f is still the caller", p)
	}
}

func TestVoicesAreApart(t *testing.T) {
	h := listening(t)
	s, audio, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	music := signal.Sine(500, 8000, 80000, 6000)
	var ended []string
	note := func(name string) func(bool) {
		return func(finished bool) {
			if finished {
				name += "!"
			}
			ended = append(ended, name)
		}
	}
	var first, second *Voice
	h.on(func() { first = s.Start(NewClip(music), Play{Done: note("music")}) })
	h.pass(time.Second)
	h.on(func() { second = s.Start(NewClip(signal.Sine(1500, 8000, 8000, 6000)), Play{Done: note("prompt")}) })
	h.pass(500 * time.Millisecond)
	if at := first.Position(); at < 990*time.Millisecond || at > 1040*time.Millisecond {
		t.Errorf("the music is at %v", at)
	}
	h.on(func() {
		second.Pause(true)
		second.SetGain(-6)
	})
	audio.taken()
	h.pass(500 * time.Millisecond)
	if p := power(sounds(t, audio.taken(), 0, ULaw), 500, 8000); p < 0.95 {
		t.Errorf("while the prompt stands, %.2f is the music", p)
	}
	h.on(func() { second.Pause(false) })
	h.pass(200 * time.Millisecond)
	pcm := sounds(t, audio.taken(), 0, ULaw)
	if m := loudest(pcm[len(pcm)-320:]); m < 2800 || m > 3200 || power(pcm[320:], 1500, 8000) < 0.95 {
		t.Errorf("the prompt goes on at %d", m)
	}
	h.pass(time.Second)
	if !slices.Equal(ended, []string{"prompt!"}) {
		t.Errorf("ended: %v", ended)
	}
	h.on(func() { first.Seek(-500 * time.Millisecond) })
	if at := first.Position(); at != 9500*time.Millisecond {
		t.Errorf("at %v", at)
	}
	h.on(func() { first.Skip(-2 * time.Second) })
	if at := first.Position(); at != 7500*time.Millisecond {
		t.Errorf("at %v", at)
	}
	h.on(func() { first.Seek(time.Hour) })
	h.pass(100 * time.Millisecond)
	h.on(func() {
		first.Stop()
		second.Stop()
		second.Pause(true)
	})
	if !slices.Equal(ended, []string{"prompt!", "music!"}) {
		t.Errorf("ended: %v", ended)
	}
}

// Music, a tone and a prompt end only themselves.
func TestVoiceEndsAlone(t *testing.T) {
	h := listening(t)
	s, audio, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	told := 0
	var second *Voice
	h.on(func() {
		s.Start(&endless{hz: 500}, Play{Done: func(bool) { told++ }})
		second = s.Play(&endless{hz: 1500}, nil)
	})
	h.pass(time.Second)
	h.on(second.Stop)
	audio.taken()
	h.pass(time.Second)
	if p := power(sounds(t, audio.taken(), 0, ULaw), 500, 8000); p < 0.95 || told != 0 {
		t.Errorf("%.2f is left, told %d times", p, told)
	}
	other, audioB, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	h.on(func() { s.HandOver(other) })
	audio.taken()
	h.pass(time.Second)
	if p := power(sounds(t, audioB.taken(), 0, ULaw), 500, 8000); p < 0.95 || len(audio.sent) != 0 {
		t.Errorf("the other leg hears %.2f, this one %d packets", p, len(audio.sent))
	}
	other.stopVoices()
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

func TestGainAndMute(t *testing.T) {
	h := listening(t)
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	b, audio, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	h.bridge(a, b)
	v := &talker{at: here, ssrc: 5}
	in, out := &ear{rate: 8000}, &ear{rate: 8000}
	h.on(func() {
		a.Tap(In, in)
		b.Tap(Out, out)
	})
	level := func() (said, kept, heard, sent int16) {
		in.pcm, out.pcm = nil, nil
		audio.taken()
		v.tones(h, a, 500, 20)
		h.turn()
		pcm := sounds(t, audio.taken(), 0, ULaw)
		if len(pcm) != 20*160 {
			t.Errorf("%d samples", len(pcm))
		}
		return 6000, loudest(in.pcm), loudest(out.pcm), loudest(pcm)
	}
	near := func(got int16, want float64) bool { return float64(got) > want*0.95-20 && float64(got) < want*1.05+20 }
	for _, c := range []struct {
		what              string
		do                func()
		kept, heard, sent float64
	}{
		{"as it is", func() {}, 6000, 6000, 6000},
		{"in louder", func() { a.SetGain(In, 6) }, 6000, 12000, 12000},
		{"out quieter", func() { b.SetGain(In|Out, -12) }, 6000, 12000, 3000},
		{"in muted", func() { a.Mute(In, true) }, 0, 0, 0},
		{"in heard", func() { a.Mute(In, false) }, 6000, 12000, 3000},
		{"out muted", func() { b.Mute(Out, true) }, 6000, 0, 0},
		{"as it was", func() { b.Mute(In|Out, false); a.SetGain(In, 0); b.SetGain(In|Out, 0) }, 6000, 6000, 6000},
	} {
		h.on(c.do)
		if _, kept, heard, sent := level(); !near(kept, c.kept) || !near(heard, c.heard) || !near(sent, c.sent) {
			t.Errorf("%s: recorded %d and %d, sent %d", c.what, kept, heard, sent)
		}
	}
	if a.shapes != nil || b.shapes != nil {
		t.Error("what does nothing is kept")
	}
	h.on(func() { a.Mute(In, true) })
	audio.taken()
	v.key(a, 5, 160, false, true)
	if sent := audio.taken(); len(sent) != 1 || sent[0].packet(t).PayloadType != 101 {
		t.Error("a key is muted")
	}
}

func TestTalkDetector(t *testing.T) {
	var told []time.Duration
	d := &TalkDetector{Talk: 100 * time.Millisecond, Silence: 500 * time.Millisecond, On: func(talking bool, lasted time.Duration) {
		if !talking {
			lasted = -lasted
		}
		told = append(told, lasted)
	}}
	silence := make([]int16, 4000) // half a second
	speech := signal.Sine(300, 8000, 4000, 2000)
	click := append(signal.Sine(300, 8000, 320, 2000), silence...)
	for _, pcm := range [][]int16{silence, click, speech, silence[:800], speech, silence, silence} {
		for i := 0; i < len(pcm); i += 123 {
			d.Put(pcm[i:min(i+123, len(pcm))])
		}
	}
	if want := []time.Duration{1040 * time.Millisecond, -1100 * time.Millisecond}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	if Loudness(nil) != 0 || Loudness([]int16{-5, 5}) != 5 {
		t.Error("loudness")
	}
	d.End()
}

// What is mixed in costs no memory by the packet.
func TestMixingDoesNotAllocate(t *testing.T) {
	h := listening(t)
	a, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	b, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	b.rtp = nullSocket{}
	h.bridge(a, b)
	h.on(func() { b.Start(&endless{hz: 500}, Play{Mix: true}) })
	v := &talker{at: here, ssrc: 5}
	packet := v.raw(0, false, make([]byte, 160))
	turn := func() {
		v.seq++
		binary.BigEndian.PutUint16(packet[2:], v.seq)
		binary.BigEndian.PutUint32(packet[8:], 5)
		packet[1] = 0
		a.receive(false, packet, here)
		h.pass(frameTime)
	}
	for range 200 {
		turn()
	}
	if n := testing.AllocsPerRun(200, turn); n > 1 {
		t.Errorf("%v allocations a packet", n)
	}
}
