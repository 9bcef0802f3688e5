package soundfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"obelisk/media/coder"

	"github.com/hajimehoshi/go-mp3"
	"github.com/jfreymuth/oggvorbis"
)

// Compressed files are read and not written: MP3 (ISO/IEC 11172-3 layer III) and Vorbis in Ogg.

// compressed are their extensions.
var compressed = map[string]func(data []byte) (Clip, error){"mp3": decodeMP3, "ogg": decodeOgg}

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

func decodeOgg(data []byte) (Clip, error) {
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
