package soundfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"obelisk/media/coder"

	"github.com/hajimehoshi/go-mp3"
	"github.com/jfreymuth/oggvorbis"
	"github.com/pion/opus"
	"github.com/pion/opus/pkg/oggreader"
)

// Compressed files are read and not written: MP3 (ISO/IEC 11172-3 layer III), Vorbis and Opus (RFC 7845) in Ogg.

// compressed are their extensions.
var compressed = map[string]func(data []byte) (Clip, error){"mp3": decodeMP3, "ogg": decodeOgg, "opus": decodeOgg}

// longest is the most of a compressed file that is read: it is whole in memory while it plays.
const longest = 30 * time.Minute

// bestRate is that of a decoded file at most: nobody here hears more.
const bestRate = 48000

var errLong = fmt.Errorf("it is longer than %d minutes", longest/time.Minute)

// guarded decodes what a stranger may have made: a decoder that stumbles over it costs the file.
func guarded(decode func(data []byte) (Clip, error), data []byte) (clip Clip, err error) {
	defer func() {
		if r := recover(); r != nil {
			clip, err = Clip{}, fmt.Errorf("it is broken: %v", r)
		}
	}()
	clip, err = decode(data)
	if err == nil && (clip.Rate < 8000 || len(clip.PCM) == 0) {
		return Clip{}, errors.New("there is no sound in it")
	}
	if err == nil && clip.Rate > bestRate {
		clip = Clip{bestRate, coder.Resample(clip.PCM, clip.Rate, bestRate)}
	}
	return clip, err
}

// decodeMP3 makes one channel of two. What follows a broken frame is left out.
func decodeMP3(data []byte) (Clip, error) {
	d, err := mp3.NewDecoder(bytes.NewReader(data))
	if err != nil {
		return Clip{}, err
	}
	clip := Clip{Rate: d.SampleRate()}
	most := int(longest/time.Second) * clip.Rate
	for frames := make([]byte, 16<<10); ; {
		n, err := io.ReadFull(d, frames)
		for i := 0; i+4 <= n; i += 4 { // two channels of 16 bits, whatever the file has
			left, right := int16(binary.LittleEndian.Uint16(frames[i:])), int16(binary.LittleEndian.Uint16(frames[i+2:]))
			clip.PCM = append(clip.PCM, int16((int(left)+int(right))/2))
		}
		switch {
		case len(clip.PCM) > most:
			return Clip{}, errLong
		case err != nil:
			return clip, nil
		}
	}
}

// decodeOgg tells Opus from Vorbis by the first packet, which the first page has alone (RFC 7845 3).
func decodeOgg(data []byte) (Clip, error) {
	if bytes.Contains(data[:min(len(data), firstPage)], []byte("OpusHead")) {
		return decodeOpus(data)
	}
	return decodeVorbis(data)
}

// firstPage is where the first packet begins at most: 27 octets of a page and its 255 segments.
const firstPage = 27 + 255 + 8

const (
	opusRate  = 48000
	opusFrame = opusRate * 120 / 1000 // the longest packet, in samples of a channel
)

// decodeOpus makes one channel of one or two. What follows a broken page is left out, and a packet that cannot
// be decoded is as long silence as the one before it.
func decodeOpus(data []byte) (Clip, error) {
	r, head, err := oggreader.NewWith(bytes.NewReader(data))
	if err != nil {
		return Clip{}, err
	}
	if head.ChannelMap != 0 || head.Channels < 1 || head.Channels > 2 {
		return Clip{}, fmt.Errorf("%d channels of Opus are not taken", head.Channels)
	}
	d, err := opus.NewDecoderWithOutput(opusRate, 1)
	if err != nil {
		return Clip{}, err
	}
	if _, _, err = r.ParseNextPacket(); err != nil { // OpusTags
		return Clip{}, err
	}
	clip, skip, n := Clip{Rate: opusRate}, int(head.PreSkip), 0
	last := uint64(0)
	for frame := make([]int16, opusFrame); ; {
		packet, page, err := r.ParseNextPacket()
		if err != nil {
			break
		}
		if got, err := d.DecodeToInt16(packet, frame); err == nil {
			n = got
		} else {
			clear(frame[:n])
		}
		clip.PCM, last = append(clip.PCM, frame[:n]...), page.GranulePosition
		if len(clip.PCM) > int(longest/time.Second)*opusRate {
			return Clip{}, errLong
		}
	}
	if last > 0 && last < uint64(len(clip.PCM)) { // the last packet is longer than the sound
		clip.PCM = clip.PCM[:last]
	}
	clip.PCM = clip.PCM[min(skip, len(clip.PCM)):]
	if gain := int16(head.OutputGain); gain != 0 { // 1/256 dB (RFC 7845 5.1)
		factor := math.Pow(10, float64(gain)/256/20)
		for i, x := range clip.PCM {
			clip.PCM[i] = int16(max(-32768, min(float64(x)*factor, 32767)))
		}
	}
	return clip, nil
}

func decodeVorbis(data []byte) (Clip, error) {
	d, err := oggvorbis.NewReader(bytes.NewReader(data))
	if err != nil {
		return Clip{}, err
	}
	clip, channels := Clip{Rate: d.SampleRate()}, d.Channels()
	if channels < 1 || channels > 8 || clip.Rate < 8000 || clip.Rate > 192000 {
		return Clip{}, fmt.Errorf("%d channels at %d Hz are not taken", channels, clip.Rate)
	}
	most := int(longest/time.Second) * clip.Rate
	for frames := make([]float32, 2048*channels); ; {
		n, err := d.Read(frames)
		for i := 0; i+channels <= n; i += channels {
			sum := float32(0)
			for _, x := range frames[i : i+channels] {
				sum += x
			}
			clip.PCM = append(clip.PCM, int16(max(-32768, min(sum/float32(channels)*32767, 32767))))
		}
		switch {
		case len(clip.PCM) > most:
			return Clip{}, errLong
		case err != nil:
			return clip, nil
		}
	}
}
