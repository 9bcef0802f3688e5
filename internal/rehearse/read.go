// Package rehearse runs calls through a dialplan without a phone, a network or waiting,
// and says whether they went as a file of tests expects (obelisk test).
package rehearse

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// Case is one call and what is expected of it.
type Case struct {
	Name string
	Pos  config.Pos

	Caller         pbx.CallerID
	Channel        string // the caller's, such as SIP/1001
	Account        string
	Exten, Context string
	At             time.Time // zero: it does not matter
	Vars           [][2]string
	Globals        [][2]string
	Devices        map[string]pbx.DeviceState
	Presses        []press
	HangUp         time.Duration // after which the caller hangs up; 0: never
	Parties        []party
	Programs       []program
	Prepared       []prepared
	Expect         []expectation
}

// prepared is a line that begins with a word of a module, and is done before the call.
type prepared struct {
	word, what, value string
	pos               config.Pos
}

type press struct {
	keys  string
	after time.Duration
}

// party is how a destination behaves that is dialled.
type party struct {
	dial   glob
	acts   []act
	refuse pbx.Cause // it cannot even be called
}

// act is something that a party does.
type act struct {
	kind  pbx.EventKind
	cause pbx.Cause
	text  string
	keys  string
	after time.Duration
}

// expectation is one "expect" line.
type expectation struct {
	what string // step, dial, prompt, program, variable, answered, cause, record, or a word of a module
	not  bool
	name string // of the variable; what is behind the word
	want string
	pos  config.Pos
	word bool // of a module
	// of a word: how long after the beginning of the call it is looked at; 0: when the call is over
	after time.Duration
}

// Read reads the tests of a file, which may use words of modules; what is wrong with it is told
// with its line.
func Read(f *config.File, words ...pbx.Word) (cases []*Case, problems []config.Diagnostic) {
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		r := &reader{words: words, c: &Case{Name: s.Name, Pos: s.Pos, Context: "default", Exten: "s", Channel: "SIP/caller",
			Devices: map[string]pbx.DeviceState{}}}
		for _, v := range s.Vars {
			if why := r.line(v); why != "" {
				problems = append(problems, config.Diagnostic{Pos: v.Pos, Severity: config.Error, Text: why})
			}
		}
		cases = append(cases, r.c)
	}
	return cases, problems
}

type reader struct {
	c     *Case
	words []pbx.Word // of modules
}

// word finds one of a module; nil without.
func (r *reader) word(name string) *pbx.Word {
	for i := range r.words {
		if strings.EqualFold(r.words[i].Name, name) {
			return &r.words[i]
		}
	}
	return nil
}

// line reads one line; why says what is wrong with it.
func (r *reader) line(v config.Var) (why string) {
	word, rest, _ := strings.Cut(strings.Join(strings.Fields(v.Name), " "), " ")
	c := r.c
	switch strings.ToLower(word) {
	case "caller":
		c.Caller = pbx.ParseCallerID(v.Value)
	case "channel":
		c.Channel = v.Value
	case "account":
		c.Account = v.Value
	case "dial":
		exten, context, ok := strings.Cut(v.Value, "@")
		if c.Exten = exten; ok {
			c.Context = context
		}
	case "time":
		return r.moment(v.Value)
	case "variable":
		c.Vars = append(c.Vars, [2]string{rest, v.Value})
	case "global":
		c.Globals = append(c.Globals, [2]string{rest, v.Value})
	case "device":
		if c.Devices[rest] = pbx.ParseDeviceState(v.Value); c.Devices[rest].String() != strings.ToUpper(v.Value) {
			return "'" + v.Value + "' is no state of a device (NOT_INUSE, INUSE, BUSY, RINGING, UNAVAILABLE ...)"
		}
	case "press":
		keys, after, err := afterTime(v.Value)
		if err != "" {
			return err
		}
		c.Presses = append(c.Presses, press{strings.ReplaceAll(keys, " ", ""), after})
	case "hangup":
		var err string
		if _, c.HangUp, err = afterTime(v.Value); err != "" || c.HangUp == 0 {
			return "hangup takes 'after' and a time"
		}
	case "when":
		return r.when(rest, v.Value)
	case "program":
		p, err := readProgram(rest, v.Value)
		if err != nil {
			return err.Error()
		}
		r.c.Programs = append(r.c.Programs, p)
	case "expect":
		return r.expect(rest, v)
	default:
		return r.prepare(word, rest, v)
	}
	return ""
}

// prepare reads a line that begins with a word of a module.
func (r *reader) prepare(word, rest string, v config.Var) (why string) {
	names := []string{"caller", "channel", "account", "dial", "time", "variable", "global", "device", "press", "hangup", "when", "program",
		"expect"}
	w := r.word(word)
	switch {
	case w == nil:
		for _, m := range r.words {
			if m.Prepare != nil {
				names = append(names, m.Name)
			}
		}
		return "unknown word '" + v.Name + "'" + config.DidYouMean(word, names)
	case w.Prepare == nil:
		return "'" + w.Name + "' can be expected only: expect " + w.Usage
	}
	r.c.Prepared = append(r.c.Prepared, prepared{w.Name, rest, v.Value, v.Pos})
	return ""
}

func (r *reader) moment(text string) string {
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			r.c.At = t
			return ""
		}
	}
	return "time takes 2026-11-26 10:30 or 2026-11-26 10:30:15"
}

// when reads "answer after 5 s, hangup after 20 s".
func (r *reader) when(dial, text string) string {
	if dial == "" {
		return "'when' takes what is dialled, such as: when SIP/1001 = busy"
	}
	p := party{dial: glob(dial)}
	for _, item := range strings.Split(text, ",") {
		what, after, err := afterTime(strings.TrimSpace(item))
		if err != "" {
			return err
		}
		word, rest, _ := strings.Cut(what, " ")
		a := act{after: after}
		switch strings.ToLower(word) {
		case "ring":
			a.kind = pbx.EventRinging
		case "progress":
			a.kind = pbx.EventProgress
		case "answer":
			a.kind = pbx.EventAnswered
		case "busy":
			a.kind, a.cause = pbx.EventBusy, pbx.CauseBusy
		case "congestion":
			a.kind, a.cause = pbx.EventCongestion, pbx.CauseCongestion
		case "hangup", "cause":
			a.kind, a.cause = pbx.EventHungUp, pbx.CauseNormal
			if rest != "" {
				cause, ok := pbx.ParseCause(rest)
				if !ok {
					return "'" + rest + "' is no hangup cause"
				}
				a.cause = cause
			}
		case "press":
			a.kind, a.keys = pbx.EventDigit, strings.ReplaceAll(rest, " ", "")
		case "forward":
			a.kind, a.text = pbx.EventForward, rest
		case "unavailable":
			p.refuse = pbx.CauseAbsent
			continue
		case "nothing":
			continue
		default:
			return "'" + what + "' is nothing that a party can do" + config.DidYouMean(word, []string{"ring", "progress", "answer", "busy",
				"congestion", "hangup", "cause", "press", "forward", "unavailable", "nothing"})
		}
		p.acts = append(p.acts, a)
	}
	r.c.Parties = append(r.c.Parties, p)
	return ""
}

// expect reads "[no] step|dial|prompt|program|answered|cause|record|variable NAME".
func (r *reader) expect(what string, v config.Var) string {
	e := expectation{want: v.Value, pos: v.Pos}
	if rest, ok := strings.CutPrefix(what, "no "); ok {
		e.not, what = true, rest
	}
	e.what, e.name, _ = strings.Cut(what, " ")
	switch e.what {
	case "step", "dial", "prompt", "program", "record":
	case "answered", "cause", "variable":
		if e.not {
			return "'expect no' goes with step, dial, prompt, program and record"
		}
		if (e.what == "variable") != (e.name != "") {
			return "expect variable takes a name: expect variable DIALSTATUS = BUSY"
		}
	default:
		names := []string{"step", "dial", "prompt", "program", "record", "answered", "cause", "variable"}
		w := r.word(e.what)
		if w == nil || w.Look == nil {
			for _, m := range r.words {
				if m.Look != nil {
					names = append(names, m.Name)
				}
			}
			return "'" + what + "' cannot be expected" + config.DidYouMean(e.what, names)
		}
		if e.not {
			return "'expect no' goes with step, dial, prompt, program and record"
		}
		e.what, e.word = w.Name, true
		want, after, err := afterTime(e.want)
		if err != "" {
			return err
		}
		e.want, e.after = want, after
	}
	r.c.Expect = append(r.c.Expect, e)
	return ""
}

var afterText = regexp.MustCompile(`^(.*?)\s*\bafter\s+([0-9.]+)\s*(ms|s|sec|seconds?|min|minutes?|h|hours?)$`)

// afterTime parts "what after 5 s".
func afterTime(text string) (what string, after time.Duration, why string) {
	m := afterText.FindStringSubmatch(text)
	if m == nil {
		if strings.Contains(" "+text+" ", " after ") {
			return "", 0, "'" + text + "': a time is a number with ms, s, min or h"
		}
		return text, 0, ""
	}
	n, err := strconv.ParseFloat(m[2], 64)
	if err != nil {
		return "", 0, fmt.Sprintf("'%s' is no number", m[2])
	}
	unit := time.Second
	switch {
	case m[3] == "ms":
		unit = time.Millisecond
	case m[3][0] == 'm':
		unit = time.Minute
	case m[3][0] == 'h':
		unit = time.Hour
	}
	return m[1], time.Duration(n * float64(unit)), ""
}

// glob is a text in which "*" stands for anything.
type glob string

// MatchString says whether a text is one that it stands for.
func (g glob) MatchString(text string) bool {
	parts := strings.Split(string(g), "*")
	first, last := parts[0], parts[len(parts)-1]
	if len(parts) == 1 {
		return text == first
	}
	if !strings.HasPrefix(text, first) || len(text) < len(first)+len(last) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, p := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(text, p)
		if !ok {
			return false
		}
		text = after
	}
	return true
}
