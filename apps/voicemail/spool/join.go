package spool

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
)

// JoinSound makes sound of two others, one after the other, in each format that both have. The
// samples are taken as they are: nothing is coded anew.
func JoinSound(to, first, second string) error {
	joined := false
	for _, name := range soundOf(first) {
		ext := filepath.Ext(name)
		a, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(second + ext)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(to+ext, join(a, b), fileMode); err != nil {
			return err
		}
		joined = true
	}
	if !joined {
		return errors.New("there is no format that both have")
	}
	return nil
}

// join puts two files of one format together: RIFF files under one header, raw ones as they are.
func join(a, b []byte) []byte {
	headA, soundA, okA := riff(a)
	headB, soundB, okB := riff(b)
	if !okA || !okB {
		return append(a[:len(a):len(a)], b...)
	}
	samples := factOf(headA) + factOf(headB)
	out := append(append(append([]byte{}, headB...), soundA...), soundB...)
	size := len(soundA) + len(soundB)
	if size%2 == 1 {
		out = append(out, 0)
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	binary.LittleEndian.PutUint32(out[len(headB)-4:], uint32(size))
	if at := chunk(out[:len(headB)], "fact"); at > 0 {
		binary.LittleEndian.PutUint32(out[at+8:], uint32(samples))
	}
	return out
}

// riff parts a RIFF file into all up to its sound, and that.
func riff(data []byte) (head, sound []byte, ok bool) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return nil, nil, false
	}
	at := chunk(data, "data")
	if at < 0 {
		return nil, nil, false
	}
	size := int(binary.LittleEndian.Uint32(data[at+4:]))
	end := min(max(at+8+size, at+8), len(data))
	return data[:at+8], data[at+8 : end], true
}

// chunk is where one begins; -1 without it.
func chunk(data []byte, name string) int {
	for at := 12; at+8 <= len(data); {
		if string(data[at:at+4]) == name {
			return at
		}
		size := int(binary.LittleEndian.Uint32(data[at+4:]))
		at += 8 + size + size&1
	}
	return -1
}

// factOf is how many samples a header says there are.
func factOf(head []byte) int {
	at := chunk(head, "fact")
	if at < 0 || at+12 > len(head) {
		return 0
	}
	return int(binary.LittleEndian.Uint32(head[at+8:]))
}
