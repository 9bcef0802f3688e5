package dialplan

import (
	"math/bits"
	"strings"
)

// set is the characters that one position of a pattern accepts.
type set [4]uint64

func (s *set) add(c byte)      { s[c>>6] |= 1 << (c & 63) }
func (s *set) has(c byte) bool { return s[c>>6]&(1<<(c&63)) != 0 }

// kind of a pattern's end.
type tail uint8

const (
	tailEnd  tail = iota // the pattern must be used up
	tailDot              // '.': one or more of anything
	tailBang             // '!': zero or more of anything, decide now
)

// matcher is a compiled extension name or caller-id part.
type matcher struct {
	pattern bool
	literal string // without dashes and blanks; used when pattern is false
	sets    []set
	tail    tail
	after   []place // what stands behind the tail: it matches nothing, and orders
	never   bool    // it matches nothing: a bracket was never closed, or nothing may stand at its end
}

// place is one position behind a tail, as names are ordered by it.
type place struct {
	score int
	set   set
}

// Scores of the default matcher: the smaller one is tried first.
const (
	scoreDot  = 0x18000
	scoreBang = 0x28000
	scoreEnd  = 0x30000
)

// compileName reads an extension name. Blanks and dashes outside brackets are
// decoration. What follows '.' or '!' is another extension's name all the same, tried in its
// order. warn receives remarks about the pattern.
func compileName(name string, warn func(string)) matcher {
	if !strings.HasPrefix(name, "_") {
		return matcher{literal: squeeze(name)}
	}
	m := matcher{pattern: true}
	for i := 1; i < len(name); i++ {
		var s set
		switch c := name[i]; c {
		case '-', ' ':
			continue
		case '.':
			m.ends(tailDot, scoreDot)
			continue
		case '!':
			m.ends(tailBang, scoreBang)
			continue
		case 'x', 'X':
			s.addRange('0', '9')
		case 'z', 'Z':
			s.addRange('1', '9')
		case 'n', 'N':
			s.addRange('2', '9')
		case '[':
			end := strings.IndexByte(name[i:], ']')
			if end < 0 {
				warn("bracket '[' in pattern '" + name + "' is never closed; it matches nothing")
				m.never = m.tail == tailEnd
				return m
			}
			text := name[i+1 : i+end]
			i += end
			if text == "" {
				m.never = m.tail == tailEnd && i+1 == len(name) // at the end even an empty set asks for one more
				continue
			}
			s = bracket(text)
		default:
			s.add(c)
		}
		if m.tail != tailEnd {
			m.after = append(m.after, place{s.score(), s})
			continue
		}
		m.sets = append(m.sets, s)
	}
	return m
}

// ends takes in a '.' or a '!', of which the first is where the pattern ends.
func (m *matcher) ends(t tail, score int) {
	if m.tail != tailEnd {
		m.after = append(m.after, place{score: score})
		return
	}
	m.tail = t
}

func (s *set) addRange(from, to byte) {
	for c := int(from); c <= int(to); c++ {
		s.add(byte(c))
	}
}

// bracket reads the inside of [...]: characters and ranges; a descending range
// matches nothing, a dash that cannot be a range is itself.
func bracket(text string) set {
	var s set
	for i := 0; i < len(text); i++ {
		if i+2 < len(text) && text[i+1] == '-' {
			s.addRange(text[i], text[i+2])
			i += 2
			continue
		}
		s.add(text[i])
	}
	return s
}

// squeeze drops dashes and blanks.
func squeeze(s string) string {
	if !strings.ContainsAny(s, "- ") {
		return s
	}
	return strings.NewReplacer("-", "", " ", "").Replace(s)
}

// at is position i as names are ordered by it; the last one of all is their end.
func (m *matcher) at(i int) place {
	n := len(m.sets)
	switch {
	case i < n:
		return place{m.sets[i].score(), m.sets[i]}
	case i == n && m.tail == tailDot:
		return place{score: scoreDot}
	case i == n && m.tail == tailBang:
		return place{score: scoreBang}
	case i-n-1 < len(m.after) && m.tail != tailEnd:
		return m.after[i-n-1]
	}
	return place{score: scoreEnd}
}

// score of a position that takes these characters.
func (s *set) score() int {
	count, first := 0, 0
	for w := len(s) - 1; w >= 0; w-- {
		if word := s[w]; word != 0 {
			count += bits.OnesCount64(word)
			first = 64*w + bits.TrailingZeros64(word)
		}
	}
	return count*0x100 + first
}

// compare orders two names as the default matcher tries them: names before
// patterns, names by byte order, patterns by the score of each position, equal
// scores by the lower character set. 0 means the two are one extension.
func (m *matcher) compare(o *matcher) int {
	switch {
	case !m.pattern && !o.pattern:
		return strings.Compare(m.literal, o.literal)
	case !m.pattern:
		return -1
	case !o.pattern:
		return 1
	}
	for i := 0; ; i++ {
		a, b := m.at(i), o.at(i)
		if d := a.score - b.score; d != 0 {
			return d
		}
		if a.score == scoreEnd {
			return 0
		}
		if d := compareSets(&a.set, &b.set); d != 0 {
			return d
		}
	}
}

// compareSets puts the set holding the lowest differing character first.
func compareSets(a, b *set) int {
	for w := range a {
		if d := a[w] ^ b[w]; d != 0 {
			if a[w]&(d&-d) != 0 {
				return -1
			}
			return 1
		}
	}
	return 0
}

// matches tells whether the whole of data matches now.
func (m *matcher) matches(data string) bool {
	if m.never {
		return false
	}
	if !m.pattern {
		return m.literal == data
	}
	if len(data) < len(m.sets) {
		return false
	}
	for i := range m.sets {
		if !m.sets[i].has(data[i]) {
			return false
		}
	}
	switch m.tail {
	case tailDot:
		return len(data) > len(m.sets)
	case tailBang:
		return true
	}
	return len(data) == len(m.sets)
}
