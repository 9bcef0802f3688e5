package coder

import "math"

// Resampler changes the rate of audio by a ratio of whole numbers, with a
// windowed sinc that leaves out what the lower rate cannot carry.
type Resampler struct {
	up, down int
	taps     [][]float32 // of each phase, newest sample last
	history  []float32   // the last samples of the input
	at       int         // phase of the next output sample
	skip     int         // input samples before it, of the next call
	work     []float32
}

// sincWidth is how many samples of the lower rate each side of the filter sees.
const sincWidth = 8

// NewResampler makes one; equal rates give nil, which Run does not need.
func NewResampler(from, to int) *Resampler {
	if from == to {
		return nil
	}
	g := gcd(from, to)
	r := &Resampler{up: to / g, down: from / g}
	cut := 0.92 * math.Min(1, float64(to)/float64(from)) // of the input's half rate
	half := (int(math.Ceil(sincWidth/cut)) + 1) &^ 1     // so that all taps are a multiple of four
	n := 2 * half
	for phase := range r.up {
		row, sum := make([]float32, n), 0.0
		for k := range n {
			x := float64(k-half+1) - float64(phase)/float64(r.up) // in input samples
			w := 0.5 + 0.5*math.Cos(math.Pi*x/float64(half))      // Hann
			v := cut * w
			if x != 0 {
				v = w * math.Sin(math.Pi*cut*x) / (math.Pi * x)
			}
			row[k] = float32(v)
			sum += v
		}
		for k := range row {
			row[k] = float32(float64(row[k]) / sum) // no ripple at 0 Hz
		}
		r.taps = append(r.taps, row)
	}
	r.history = make([]float32, n-1)
	return r
}

// Resample is samples at another rate, in Hz; all at once, so that it is nothing for a loop.
func Resample(pcm []int16, from, to int) []int16 {
	if from == to {
		return pcm
	}
	r := NewResampler(from, to)
	out := make([]int16, r.Room(len(pcm)))
	return out[:r.Run(out, pcm)]
}

// Is says whether it turns one rate into the other.
func (r *Resampler) Is(from, to int) bool { return r.up*from == r.down*to }

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Room is how many samples become of n at most.
func (r *Resampler) Room(n int) int { return n*r.up/r.down + 1 }

// Run takes samples and returns how many it wrote to dst, which must have Room for them.
func (r *Resampler) Run(dst, src []int16) int {
	r.work = append(r.work[:0], r.history...)
	for _, v := range src {
		r.work = append(r.work, float32(v))
	}
	const half = 0x3f000000 // 0.5 as bits
	n, width, at := 0, len(r.taps[0]), r.at
	whole, rest := r.down/r.up, r.down%r.up
	i := r.skip // sample of the window's end, counted in the new ones
	for i < len(src) {
		sum := dot(r.taps[at], r.work[i:i+width])
		sum += math.Float32frombits(math.Float32bits(sum)&(1<<31) | half) // half away from zero, without a branch on the sign
		dst[n] = int16(saturate(int32(sum)))
		n++
		i += whole
		if at += rest; at >= r.up {
			at -= r.up
			i++
		}
	}
	copy(r.history, r.work[len(r.work)-len(r.history):])
	r.at, r.skip = at, i-len(src)
	return n
}

// dot is the sum of products; the length is a multiple of four.
func dot(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	for len(a) >= 4 && len(b) >= 4 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		a, b = a[4:], b[4:]
	}
	return s0 + s1 + s2 + s3
}
