package program

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/media"
	"obelisk/media/coder"
)

func tone(n, rate int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/float64(rate)))
	}
	return out
}

func TestFormats(t *testing.T) {
	for name, want := range map[string]Format{
		"slin":     {"slin", media.NoCodec, 8000, 320, true},
		"SLIN192":  {"slin192", media.NoCodec, 192000, 7680, true},
		" slin44 ": {"slin44", media.NoCodec, 44100, 1764, true},
		"ulaw":     {"ulaw", media.ULaw, 8000, 160, false},
		"g722":     {"g722", media.G722, 16000, 160, false},
		"gsm":      {"gsm", media.GSM, 8000, 33, false},
	} {
		if f, ok := Named(name); !ok || f != want {
			t.Errorf("%s: %+v %v", name, f, ok)
		}
	}
	for _, name := range []string{"", "sln16", "slin17", "h264", "t140", "telephone-event"} {
		if f, ok := Named(name); ok {
			t.Errorf("%q is %+v", name, f)
		}
	}
	if f, _ := Named("g729"); !f.Through() {
		t.Error("g729 is decoded")
	}
}

// What goes out in pieces of any length is what would go out in one.
func TestReaderTakesPieces(t *testing.T) {
	for _, name := range []string{"slin", "slin16", "ulaw", "gsm"} {
		f, _ := Named(name)
		b := bytes.Repeat([]byte{1, 2, 3, 4, 250, 6, 7}, 330)
		whole := slices.Clone(NewReader(f).Read(b))
		var pieces []int16
		r := NewReader(f)
		for at, n := 0, 1; at < len(b); n = n%50 + 1 {
			to := min(at+n, len(b))
			pieces = append(pieces, r.Read(b[at:to])...)
			at = to
		}
		if !slices.Equal(whole, pieces) {
			t.Errorf("%s: %d and %d samples", name, len(whole), len(pieces))
		}
	}
}

func TestHearer(t *testing.T) {
	payload := make([]byte, 160)
	coder.ULaw{}.Encode(payload, tone(160, 8000))
	for name, want := range map[string]int{"ulaw": 160, "alaw": 160, "slin": 320, "slin16": 640, "slin24": 960, "g722": 160, "gsm": 33,
		"slin192": 7680} {
		f, _ := Named(name)
		h, n := NewHearer(f), 0
		for range 50 {
			n += len(h.Packet(nil, media.ULaw, payload))
		}
		if d := n - 50*want; d < -want || d > want {
			t.Errorf("%s: %d bytes a second, not %d", name, n, 50*want)
		}
	}
	f, _ := Named("g729")
	if b := NewHearer(f).Packet(nil, media.ULaw, payload); len(b) > 0 {
		t.Error("ulaw became g729")
	}
	if b := NewHearer(f).Packet(nil, media.G729, payload[:20]); len(b) != 20 {
		t.Error("g729 does not pass")
	}
}

// queued is a queue with what it tells.
type queued struct {
	*Queue
	told []Notice
}

func newQueued(l Limits) *queued {
	q := &queued{}
	q.Queue = NewQueue(8000, l, func(n Notice) { q.told = append(q.told, n) })
	return q
}

func (q *queued) frame() []int16 {
	dst := make([]int16, 160)
	q.Frame(dst)
	return dst
}

func TestQueueTellsTheTruth(t *testing.T) {
	q := newQueued(Limits{})
	q.Mark("before")
	q.Put(tone(240, 8000))
	q.Mark("after")
	q.Report(false)
	q.frame()
	if len(q.told) != 1 || q.told[0] != (Notice{Marked, "before", 0}) || q.Left() != 160 {
		t.Fatalf("%v, %d", q.told, q.Left())
	}
	last := q.frame()
	if want := []Notice{{Marked, "before", 0}, {Marked, "after", 240}, {Drained, nil, 240}}; !slices.Equal(q.told, want) {
		t.Fatalf("%v", q.told)
	}
	if last[79] == 0 || last[80] != 0 || q.Left() != 240 {
		t.Error("a gap is not silence, or counts as heard")
	}
	q.frame()
	if len(q.told) != 3 {
		t.Error("it was told twice")
	}
	q.Report(false)
	if q.frame(); len(q.told) != 4 {
		t.Error("who asks in a gap is not told")
	}
}

func TestQueueFlush(t *testing.T) {
	q := newQueued(Limits{})
	loud := slices.Repeat([]int16{10000}, 1600)
	q.Put(loud)
	q.Mark("never")
	q.frame()
	if n := q.Flush(true); n != 1440 || q.told[0] != (Notice{Flushed, "never", 160}) {
		t.Fatalf("%d, %v", n, q.told)
	}
	f := q.frame()
	for i := 1; i < 41; i++ { // 5 ms, each sample quieter, and no step
		if f[i] > f[i-1] || f[i-1]-f[i] > 300 {
			t.Fatalf("sample %d: %d after %d", i, f[i], f[i-1])
		}
	}
	if f[0] != 10000 || f[41] != 0 || q.Left() != 160 {
		t.Errorf("%d %d, %d have left", f[0], f[41], q.Left())
	}
	q.Put(loud[:160])
	q.Mark("next")
	q.frame()
	if len(q.told) != 2 || q.told[1].At != 320 {
		t.Errorf("%v", q.told)
	}
}

func TestQueueLimits(t *testing.T) {
	q := newQueued(Limits{Most: 1000, Off: 900, On: 300})
	if full, stop := q.Put(tone(950, 8000)); full || !stop {
		t.Fatal("it is not asked to stop")
	}
	q.Put(tone(100, 8000))
	if full, _ := q.Put(tone(100, 8000)); !full || !q.Off() {
		t.Fatal("it takes more than it has room for")
	}
	q.Pause(true)
	for range 10 {
		q.frame()
	}
	if n, paused := q.Length(); n != 1050 || !paused {
		t.Fatalf("%d, %v", n, paused)
	}
	q.Pause(false)
	for range 5 {
		q.frame()
	}
	if len(q.told) != 1 || q.told[0] != (Notice{HasRoom, nil, 800}) {
		t.Fatalf("%v", q.told)
	}
}

func TestQueueNoise(t *testing.T) {
	q := newQueued(Limits{})
	q.Noise(20)
	most, sum := 0, 0
	for range 50 {
		for _, x := range q.frame() {
			most = max(most, int(x), int(-x))
			sum += int(x)
		}
	}
	if most == 0 || most > 20 || sum/8000 > 2 || sum/8000 < -2 {
		t.Errorf("noise of %d, mean %d", most, sum/8000)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte{1, 2, 3}, 1)
	f.Fuzz(func(t *testing.T, b []byte, kind int) {
		names := []string{"slin", "ulaw", "gsm", "g722", "slin48"}
		format, _ := Named(names[uint(kind)%uint(len(names))])
		r := NewReader(format)
		NewHearer(format).Write(nil, r.Read(b))
	})
}

// After a standstill live audio is not late for ever; of what was read ahead nothing is lost.
func TestQueueAfterAStandstill(t *testing.T) {
	for waits, left := range map[int]int64{4000: 160 + 3200 - 160 + 160, 16000: 320} {
		synctest.Test(t, func(t *testing.T) {
			q := newQueued(Limits{})
			q.Put(tone(waits, 8000))
			q.frame()
			time.Sleep(400 * time.Millisecond)
			if q.frame(); q.Left() < left-160 || q.Left() > left+160 {
				t.Errorf("of %d samples %d have left, not %d", waits, q.Left(), left)
			}
			before := q.Left()
			for range 5 { // in time: nothing is left out
				time.Sleep(20 * time.Millisecond)
				q.frame()
			}
			if d := q.Left() - before; d > 5*160 {
				t.Errorf("%d samples in 100 ms", d)
			}
		})
	}
}

// A packet costs no memory once the buffers are there, whatever it is turned into.
func TestHearerDoesNotAllocate(t *testing.T) {
	pcm := make([]int16, 160)
	for i := range pcm {
		pcm[i] = int16(i * 50)
	}
	packet := make([]byte, 320)
	packet = packet[:media.NewEncoder(media.ULaw).Encode(packet, pcm)]
	for _, name := range []string{"slin", "slin16", "slin24", "slin48", "ulaw", "alaw", "g722", "gsm"} {
		f, _ := Named(name)
		h, r := NewHearer(f), NewReader(f)
		dst := h.Packet(make([]byte, 0, 4096), media.ULaw, packet)
		r.Read(dst)
		if n := testing.AllocsPerRun(100, func() { r.Read(h.Packet(dst[:0], media.ULaw, packet)) }); n != 0 {
			t.Errorf("%s: %.1f allocations a packet", name, n)
		}
	}
}
