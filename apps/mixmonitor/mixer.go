package mixmonitor

import (
	"strconv"
	"sync/atomic"
	"time"

	"obelisk/media"
	"obelisk/media/soundfile"
)

// Kinds of files.
const (
	mixed       = iota // both sides in one
	received           // what the channel says
	transmitted        // what it hears
	interleaved        // both, one sample of each in turn
	kinds
)

// mixer is a media.DuplexSink: it gives the two sides to the files of one rate.
type mixer struct {
	r       *recording
	rate    int
	tap     *media.Tap
	files   [kinds][]*soundfile.Recorder
	first   func() (time.Duration, bool)
	seen    int64 // samples since it began
	written atomic.Int64
	sides   [2][]int16
	sum     []int16
}

func newMixer(r *recording, rate int) *mixer { return &mixer{r: r, rate: rate} }

func mixerOf(list []*mixer, rate int) *mixer {
	for _, x := range list {
		if x.rate == rate {
			return x
		}
	}
	return nil
}

// attach begins to listen.
func (x *mixer) attach(s *media.Stream) {
	ready := make(chan struct{})
	x.first = func() (time.Duration, bool) { <-ready; return x.tap.First() }
	x.tap = s.TapBoth(x)
	close(ready)
}

// Rate implements media.DuplexSink.
func (x *mixer) Rate() int { return x.rate }

// Patience implements media.Patient: a file has time for what comes late. Whether the channel is
// with somebody is seen when the samples come.
func (x *mixer) Patience() time.Duration {
	if x.r.plan.bridged {
		return 60 * time.Millisecond
	}
	return 400 * time.Millisecond
}

// Put implements media.DuplexSink. Before the first packet of either side nothing is written: a
// recording does not begin with the silence of a call that rings.
func (x *mixer) Put(in, out []int16) {
	from := x.seen
	x.seen += int64(len(in))
	first, came := x.first()
	if !came || x.r.plan.bridged && x.r.ch.View().BridgeID == "" {
		return
	}
	cut := max(x.samples(first), x.samples(x.r.plan.skip)) - from
	if cut >= int64(len(in)) {
		return
	}
	if cut > 0 {
		in, out, from = in[cut:], out[cut:], from+cut
	}
	x.written.Add(int64(len(in)))
	in, out = x.side(0, in, from), x.side(1, out, from)
	for kind, files := range x.files {
		for _, f := range files {
			f.Put(x.of(kind, in, out))
		}
	}
}

// samples is a time in samples.
func (x *mixer) samples(d time.Duration) int64 {
	return int64(d/time.Millisecond) * int64(x.rate) / 1000
}

// End implements media.DuplexSink.
func (x *mixer) End() {
	for _, files := range x.files {
		for _, f := range files {
			f.End()
		}
	}
}

// side is one direction that begins at a sample, louder or softer, or muted.
func (x *mixer) side(i int, pcm []int16, from int64) []int16 {
	gain, mutes := x.r.plan.gain[i], &x.r.muted[i]
	if gain == 0 && mutes.never() {
		return pcm
	}
	x.sides[i] = x.sides[i][:0]
	for _, s := range pcm {
		x.sides[i] = append(x.sides[i], louder(s, gain))
	}
	mutes.silence(x.sides[i], from, x.samples)
	return x.sides[i]
}

// louder doubles a sample so many times, or halves it.
func louder(s int16, times int) int16 {
	if times < 0 {
		return s / int16(1<<-times)
	}
	return clip(int(s) << times)
}

func clip(n int) int16 { return int16(min(max(n, -32768), 32767)) }

// of is what goes into a file of a kind.
func (x *mixer) of(kind int, in, out []int16) []int16 {
	switch kind {
	case received:
		return in
	case transmitted:
		return out
	}
	x.sum = x.sum[:0]
	for i := range in {
		if kind == interleaved {
			x.sum = append(x.sum, in[i], out[i])
		} else {
			x.sum = append(x.sum, clip(int(in[i])+int(out[i])))
		}
	}
	return x.sum
}

// pointer is an id in the form of Asterisk's.
func pointer(n uint64) string { return "0x" + strconv.FormatUint(0x7f0000000000+n*16, 16) }
