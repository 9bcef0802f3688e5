// Package signal makes tones of samples and measures what has become of them, for tests.
package signal

import "math"

// Sine is a tone of so many samples.
func Sine(hz float64, rate, n int, amplitude float64) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
	}
	return out
}

// Purity is the level of a tone over everything else, in dB. The first quarter
// is left out: coders and filters settle in it.
func Purity(x []int16, hz float64, rate int) float64 {
	x = x[len(x)/4:]
	n := len(x) - len(x)%rate // whole seconds would be best; whole periods do
	if n == 0 {
		n = int(float64(rate) / hz * math.Floor(float64(len(x))*hz/float64(rate)))
	}
	var s, c, all float64
	for i, v := range x[:n] {
		w := 2 * math.Pi * hz * float64(i) / float64(rate)
		s += float64(v) * math.Sin(w)
		c += float64(v) * math.Cos(w)
		all += float64(v) * float64(v)
	}
	tone := 2 * (s*s + c*c) / float64(n)
	return 10 * math.Log10(tone/max(all-tone, 1e-9))
}

// Level is the mean level without the first quarter, in dB.
func Level(x []int16) float64 {
	var sum float64
	for _, v := range x[len(x)/4:] {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(len(x)*3/4)+1e-9)
}
