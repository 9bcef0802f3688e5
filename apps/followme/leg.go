package followme

import (
	"strings"

	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// leg is a number that is called.
//
//	ringing -> asked    he has answered, and hears what he may press
//	ringing -> taken    he has answered, and is not asked
//	asked   -> taken, declined
//	any     -> over     the call has ended
type leg struct {
	s     *search
	ch    *pbx.Channel
	dest  string
	state legState
	back  <-chan struct{} // closed when he is given back who was asked
	said  legState        // what he has decided; read after back is closed
}

type legState uint8

const (
	ringing legState = iota
	asked
	taken
	over
)

// open counts those of whom a decision may still come.
func (s *search) open() (n int) {
	for _, l := range s.legs {
		if l.state == ringing || l.state == asked {
			n++
		}
	}
	return n
}

func (s *search) find(ch *pbx.Channel) *leg {
	for _, l := range s.legs {
		if l.ch == ch && l.state == ringing {
			return l
		}
	}
	return nil
}

// call calls a number.
func (s *search) call(number string) {
	c, core := s.c, s.c.Core()
	resource, shown := number+"@"+s.p.context, "/m"
	if s.opt.Has('l') {
		resource += "/n"
		shown = ""
	}
	request, err := core.Request("Local", pbx.Request{Resource: resource, Caller: c, Codecs: c.Leg().Codecs(), Trace: c.Trace()})
	if err != nil {
		c.Trace().Note("cannot call %s: %v", resource, err)
		return
	}
	ch, err := core.OutgoingAs("AppDial", "Local", request, c)
	if err != nil {
		request.Hangup(pbx.CauseNormal)
		c.Trace().Note("cannot call %s: %v", resource, err)
		return
	}
	ch.Dialled(c.View(), false, "")
	if s.opt.Has('b') {
		s.sub(ch, 'b')
	}
	id := c.View().CallerID
	if err := pbx.Callable(ch, id); err != nil || c.Gone() {
		ch.End(pbx.CauseNormal)
		return
	}
	ani, _ := c.Fact("ani.num")
	ch.Leg().Call(pbx.CallInfo{CallerID: id, ANI: ani, Dialled: c.View().At.Exten, Redirecting: c.Redirecting(),
		MaxForwards: ch.MaxForwards()})
	pbx.TellDialBegin(c, ch, resource+shown)
	s.legs = append(s.legs, &leg{s: s, ch: ch, dest: resource})
}

// event takes in what one who rings tells; true: he has the call.
func (l *leg) event(e pbx.Event) bool {
	switch e.Kind {
	case pbx.EventAnswered, pbx.EventAdopts:
		if e.Kind == pbx.EventAdopts {
			l.ch.Handle(e)
		}
		l.ch.MarkAnswered()
		l.told("ANSWER")
		if !l.s.p.ask {
			l.state = taken
			return true
		}
		l.ask()
	case pbx.EventIdentity:
		l.ch.Identify()
	case pbx.EventRinging:
		l.ch.Rings(e)
		pbx.TellDialState(l.s.c, l.ch, "RINGING")
	case pbx.EventBusy, pbx.EventCongestion, pbx.EventHungUp:
		l.ch.Gone()
		l.told(map[pbx.EventKind]string{pbx.EventBusy: "BUSY", pbx.EventCongestion: "CONGESTION"}[e.Kind], e.Cause)
		l.state = over
		l.ch.End(pbx.CauseNone)
	case pbx.EventForward, pbx.EventDiverted, pbx.EventUnavailable, pbx.EventProgress, pbx.EventProceeding:
	default:
		l.ch.Handle(e)
	}
	return false
}

// told makes the end of the dialling known; without a status it is that of a cause.
func (l *leg) told(status string, cause ...pbx.Cause) {
	if status == "" && len(cause) > 0 {
		status = cause[0].DialStatus()
	}
	pbx.TellDialEnd(l.s.c, l.ch, status, "")
}

// ask has him decide, on a goroutine of his own.
func (l *leg) ask() {
	l.state = asked
	done := l.ch.Lend(l.decide)
	l.back = done
	go func() {
		<-done
		select {
		case l.s.news <- struct{}{}:
		default:
		}
	}()
}

// decide plays the prompts until he presses a code, or hangs up.
func (l *leg) decide() {
	s, p, ch := l.s, l.s.p, l.ch
	l.said = over
	for !ch.Gone() {
		list := prompt.Files(p.noRecording)
		if s.name != "" {
			list = append(prompt.Files(p.callFrom), s.name)
		}
		key, _ := s.m.play.List(ch, append(list, prompt.Files(p.options)...), prompt.How{Stops: prompt.AnyKey})
		typed := ""
		for {
			if key == 0 {
				key = ch.WaitDigit(p.digits)
			}
			if key == 0 {
				break // asked again
			}
			typed += string(rune(key))
			key = 0
			if typed == p.take {
				l.said = taken
				return
			}
			if typed == p.decline {
				return
			}
			if !strings.HasPrefix(p.take, typed) && !strings.HasPrefix(p.decline, typed) {
				break
			}
		}
	}
}

// decided looks who was given back, and returns who has taken the call.
func (s *search) decided() *leg {
	var winner *leg
	for _, l := range s.legs {
		if l.state != asked || !closed(l.back) {
			continue
		}
		if l.state = l.said; l.state == taken && !l.ch.Gone() && winner == nil {
			winner = l
			continue
		}
		l.state = over
		l.ch.End(pbx.CauseNormal)
	}
	return winner
}

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// drop ends all of a step but one.
func (s *search) drop(but *leg) {
	for _, l := range s.legs {
		if l == but || l.state == over {
			continue
		}
		if l.state == asked {
			l.ch.SoftHangup(pbx.CauseNormal)
			s.c.Until(l.back)
		} else if l.state == ringing {
			l.told("CANCEL")
		}
		l.state = over
		l.ch.End(pbx.CauseNormal)
	}
}
