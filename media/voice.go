package media

import (
	"math"
	"sync/atomic"
	"time"

	"obelisk/media/coder"
)

// Play says how a source is played.
type Play struct {
	// In has the bridge hear it, as if the far side said it; else the far side hears it.
	In bool
	// Mix adds it to what is heard anyway. Else it takes the place of that, and of what began to
	// play before it, which goes on when it ends.
	Mix bool
	// Gain in dB, -96 to 40; 0: as it is. Below -90 nothing is heard.
	Gain float64
	// Done is told once, on the loop, that it is over, and whether it reached its end; it must
	// not block. It may be nil.
	Done func(finished bool)
}

// Voice is a source that plays. Its methods may be called from anywhere, in any order, also when it
// is over. It may be given to another stream (HandOver).
type Voice struct {
	src    Source
	how    Play
	rate   int                    // of src in Hz
	home   atomic.Pointer[Stream] // that it plays at
	played atomic.Int64           // samples of src

	// ---- owned by the loop ----
	factor float32
	paused bool
	last   bool // its last frame is out, and its time is passing
	over   bool
	rs     *coder.Resampler
	left   []int16 // samples of the player's rate that are not heard yet
	dry    bool    // src has ended
}

// Start plays a source beside what else is played.
func (s *Stream) Start(src Source, how Play) *Voice {
	v := newVoice(src, how)
	s.bring(v, s.begin)
	return v
}

// bring takes a voice onto the stream's loop, and begins it there.
func (s *Stream) bring(v *Voice, begin func(*Voice)) {
	v.home.Store(s)
	s.post(func() {
		switch {
		case v.over:
		case !s.opened:
			v.finish(false)
		default:
			begin(v)
		}
	})
}

func newVoice(src Source, how Play) *Voice {
	return &Voice{src: src, how: how, rate: rateOf(src), factor: factorOf(how.Gain)}
}

// factorOf is a gain in dB as a factor.
func factorOf(dB float64) float32 {
	if dB = min(dB, 40); dB < -90 {
		return 0
	}
	return float32(math.Pow(10, dB/20))
}

// on runs f on the loop while the voice plays.
func (v *Voice) on(f func(*Stream)) {
	s := v.home.Load()
	s.post(func() {
		switch {
		case v.home.Load() != s: // the rest of it belongs to another loop
			v.on(f)
		case v.over:
		default:
			f(s)
		}
	})
}

// Stop ends it: Done is told false, unless it is over.
func (v *Voice) Stop() {
	v.on(func(s *Stream) {
		if p := s.playing(v); p != nil {
			p.drop(v)
			p.restIfSilent(s)
		}
		v.finish(false)
	})
}

// Pause has its time stand still, as if it were not there, or go on.
func (v *Voice) Pause(on bool) {
	v.on(func(s *Stream) {
		v.paused = on
		if p := s.playing(v); p != nil {
			s.slow()
			p.restIfSilent(s)
			p.wake(s)
		}
	})
}

// SetGain changes how loud it is, in dB; 0: as it is.
func (v *Voice) SetGain(dB float64) { v.on(func(*Stream) { v.factor = factorOf(dB) }) }

// Seek goes on at another place of the source: so far from its beginning, below 0 from its end. What is
// outside is the beginning or the end. Nothing happens with a source that is not a Seeker.
func (v *Voice) Seek(to time.Duration) { v.seek(to, false) }

// Skip goes so far on, or back.
func (v *Voice) Skip(by time.Duration) { v.seek(by, true) }

func (v *Voice) seek(to time.Duration, on bool) {
	v.on(func(*Stream) {
		k, ok := v.src.(Seeker)
		if !ok {
			return
		}
		n := int64(to/time.Second)*int64(v.rate) + int64(to%time.Second)*int64(v.rate)/int64(time.Second)
		switch {
		case on:
			n += v.played.Load()
		case n < 0:
			n += int64(k.Len())
		}
		n = min(max(n, 0), int64(k.Len()))
		k.SeekTo(int(n))
		v.played.Store(n)
		v.left, v.rs, v.dry, v.last = v.left[:0], nil, false, false
	})
}

// Position is how far the source was played.
func (v *Voice) Position() time.Duration {
	n := v.played.Load()
	return time.Duration(n/int64(v.rate))*time.Second + time.Duration(n%int64(v.rate))*time.Second/time.Duration(v.rate)
}

func (v *Voice) finish(finished bool) {
	if v.over = true; v.how.Done != nil {
		v.how.Done(finished)
	}
}

// pull fills dst with samples of a rate and returns how many; fewer than there is room for are
// the end. It uses w.voice and w.resampled.
func (v *Voice) pull(dst []int16, rate int, w *scratch) int {
	n := 0
	if v.rate == rate && len(v.left) == 0 {
		if !v.dry {
			n = v.src.Frame(dst)
			v.played.Add(int64(n))
			v.dry = n < len(dst)
		}
	} else {
		v.fetch(len(dst), rate, w)
		n = copy(dst, v.left)
		v.left = append(v.left[:0], v.left[n:]...)
	}
	if v.factor != 1 {
		amplify(dst[:n], v.factor)
	}
	return n
}

// fetch has n samples of a rate wait, where the source gives so many.
func (v *Voice) fetch(n, rate int, w *scratch) {
	if v.rate != rate && (v.rs == nil || !v.rs.Is(v.rate, rate)) {
		v.rs = coder.NewResampler(v.rate, rate)
	}
	for len(v.left) < n && !v.dry {
		src := w.voice[:min(v.rate/50, len(w.voice))]
		k := v.src.Frame(src)
		v.played.Add(int64(k))
		v.dry = k < len(src)
		if src = src[:k]; v.rate != rate {
			src = w.resampled[:v.rs.Run(w.resampled[:], src)]
		}
		v.left = append(v.left, src...)
	}
}

// amplify multiplies samples.
func amplify(pcm []int16, factor float32) {
	for i, x := range pcm {
		pcm[i] = clip(float32(x) * factor)
	}
}

func clip(x float32) int16 { return int16(min(max(x, -32768), 32767)) }

// add adds src to dst, which is as long.
func add(dst, src []int16) {
	for i, x := range src {
		dst[i] = coder.Clip(int32(dst[i]) + int32(x))
	}
}
