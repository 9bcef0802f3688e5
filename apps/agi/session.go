package agi

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// session is a program that works a channel.
type session struct {
	m       *Module
	c       *pbx.Channel
	request string   // what the dialplan has named
	args    []string // and gives with it
	number  uint64   // agi_threadid
	begun   time.Time
	limits  limits

	wire   *wire           // nil with AsyncAGI
	script *script         // nil without
	kind   kind            // how the program is reached
	hangup bool            // the program is told of a hang-up (AGISIGHUP)
	leaves bool            // and the session ends with it (AGIEXITONHANGUP)
	dead   bool            // the channel is hung up, or was from the beginning
	out    strings.Builder // the answer to the command that is carried out
	odd    int             // commands in a row that are none

	mu      sync.Mutex // guards all below
	last    string     // command
	waiting time.Time  // since when it is awaited; zero while one is carried out
}

// kind is how a program is reached.
type kind uint8

const (
	kindScript kind = iota
	kindFast
	kindAsync
)

// status is AGISTATUS.
type status string

const (
	success  status = "SUCCESS"
	failure  status = "FAILURE"
	notFound status = "NOTFOUND"
	hungUp   status = "HANGUP"
)

// newSession makes one, which is known from then on; done ends that.
func (m *Module) newSession(c *pbx.Channel, args []string) (s *session, done func()) {
	s = &session{m: m, c: c, request: args[0], args: args[1:], number: m.serial.Add(1), begun: time.Now(), limits: *m.limits.Load(),
		dead: c.Gone()}
	tell, said := config.Bool(c.Variable("AGISIGHUP"))
	s.hangup = tell || !said
	s.leaves, _ = config.Bool(c.Variable("AGIEXITONHANGUP"))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[s] = true
	return s, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.sessions, s)
	}
}

// mostOdd is after how many commands in a row that are none the program is taken for one that
// speaks something else.
const mostOdd = 100

// run tells the program of the call and carries out what it says, until it ends or may not go
// on.
func (s *session) run(request string) (st status) {
	st = success
	if s.dead {
		s.bury()
	}
	s.send(s.environment(request))
	for {
		l, hung := s.next()
		if hung {
			if st == success {
				st = hungUp
			}
			if s.bury(); s.leaves {
				return st
			}
			continue
		}
		switch {
		case silent(l.err):
			return s.tooLong(st)
		case l.err != nil:
			s.c.Show(3, "res_agi.c", "<%s>AGI Script %s completed, returning %d", s.c.Name(), s.request, st.number())
			return st
		case s.kind == kindScript && len(l.text) >= 7 && strings.EqualFold(l.text[:7], "failure"):
			return failure // what a program that cannot be run says
		}
		if s.carry(l) == failed && (s.dead || !s.c.Gone()) {
			st = failure
		}
		if s.odd > mostOdd {
			s.warn("it has said " + strconv.Itoa(s.odd) + " lines that are no commands")
			return failure
		}
	}
}

// number is what the console says of a status.
func (st status) number() int {
	switch st {
	case failure:
		return -1
	case notFound:
		return 3
	case hungUp:
		return 4
	}
	return 0
}

// bury notes that the channel is hung up, and tells the program.
func (s *session) bury() {
	first := !s.dead
	s.dead = true
	s.wire.limit(time.Now().Add(s.limits.hangup))
	if first && s.hangup {
		s.notify()
	}
}

// notify tells the program of a hang-up.
func (s *session) notify() {
	switch {
	case s.script != nil:
		s.script.hangup()
	case s.kind == kindFast:
		s.send("HANGUP\n")
	}
}

// next waits for a command. On hung the channel is hung up now, or sent elsewhere: what it does
// has to end.
func (s *session) next() (l said, hung bool) {
	s.awaits(true)
	defer s.awaits(false)
	notice := time.AfterFunc(s.limits.notice, s.name)
	defer notice.Stop()
	if s.dead {
		s.c.Until(s.wire.came)
		return s.wire.take(), false
	}
	s.wire.limit(time.Now().Add(s.limits.silence))
	defer func() {
		if !hung {
			s.wire.limit(time.Time{})
		}
	}()
	for {
		switch _, why := s.c.Await(pbx.Wait{Keys: true, Also: s.wire.came}); why {
		case pbx.Also:
			s.forget()
			return s.wire.take(), false
		case pbx.Came: // a key that nobody has asked for
		default:
			return l, true
		}
	}
}

// forget drops keys that were typed ahead: they were not meant for what the program asks next.
func (s *session) forget() {
	for s.c.TypedAhead(func(byte) bool { return true }) != 0 {
	}
}

// awaits notes whether a command is waited for.
func (s *session) awaits(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = time.Time{}
	if on {
		s.waiting = time.Now()
	}
}

// name tells people which program says nothing.
func (s *session) name() {
	s.warn("it has said nothing for " + s.limits.notice.String() + lastly(s.lastCommand()))
}

// tooLong ends a program that has said nothing for too long, or goes on for too long after the
// call.
func (s *session) tooLong(st status) status {
	what := "it has said nothing for " + s.limits.silence.String() + " and is ended (silencetimeout of agi.conf)"
	if s.dead {
		what = "it goes on " + s.limits.hangup.String() + " after the call has ended, and is given up (hanguptimeout of agi.conf)"
	}
	s.warn(what + lastly(s.lastCommand()))
	if s.script != nil {
		s.script.kill()
	}
	if st == success {
		return failure
	}
	return st
}

func lastly(command string) string {
	if command == "" {
		return "; it has not said anything yet"
	}
	return "; its last command was " + strconv.Quote(command)
}

func (s *session) lastCommand() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// warn says what is wrong with the program.
func (s *session) warn(text string) {
	s.m.core.Log().Warn().Ctx(s.c.Trace().Context()).Msgf("%s: AGI %s: %s", s.c.Name(), s.request, text)
	s.c.Trace().Note("AGI %s: %s", s.request, text)
}

// say adds a line to the answer.
func (s *session) say(format string, args ...any) { fmt.Fprintf(&s.out, format+"\n", args...) }

// send tells the program something, and serves the channel while it takes it.
func (s *session) send(text string) {
	s.shown("Tx >>", text)
	s.c.Off(func() {
		if err := s.wire.write(text); err != nil {
			s.c.Trace().Note("AGI %s does not take what it is told: %v", s.request, err)
		}
	})
}

// flush tells the program at once what there is of an answer. With AsyncAGI it is told whole.
func (s *session) flush() {
	if text := s.out.String(); s.wire != nil && text != "" {
		s.out.Reset()
		s.send(text)
	}
}

// shown is agi set debug.
func (s *session) shown(way, text string) {
	if !s.m.debug.Load() {
		return
	}
	for line := range strings.Lines(text) {
		s.c.Show(1, "res_agi.c", "<%s>AGI %s %s", s.c.Name(), way, strings.TrimSuffix(line, "\n"))
	}
}

// outcome is what became of a command.
type outcome uint8

const (
	done     outcome = iota
	misused          // its usage is the answer
	failed           // mostly because the channel is hung up
	breaks           // ends AsyncAGI
	strange          // an application has ended with something else
	replaced         // the next command has come, and nothing is answered
)

// words of AGIExecEnd.
var outcomes = map[outcome]struct {
	code int
	text string
}{done: {200, "Success"}, misused: {520, "Usage"}, failed: {-1, "Failure"}, breaks: {200, "Success"}, strange: {200, "Unknown Result"},
	replaced: {200, "Success"}}

// carry carries a line out and answers it.
func (s *session) carry(l said) outcome {
	s.c.Step()
	o := s.handle(l)
	s.flush()
	return o
}

// handle carries a line out; the answer is in out.
func (s *session) handle(l said) outcome {
	s.out.Reset()
	s.shown("Rx <<", l.text)
	s.mu.Lock()
	s.last = l.text
	s.mu.Unlock()
	began := time.Now()
	id := strconv.Itoa(int(rand.Int32()))
	fields := []pbx.Field{{Name: "CommandId", Value: id}, {Name: "Command", Value: l.text}}
	s.tell("AGIExecStart", fields...)
	o, code, text := s.command(words(l.text))
	s.tell("AGIExecEnd", append(fields, pbx.Field{Name: "ResultCode", Value: strconv.Itoa(code)}, pbx.Field{Name: "Result", Value: text})...)
	answer, _, _ := strings.Cut(s.out.String(), "\n")
	s.c.Trace().Note("AGI %s: %s: %s (%d ms)", s.request, l.text, answer, time.Since(began).Milliseconds())
	return o
}

// command finds a command and runs it, unless that may not be.
func (s *session) command(argv []string) (o outcome, code int, text string) {
	k := find(argv)
	switch {
	case k == nil:
		s.odd++
		code, text = 510, "Invalid or unknown command"
	case s.dead && !k.dead:
		code, text = 511, "Command Not Permitted on a dead channel or intercept routine"
	default:
		s.odd = 0
		if o = k.run(s, argv); o == misused {
			s.out.Reset()
			s.say("520-Invalid command syntax.  Proper usage follows:\n%s\n520 End of proper usage.", k.usage())
		}
		return o, outcomes[o].code, outcomes[o].text
	}
	s.say("%d %s", code, text)
	return done, code, text
}

// tell makes something known to programs.
func (s *session) tell(name string, fields ...pbx.Field) {
	if s.m.core.Heard() {
		s.m.core.Tell(pbx.News{Name: name, Class: "agi", Chan: s.c.Snapshot(), Fields: fields})
	}
}
