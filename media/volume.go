package media

// shape is what is done to the audio of a direction as it passes: it is muted, made louder or
// quieter, or scrambled. A packet is decoded and coded again for it, in its own codec and length, so that nothing
// else has to know.
type shape struct {
	muted     bool
	factor    float32
	level     *leveller  // nil: none
	gate      *noiseGate // nil: none
	scrambler *scrambler // nil: none
	codec     Codec
	dec       Decoder
	enc       Encoder
}

// SetGain makes a direction, In, Out or both, louder or quieter by so many dB, -96 to 40; 0: as it
// came. Below -90 nothing is heard. Sinks of Tap hear what it was before. Of a codec that is not
// converted here nothing changes.
func (s *Stream) SetGain(d Direction, dB float64) {
	s.reshape(d, func(x *shape) { x.factor = factorOf(dB) })
}

// Mute has a direction, In, Out or both, be silence, for sinks too, while packets go on. Of a codec
// that is not converted here no packets pass. Keys do in any case.
func (s *Stream) Mute(d Direction, on bool) {
	s.reshape(d, func(x *shape) { x.muted = on })
}

func (s *Stream) reshape(d Direction, f func(*shape)) {
	s.do(func() {
		s.slow()
		shapes := s.shapes
		if shapes == nil {
			shapes = &[2]shape{{factor: 1}, {factor: 1}}
		}
		for _, way := range [2]Direction{In, Out} {
			if d&way != 0 {
				f(&shapes[way.index()])
			}
		}
		if s.shapes = shapes; !shapes[0].works() && !shapes[1].works() {
			s.shapes = nil
		}
		s.noteNeed()
	})
}

func (x *shape) works() bool { return x.muted || x.changes() }

// changes says whether what is not muted passes otherwise than it came.
func (x *shape) changes() bool {
	return x.factor != 1 || x.gate != nil || x.level != nil || x.scrambler != nil
}

// change does that to samples.
func (x *shape) change(pcm []int16) {
	if x.factor != 1 {
		amplify(pcm, x.factor)
	}
	if x.gate != nil {
		x.gate.run(pcm)
	}
	if x.level != nil {
		x.level.run(pcm)
	}
	if x.scrambler != nil {
		x.scrambler.run(pcm)
	}
}

// shaped mutes a packet, tells it to those who hear the direction, and changes its level. The result
// is nil where nothing passes, and else in b or in the loop's space.
func (s *Stream) shaped(d Direction, b []byte, codec Codec) []byte {
	x, told := &s.shapes[d.index()], len(s.taps) > 0 && !(d == Out && s.unheard)
	if x.muted {
		if b = x.recode(b, codec, &s.loop.scratch); b == nil {
			return nil
		}
	}
	if told {
		s.heardAt(before, d, b, codec)
	}
	if !x.muted && x.changes() {
		b = x.recode(b, codec, &s.loop.scratch)
	}
	if told {
		s.heardAt(after, d, b, codec)
	}
	return b
}

// recode codes a packet anew; nil where it is to be silent and its codec is not known here.
func (x *shape) recode(b []byte, codec Codec, w *scratch) []byte {
	start := payloadStart(b)
	if start < 0 || !codec.Convertible() {
		if x.muted {
			return nil
		}
		return b
	}
	if x.dec == nil || x.codec != codec {
		x.codec, x.dec, x.enc = codec, conversions[codec].dec(), conversions[codec].enc()
	}
	pcm := w.pcm[:x.dec.Decode(w.pcm[:], b[start:])]
	if x.muted {
		clear(pcm)
	} else {
		x.change(pcm)
	}
	copy(w.shaped[:start], b)
	return w.shaped[:start+x.enc.Encode(w.shaped[start:], pcm)]
}

// shapedInPipe does that to a packet that goes into one end of a pipe, at both.
func (s *Stream) shapedInPipe(b []byte, codec Codec) []byte {
	for _, end := range [2]struct {
		s *Stream
		d Direction
	}{{s, Out}, {s.pipe, In}} {
		switch {
		case b == nil:
		case end.s.shapes != nil:
			b = end.s.shaped(end.d, b, codec)
		case len(end.s.taps) > 0:
			end.s.heardBy(end.d, b, codec)
		}
	}
	return b
}
