package media

import (
	"testing"
	"time"

	"obelisk/internal/testkit/signal"
)

// run translates a payload, encode makes payload of samples.
func (t *translation) run(dst, src []byte, w *scratch) int {
	return t.encode(dst, w.pcm[:t.dec.Decode(w.pcm[:], src)], w)
}

func (t *translation) encode(dst []byte, pcm []int16, w *scratch) (n int) {
	t.packets(t.resample(pcm, w), func(pcm []int16) { n += t.enc.Encode(dst[n:], pcm) })
	return n
}

// Each pair of codecs: a tone there and back keeps its purity.
func TestEveryTranslation(t *testing.T) {
	want := map[Codec]float64{ULaw: 34, ALaw: 34, GSM: 20, G722: 33, Slin: 50, Slin16: 50, Opus: 20}
	for _, from := range ConvertibleCodecs() {
		for _, to := range ConvertibleCodecs() {
			if from == to {
				continue
			}
			there, back, w := newTranslation(from, to, 20), newTranslation(to, from, 20), &scratch{}
			rate := conversions[from].rate
			in, enc, dec := signal.Sine(1000, rate, 2*rate, 8000), conversions[from].enc(), conversions[from].dec()
			var heard []int16
			a, b, c, pcm := make([]byte, maxPacket), make([]byte, maxPacket), make([]byte, maxPacket), make([]int16, maxSamples)
			for len(in) >= rate/50 {
				n := enc.Encode(a, in[:rate/50])
				in = in[rate/50:]
				m := there.run(b, a[:n], w)
				k := back.run(c, b[:m], w)
				heard = append(heard, pcm[:dec.Decode(pcm, c[:k])]...)
			}
			if got, least := signal.Purity(heard, 1000, rate), min(want[from], want[to])-4; got < least {
				t.Errorf("%s - %s - %s: %.1f dB, want %.0f", from, to, from, got, least)
			}
			if d, ok := TranslationCost(from, to); !ok || d <= 0 || d > 5*time.Second {
				t.Errorf("%s to %s: %v %v", from, to, d, ok)
			}
		}
	}
	if _, ok := TranslationCost(ULaw, G729); ok || Translatable(ULaw, G729) || !Translatable(G729, G729) || !Translatable(Opus, Opus) {
		t.Error("a way that is not there")
	}
}

// On the wire: numbers of the payload, continuous sequence, timestamps by the
// clock of each side.
func TestStreamTranslates(t *testing.T) {
	for _, c := range []struct {
		from, to    Format
		size, steps int // of what arrives
	}{
		{Format{ULaw, 0, 0}, Format{G722, 9, 9}, 160, 160},
		{Format{G722, 9, 9}, Format{ALaw, 8, 8}, 160, 160},
		{Format{ULaw, 0, 0}, Format{Slin16, 118, 118}, 640, 320},
		{Format{Slin, 111, 111}, Format{ULaw, 0, 0}, 160, 160},
	} {
		e := engine(t, Config{})
		a, b, sa, _ := pair(t, e, []Format{c.from}, []Format{c.to})
		size := 160
		if c.from.Codec == Slin {
			size = 320
		}
		var seq uint16
		var ts uint32
		for i := range 5 {
			a.send(sa, c.from.Recv, make([]byte, size))
			p := b.receive(patience)
			if p == nil || p.PayloadType != c.to.Send || len(p.Payload) != c.size {
				t.Fatalf("%s to %s: %v; %+v", c.from.Codec, c.to.Codec, p, sa.Stats())
			}
			if i > 0 && (p.SequenceNumber != seq+1 || p.Timestamp != ts+uint32(c.steps)) {
				t.Errorf("%s to %s: sequence %d after %d, timestamp %d after %d", c.from.Codec, c.to.Codec, p.SequenceNumber, seq, p.Timestamp, ts)
			}
			seq, ts = p.SequenceNumber, p.Timestamp
		}
	}
}

func BenchmarkTranslate(b *testing.B) {
	for _, pair := range [][2]Codec{{ULaw, G722}, {G722, ULaw}, {ULaw, Slin16}} {
		b.Run(pair[0].String()+"-"+pair[1].String(), func(b *testing.B) {
			t, w := newTranslation(pair[0], pair[1], 20), &scratch{}
			src := make([]byte, 160)
			b.ReportAllocs()
			for b.Loop() {
				t.run(w.packet[:], src, w)
			}
		})
	}
}
