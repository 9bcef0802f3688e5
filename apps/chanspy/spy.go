package chanspy

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

func (m *Module) chanSpy(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	w, problems := readWish(f[1])
	switch {
	case w.byID:
		w.unique = f[0]
	case f[0] != "all":
		w.prefix = c.Core().MeantChannel(f[0])
	}
	return m.spy(c, &w, problems)
}

func (m *Module) extenSpy(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	w, problems := readWish(f[1])
	w.exten, w.context, _ = strings.Cut(f[0], "@")
	if w.context == "" {
		w.context = c.View().At.Context
	}
	return m.spy(c, &w, problems)
}

// round is how often it looks for somebody to listen to.
const round = 100 * time.Millisecond

// spy listens to one channel after the other.
func (m *Module) spy(c *pbx.Channel, w *wish, problems []string) dialplan.Result {
	for _, text := range problems {
		c.Warn("ChanSpy: " + text)
	}
	if !w.noAnswer {
		c.Answer()
	}
	if c.Leg().Stream() == nil {
		c.Warn("ChanSpy: a message has no audio")
		return dialplan.End
	}
	m.spying(c, true)
	defer m.spying(c, false)
	s := &session{m: m, c: c, w: w}
	defer s.closeRecord()
	heard := true
	for !c.Gone() {
		if heard && !w.quiet {
			m.player.List(c, []string{"beep"}, prompt.How{})
		}
		key := c.WaitDigit(round)
		if w.exitExten && key != 0 && s.leaves(key, "") {
			return dialplan.Continue
		}
		s.early = key
		end := false
		if heard, end = s.tour(); end {
			break
		}
		if w.untilNobody && !heard {
			break
		}
	}
	if c.Gone() || s.failed {
		return dialplan.End
	}
	return dialplan.Continue
}

// tour listens to each of those that there are now. end: the application is over.
func (s *session) tour() (heard, end bool) {
	list, ok := s.m.candidates(s.c, s.w)
	if !ok {
		s.failed = true
		return false, true
	}
	for i := 0; i < len(list) && !s.c.Gone(); i++ {
		if !s.m.fits(s.c, list[i], s.w) {
			continue
		}
		for of := list[i]; of != nil; {
			s.announce(of)
			heard = true
			next, typed := s.listen(of)
			switch next {
			case over:
				return heard, true
			case toTyped:
				of = s.typed(of, typed)
				continue
			}
			if s.w.once {
				return heard, true
			}
			of = nil
		}
	}
	return heard, false
}

// typed is the channel that the digits name, else the one that is heard, while it is there.
func (s *session) typed(of *pbx.Channel, digits string) *pbx.Channel {
	if s.w.prefix != "" {
		for _, c := range s.c.Core().Channels() {
			if begins(c.Name(), s.w.prefix+"/"+digits) && c != s.c && !c.View().Gone {
				return c
			}
		}
	}
	if of.View().Gone {
		return nil
	}
	return of
}

// announce says whom the spy is about to hear.
func (s *session) announce(of *pbx.Channel) {
	if s.w.quiet {
		return
	}
	kind, name, _ := strings.Cut(device(of.Name()), "/")
	if s.w.named && s.sayName(name) {
		return
	}
	var list []string
	if file := "spy-" + strings.ToLower(kind); !s.w.noKind {
		if s.m.player.Has(s.c, file) {
			list = append(list, file)
		} else {
			list = s.m.player.Voice(s.c, "").Alpha(file, 'n')
		}
	}
	if n, err := strconv.Atoi(name); err == nil {
		list = append(list, s.m.player.Voice(s.c, "").Digits(strconv.Itoa(n))...)
	}
	s.m.player.List(s.c, list, prompt.How{})
}

// sayName plays the recorded name of a mailbox; false where there is none.
func (s *session) sayName(name string) bool {
	box, context, _ := strings.Cut(s.w.box, "@")
	if box == "" {
		box = name
	}
	if context == "" {
		context = "default"
	}
	if box == "" || strings.ContainsAny(box+context, "/\\") {
		return false
	}
	_, err := s.m.player.Play(s.c, filepath.Join(s.m.spool, context, box, "greet"), prompt.How{})
	return err == nil
}
