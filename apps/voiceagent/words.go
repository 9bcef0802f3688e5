package voiceagent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/internal/wsock"
	"obelisk/media/program"
	"obelisk/pbx"
)

// Words implements pbx.Rehearsed: in tests of dialplans scripts stand in for agents.
func (m *Module) Words() []pbx.Word {
	return []pbx.Word{{Name: "voiceagent", Usage: "voiceagent NAME = says 3 s, transfer 120 on 1, hangup after 30 s; expected: reached 1 " +
		"times, keys 1",
		Prepare: m.prepare, Look: m.look}}
}

// stage is where scripts are, by the names of profiles.
type stage struct {
	mu    sync.Mutex
	parts map[string]*part
}

// part is what a script does, over one connection after the other. An agent without one is unreachable.
type part struct {
	rate int // of its audio, in Hz
	acts []act

	mu      sync.Mutex // guards the rest
	done    int        // of acts
	reached int
	keys    string
}

// act is one thing that a script does.
type act struct {
	kind  string        // says, transfer, hangup, done, breaks, unreachable
	arg   string        // of says: seconds; of transfer: the extension, and after a blank the summary
	after time.Duration // since the call came; 0: at once
	on    byte          // a key on which it waits; 0: none
}

var errUnreachable = errors.New("the test says that it is unreachable")

const (
	mostActs   = 100
	mostSaid   = 100 // seconds of one sentence
	mostWaited = 24 * time.Hour
)

// prepare reads a script.
func (m *Module) prepare(name, value string) error {
	profile := (*m.profiles.Load())[name]
	switch {
	case m.stage == nil:
		return errors.New("agents are real here")
	case profile == nil:
		return fmt.Errorf("there is no agent '%s' in voiceagent.conf", name)
	}
	acts, err := readActs(value)
	if err != nil {
		return err
	}
	m.stage.mu.Lock()
	defer m.stage.mu.Unlock()
	m.stage.parts[name] = &part{acts: acts, rate: profile.Format.Rate}
	return nil
}

// readActs reads "says 3 s, transfer 120 on 1, hangup after 30 s".
func readActs(text string) (out []act, err error) {
	for _, piece := range strings.Split(text, ",") {
		a, err := readAct(strings.Fields(piece))
		if err != nil {
			return nil, fmt.Errorf("'%s': %w", strings.TrimSpace(piece), err)
		}
		if out = append(out, a); len(out) > mostActs {
			return nil, errors.New("the script is too long")
		}
	}
	return out, nil
}

func readAct(f []string) (a act, err error) {
	if n := len(f); n >= 3 && f[n-3] == "after" && f[n-1] == "s" {
		s, err := strconv.ParseFloat(f[n-2], 64)
		if a.after = time.Duration(s * float64(time.Second)); err != nil || !(s >= 0) || a.after > mostWaited {
			return a, errors.New("after takes seconds")
		}
		f = f[:n-3]
	} else if n >= 2 && f[n-2] == "on" && len(f[n-1]) == 1 {
		a.on, f = f[n-1][0], f[:n-2]
	}
	if len(f) == 0 {
		return a, errors.New("nothing is done")
	}
	a.kind, a.arg = f[0], strings.Join(f[1:], " ")
	switch a.kind {
	case "says":
		if len(f) != 3 || f[2] != "s" {
			return a, errors.New("it is written: says 3 s")
		}
		if s, err := strconv.ParseFloat(f[1], 64); err != nil || !(s > 0 && s <= mostSaid) {
			return a, fmt.Errorf("a sentence has up to %d s", mostSaid)
		}
		a.arg = f[1]
	case "transfer":
		if len(f) < 2 {
			return a, errors.New("it is written: transfer EXTENSION [summary]")
		}
	case "hangup", "done", "breaks", "unreachable":
		if len(f) > 1 {
			return a, errors.New("it takes nothing")
		}
	default:
		return a, errors.New("an agent says, transfers, hangs up (hangup), is done, breaks or is unreachable")
	}
	return a, nil
}

// look tells what a script has seen of the call.
func (m *Module) look(name string) string {
	if m.stage == nil {
		return "agents are real here"
	}
	m.stage.mu.Lock()
	p := m.stage.parts[name]
	m.stage.mu.Unlock()
	if p == nil {
		return "no script"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.TrimSpace(fmt.Sprintf("reached %d times, keys %s", p.reached, p.keys))
}

// of is the script of a profile.
func (s *stage) of(p *Profile) *part {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.parts[p.Name]; x != nil {
		return x
	}
	return &part{}
}

// connect is wsock.Client's Dial.
func (p *part) connect(context.Context, string, ...string) (*wsock.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done >= len(p.acts) && p.reached == 0 || p.done < len(p.acts) && p.acts[p.done].kind == "unreachable" {
		return nil, errUnreachable
	}
	p.reached++
	near, far := wsock.Pipe()
	go p.play(far)
	return near, nil
}

// play is a connection of the agent: the script from where it is.
func (p *part) play(conn *wsock.Conn) {
	begun := time.Now()
	keys, over := make(chan byte, mostActs), make(chan struct{})
	go p.hear(conn, keys, over)
	for {
		p.mu.Lock()
		i := p.done
		p.mu.Unlock()
		if i >= len(p.acts) || p.acts[i].kind == "unreachable" {
			break
		}
		a := p.acts[i]
		if !a.due(begun, keys, over) {
			return
		}
		p.mu.Lock()
		p.done++
		p.mu.Unlock()
		if p.perform(conn, a); a.kind == "breaks" {
			return
		}
	}
	<-over
}

// due waits for the time or the key of an act; false: the connection is over.
func (a act) due(begun time.Time, keys <-chan byte, over <-chan struct{}) bool {
	timer := time.NewTimer(time.Until(begun.Add(a.after)))
	defer timer.Stop()
	ready := timer.C
	if a.on != 0 {
		ready = nil
	}
	for {
		select {
		case <-over:
			return false
		case <-ready:
			return true
		case k := <-keys:
			if a.on != 0 && k == a.on {
				return true
			}
		}
	}
}

// hear notes the keys of the caller.
func (p *part) hear(conn *wsock.Conn, keys chan<- byte, over chan<- struct{}) {
	defer close(over)
	for {
		text, b, err := conn.Read()
		if err != nil {
			conn.Break()
			return
		}
		var e struct{ Event, Digit string }
		if !text || json.Unmarshal(b, &e) != nil || e.Event != "DTMF_END" || e.Digit == "" {
			continue
		}
		p.mu.Lock()
		p.keys += e.Digit
		p.mu.Unlock()
		select {
		case keys <- e.Digit[0]:
		default:
		}
	}
}

// perform does one thing.
func (p *part) perform(conn *wsock.Conn, a act) {
	switch a.kind {
	case "says":
		s, _ := strconv.ParseFloat(a.arg, 64)
		second := program.Bytes(nil, slices.Repeat([]int16{3000, 3000, 3000, 3000, -3000, -3000, -3000, -3000}, p.rate/8))
		for left := int(s*float64(p.rate)) * 2; left > 0; left -= len(second) {
			conn.Binary(second[:min(left, len(second))])
		}
	case "transfer":
		to, summary, _ := strings.Cut(a.arg, " ")
		conn.Text(object{"command": "TRANSFER", "to": to, "summary": summary}.message().b)
	case "hangup", "done":
		conn.Text(object{"command": strings.ToUpper(a.kind)}.message().b)
	case "breaks":
		conn.Break()
	}
}
