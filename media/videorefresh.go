package media

import (
	"time"

	"github.com/pion/rtcp"
)

// OnPicture sets the function told that the far side of a video stream has lost the
// picture and wants a whole one (RFC 4585 PLI, RFC 5104 FIR). It runs on the loop and
// must not block.
func (s *Stream) OnPicture(f func()) { s.do(func() { s.picture = &pictureWish{tell: f} }) }

// pictureWish is who is told that the far side wants a whole picture.
type pictureWish struct {
	tell func() // nil: nobody
	last time.Time
}

// pictureGap is the shortest time between two such wishes: a decoder without a
// picture repeats its wish with each packet.
const pictureGap = 500 * time.Millisecond

// pictureWanted passes the far side's wish on.
func (s *Stream) pictureWanted() {
	if p := s.picture; p != nil && p.tell != nil && s.loop.now.Sub(p.last) >= pictureGap {
		p.last = s.loop.now
		p.tell()
	}
}

// RequestPicture asks the far side for a whole picture.
func (s *Stream) RequestPicture() {
	s.do(func() {
		if s.rx.started {
			s.sendRTCP(&rtcp.ReceiverReport{SSRC: s.tx.ssrc}, &rtcp.PictureLossIndication{SenderSSRC: s.tx.ssrc, MediaSSRC: s.rx.ssrc})
		}
	})
}
