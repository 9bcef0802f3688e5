package media

import "math"

// The calling tone of a fax machine (CNG, ITU-T T.30 4.2.2): 1100 Hz, 38 Hz more or less,
// half a second on, three seconds off.
const (
	cngBlock = 80   // samples at 8 kHz, 10 ms
	cngLeast = 4e5  // energy of the tone in a block: some -45 dBm0
	cngShare = 0.85 // of the block's energy that is the tone: what tells it from speech and music
	cngTime  = 40   // blocks in a row that are the tone
)

// cngFrequencies lie so near to each other that what is between is not missed.
var cngFrequencies = [3]float64{1075, 1100, 1125}

// cngDetector hears the calling tone in audio at 8 kHz.
type cngDetector struct {
	bins   [3]goertzel
	energy float32
	n      int
	run    int // blocks in a row
}

func newCNGDetector() *cngDetector {
	d := &cngDetector{}
	for i := range d.bins {
		d.bins[i].coeff = float32(2 * math.Cos(2*math.Pi*cngFrequencies[i]/8000))
	}
	return d
}

// take hears samples and says whether the tone has now lasted long enough, once for each.
func (d *cngDetector) take(pcm []int16) (found bool) {
	for _, v := range pcm {
		x := float32(v)
		d.energy += x * x
		for i := range d.bins {
			g := &d.bins[i]
			g.s1, g.s2 = x+g.coeff*g.s1-g.s2, g.s1
		}
		if d.n++; d.n < cngBlock {
			continue
		}
		var e float32
		for i := range d.bins {
			e = max(e, d.bins[i].energy())
		}
		// A pure tone of energy E in n samples shows as E*n/2.
		if e >= cngLeast && e*2/cngBlock >= cngShare*d.energy {
			d.run++
			found = found || d.run == cngTime
		} else {
			d.run = 0
		}
		d.n, d.energy = 0, 0
	}
	return found
}

// faxEar listens for the tone on a stream (Params.FaxTone); it belongs to the loop.
type faxEar struct {
	cng   *cngDetector
	pcm   *translation // of the leg's audio, to 8 kHz
	heard func()       // told of each tone
}

// OnFaxTone sets the function told of the calling tone of a fax machine, where
// Params.FaxTone asks to listen for it; nil ends that. It runs on the loop and must not block.
func (s *Stream) OnFaxTone(f func()) {
	s.do(func() {
		if s.fax.heard = f; f == nil {
			s.listenForFax(false)
		}
	})
}

// hearFax listens to a packet.
func (s *Stream) hearFax(b []byte, codec Codec) {
	f := &s.fax
	start := payloadStart(b)
	if !codec.Convertible() || start < 0 {
		return
	}
	if f.pcm == nil || f.pcm.from != codec {
		f.pcm = newTranslation(codec, Slin, 20)
	}
	if f.cng.take(f.pcm.samples(b[start:], &s.loop.scratch)) && f.heard != nil {
		f.heard()
	}
}

// listenForFax begins or ends the listening.
func (s *Stream) listenForFax(on bool) {
	switch {
	case !on:
		s.fax.cng, s.fax.pcm = nil, nil
	case s.fax.cng == nil:
		s.fax.cng = newCNGDetector()
	}
}
