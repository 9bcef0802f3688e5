package followme

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/pbx/record"
)

// check is told of when the file is read.
func check(args string) []string {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	if strings.Contains(f[1], "$") {
		return nil
	}
	return dialplan.ParseOptions(f[1], options).Problems
}

// search is one run of FollowMe. The caller's goroutine owns it.
type search struct {
	m    *Module
	c    *pbx.Channel
	p    *profile
	opt  dialplan.Options
	name string        // file with the caller's name, without extension; "": there is none
	legs []*leg        // of the step
	news chan struct{} // a leg is given back
}

func (m *Module) exec(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	if f[0] == "" {
		c.Warn("FollowMe requires an argument (followmeid)")
		return dialplan.End
	}
	s := &search{m: m, c: c, p: find(*m.profiles.Load(), f[0]), opt: dialplan.ParseOptions(f[1], options), news: make(chan struct{}, 1)}
	switch {
	case s.p == nil:
		c.Warn("Profile requested, " + f[0] + ", not found in the configuration.")
		return dialplan.Continue
	case c.Leg().Stream() == nil:
		c.Warn("FollowMe: a message is no call")
		return dialplan.Continue
	case !c.MayDial(0):
		return dialplan.Continue
	}
	result := s.run()
	if s.name != "" {
		c.Off(func() { os.Remove(s.name + ".sln") })
	}
	return result
}

func (s *search) run() dialplan.Result {
	c, p := s.c, s.p
	s.greet()
	if s.opt.Has('B') && !c.Gone() {
		s.sub(c, 'B')
	}
	if !s.opt.Has('N') || c.View().State == pbx.StateUp {
		c.StartMusic(p.music)
	} else {
		c.Indicate(pbx.IndicateRinging)
	}
	for _, st := range p.steps {
		if c.Gone() {
			break
		}
		if l := s.step(st); l != nil {
			return s.connect(l)
		}
	}
	c.StopMusic()
	c.StopTone()
	if c.Gone() {
		return dialplan.End
	}
	if s.opt.Has('n') {
		s.says(c, p.sorry)
	}
	return dialplan.Continue
}

// greet is what the caller hears, and says, first.
func (s *search) greet() {
	c, p := s.c, s.p
	if s.opt.Has('N') && c.View().State != pbx.StateUp {
		return
	}
	c.Answer()
	if s.opt.Has('s') {
		s.says(c, p.status)
	}
	if s.opt.Has('a') && p.ask && !c.Gone() {
		s.record()
	}
	if !s.opt.Has('d') && !c.Gone() {
		s.says(c, p.hold)
	}
}

// nameLimit is how long the name of a caller may be.
const nameLimit = 5 * time.Second

// record keeps the caller's name.
func (s *search) record() {
	c := s.c
	s.says(c, "vm-rec-name")
	s.says(c, "beep")
	if c.Gone() {
		return
	}
	path := filepath.Join(s.m.folder, "followme."+strings.Map(inFileName, c.UniqueID()))
	r := record.Run(c, record.Job{Path: path, Formats: []string{"sln"}, Limit: nameLimit, Ends: prompt.Keys("#")})
	if s.name = path; r.Err != nil {
		c.Warn("FollowMe: the caller's name is not kept: " + r.Err.Error())
		s.name = ""
		return
	}
	if r.Why == record.ByKey {
		s.says(c, "auth-thankyou")
	}
}

// inFileName keeps a text from naming another folder.
func inFileName(r rune) rune {
	if r == '/' || r < ' ' {
		return '='
	}
	return r
}

func (s *search) says(c *pbx.Channel, text string) {
	if text != "" && !c.Gone() {
		s.m.play.List(c, prompt.Files(text), prompt.How{})
	}
}

// sub runs the subroutine of an option on a channel.
func (s *search) sub(ch *pbx.Channel, option byte) {
	text := strings.ReplaceAll(s.opt.Arg(option), "^", ",")
	if _, err := ch.RunSubTextFor(s.c, text); err != nil {
		s.c.Warn("FollowMe option " + string(option) + ": " + err.Error())
	}
}

// step calls the numbers of a step, and returns who has taken the call; nil: nobody.
func (s *search) step(st step) (winner *leg) {
	until := time.Now().Add(st.timeout)
	s.legs = nil
	for _, number := range st.numbers {
		s.call(number)
	}
	defer func() { s.drop(winner) }()
	for s.open() > 0 {
		left := time.Until(until)
		if left <= 0 {
			return nil
		}
		e, why := s.c.Await(pbx.Wait{For: left, Kinds: pbx.AnyKind, Also: s.news})
		switch {
		case why == pbx.TimedOut:
		case why == pbx.Also:
			if l := s.decided(); l != nil {
				return l
			}
		case e.From != nil && e.From != s.c:
			if l := s.find(e.From); l != nil && l.event(e) {
				return l
			}
		case why == pbx.Came:
			s.c.Handle(e)
		default:
			return nil // the caller has gone
		}
	}
	return nil
}

// keyTail is how long a key may still be pressed that has decided: the caller is not to hear it.
const keyTail = 200 * time.Millisecond

// connect brings the caller together with who has taken the call.
func (s *search) connect(l *leg) dialplan.Result {
	c, ch := s.c, l.ch
	if s.p.connecting != "" {
		c.Until(ch.Lend(func() { s.says(ch, s.p.connecting) }))
	}
	if s.p.ask {
		c.Sleep(keyTail)
	}
	c.StopMusic()
	c.StopTone()
	if ch.Gone() || c.Gone() {
		ch.End(pbx.CauseNormal)
		return dialplan.End
	}
	if !s.opt.Has('I') {
		c.Meet(ch)
	}
	return c.Pair(ch, pbx.Member{After: func(c *pbx.Channel, left pbx.Left) dialplan.Result {
		if left.Why == pbx.Sent {
			return dialplan.Continue
		}
		if left.Why != pbx.HungUp {
			c.SetCause(pbx.CauseNormal)
		}
		return dialplan.End
	}}, pbx.Member{})
}
