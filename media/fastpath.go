package media

import (
	"time"

	"obelisk/internal/fastpath"
)

// With rtpfastpath the kernel forwards a leg's audio to its bridge partner while
// nothing here has to touch it. A leg is looked at once a second: one whose packets
// were relayed unchanged is given to the kernel, one that the kernel has is counted.
// Whatever changes how its packets are to be treated calls slow first.

// kernelFlow is a leg's audio in the kernel's hands.
type kernelFlow struct {
	*fastpath.Installed
	seen  fastpath.Counters
	looks int
}

const (
	// kernelFirst is when a leg that was just bridged is looked at: not to install what ends at once.
	kernelFirst = 300 * time.Millisecond
	kernelLook  = time.Second
	// kernelBeat is what looks of all legs come together at: the loop sleeps between.
	kernelBeat = kernelLook / 4
	// kernelLooks is after how many of them a flow is installed anew: routes change.
	kernelLooks = 30
)

// watchKernel begins to look at a bridged leg.
func (s *Stream) watchKernel() {
	s.trust = trust{}
	if s.engine.cfg.FastPath != nil && s.pipe == nil && s.peer != s {
		s.lookIn(kernelFirst)
	}
}

// lookIn has the leg looked at after a while, at the next beat.
func (s *Stream) lookIn(d time.Duration) {
	at := s.loop.now.Add(d)
	s.loop.arm(&s.look, at.Add(kernelBeat-at.Sub(began)%kernelBeat))
}

func (s *Stream) kernelTick() {
	if s.peer == nil {
		return
	}
	if s.kernel != nil && (s.kernel.looks >= kernelLooks || s.engine.witness.Load() != nil) {
		s.takeBack()
	}
	if s.kernel != nil {
		s.kernel.looks++
		s.countKernel()
	} else if f, ok := s.forwardable(); ok {
		if i, err := s.engine.cfg.FastPath.Install(f); err == nil {
			s.kernel = &kernelFlow{Installed: i}
		}
	}
	s.lookIn(kernelLook)
}

// forwardable says whether the leg's packets need nothing but new numbers, and
// which.
func (s *Stream) forwardable() (fastpath.Flow, bool) {
	p, from := s.peer, s.latch.locked
	if s.engine.witness.Load() != nil || s.trust.none || p == s || p.pipe != nil || !from.IsValid() ||
		s.latch.state == learning && s.latch.mode != StrictNo || s.digits.inband ||
		s.fax.cng != nil || s.jitter != nil || s.watched() || p.watched() || s.secure != nil || p.secure != nil {
		return fastpath.Flow{}, false
	}
	codec := s.recv[s.audioType]
	if codec == NoCodec || codec == TelephoneEvent || p.send[codec] == noPayload || p.fixedPtime || p.trans != nil ||
		!p.sendable() || len(p.player.voices) > 0 || s.inject != nil && len(s.inject.voices) > 0 || p.digits.event.timer.index >= 0 ||
		!p.tx.relaying || p.tx.from != s.rx.ssrc {
		return fastpath.Flow{}, false
	}
	marks := p.marks()
	return fastpath.Flow{
		TOS: uint8(marks.TOS), Priority: uint32(marks.Priority),
		Key: fastpath.Key{Local: s.local, Source: from}, From: p.local, To: p.to.addr, SSRC: s.rx.ssrc, NewSSRC: p.tx.ssrc,
		Type: s.audioType, NewType: p.send[codec], AddSeq: p.tx.seqOffset, AddStamp: p.tx.tsOffset, Clock: codec.clock(),
		Jitter: uint32(s.rx.jitter),
	}, true
}

// trust is what the far side's reports say of how the kernel forwards a leg's audio.
type trust struct {
	doubts uint8 // bad reports in turn
	none   bool  // the kernel is not asked again in this bridge
}

const (
	// doubtful is the share of packets in 256ths that a report must miss, and believed how many of them in turn: a filter, a
	// tunnel or a route may be in the way of what the kernel sends by itself.
	doubtful = 26
	believed = 2
)

// doubt takes the audio that is sent here back for the rest of the bridge where the far side misses what has come to us.
func (s *Stream) doubt(lost uint8) {
	from := s.peer
	if from == nil || from.kernel == nil {
		return
	}
	from.countKernel()
	came, missing := int64(from.stats.rxPackets.Load()), max(from.rx.total(), 0)
	if lost < doubtful || missing*256 > came*doubtful/2 {
		from.trust.doubts = 0
		return
	}
	if from.trust.doubts++; from.trust.doubts >= believed {
		from.trust.none = true
		from.takeBack()
	}
}

// catchUp has both legs' counters be what they would be without the kernel's help.
func (s *Stream) catchUp() {
	for _, x := range [2]*Stream{s, s.peer} {
		if x != nil && x.kernel != nil {
			x.countKernel()
		}
	}
}

// countKernel takes over what the kernel has counted.
func (s *Stream) countKernel() {
	if c, err := s.kernel.Counters(); err == nil {
		s.carried(c)
	}
}

// carried brings both legs to where they would be, had the packets passed here.
func (s *Stream) carried(c fastpath.Counters) {
	n, octets := c.Packets-s.kernel.seen.Packets, c.Octets-s.kernel.seen.Octets
	s.kernel.seen = c
	if n == 0 {
		return
	}
	at := s.loop.now.Add(-time.Duration(c.Idle))
	s.stats.rxPackets.Add(n)
	s.stats.rxBytes.Add(octets)
	s.stats.kernel.Add(n)
	s.stats.lastHeard.Store(int64(at.Sub(began)))
	s.rx.carried(uint32(n), c.Seq)
	s.rx.jitter = float64(c.Jitter)
	s.stats.lost.Store(s.rx.total())
	p := s.peer
	p.stats.txPackets.Add(n)
	p.stats.txBytes.Add(octets)
	if seq := c.Seq + p.tx.seqOffset; int16(seq-p.tx.seq) > 0 {
		p.tx.seq, p.tx.ts, p.tx.at = seq, c.Stamp+p.tx.tsOffset, at
	}
}

// takeBack has the leg's packets come here again.
func (s *Stream) takeBack() {
	if s.kernel == nil {
		return
	}
	if c, err := s.kernel.Remove(); err == nil {
		s.carried(c)
	}
	s.kernel = nil
}

// slow takes both directions of the leg's bridge back: how its packets are treated
// is about to change.
func (s *Stream) slow() {
	s.takeBack()
	if s.peer != nil {
		s.peer.takeBack()
	}
}
