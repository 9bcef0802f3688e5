package files

import (
	"strconv"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// fewCalls is how many calls at a time are so few that nobody meant it.
const fewCalls = 10

// span is a range of ports as it is written.
type span struct {
	low, high   int
	first, last config.Var
	ok          bool
}

func ranged(s *config.Section, low, high string) (r span) {
	var ok, ok2 bool
	r.first, ok = s.Lookup(low)
	r.last, ok2 = s.Lookup(high)
	a, err := strconv.Atoi(r.first.Value)
	b, err2 := strconv.Atoi(r.last.Value)
	r.low, r.high, r.ok = a, b, ok && ok2 && err == nil && err2 == nil
	return r
}

// ports judges rtp.conf and udptl.conf.
func ports(l *look.Look) {
	f := l.File("rtp.conf")
	if f == nil {
		return
	}
	g := f.Section("general")
	if g == nil {
		for _, s := range f.Visible() {
			if _, ok := s.Lookup("rtpstart"); ok {
				l.Say("rtp-section", s.Pos, "[general]", "[%s] of rtp.conf is not read: the ports belong into [general], and 5000 to 31000 are used",
					s.Name)
			}
		}
		return
	}
	r := ranged(g, "rtpstart", "rtpend")
	only(l, g)
	if !r.ok {
		return
	}
	switch calls := (r.high - r.low + 1) / 4; {
	case r.low > r.high:
		l.Say("rtp-inverted", r.last.Pos, "rtpstart below rtpend", "rtpstart %d is above rtpend %d, the range is inverted: Asterisk warns, "+
			"and 5000 to 31000 are used instead, which the firewall hardly lets through", r.low, r.high)
		return
	case r.low == r.high:
		l.Say("rtp-inverted", r.last.Pos, "rtpend="+strconv.Itoa(r.low+9999), "rtpstart and rtpend are both %d, a range without a port for a "+
			"call: Asterisk warns, and 5000 to 31000 are used instead, which the firewall hardly lets through", r.low)
		return
	case calls < fewCalls: // a stream has a port for media and one for RTCP; a call through us has two streams
		l.Say("rtp-few-ports", r.last.Pos, "rtpend="+strconv.Itoa(r.low+9999),
			"ports %d to %d are enough for %d calls at a time: each takes four, and the range is too small", r.low, r.high, calls)
	}
	if r.low%2 == 1 {
		l.SayAs(config.Note, "rtp-odd-start", r.first.Pos, "rtpstart="+strconv.Itoa(r.low+1),
			"rtpstart %d is odd: RTP takes even ports, and the first one is lost", r.low)
	}
	if r.low < 1024 {
		l.Say("rtp-low-start", r.first.Pos, "rtpstart=10000",
			"rtpstart %d is below 1024: those ports belong to other services, and an ordinary user cannot bind them", r.low)
	}
	if r.high > 65535 {
		l.Say("rtp-high-end", r.last.Pos, "rtpend=20000", "rtpend %d is above 65535, the last port there is", r.high)
	}
	overlaps(l, r)
}

// only tells of one end of the range without the other.
func only(l *look.Look, g *config.Section) {
	a, ok := g.Lookup("rtpstart")
	b, ok2 := g.Lookup("rtpend")
	switch {
	case ok && !ok2:
		if n, err := strconv.Atoi(a.Value); err == nil && n > 31000 {
			l.Say("rtp-one-end", a.Pos, "rtpend="+strconv.Itoa(n+10000), "rtpstart %d without rtpend: the end is 31000, which is below it", n)
			return
		}
		l.SayAs(config.Note, "rtp-one-end", a.Pos, "rtpend=...", "rtpstart without rtpend: the end is 31000")
	case ok2 && !ok:
		l.SayAs(config.Note, "rtp-one-end", b.Pos, "rtpstart=...",
			"rtpend without rtpstart: the beginning is 5000, and port 5060 may be within it")
	}
}

// overlaps looks at other services within the range.
func overlaps(l *look.Look, r span) {
	inside := func(port int) bool { return port >= r.low && port <= r.high }
	if d := l.SIP(); d != nil && inside(int(d.UDPBind.Port())) {
		l.Say("rtp-sip-overlap", r.last.Pos, "a range without it", "ports %d to %d include %d, the SIP port: they overlap", r.low, r.high,
			d.UDPBind.Port())
	} else if l.SIP() == nil && inside(5060) {
		l.Say("rtp-sip-overlap", r.last.Pos, "a range without it", "ports %d to %d include 5060, the SIP port: they overlap", r.low, r.high)
	}
	if inside(4569) && l.File("iax.conf") != nil {
		l.Say("rtp-iax-overlap", r.last.Pos, "a range without it", "ports %d to %d include 4569, the port of IAX2: they overlap", r.low, r.high)
	}
	if u := ranged(l.File("udptl.conf").Section("general"), "udptlstart", "udptlend"); u.ok {
		switch {
		case u.low > u.high:
			l.Say("udptl-inverted", u.last.Pos, "udptlstart below udptlend",
				"udptlstart %d is above udptlend %d, the range is inverted: 4000 to 4999 are used", u.low, u.high)
		case u.low <= r.high && r.low <= u.high:
			l.Say("rtp-udptl-overlap", u.last.Pos, "udptlstart=4000 and udptlend=4999",
				"ports %d to %d of udptl.conf overlap %d to %d of rtp.conf (%s): fax and voice take each other's ports", u.low, u.high, r.low, r.high,
				r.first.Pos)
		}
	}
}
