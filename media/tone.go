package media

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ToneStep is a part of a tone: one or two frequencies for a time.
type ToneStep struct {
	Hz1, Hz2 float64 // Hz2 0: one frequency; both 0: silence
	Shaped   bool    // Hz2 modulates Hz1 instead of being added
	MS       int     // milliseconds; 0: for ever
	Once     bool    // left out in repetitions
}

// Tone is a list of steps as in indications.conf.
type Tone []ToneStep

// maxToneSteps of a list; the longest that any country has is under twenty.
const maxToneSteps = 64

// ParseTone reads "440+480/2000,0/4000": frequencies in Hz, joined by "+" or, for
// modulation, "*", with milliseconds after a slash; "!" before a step plays it once.
func ParseTone(text string) (Tone, error) {
	var out Tone
	for _, f := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '|' }) {
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
	first, second, two := strings.Cut(sound, "+")
	if !two {
		first, second, two = strings.Cut(sound, "*")
		s.Shaped = two
	}
	hz := func(text string) float64 {
		n, e := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(text), "M"), 64)
		if e != nil || !(n >= 0 && n <= 4000) {
			err = fmt.Errorf("'%s' is no frequency", text)
		}
		return n
	}
	s.Hz1 = hz(first)
	if two {
		s.Hz2 = hz(second)
	}
	return s, err
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
	a, b := math.Sin(w*s.Hz1), math.Sin(w*s.Hz2)
	switch {
	case s.Hz1 == 0 && s.Hz2 == 0:
		return 0
	case s.Shaped:
		a *= 0.9 + 0.1*b
	case s.Hz2 != 0:
		a = (a + b) / 2
	}
	return int16(a * toneLevel)
}
