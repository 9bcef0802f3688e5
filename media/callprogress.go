package media

import "strings"

// CallProgress is what a line says of a call by its tones.
type CallProgress string

// The tones, by the words of ToneScan.
const (
	ProgressRinging  CallProgress = "RINGING"
	ProgressBusy     CallProgress = "BUSY"
	ProgressDialTone CallProgress = "DIALTONE"
	ProgressSIT      CallProgress = "SIT" // special information: the number cannot be had
	ProgressNUT      CallProgress = "NUT" // number unobtainable, of the United Kingdom
	ProgressKey      CallProgress = "DTMF"
)

// progressBlock is how many samples are judged at a time, at 8 kHz: 25 ms, in which 440 and 480 Hz are apart.
const (
	progressBlock = 200
	progressEach  = 0.25 // of a block's energy that is each of two tones
	progressAll   = 0.7  // that is all of them
	sitWithin     = 60   // blocks in which the three tones of special information come
)

// progressTone is one or two frequencies that mean something in a zone.
type progressTone struct {
	hz   []float64
	says CallProgress
}

// sitTones follow each other (ITU-T E.180).
var sitTones = []progressTone{{[]float64{950}, ""}, {[]float64{1400}, ""}, {[]float64{1800}, ""}}

// progressZones are the tones of those zones that Asterisk's listener knows. What it takes for ringing of one
// frequency in cr and br is any cadence of 425 Hz.
var progressZones = map[string][]progressTone{
	"us": {{[]float64{480, 620}, ProgressBusy}, {[]float64{440, 480}, ProgressRinging}, {[]float64{350, 440}, ProgressDialTone}},
	"uk": {{[]float64{350, 450}, ProgressDialTone}, {[]float64{400, 450}, ProgressNUT}, {[]float64{400}, ProgressNUT}},
	"cr": {{[]float64{425}, ProgressRinging}},
	"br": {{[]float64{425}, ProgressRinging}},
}

// ProgressEar hears the tones of a line in audio at 8 kHz. It belongs to who feeds it.
type ProgressEar struct {
	tones  []progressTone
	needed int // blocks in a row

	bins   []goertzel // of all tones, in their order
	n      int
	energy float32
	last   int // tone of the last block, -1 for none
	run    int // blocks in a row with it
	sit    int // how many of its tones have come
	since  int // blocks since the first of them
	keys   *dtmfDetector
}

// NewProgressEar makes one for a zone, "" for that of the United States; threshold, from 1 on, is how sure it is.
// nil: there is no such zone.
func NewProgressEar(zone string, threshold int) *ProgressEar {
	if zone == "" {
		zone = "us"
	}
	tones, ok := progressZones[strings.ToLower(zone)]
	if !ok {
		return nil
	}
	e := &ProgressEar{last: -1, needed: 2 + 2*min(max(threshold, 1), 100), keys: newDTMFDetector()}
	e.tones = append(append(e.tones, tones...), sitTones...)
	for _, t := range e.tones {
		for _, hz := range t.hz {
			e.bins = append(e.bins, goertzel{coeff: coefficient(hz)})
		}
	}
	return e
}

// Take hears samples and says what they mean, "" for nothing yet.
func (e *ProgressEar) Take(pcm []int16) (says CallProgress) {
	e.keys.take(pcm, func(byte) { says = ProgressKey })
	for _, v := range pcm {
		x := float32(v)
		e.energy += x * x
		for i := range e.bins {
			g := &e.bins[i]
			g.s1, g.s2 = x+g.coeff*g.s1-g.s2, g.s1
		}
		if e.n++; e.n == progressBlock {
			if now := e.block(); now != "" && says == "" {
				says = now
			}
		}
	}
	return says
}

// block judges one.
func (e *ProgressEar) block() CallProgress {
	tone := e.tone()
	e.n, e.energy = 0, 0
	if e.since++; e.since > sitWithin {
		e.sit = 0
	}
	if tone != e.last {
		e.last, e.run = tone, 0
	}
	if e.run++; tone < 0 || e.run < e.needed {
		return ""
	}
	first := len(e.tones) - len(sitTones)
	if tone < first {
		return e.tones[tone].says
	}
	switch tone - first {
	case 0:
		e.sit, e.since = 1, 0
	case e.sit:
		if e.sit++; e.sit == len(sitTones) {
			return ProgressSIT
		}
	}
	return ""
}

// tone is which of them a block is, -1 for none.
func (e *ProgressEar) tone() int {
	loud := e.energy >= toneQuiet*progressBlock
	found, at := -1, 0
	for i, t := range e.tones {
		var sum float32
		each := true
		for range t.hz {
			share := e.bins[at].energy() * 2 / progressBlock / max(e.energy, 1)
			sum += share
			each = each && share >= progressEach
			at++
		}
		if loud && each && sum >= progressAll && found < 0 {
			found = i
		}
	}
	return found
}
