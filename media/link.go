package media

import "sync/atomic"

// Joint is the link of two streams that hear each other. Its end is the end of this link only: of
// streams that were linked to others since, or closed, or took a seat, it changes nothing.
type Joint struct {
	a, b   *Stream
	ga, gb uint64 // of joined, that are its own
	cut    atomic.Bool
}

// Link has two streams of one engine hear each other, until the joint is cut, either is linked to
// another one, takes a seat or is closed. Of several calls at a time for a stream the last one
// begun counts, whatever is done first. It may be called from anywhere and does not wait.
func Link(a, b *Stream) *Joint {
	j := &Joint{a: a, b: b}
	j.ga = a.joined.Add(1)
	j.gb = b.joined.Add(1)
	if a == b {
		j.ga = j.gb
	}
	j.make()
	return j
}

// make links on the loop of a, to which b comes before.
func (j *Joint) make() {
	j.a.do(func() {
		if j.over() {
			return
		}
		on := j.a.loop
		if j.b.home.Load() != on {
			j.b.do(func() {
				if !j.over() {
					j.b.unlink()
					j.b.move(on)
					j.make()
				}
			})
			return
		}
		if j.b.opened {
			j.join()
		}
	})
}

func (j *Joint) join() {
	a, b := j.a, j.b
	a.unlink()
	b.unlink()
	a.peer, b.peer = b, a
	a.joint, b.joint = j, j
	a.watchKernel()
	b.watchKernel()
}

// over says whether it was cut, or another one was begun since.
func (j *Joint) over() bool {
	return j.cut.Load() || j.a.joined.Load() != j.ga || j.b.joined.Load() != j.gb
}

// Cut ends the link.
func (j *Joint) Cut() {
	j.cut.Store(true)
	j.a.do(func() {
		if j.a.joint == j {
			j.a.unlink()
		}
	})
}

// Bridge is Link for who needs no handle.
func Bridge(a, b *Stream) { Link(a, b) }

// Unbridge takes the stream out of whatever it is joined to. No stream is in none.
func (s *Stream) Unbridge() {
	if s != nil {
		s.joined.Add(1)
		s.do(s.unlink)
	}
}

// Echo sends everything back to where it came from, until Unbridge or the joint is cut.
func (s *Stream) Echo() *Joint { return Link(s, s) }

// unlink takes the stream out of its bridge or its seat.
func (s *Stream) unlink() {
	if s.seat != nil {
		s.seat.drop()
	}
	if s.screen != nil {
		s.screen.drop(s)
	}
	p := s.peer
	if p == nil {
		return
	}
	s.slow()
	for _, x := range [2]*Stream{s, p} {
		if x.comforted() {
			x.stopPlay()
		}
	}
	s.peer, s.joint = nil, nil
	p.peer, p.joint = nil, nil
}
