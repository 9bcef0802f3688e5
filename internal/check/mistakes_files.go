package check

import (
	"strconv"
	"strings"
)

// fewCalls is how many calls at a time are so few that nobody meant it.
const fewCalls = 10

// ports looks at the range of rtp.conf.
func (l *linter) ports() {
	f := l.File("rtp.conf")
	if f == nil {
		return
	}
	s := f.Section("general")
	first, ok := s.Lookup("rtpstart")
	last, ok2 := s.Lookup("rtpend")
	low, err := strconv.Atoi(first.Value)
	high, err2 := strconv.Atoi(last.Value)
	if !ok || !ok2 || err != nil || err2 != nil || low > high {
		return
	}
	// A stream has a port for media and one for RTCP; a call through us has two streams.
	if calls := (high - low + 1) / 4; calls < fewCalls {
		l.say(last.Pos, "", "ports %d to %d are enough for %d calls at a time: each takes four", low, high, calls)
	}
	if l.sip == nil {
		return
	}
	if port := int(l.sip.UDPBind.Port()); port >= low && port <= high {
		l.say(last.Pos, "", "ports %d to %d include %d, the SIP port", low, high, port)
	}
}

// wellKnown are passwords of manager users that old distributions came with, and those of
// examples.
var wellKnown = map[string]bool{"amp111": true, "elastix456": true, "mysecret": true, "mysecret1234": true, "manager": true, "pa55w0rd": true, "vicidial": true, "astadmin": true, "root": true, "phpagi": true}

// managers looks at the passwords of manager.conf.
func (l *linter) managers() {
	f := l.File("manager.conf")
	if f == nil {
		return
	}
	for _, s := range f.Visible() {
		v, ok := s.Lookup("secret")
		lower := strings.ToLower(v.Value)
		if strings.EqualFold(s.Name, "general") || !ok || v.Value == "" {
			continue
		}
		if wellKnown[lower] || common[lower] || lower == strings.ToLower(s.Name) {
			l.say(v.Pos, "a long random one", "the secret of manager user '%s' is a well-known one, which is guessed first", s.Name)
		}
	}
}
