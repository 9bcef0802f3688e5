package media

import (
	"crypto/rand"
	"encoding/base64"
	"math"
	"net/netip"
	"time"

	"github.com/pion/rtcp"
)

// receiveRTCP consumes a compound packet; we are an endpoint on both legs and
// write our own reports.
func (s *Stream) receiveRTCP(b []byte, from netip.AddrPort) {
	if !s.latch.believes(from.Addr()) {
		s.stats.badSource.Add(1)
		return
	}
	if s.secure != nil {
		var ok bool
		if b, ok = s.secure.openRTCP(b); !ok {
			s.stats.unauthentic.Add(1)
			return
		}
	}
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		s.stats.malformed.Add(1)
		return
	}
	s.stats.rtcpIn.Add(1)
	s.control(true, from, packets)
	s.hear()
	if s.symmetric && !s.mux && from != s.heardRTCP {
		s.heardRTCP = from
		s.direct()
	}
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			s.rx.lastSR = uint32(p.NTPTime >> 16)
			s.rx.lastSRAt = s.loop.now
			s.reported(p.Reports, s.loop.now)
		case *rtcp.ReceiverReport:
			s.reported(p.Reports, s.loop.now)
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			s.pictureWanted()
		}
	}
}

// reportPause is the time to the next report (RFC 3550 section 6.3.1): of two parties,
// who have bandwidth enough, the interval by chance, so that the two do not keep step; and
// half of it to the first.
func (s *Stream) reportPause(first bool) time.Duration {
	const compensation = math.E - 1.5
	pause := float64(s.engine.now().RTCPInterval) / compensation * (0.5 + float64(s.engine.cfg.Random())/(1<<32))
	if first {
		pause /= 2
	}
	return time.Duration(pause)
}

// sendReport writes a sender or receiver report and arms the next one.
func (s *Stream) sendReport() {
	if s.pipe != nil {
		return
	}
	now := s.loop.now
	s.loop.arm(&s.report, now.Add(s.reportPause(false)))
	s.catchUp()
	s.tie()
	packets := s.stats.txPackets.Load() - s.tx.datagrams
	if !s.rx.started && packets == 0 || !s.toRTCP.addr.IsValid() || s.toRTCP.addr.Port() <= 1 {
		return
	}
	var reports []rtcp.ReceptionReport
	if s.rx.started {
		s.measured()
		reports = append(reports, s.rx.report(now))
	}
	var first rtcp.Packet = &rtcp.ReceiverReport{SSRC: s.tx.ssrc, Reports: reports}
	if packets != s.reports[1] { // it has sent since the last report but one (section 6.4)
		first = &rtcp.SenderReport{
			SSRC: s.tx.ssrc, NTPTime: ntpTime(now), RTPTime: s.tx.stamp(now),
			PacketCount: uint32(packets), OctetCount: uint32(s.stats.txBytes.Load() - s.tx.besides - rtpHeader*packets), Reports: reports,
		}
	}
	s.reports = [2]uint64{packets, s.reports[0]}
	cname := &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: s.tx.ssrc, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: s.canonical()}},
	}}}
	s.sendRTCP(first, cname)
}

// canonical is the name of the source that the stream belongs to, its own or that of the
// audio it goes with: 96 bits by chance (RFC 7022 section 4.2).
func (s *Stream) canonical() string {
	if s.audioOf != nil {
		return s.audioOf.canonical()
	}
	if s.cname.Load() == nil {
		var b [12]byte
		rand.Read(b[:]) // never fails
		name := base64.StdEncoding.EncodeToString(b[:])
		s.cname.CompareAndSwap(nil, &name)
	}
	return *s.cname.Load()
}

// sendRTCP sends a compound packet.
func (s *Stream) sendRTCP(packets ...rtcp.Packet) {
	b, err := rtcp.Marshal(packets)
	if err == nil && s.secure != nil {
		var ok bool
		if b, ok = s.secure.sealRTCP(b); !ok {
			return
		}
	}
	if err != nil {
		return
	}
	if s.mux {
		s.rtp.send(b, &s.toRTCP)
	} else {
		s.rtcp.send(b, &s.toRTCP)
	}
	s.stats.rtcpOut.Add(1)
	s.control(false, s.toRTCP.addr, packets)
}

// report is the reception report block of RFC 3550 section 6.4.1.
func (r *receiver) report(now time.Time) rtcp.ReceptionReport {
	expected := r.highest - r.base + 1
	interval, got := expected-r.expectedPrior, r.received-r.receivedPrior
	r.expectedPrior, r.receivedPrior = expected, r.received
	var fraction uint8
	if interval > got && interval > 0 {
		fraction = uint8((interval - got) << 8 / interval)
	}
	out := rtcp.ReceptionReport{
		SSRC: r.ssrc, FractionLost: fraction, TotalLost: uint32(max(r.lost(), 0)) & 0x7fffff,
		LastSequenceNumber: r.highest, Jitter: uint32(r.jitter), LastSenderReport: r.lastSR,
	}
	if r.lastSR != 0 {
		out.Delay = uint32(now.Sub(r.lastSRAt) * 65536 / time.Second)
	}
	return out
}

func ntpTime(t time.Time) uint64 {
	const since1900 = 2208988800
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}
