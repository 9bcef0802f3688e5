package rehearse

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/cdr"
	"obelisk/pbx/event"
)

// Board is a switchboard without technologies, for one case.
type Board struct {
	Core  *pbx.Core
	Media *media.Engine
	// Prompts has the function told of each prompt that is asked for.
	Prompts func(func(name string))
	Close   func()
	Words   []pbx.Word // of its modules
	// Programs stand in for programs and servers: the core's Outside. nil: they are real.
	Programs *Programs
}

// word finds one that Read knew.
func (b *Board) word(name string) *pbx.Word {
	for i := range b.Words {
		if b.Words[i].Name == name {
			return &b.Words[i]
		}
	}
	return &pbx.Word{Prepare: func(string, string) error { return errNoWord }, Look: func(string) string { return errNoWord.Error() }}
}

var errNoWord = errors.New("there is no module that knows this word")

// Event is something that a call did: a step that ran (and where), what was dialled
// (TECH/resource), a prompt that was asked for, or a record ("field=value ...").
type Event struct {
	Text    string
	Channel string // empty for prompts
	When    time.Time
	At      dialplan.Location
}

// before says whether one came first of two of which it was told first. Channels that act in
// the same instant have no order among them.
func (e Event) before(later Event) bool {
	return e.Channel == later.Channel || e.When.Before(later.When)
}

// Outcome is what a call did.
type Outcome struct {
	Steps             []Event
	Dials             []Event
	Prompts, Programs []Event
	Records           []Event
	Vars              map[string]string
	Looked            map[string]string // what words of modules show: "word what time"
	Cause             string
	Answered          bool
	Lasted            time.Duration
	Ran               map[*dialplan.Priority]bool
	Err               error
}

// stage is one case being run.
type stage struct {
	c     *Case
	core  *pbx.Core
	media *media.Engine

	mu       sync.Mutex // guards all below
	out      *Outcome
	answered bool
	over     chan struct{}
	main     string // the caller's channel
}

// note changes the outcome.
func (s *stage) note(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// limit is how long a call may last, in the time of the call.
const limit = time.Hour

var errStillOn = errors.New("the call is still going on after an hour")

// Run calls. It is to be used in a bubble of virtual time (testing/synctest), in which it
// sets the clock forward to the time of the case.
func (c *Case) Run(build func() (*Board, error)) *Outcome {
	if !c.At.IsZero() {
		time.Sleep(time.Until(c.At))
	}
	out := &Outcome{Vars: map[string]string{}, Looked: map[string]string{}, Ran: map[*dialplan.Priority]bool{}}
	board, err := build()
	if err != nil {
		out.Err = err
		return out
	}
	defer board.Close()
	s := &stage{c: c, core: board.Core, media: board.Media, out: out, over: make(chan struct{})}
	for _, name := range []string{"SIP", "PJSIP", "IAX2", "DAHDI", "SCCP", "Skinny", "Console", "Motif", "Phone",
		"AudioSocket", "WebSocket", "UnicastRTP", "MulticastRTP"} {
		board.Core.RegisterTech(technology{name, s})
	}
	board.Prompts(func(name string) {
		s.note(func() { out.Prompts = append(out.Prompts, Event{Text: name, When: time.Now()}) })
	})
	if board.Programs != nil {
		board.Programs.play(c.Programs, func(what string) {
			s.note(func() { out.Programs = append(out.Programs, Event{Text: what, When: time.Now()}) })
		})
	}
	defer board.Core.Listen(s.hear)()
	for _, g := range c.Globals {
		board.Core.SetGlobal(g[0], g[1])
	}
	for _, p := range c.Prepared {
		if err := board.word(p.word).Prepare(p.what, p.value); err != nil {
			out.Err = fmt.Errorf("%s: %w", p.pos, err)
			return out
		}
	}
	looked := s.look(board)
	if out.Err = s.call(); out.Err == nil {
		out.Err = s.wait()
	}
	looked()
	out.Answered = s.answered
	return out
}

// look looks at what words of modules show, while the call goes on where a time is written. The
// function that it returns is called when the call is over, and looks at all others.
func (s *stage) look(board *Board) (end func()) {
	over := make(chan struct{})
	var busy sync.WaitGroup
	for _, e := range s.c.Expect {
		if !e.word || e.after == 0 {
			continue
		}
		busy.Go(func() {
			got := "(the call was over by then)"
			select {
			case <-time.After(e.after):
				got = board.word(e.what).Look(e.name)
			case <-s.over:
			case <-over:
			}
			s.note(func() { s.out.Looked[e.looked()] = got })
		})
	}
	return func() {
		close(over)
		busy.Wait()
		for _, e := range s.c.Expect {
			if e.word && e.after == 0 {
				s.out.Looked[e.looked()] = board.word(e.what).Look(e.name)
			}
		}
	}
}

// looked is the key of what was seen.
func (e expectation) looked() string { return e.what + " " + e.name + " " + e.after.String() }

// call is the caller.
func (s *stage) call() error {
	tech, resource, _ := strings.Cut(s.c.Channel, "/")
	l := s.leg(resource, party{}, nil)
	n := pbx.NewCall{Tech: tech, Leg: l, Context: s.c.Context, Exten: s.c.Exten, CallerID: s.c.Caller, AccountCode: s.c.Account,
		Vars: s.c.Vars, Language: "en",
		Trace: s.core.Book().Open(s.c.Name)}
	if !s.core.Plan().Exists(s.c.Context, s.c.Exten, dialplan.Query{CallerID: s.c.Caller.Num, Now: time.Now()}) {
		return fmt.Errorf("there is no extension '%s' in context '%s' for this caller at this time", s.c.Exten, s.c.Context)
	}
	if _, err := s.core.Incoming(n); err != nil {
		return err
	}
	for _, p := range s.c.Presses {
		go func() {
			if !l.wait(p.after) {
				return
			}
			for _, key := range []byte(p.keys) {
				l.stream.Press(key) // as from the far end: whoever is bridged gets it too
				if !l.wait(200 * time.Millisecond) {
					return
				}
			}
		}()
	}
	if s.c.HangUp > 0 {
		go func() {
			if l.wait(s.c.HangUp) {
				l.post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
			}
		}()
	}
	return nil
}

// wait is for the end of every channel.
func (s *stage) wait() (err error) {
	begun := time.Now()
	select {
	case <-s.over:
	case <-time.After(limit):
		err = errStillOn
	}
	s.out.Lasted = time.Since(begun)
	time.Sleep(time.Millisecond) // whoever goes on without the caller gets as far as it waits
	s.core.HangupAll(pbx.CauseNormal)
	for range 100 {
		if n, _, _ := s.core.Counts(); n == 0 {
			return err
		}
		time.Sleep(time.Second)
	}
	return err
}

// hear takes what the core tells.
func (s *stage) hear(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := e.(type) {
	case event.ChannelBegins:
		if s.main == "" {
			s.main = e.Channel.Name
		}
	case event.Step:
		s.step(e)
	case event.StepMissing:
		s.missing(e)
	case event.Dial:
		if e.Stage == event.DialBegins {
			s.out.Dials = append(s.out.Dials, happened(e.Caller, dialled(e)))
		}
	case event.VariableSet:
		if e.Channel != nil && e.Channel.Name == s.main {
			s.out.Vars[strings.TrimLeft(e.Name, "_")] = e.Value
		}
	case event.CallRecord:
		s.out.Records = append(s.out.Records, happened(nil, record(e.Record)))
	case event.Hangup:
		if e.Channel.Name == s.main {
			s.out.Cause = strconv.Itoa(e.Cause)
			defer s.finish()
		}
	}
}

// happened is a thing that a channel did; nil: none did.
func happened(c *event.Channel, text string) Event {
	e := Event{Text: text, When: time.Now()}
	if c != nil {
		e.Channel, e.At = c.Name, c.At
	}
	return e
}

func (s *stage) finish() {
	select {
	case <-s.over:
	default:
		close(s.over)
	}
}

// dialled is what is dialled, with its technology, which not all who dial tell with it.
func dialled(e event.Dial) string {
	tech := techOf(e.Callee.Name) + "/"
	return tech + strings.TrimPrefix(e.DialString, tech)
}

func techOf(channel string) string {
	tech, _, _ := strings.Cut(channel, "/")
	return tech
}

// step remembers one that runs.
func (s *stage) step(e event.Step) {
	at := e.Channel.At
	if e.Data == event.OutgoingLine { // a channel without a dialplan
		return
	}
	s.out.Steps = append(s.out.Steps, happened(e.Channel, e.App+"("+e.Data+")"))
	if h, ok := s.core.Plan().Find(at.Context, at.Exten, at.Priority, dialplan.Query{CallerID: e.Channel.CallerID.Num, Now: time.Now()}); ok {
		s.out.Ran[h.Priority] = true
	}
}

// missing remembers a step whose application is not there, with what became of the call.
func (s *stage) missing(e event.StepMissing) {
	then := ": MISSING, the call ends"
	if s.core.Plan().SkipsMissing(e.App) {
		then = ": MISSING, skipped"
	}
	s.out.Steps = append(s.out.Steps, happened(e.Channel, e.App+then))
}

// record is a call record as tests name its fields.
func record(r *cdr.Record) string {
	var out []string
	for _, f := range [][2]string{{"account", r.AccountCode}, {"src", r.Src}, {"dst", r.Dst}, {"dcontext", r.DContext},
		{"channel", r.Channel}, {"dstchannel", r.DstChannel}, {"lastapp", r.LastApp}, {"lastdata", r.LastData},
		{"duration", strconv.Itoa(r.Duration())}, {"billsec", strconv.Itoa(r.Billsec())}, {"disposition", r.Disposition},
		{"userfield", r.UserField}} {
		out = append(out, f[0]+"="+strings.ReplaceAll(f[1], " ", "_"))
	}
	return strings.Join(out, " ")
}
