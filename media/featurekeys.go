package media

import (
	"fmt"
	"strings"
	"time"
)

// KeyTable is codes of keys that mean something: features in a call. It does not change and may be
// used by many streams.
type KeyTable struct {
	codes map[string]int
	begin map[string]bool // what longer codes begin with
	wait  time.Duration
}

const (
	// mostKeys is the longest code, and how many keys may wait to be sent.
	mostKeys = 32
	keyWait  = time.Second
)

// NewKeyTable makes one of codes, each of 1 to 32 of EventDigits, and what they stand for. wait is
// how long after a key the next may come (featuredigittimeout); 0: 1 s. A code that another one
// begins with hides that one: it is matched at once.
func NewKeyTable(codes map[string]int, wait time.Duration) (*KeyTable, error) {
	t := &KeyTable{codes: map[string]int{}, begin: map[string]bool{}, wait: wait}
	if wait <= 0 {
		t.wait = keyWait
	}
	for code, n := range codes {
		if code == "" || len(code) > mostKeys || strings.Trim(code, EventDigits) != "" {
			return nil, fmt.Errorf("'%s' is no code of 1 to %d keys of %s", code, mostKeys, EventDigits)
		}
		t.codes[code] = n
		for i := 1; i < len(code); i++ {
			t.begin[code[:i]] = true
		}
	}
	return t, nil
}

// gate holds the keys of a stream while they may become a code.
type gate struct {
	table   *KeyTable
	matched func(code int)
	held    []byte
	timer   timer
}

// Gate has the keys that the far side presses pass a table before they go on, however they come:
// as telephone events, as tones of an inband leg, by signalling (Press). Those that begin a code
// are held, while the audio goes on. When it is whole they are swallowed, and matched is told its
// number; when it does not become one, by another key or by the time that the table gives, they
// go on in their order: OnDigit is told, and the other side gets them, each of 100 ms. A key that
// begins no code passes as it comes.
//
// matched runs on the loop and must not block. A nil table takes the gate away; what is held then
// goes on. Each call replaces the gate before.
func (s *Stream) Gate(t *KeyTable, matched func(code int)) {
	s.do(func() {
		defer s.noteNeed()
		s.openGate()
		if t == nil || len(t.codes) == 0 {
			return
		}
		g := &gate{table: t, matched: matched, timer: timer{index: -1}}
		g.timer.fire = func(*timer) { s.release() }
		s.digits.gate = g
	})
}

// openGate takes the gate away.
func (s *Stream) openGate() {
	if g := s.digits.gate; g != nil {
		s.release()
		s.digits.gate = nil
	}
}

// release lets all held keys go on.
func (s *Stream) release() {
	g := s.digits.gate
	s.loop.disarm(&g.timer)
	held := g.held
	g.held = nil
	for _, key := range held {
		s.passKey(key, false, keyTime*time.Millisecond)
	}
}

// pressed is a key of this leg; carried says that the other leg gets it anyway, unless it is
// swallowed: then what carries it is not to be passed on. length is how long it was pressed, 0 while
// it is.
func (s *Stream) pressed(key byte, carried bool, length time.Duration) (swallowed bool) {
	g := s.digits.gate
	if g == nil || len(g.held) == 0 && !g.table.begins(string(key)) {
		s.passKey(key, carried, length)
		return false
	}
	s.slow()
	s.loop.disarm(&g.timer)
	for g.held = append(g.held, key); len(g.held) > 0; {
		if code, ok := g.table.codes[string(g.held)]; ok {
			g.held = g.held[:0]
			g.matched(code)
			return true
		}
		if g.table.begin[string(g.held)] {
			s.loop.arm(&g.timer, s.loop.now.Add(g.table.wait))
			return true
		}
		first := g.held[0]
		g.held = g.held[1:]
		s.passKey(first, false, keyTime*time.Millisecond)
	}
	return true
}

// Keys is the code that stands for a number, "" for none.
func (t *KeyTable) Keys(n int) string {
	for code, is := range t.codes {
		if is == n {
			return code
		}
	}
	return ""
}

// begins says whether a code is a key, or begins with it.
func (t *KeyTable) begins(key string) bool {
	_, whole := t.codes[key]
	return whole || t.begin[key]
}
