package media

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ToneStep is a part of a tone: frequencies that sound together for a time.
type ToneStep struct {
	Hz     []float64 // none or 0: silence
	Shaped bool      // the second modulates the first instead of being added
	MS     int       // milliseconds; 0: for ever
	Once   bool      // left out in repetitions
}

// Tone is a list of steps as in indications.conf.
type Tone []ToneStep

// Bounds of a list: the longest that any country has is under twenty, and no step there
// has more than three frequencies. One above half the sample rate sounds as its alias, as
// in Asterisk: the stock file has a pause that was written as a frequency.
const (
	maxToneSteps = 64
	maxToneHz    = 65535
	maxToneMix   = 8
)

// ParseTone reads "440+480/2000,0/4000": frequencies in Hz, joined by "+" or, for
// modulation, "*", with milliseconds after a slash; "!" before a step plays it once, and
// begins a step where a comma was forgotten.
func ParseTone(text string) (Tone, error) {
	var out Tone
	text = strings.ReplaceAll(text, "!", ",!")
	for _, f := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '|' }) {
		if strings.TrimSpace(f) == "" {
			continue
		}
		s, err := parseToneStep(strings.TrimSpace(f))
		if err != nil {
			return nil, err
		}
		if out = append(out, s); len(out) > maxToneSteps {
			return nil, fmt.Errorf("more than %d steps", maxToneSteps)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no step")
	}
	return out, nil
}

func parseToneStep(text string) (s ToneStep, err error) {
	text, s.Once = strings.CutPrefix(text, "!")
	sound, length, timed := strings.Cut(text, "/")
	if timed {
		if s.MS, err = strconv.Atoi(strings.TrimSpace(length)); err != nil || s.MS < 0 || s.MS > 1e6 {
			return s, fmt.Errorf("'%s' is no number of milliseconds", length)
		}
	}
	separator := "+"
	if strings.Contains(sound, "*") {
		separator, s.Shaped = "*", true
	}
	for _, f := range strings.Split(sound, separator) {
		n, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(f), "M"), 64)
		if err != nil || !(n >= 0 && n <= maxToneHz) {
			return s, fmt.Errorf("'%s' is no frequency", f)
		}
		s.Hz = append(s.Hz, n)
	}
	if len(s.Hz) > maxToneMix || s.Shaped && len(s.Hz) != 2 {
		return s, fmt.Errorf("'%s' has too many frequencies", sound)
	}
	return s, nil
}

// Source plays the tone for ever.
func (t Tone) Source() Source { return &tonePlayer{tone: t} }

// toneLevel is the amplitude of a tone, of 32767.
const toneLevel = 8000

type tonePlayer struct {
	tone     Tone
	step     int
	at       int // samples of the step that were played
	repeated bool
}

// Frame implements Source. What is over ends in silence.
func (p *tonePlayer) Frame(dst []int16) int {
	for i := range dst {
		s := p.now()
		if s == nil {
			dst[i] = 0
			continue
		}
		dst[i] = s.sample(p.at)
		p.at++
	}
	return len(dst)
}

// now is the step that sounds; nil when nothing is left to repeat.
func (p *tonePlayer) now() *ToneStep {
	for range 2*len(p.tone) + 1 {
		if p.step == len(p.tone) {
			p.step, p.at, p.repeated = 0, 0, true
		}
		s := &p.tone[p.step]
		if s.Once && p.repeated || s.MS > 0 && p.at >= s.MS*8 {
			p.step++
			p.at = 0
			continue
		}
		return s
	}
	return nil
}

func (s *ToneStep) sample(n int) int16 {
	w := float64(n) / 8000 * 2 * math.Pi
	if s.Shaped {
		return int16(math.Sin(w*s.Hz[0]) * (0.9 + 0.1*math.Sin(w*s.Hz[1])) * toneLevel)
	}
	sum := 0.0
	for _, hz := range s.Hz {
		sum += math.Sin(w * hz)
	}
	return int16(sum / float64(max(len(s.Hz), 1)) * toneLevel)
}
