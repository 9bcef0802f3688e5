package voiceagent

import (
	"math"
	"time"
)

// detector tells when a caller begins to speak, from his audio at 8 kHz and from how loud was what he
// was played. It looks at blocks of 10 ms:
//
//	level    of a block, in dB, has to be over the mean of what is no speech by margin, and by more
//	         where that varies (music)
//	echo     of what is played is predicted from its energy in the last 300 ms; the prediction is
//	         subtracted, and learnt while nobody speaks
//	voice    some of the blocks have to have a pitch of 80 to 400 Hz, as noise has not
type detector struct {
	least  int     // blocks of speech
	margin float64 // dB

	rest  []int16 // less than a block
	past  [windowSamples]int16
	dc    float64
	mean  float64 // dB of what is no speech
	dev   float64 // its mean deviation
	seen  int     // blocks
	echo  [echoBlocks]float64
	run   int // blocks that look like speech, in a row with few others
	voice int // of them, with a pitch
	quiet int // blocks since the last one that did
	talks bool
}

const (
	blockSamples  = 80 // 10 ms at 8 kHz
	block         = 10 * time.Millisecond
	windowSamples = 240
	echoBlocks    = 30
	floorLevel    = 30.0 // dB of an amplitude of 32: what is quieter is silence
	warmUp        = 50   // blocks that are only learnt from
	hangover      = 30   // blocks of silence that end a sentence
	lowestPitch   = 100  // samples of a period: 80 Hz
	highestPitch  = 20   // 400 Hz
)

func newDetector(least time.Duration, margin float64) *detector {
	return &detector{least: max(int(least/block), 2), margin: margin, mean: floorLevel}
}

// heard is what a detector has heard in a piece of audio.
type heard struct {
	Began, Ended bool // a sentence
	Speech       bool // something of it
}

// feed takes the caller's audio. played gives the energy of what was played to him n blocks before the
// newest one.
func (d *detector) feed(pcm []int16, played func(n int) float64) (h heard) {
	d.rest = append(d.rest, pcm...)
	for ago := len(d.rest)/blockSamples - 1; len(d.rest) >= blockSamples; ago-- {
		x := d.block(d.rest[:blockSamples], played, ago)
		h.Began, h.Ended, h.Speech = h.Began || x.Began, h.Ended || x.Ended, h.Speech || x.Speech
		d.rest = d.rest[:copy(d.rest, d.rest[blockSamples:])]
	}
	return h
}

// nothing is for time in which nothing came: a caller whose phone sends only while he speaks, or a channel that has
// not said a word yet, was silent meanwhile. Without it his first words would be what is usual.
func (d *detector) nothing(t time.Duration) (h heard) {
	if d.rest = d.rest[:0]; t > 0 {
		var silence [blockSamples]int16
		for range min(int(t/block), 2*warmUp) {
			x := d.block(silence[:], func(int) float64 { return 0 }, 0)
			h.Ended = h.Ended || x.Ended
		}
	}
	return h
}

func (d *detector) block(pcm []int16, played func(int) float64, ago int) (h heard) {
	energy := 0.0
	for _, x := range pcm {
		d.dc += (float64(x) - d.dc) / 128
		y := float64(x) - d.dc
		energy += y * y
	}
	energy /= blockSamples
	copy(d.past[:], d.past[blockSamples:])
	copy(d.past[windowSamples-blockSamples:], pcm)
	var loud [echoBlocks]float64
	predicted, power := 0.0, 0.0
	for k := range loud {
		loud[k] = played(ago + k)
		predicted += d.echo[k] * loud[k]
		power += loud[k] * loud[k]
	}
	level := dB(max(energy-2*predicted, 0))
	if level < floorLevel {
		level = floorLevel
	}
	d.seen++
	active := d.seen > warmUp && level > d.mean+max(d.margin, 2.2*d.dev)
	d.learn(level, energy, predicted, power, &loud, active)
	return d.judge(active)
}

// learn adapts to what is no speech: what looks like it for seconds becomes what is usual.
func (d *detector) learn(level, energy, predicted, power float64, loud *[echoBlocks]float64, active bool) {
	rate := 0.01
	switch {
	case d.seen <= warmUp:
		rate = 0.1
	case active || d.talks:
		rate = 0.0007
	case level < d.mean:
		rate = 0.02
	}
	off := level - d.mean
	d.mean += rate * off
	if d.mean < floorLevel {
		d.mean = floorLevel
	}
	if !active && !d.talks {
		d.dev += rate * (math.Abs(off) - d.dev)
	}
	if power < 1e6 || d.talks {
		return
	}
	step := 0.02
	if active && d.seen > 5*warmUp { // a voice and not the echo, perhaps
		step = 0.002
	}
	wrong := energy - predicted
	for k := range d.echo {
		d.echo[k] = max(d.echo[k]+step*wrong*loud[k]/power, 0)
	}
}

// judge counts the blocks.
func (d *detector) judge(active bool) (h heard) {
	if !active {
		d.quiet++
		d.run = max(d.run-1, 0)
		if d.run == 0 {
			d.voice = 0
		}
		if d.talks && d.quiet >= hangover {
			d.talks, d.run, d.voice = false, 0, 0
			h.Ended = true
		}
		return h
	}
	d.quiet = 0
	d.run++
	if d.run <= 100 && d.pitched() {
		d.voice++
	}
	if !d.talks && d.run >= d.least && 2*d.voice >= d.least {
		d.talks, h.Began = true, true
	}
	h.Speech = d.talks
	return h
}

// pitched says whether the last 30 ms have a period as voices have.
func (d *detector) pitched() bool {
	x := d.past[:]
	var own float64
	for i := lowestPitch; i < windowSamples; i++ {
		own += float64(x[i]) * float64(x[i])
	}
	if own == 0 {
		return false
	}
	for lag := highestPitch; lag <= lowestPitch; lag++ {
		var both, other float64
		for i := lowestPitch; i < windowSamples; i++ {
			y := float64(x[i-lag])
			both += float64(x[i]) * y
			other += y * y
		}
		if both > 0 && both*both > 0.36*own*other { // a correlation of 0.6
			return true
		}
	}
	return false
}

// dB of an energy: of the square of an amplitude.
func dB(energy float64) float64 { return 10 * math.Log10(energy+1) }
