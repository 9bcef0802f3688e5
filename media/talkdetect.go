package media

import "time"

// Loudness is the mean magnitude of samples, 0 to 32767: what silencethreshold and the like
// of Asterisk's dsp.conf compare with, 256 as a rule.
func Loudness(pcm []int16) int {
	sum := 0
	for _, v := range pcm {
		sum += int(max(v, -v))
	}
	return sum / max(len(pcm), 1)
}

// TalkDetector is a Sink that tells when somebody begins and ends to speak. It judges frames of
// 20 ms. Its fields are set before it is used.
type TalkDetector struct {
	Threshold int           // Loudness from which on a frame is sound; 0: 256
	Talk      time.Duration // sound in a row that is talk; 0: the first frame is
	Silence   time.Duration // of silence in a row that ends it; 0: the first frame does
	// On is told of each change and how long what was before has lasted: for the end of talk
	// from its first sound to its last. It runs where a Sink's Put does.
	On func(talking bool, lasted time.Duration)
	// Ended is told that nothing comes any more; nil: it is not told.
	Ended func()

	frame   []int16
	talking bool
	row     time.Duration // of what is against the state now
	lasted  time.Duration
}

// Rate implements Sink.
func (d *TalkDetector) Rate() int { return narrow }

// Put implements Sink.
func (d *TalkDetector) Put(pcm []int16) {
	d.frame = append(d.frame, pcm...)
	rest := d.frame
	for ; len(rest) >= frameSamples; rest = rest[frameSamples:] {
		d.judge(rest[:frameSamples])
	}
	d.frame = append(d.frame[:0], rest...)
}

// End implements Sink.
func (d *TalkDetector) End() {
	if d.Ended != nil {
		d.Ended()
	}
}

func (d *TalkDetector) judge(frame []int16) { d.loud(Loudness(frame)) }

// loud judges a frame by its Loudness.
func (d *TalkDetector) loud(level int) {
	threshold := d.Threshold
	if threshold == 0 {
		threshold = 256
	}
	d.lasted += frameTime
	if sound := level >= threshold; sound == d.talking {
		d.row = 0
		return
	}
	d.row += frameTime
	needed := d.Talk
	if d.talking {
		needed = d.Silence
	}
	if d.row >= needed {
		d.talking = !d.talking
		lasted := d.lasted - d.row
		d.lasted, d.row = d.row, 0
		d.On(d.talking, lasted)
	}
}
