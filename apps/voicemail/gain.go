package voicemail

import (
	"bytes"
	"encoding/binary"
)

// louder is the sound of a file with another level, where that can be changed: linear samples. The
// gain is a factor; 0 and 1 leave it alone.
// Differs: Asterisk has the program sox do it, in any format.
func louder(data []byte, ext string, gain float64) []byte {
	if gain == 0 || gain == 1 {
		return data
	}
	start := 0
	switch ext {
	case "sln", "slin", "raw", "sln16":
	case "wav":
		start = bytes.Index(data, []byte("data")) + 8
		if start < 8 {
			return data
		}
	default:
		return data
	}
	out := bytes.Clone(data)
	for i := start; i+1 < len(out); i += 2 {
		s := float64(int16(binary.LittleEndian.Uint16(out[i:]))) * gain
		binary.LittleEndian.PutUint16(out[i:], uint16(int16(max(min(s, 32767), -32768))))
	}
	return out
}
