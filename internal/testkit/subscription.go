package testkit

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Subscription is a telephone's interest in something, such as another's state.
type Subscription struct {
	ID     string
	Status int    // final status of the last SUBSCRIBE
	Answer *Msg   // and the response
	Reply  string // to NOTIFYs; "200 OK" when empty
	Notes  chan *Msg

	p                     *Phone
	local, remote, target string
	event                 string
	cseq                  int
}

// Subscribe sends a SUBSCRIBE for a number, with further header lines that end in CR
// LF, and answers a challenge.
func (p *Phone) Subscribe(number, event, lines string) *Subscription {
	s := &Subscription{ID: token() + "@" + p.User, p: p, event: event, Notes: make(chan *Msg, 64)}
	s.local = fmt.Sprintf("<sip:%s@%s>;tag=%s", p.User, p.host(), token())
	s.remote = fmt.Sprintf("<sip:%s@%s>", number, p.host())
	s.target = fmt.Sprintf("sip:%s@%s", number, p.Server)
	p.mu.Lock()
	p.subs[s.ID] = s
	p.mu.Unlock()
	s.Again(lines)
	return s
}

// Again sends a further SUBSCRIBE of the same dialog.
func (s *Subscription) Again(lines string) int {
	auth := ""
	for range 2 {
		s.cseq++
		via := "z9hG4bK" + token()
		text := fmt.Sprintf("SUBSCRIBE %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\n"+
			"Call-ID: %s\r\nCSeq: %d SUBSCRIBE\r\nContact: <sip:%s@%s>\r\nEvent: %s\r\n%s%sContent-Length: 0\r\n\r\n",
			s.target, s.p.local, via, s.local, s.remote, s.ID, s.cseq, s.p.User, s.p.local, s.event, lines, auth)
		s.Status = 0
		s.p.transact("SUBSCRIBE", text, via, func(m *Msg) bool { s.Status, s.Answer = m.Status, m; return m.Status >= 200 })
		if s.Status != 401 || auth != "" {
			break
		}
		auth = s.p.authorize(s.Answer, "SUBSCRIBE", s.target)
	}
	if s.Status/100 == 2 {
		s.remote = s.Answer.Get("To")
	}
	return s.Status
}

// Next is the next NOTIFY, nil when none comes within d.
func (s *Subscription) Next(d time.Duration) *Msg {
	select {
	case m := <-s.Notes:
		return m
	case <-time.After(d):
		return nil
	}
}

func (s *Subscription) notified(m *Msg) {
	status := s.Reply
	if status == "" {
		status = "200 OK"
	}
	s.p.respond(m, status, "", "")
	select {
	case s.Notes <- m:
	default:
	}
}

// Tags are ours and theirs.
func (s *Subscription) Tags() (ours, theirs string) {
	_, ours, _ = strings.Cut(s.local, ";tag=")
	_, theirs, _ = strings.Cut(s.remote, ";tag=")
	return ours, theirs
}

// Ask sends a request outside calls, answers a challenge and returns the final status.
func (p *Phone) Ask(method, number, lines, body string) (status int) {
	id, tag, auth := token(), token(), ""
	target := fmt.Sprintf("sip:%s@%s", number, p.Server)
	for n := range 2 {
		via := "z9hG4bK" + token()
		text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nMax-Forwards: 70\r\nFrom: <sip:%s@%s>;tag=%s\r\nTo: "+
			"<sip:%s@%s>\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@%s>\r\n%s%sContent-Length: %d\r\n\r\n%s",
			method, target, p.local, via, p.User, p.host(), tag, number, p.host(), id, n+1, method, p.User, p.local, lines, auth, len(body), body)
		var final *Msg
		p.transact(method, text, via, func(m *Msg) bool { final = m; return m.Status >= 200 })
		if final == nil {
			return 0
		}
		if status = final.Status; status != 401 {
			break
		}
		auth = p.authorize(final, method, target)
	}
	return status
}

// Inside sends a request in the dialog that a request of the switchboard opened, which
// the phone has answered, and returns the final status.
func (p *Phone) Inside(first *Msg, method, lines, body string) (status int) {
	via := "z9hG4bK" + token()
	text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=%s;rport\r\nMax-Forwards: 70\r\nFrom: %s;tag=inside\r\nTo: %s\r\n"+
		"Call-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:%s@%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, uri(first.Get("Contact")), p.local, via, first.Get("To"), first.Get("From"), first.Get("Call-ID"), rand.IntN(1000)+1, method,
		p.User, p.local, lines, len(body), body)
	p.transact(method, text, via, func(m *Msg) bool { status = m.Status; return m.Status >= 200 })
	return status
}
