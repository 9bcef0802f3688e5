package coder

import (
	"encoding/binary"
	"math"
	"os"
	"testing"

	"obelisk/internal/testkit/signal"
)

func TestG722Tones(t *testing.T) {
	for hz, want := range map[float64]float64{300: 30, 1000: 33, 1005: 33, 2500: 28, 3400: 24, 5000: 12, 6500: 12} {
		in := signal.Sine(hz, 16000, 48000, 10000)
		code, out := make([]byte, len(in)/2), make([]int16, len(in))
		if n := NewG722().Encode(code, in); n != len(code) {
			t.Fatalf("%d bytes", n)
		}
		if n := NewG722().Decode(out, code); n != len(out) {
			t.Fatalf("%d samples", n)
		}
		if got := signal.Purity(out, hz, 16000); got < want {
			t.Errorf("%g Hz: %.1f dB, want %g", hz, got, want)
		}
		if d := signal.Level(out) - signal.Level(in); math.Abs(d) > 1 {
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
	NewG722().Decode(out, code)
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
	NewG722().Encode(ours, in)
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

// BenchmarkG722 is 20 ms of audio.
func BenchmarkG722(b *testing.B) {
	raw, err := os.ReadFile("testdata/g722.s16le")
	if err != nil {
		b.Fatal(err)
	}
	pcm := make([]int16, len(raw)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	code := make([]byte, len(pcm)/2)
	NewG722().Encode(code, pcm)
	b.Run("encode", func(b *testing.B) {
		g, at, out := NewG722(), 0, make([]byte, 160)
		for b.Loop() {
			g.Encode(out, pcm[at:at+320])
			at = (at + 320) % len(pcm)
		}
	})
	b.Run("decode", func(b *testing.B) {
		g, at, out := NewG722(), 0, make([]int16, 320)
		for b.Loop() {
			g.Decode(out, code[at:at+160])
			at = (at + 160) % len(code)
		}
	})
}
