package media

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"
)

// texting is real-time text (ITU-T T.140) in RTP, as RFC 4103 has it: what is typed goes out every
// 300 ms, and where both sides take it (RFC 2198) each packet repeats the two before it, so that
// two packets lost in a row lose nothing.
//
//	silent   text comes                           sent at once, the marker set  -> typing
//	typing   300 ms, text waits                   sent with what went before    -> typing
//	typing   300 ms, nothing waits, redundancy    an empty block with what went
//	         that has not gone out twice          before                        -> typing
//	typing   300 ms, nothing at all                                             -> silent
type texting struct {
	came func(string)

	ssrc  uint32 // of what comes
	seq   uint16 // of the last of it
	begun bool

	typing bool
	queue  []byte
	past   [textGenerations]textBlock // the oldest first
	timer  timer
}

// textBlock is what one packet brought, and its timestamp.
type textBlock struct {
	ts   uint32
	text []byte
}

const (
	textGenerations = 2                      // repeated with each packet, as chan_sip does
	textPause       = 300 * time.Millisecond // between packets (RFC 4103 section 5.1)
	textBlockMost   = 300                    // octets in one packet, so that three of them fit into any
	textQueueMost   = 64 << 10               // octets that wait to be sent; what is more is dropped
	textRestart     = 100                    // packets missing, so many are no loss: the source counts anew
	textMissing     = "\uFFFD"               // stands for what was lost (RFC 4103 section 5.4)
	textMark        = "\uFEFF"               // keeps a NAT's hole open, and says nothing
)

// OpenText is Open for the real-time text that goes with audio, which may be nil. came is told of
// what the far side types, in valid UTF-8 and without what was already told; it runs on the loop
// and must not block.
func (e *Engine) OpenText(bind netip.Addr, near, audio *Stream, came func(string)) (*Stream, error) {
	s := newStream(e, e.place(near))
	s.audioOf = audio
	s.takeText(came)
	if err := s.bind(bind); err != nil {
		return nil, err
	}
	s.loop.post(s.attach)
	return s, nil
}

// takeText makes it a stream of text.
func (s *Stream) takeText(came func(string)) {
	s.text = &texting{came: came}
	s.text.timer.index, s.text.timer.fire = -1, s.ring
	s.tx.rate = uint32(infos[T140].Rate)
}

// SendText has a text typed to the far side of a text stream: as it is, but for what is no UTF-8.
func (s *Stream) SendText(text string) { s.do(func() { s.typed(text) }) }

func (s *Stream) typed(text string) {
	t := s.text
	if t == nil || len(t.queue)+len(text) > textQueueMost {
		s.stats.unwanted.Add(1)
		return
	}
	t.queue = append(t.queue, strings.ToValidUTF8(text, textMissing)...)
	if t.timer.index < 0 {
		s.typeOn()
	}
}

// typeOn sends what waits.
func (s *Stream) typeOn() {
	t := s.text
	if !s.sendable() || s.send[T140] == noPayload {
		if t.typing = false; len(t.queue) > 0 { // on hold, or there is no key yet
			s.loop.arm(&t.timer, s.loop.now.Add(textPause))
		}
		return
	}
	now := s.tx.stamp(s.loop.now)
	block := textBlock{ts: now, text: t.next()}
	if len(block.text) == 0 && !t.owes() {
		t.typing = false
		return
	}
	s.sendBlock(block, !t.typing)
	t.typing = true
	s.loop.arm(&t.timer, s.loop.now.Add(textPause))
}

// next takes whole characters off the queue.
func (t *texting) next() []byte {
	n := len(t.queue)
	if n > textBlockMost {
		for n = textBlockMost; !utf8.RuneStart(t.queue[n]); n-- {
		}
	}
	out := append([]byte(nil), t.queue[:n]...)
	if t.queue = t.queue[:copy(t.queue, t.queue[n:])]; len(t.queue) == 0 {
		t.queue = nil
	}
	return out
}

// owes says whether something that was sent is to be repeated.
func (t *texting) owes() bool {
	for _, p := range t.past {
		if len(p.text) > 0 {
			return true
		}
	}
	return false
}

// sendBlock sends one packet.
func (s *Stream) sendBlock(block textBlock, first bool) {
	t, payload := s.text, s.send[T140]
	s.tx.seq++
	b := make([]byte, rtpHeader, rtpHeader+4*textGenerations+1+(1+textGenerations)*textBlockMost)
	if red := s.send[T140Red]; red != noPayload {
		for _, p := range t.past { // RFC 2198 section 3
			ago := uint32(0)
			if len(p.text) > 0 {
				ago = block.ts - p.ts
			}
			b = binary.BigEndian.AppendUint32(b, 1<<31|uint32(payload)<<24|(ago&0x3fff)<<10|uint32(len(p.text)))
		}
		b = append(b, payload)
		for _, p := range t.past {
			b = append(b, p.text...)
		}
		copy(t.past[:], t.past[1:])
		t.past[textGenerations-1] = block
		payload = red
	}
	b = append(b, block.text...)
	b[0], b[1] = 2<<6, payload
	if first {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], s.tx.seq)
	binary.BigEndian.PutUint32(b[4:], block.ts)
	binary.BigEndian.PutUint32(b[8:], s.tx.ssrc)
	s.tx.ts, s.tx.at = block.ts, s.loop.now
	s.transmit(b)
}

// textCame takes a packet of the far side.
func (s *Stream) textCame(b []byte, codec Codec) {
	t, start := s.text, payloadStart(b)
	if start < 0 {
		s.stats.malformed.Add(1)
		return
	}
	blocks := [][]byte{b[start:]}
	if codec == T140Red {
		var ok bool
		if blocks, ok = redundant(b[start:]); !ok {
			s.stats.malformed.Add(1)
			return
		}
	}
	if text := t.fresh(binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[8:]), blocks); text != "" && t.came != nil {
		t.came(text)
	}
}

// fresh is what a packet brings that was not there yet. blocks are the oldest first, the last is
// the packet's own.
func (t *texting) fresh(seq uint16, ssrc uint32, blocks [][]byte) string {
	ahead := int16(seq - t.seq)
	take, lost := 1, false
	switch {
	case !t.begun:
		take = len(blocks) // those before it did not get here
	case ssrc != t.ssrc, ahead > textRestart, ahead < -textRestart:
	case ahead <= 0:
		return "" // late: what it brings was repeated meanwhile, or given up
	default:
		take = min(int(ahead), len(blocks))
		lost = int(ahead) > len(blocks)
	}
	t.begun, t.seq, t.ssrc = true, seq, ssrc
	var all strings.Builder
	if lost {
		all.WriteString(textMissing)
	}
	for _, x := range blocks[len(blocks)-take:] {
		all.Write(x)
	}
	return strings.ReplaceAll(strings.ToValidUTF8(all.String(), textMissing), textMark, "")
}

// redundant takes a payload of RFC 2198 apart, the oldest block first.
func redundant(b []byte) (blocks [][]byte, ok bool) {
	var lengths []int
	for {
		if len(b) == 0 {
			return nil, false
		}
		if b[0]&0x80 == 0 {
			b = b[1:]
			break
		}
		if len(b) < 4 || len(lengths) == mostBlocks {
			return nil, false
		}
		lengths = append(lengths, int(binary.BigEndian.Uint16(b[2:])&0x3ff))
		b = b[4:]
	}
	for _, n := range lengths {
		if n > len(b) {
			return nil, false
		}
		blocks, b = append(blocks, b[:n]), b[n:]
	}
	return append(blocks, b), true
}

// mostBlocks are repeated by one packet: three is much, more is nobody's.
const mostBlocks = 16
