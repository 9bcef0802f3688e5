package coder

import (
	"encoding/binary"
	"os"
	"testing"
)

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
	if n := NewGSM().Encode(ours, in); n < len(code)-gsmBytes {
		t.Fatalf("%d bytes", n)
	}
	for i := 0; i < len(in)/gsmSamples*gsmBytes; i++ {
		if ours[i] != code[i] {
			t.Fatalf("byte %d of frame %d differs", i%gsmBytes, i/gsmBytes)
		}
	}
	out := make([]int16, len(decoded))
	NewGSM().Decode(out, code)
	for i := range out {
		if out[i] != decoded[i] {
			t.Fatalf("sample %d of frame %d: %d, want %d", i%gsmSamples, i/gsmSamples, out[i], decoded[i])
		}
	}
}
