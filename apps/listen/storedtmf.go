package listen

import (
	"errors"
	"strconv"
	"strings"
	"sync"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

const storeUsage = "StoreDTMF(RX|TX,variable[,most]), StoreDTMF(remove)\n" +
	"  keys are put at the end of a variable, or of a function such as CDR(digits), while other applications run: RX those that\n" +
	"  the channel presses, TX those that are sent to it out of a bridge. It ends when the variable has most letters (0: never)"

// stores are the channels whose keys are kept. Nobody listens to keys where there is none.
type stores struct {
	mu   sync.Mutex // guards the rest
	list map[string]*store
	deaf func() // ends listening; nil: nobody does
}

// store is where the keys of one channel go.
type store struct {
	c        *pbx.Channel
	received bool // from the channel, else sent to it
	variable string
	most     int // letters of the variable; 0: no bound

	mu sync.Mutex // held while a key is added: they may come from two sides
}

// exec is StoreDTMF, as observed with Asterisk 20.20.1: a second one leaves the first in force, and what is wrong
// ends the call, but for a direction while there is one already.
func (l *stores) exec(c *pbx.Channel, args string) dialplan.Result {
	set, err := l.run(c, args)
	switch {
	case err != nil:
		c.Warn(err.Error())
		return dialplan.End
	case !set:
		c.Warn("StoreDTMF already set on '" + c.Name() + "'")
	}
	return dialplan.Continue
}

// run reads the arguments and does what they say; false where the channel has a store already.
func (l *stores) run(c *pbx.Channel, args string) (ok bool, err error) {
	f := append(dialplan.SplitArgs(args, 3), "", "", "")
	if args == "" {
		return false, errors.New("StoreDTMF requires an argument")
	}
	direction := strings.ToLower(f[0])
	if direction == "remove" {
		if !l.remove(c.Name()) {
			return false, errors.New("Cannot remove StoreDTMF from " + c.Name() + ": StoreDTMF not currently enabled")
		}
		return true, nil
	}
	s := &store{c: c, variable: f[1], received: direction == "rx"}
	if f[2] != "" {
		n, err := strconv.Atoi(strings.TrimSpace(f[2]))
		switch {
		case err != nil:
			return false, errors.New("Invalid integer: " + f[2])
		case n < 0:
			return false, errors.New("Invalid natural number: " + f[2])
		}
		s.most = n
	}
	if direction != "rx" && direction != "tx" {
		return false, errors.New("StoreDTMF: the direction is RX or TX, not '" + f[0] + "'")
	}
	return l.add(s), nil
}

func (l *stores) add(s *store) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.list[s.c.Name()] != nil {
		return false
	}
	if l.list == nil {
		l.list = map[string]*store{}
	}
	l.list[s.c.Name()] = s
	if l.deaf == nil {
		l.deaf = s.c.Core().Listen(l.hear)
	}
	return true
}

func (l *stores) remove(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.list[name] == nil {
		return false
	}
	if delete(l.list, name); len(l.list) == 0 {
		go l.deaf()
		l.deaf = nil
	}
	return true
}

// hear takes keys, and channels that are over.
func (l *stores) hear(e event.Event) {
	switch e := e.(type) {
	case event.Key:
		l.mu.Lock()
		s := l.list[e.Channel.Name]
		l.mu.Unlock()
		if s != nil && e.Ends && e.Received == s.received && s.add(e.Digit) {
			l.remove(e.Channel.Name)
		}
	case event.Hangup:
		l.remove(e.Channel.Name)
	}
}

// add puts a key at the end of the variable, and says whether that has all letters now.
func (s *store) add(key byte) (full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.variable == "" {
		return false
	}
	value := dialplan.Expand("${"+s.variable+"}", s.c)
	if s.most == 0 || len(value) < s.most {
		value += string(key)
		if err := s.c.Assign(s.variable, value); err != nil {
			s.c.Warn("StoreDTMF: " + err.Error())
		}
	}
	return s.most > 0 && len(value) >= s.most
}
