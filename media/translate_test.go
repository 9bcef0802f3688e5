package media

import (
	"encoding/binary"
	"math"
	"os"
	"testing"
	"time"
)

// sine is a tone of so many samples.
func sine(hz float64, rate, n int, amplitude float64) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return out
}

// purity is the level of a tone over everything else, in dB. The first quarter
// is left out: coders and filters settle in it.
func purity(x []int16, hz float64, rate int) float64 {
	x = x[len(x)/4:]
	n := len(x) - len(x)%rate // whole seconds would be best; whole periods do
	if n == 0 {
		n = int(float64(rate) / hz * math.Floor(float64(len(x))*hz/float64(rate)))
	}
	var s, c, all float64
	for i, v := range x[:n] {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		s += float64(v) * math.Sin(w)
		c += float64(v) * math.Cos(w)
		all += float64(v) * float64(v)
	}
	tone := 2 * (s*s + c*c) / float64(n)
	return 10 * math.Log10(tone/max(all-tone, 1e-9))
}

func level(x []int16) float64 {
	var sum float64
	for _, v := range x[len(x)/4:] {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(len(x)*3/4)+1e-9)
}

func TestG722Tones(t *testing.T) {
	for hz, want := range map[float64]float64{300: 30, 1000: 33, 1005: 33, 2500: 28, 3400: 24, 5000: 12, 6500: 12} {
		in := sine(hz, 16000, 48000, 10000)
		code, out := make([]byte, len(in)/2), make([]int16, len(in))
		if n := newG722().Encode(code, in); n != len(code) {
			t.Fatalf("%d bytes", n)
		}
		if n := newG722().Decode(out, code); n != len(out) {
			t.Fatalf("%d samples", n)
		}
		if got := purity(out, hz, 16000); got < want {
			t.Errorf("%g Hz: %.1f dB, want %g", hz, got, want)
		}
		if d := level(out) - level(in); math.Abs(d) > 1 {
			t.Errorf("%g Hz: level changed by %.2f dB", hz, d)
		}
	}
}

// The files were made by another implementation (ffmpeg) of one signal: our
// bytes must be decoded there and the other way round. The Recommendation is
// exact, so the bytes are the same.
func TestG722IsTheStandards(t *testing.T) {
	raw, err := os.ReadFile("testdata/g722.s16le")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("testdata/g722.g722")
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := os.ReadFile("testdata/g722.decoded")
	if err != nil {
		t.Fatal(err)
	}
	in := make([]int16, len(raw)/2)
	for i := range in {
		in[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	out := make([]int16, 2*len(code))
	newG722().Decode(out, code)
	bad := 0
	for i := range min(len(out), len(decoded)/2) {
		if out[i] != int16(binary.LittleEndian.Uint16(decoded[2*i:])) {
			bad++
		}
	}
	if bad > 0 {
		t.Errorf("%d of %d decoded samples differ", bad, len(out))
	}
	ours := make([]byte, len(in)/2)
	newG722().Encode(ours, in)
	bad = 0
	for i := range min(len(ours), len(code)) {
		if ours[i] != code[i] {
			bad++
		}
	}
	if bad > 0 {
		t.Errorf("%d of %d encoded bytes differ", bad, len(code))
	}
}

func TestResampler(t *testing.T) {
	for _, c := range []struct {
		from, to int
		hz       float64
		want     float64
	}{
		{8000, 16000, 1000, 60}, {8000, 16000, 3000, 50}, {16000, 8000, 1000, 60}, {16000, 8000, 3000, 50},
		{8000, 48000, 1000, 55}, {48000, 8000, 1000, 55}, {16000, 48000, 5000, 50}, {8000, 12000, 2000, 55}, {44100, 8000, 1000, 50},
	} {
		r := newResampler(c.from, c.to)
		in := sine(c.hz, c.from, 2*c.from, 10000)
		var out []int16
		buf := make([]int16, 4096)
		for len(in) > 0 { // packets of odd lengths
			n := min(len(in), 137)
			out = append(out, buf[:r.Run(buf, in[:n])]...)
			in = in[n:]
		}
		if d := len(out) - 2*c.to; d < -2 || d > 2 {
			t.Errorf("%d to %d: %d samples of two seconds", c.from, c.to, len(out))
		}
		if got := purity(out, c.hz, c.to); got < c.want {
			t.Errorf("%d to %d, %g Hz: %.1f dB, want %g", c.from, c.to, c.hz, got, c.want)
		}
	}
	// What the lower rate cannot carry is gone, not folded.
	in, out := sine(6000, 16000, 32000, 10000), make([]int16, 16001)
	if n := newResampler(16000, 8000).Run(out, in); level(out[:n])-level(in) > -50 {
		t.Errorf("6 kHz comes through at %.0f dB", level(out[:n])-level(in))
	}
	if newResampler(8000, 8000) != nil {
		t.Error("a resampler for equal rates")
	}
}

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
			rate := coders[from].rate
			in, enc, dec := sine(1000, rate, 2*rate, 8000), coders[from].enc(), coders[from].dec()
			var heard []int16
			a, b, c, pcm := make([]byte, maxPacket), make([]byte, maxPacket), make([]byte, maxPacket), make([]int16, maxSamples)
			for len(in) >= rate/50 {
				n := enc.Encode(a, in[:rate/50])
				in = in[rate/50:]
				m := there.run(b, a[:n], w)
				k := back.run(c, b[:m], w)
				heard = append(heard, pcm[:dec.Decode(pcm, c[:k])]...)
			}
			if got, least := purity(heard, 1000, rate), min(want[from], want[to])-4; got < least {
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

// The files were made by libgsm of one signal. The standard is exact, so the bytes
// are the same.
func TestGSMIsTheStandards(t *testing.T) {
	linear := func(data []byte) []int16 {
		out := make([]int16, len(data)/2)
		for i := range out {
			out[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
		}
		return out
	}
	read := func(name string) []byte {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	in, code, decoded := linear(read("gsm.s16le")), read("gsm.gsm"), linear(read("gsm.decoded"))
	ours := make([]byte, len(code))
	if n := newGSM().Encode(ours, in); n < len(code)-gsmBytes {
		t.Fatalf("%d bytes", n)
	}
	for i := 0; i < len(in)/gsmSamples*gsmBytes; i++ {
		if ours[i] != code[i] {
			t.Fatalf("byte %d of frame %d differs", i%gsmBytes, i/gsmBytes)
		}
	}
	out := make([]int16, len(decoded))
	newGSM().Decode(out, code)
	for i := range out {
		if out[i] != decoded[i] {
			t.Fatalf("sample %d of frame %d: %d, want %d", i%gsmSamples, i/gsmSamples, out[i], decoded[i])
		}
	}
}
