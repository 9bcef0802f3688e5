package media

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/srtp/v3"
)

// Packets as they come, and what is lost by RFC 3550 A.1 and A.3.
func TestLossIsCounted(t *testing.T) {
	type run struct {
		ssrc    uint32
		from, n int
	}
	for name, c := range map[string]struct {
		runs []run
		lost int64
	}{
		"all there":                       {[]run{{7, 1000, 200}}, 0},
		"round the end":                   {[]run{{7, 65500, 200}}, 0},
		"a gap":                           {[]run{{7, 1000, 100}, {7, 1150, 100}}, 50},
		"swapped":                         {[]run{{7, 1000, 100}, {7, 1102, 1}, {7, 1100, 2}, {7, 1103, 10}}, 0},
		"a long gap":                      {[]run{{7, 1000, 100}, {7, 4000, 100}}, 2900},
		"counts anew, forward":            {[]run{{7, 1000, 100}, {7, 30000, 100}}, 0},
		"counts anew, back":               {[]run{{7, 30000, 100}, {7, 1000, 100}}, 0},
		"counts anew, from 0":             {[]run{{7, 30000, 100}, {7, 0, 100}}, 0},
		"counts anew after a loss":        {[]run{{7, 1000, 10}, {7, 1015, 10}, {7, 30000, 100}}, 5},
		"one stray packet":                {[]run{{7, 1000, 100}, {7, 30000, 1}, {7, 1100, 100}}, 0},
		"two strays that do not follow":   {[]run{{7, 1000, 100}, {7, 30000, 1}, {7, 50000, 1}, {7, 1100, 100}}, 0},
		"another SSRC":                    {[]run{{7, 1000, 100}, {8, 30000, 100}}, 0},
		"losses before another SSRC stay": {[]run{{7, 1000, 10}, {7, 1015, 10}, {8, 30000, 100}, {8, 30102, 10}}, 7},
	} {
		var r receiver
		var lost int64
		now := time.Now()
		for _, x := range c.runs {
			for i := range x.n {
				lost = r.packet(uint16(x.from+i), uint32(160*i), x.ssrc, 8000, now)
				now = now.Add(frameTime)
			}
		}
		if lost != c.lost {
			t.Errorf("%s: %d lost, want %d", name, lost, c.lost)
		}
		if rep := r.report(now); rep.TotalLost > 3000 {
			t.Errorf("%s: reported %+v", name, rep)
		}
	}
}

// What passed in the kernel is counted as if it had passed here.
func TestLossOfWhatTheKernelCarries(t *testing.T) {
	var r receiver
	r.packet(1000, 0, 7, 8000, time.Now())
	for _, c := range []struct {
		n    uint32
		seq  uint16
		lost int64
	}{{50, 1050, 0}, {48, 1100, 2}, {1, 1099, 1}, {50, 30000, 1}, {50, 30050, 1}, {4000, 34050, 1}} {
		if r.carried(c.n, c.seq); r.total() != c.lost {
			t.Errorf("%d to %d: %d lost, want %d", c.n, c.seq, r.total(), c.lost)
		}
	}
}

// The packets of a key all carry the time of its beginning: that is no jitter.
func TestKeysAreNoJitter(t *testing.T) {
	h := newHouse(t, Config{})
	s, _, _ := h.phone(Params{Remote: here, Formats: ulawOnly})
	v := &talker{at: here, ssrc: 7}
	v.talk(h, s, 50)
	v.ts = h.stamp()
	for i := range 100 {
		v.key(s, 5, uint16(160*(i+1)), false, i == 0)
		h.pass(frameTime)
	}
	v.talk(h, s, 10)
	if j := s.rx.jitter; j > 8 {
		t.Errorf("a jitter of %.1f ms", j/8)
	}
}

// reports are the compound packets that a leg's RTCP socket has sent.
func reports(t *testing.T, k *tape) (out [][]rtcp.Packet) {
	for _, x := range k.taken() {
		p, err := rtcp.Unmarshal(x.b)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

func cname(p []rtcp.Packet) string {
	return p[1].(*rtcp.SourceDescription).Chunks[0].Items[0].Text
}

// Reports come at times by chance (RFC 3550 6.3.1), tell the time of now, and are a
// receiver's once nothing is sent any more (6.4).
func TestReports(t *testing.T) {
	h := newHouse(t, Config{})
	s, _, control := h.phone(Params{Remote: here, Formats: ulawOnly})
	other, _, control2 := h.phone(Params{Remote: there, Formats: ulawOnly})
	began := s.tx.ts
	s.start(newVoice(NewClip(make([]int16, 60*8000)), Play{}))
	h.pass(time.Minute)
	var last time.Duration
	pauses := map[time.Duration]bool{}
	for _, x := range control.sent {
		pause := x.at - last
		if last == 0 && (pause < time.Second || pause > 3200*time.Millisecond) ||
			last != 0 && (pause < 2*time.Second || pause > 6200*time.Millisecond) {
			t.Errorf("a report after %v", pause)
		}
		last = x.at
		pauses[pause.Truncate(time.Microsecond)] = true
	}
	if len(pauses) < 8 {
		t.Errorf("the pauses are %v", pauses)
	}
	times := control.sent
	for i, p := range reports(t, control) {
		sr, ok := p[0].(*rtcp.SenderReport)
		if !ok {
			t.Fatalf("report %d is a %T", i, p[0])
		}
		if off := int32(sr.RTPTime - began - uint32(times[i].at/time.Millisecond*8)); off < -168 || off > 168 {
			t.Errorf("report %d: its timestamp is %d ms off", i, off/8)
		}
		if sr.OctetCount != 160*sr.PacketCount {
			t.Errorf("report %d: %d packets, %d octets", i, sr.PacketCount, sr.OctetCount)
		}
	}
	v := &talker{at: here, ssrc: 7}
	v.talk(h, s, 3)
	h.pass(time.Minute)
	late := reports(t, control)
	if _, ok := late[len(late)-1][0].(*rtcp.ReceiverReport); !ok {
		t.Errorf("a minute after the last packet: %T", late[len(late)-1][0])
	}
	(&talker{at: there, ssrc: 8}).talk(h, other, 1)
	h.pass(20 * time.Second)
	if a, b := cname(late[0]), cname(reports(t, control2)[0]); a == b || len(a) != 16 || a != cname(late[1]) {
		t.Errorf("canonical names %q and %q", a, b)
	}
	video, _, control3 := h.phone(Params{Remote: here, Formats: []Format{{H264, 99, 99}}})
	video.audioOf = s
	h.bridge(video, other)
	v.say(video, 99, make([]byte, 10))
	h.pass(20 * time.Second)
	if a, b := cname(late[0]), cname(reports(t, control3)[0]); a != b {
		t.Errorf("audio is of %q, its video of %q", a, b)
	}
}

// Octets of a sender report are those of the payload (RFC 3550 6.4.1), with SRTP and with
// an extension in the header.
func TestReportedOctets(t *testing.T) {
	h := newHouse(t, Config{})
	k := SRTP{Suite: AESCM80, Local: NewSRTPKey(), Remote: NewSRTPKey()}
	s, _, control := h.phone(Params{Remote: here, Formats: ulawOnly, SRTP: &k})
	a, _, _ := h.phone(Params{Remote: there, Formats: ulawOnly})
	h.bridge(a, s)
	v := &talker{at: there, ssrc: 7}
	for range 50 {
		v.ts = h.stamp()
		v.seq++
		b := v.raw(0, false, append([]byte{0xbe, 0xde, 0, 1, 0x10, 1, 0, 0}, make([]byte, 160)...))
		b[0] |= 0x10
		a.receive(false, b, there)
		h.pass(frameTime)
	}
	h.pass(5 * time.Second)
	c, _ := srtp.CreateContext(k.Local[:srtpKeyBytes], k.Local[srtpKeyBytes:], srtp.ProtectionProfileAes128CmHmacSha1_80)
	b, err := c.DecryptRTCP(nil, control.sent[len(control.sent)-1].b, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := rtcp.Unmarshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if sr := p[0].(*rtcp.SenderReport); sr.PacketCount != 50 || sr.OctetCount != 50*160 {
		t.Errorf("%d packets, %d octets", sr.PacketCount, sr.OctetCount)
	}
}
