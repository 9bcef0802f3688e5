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
	never   bool // it matches nothing: a bracket was never closed, or nothing may stand at its end
}

// Scores of the default matcher: the smaller one is tried first.
const (
	scoreDot  = 0x18000
	scoreBang = 0x28000
	scoreEnd  = 0x30000
)

// compileName reads an extension name. Blanks and dashes outside brackets are
// decoration. warn receives remarks about the pattern.
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
			m.tail = tailDot
			return m
		case '!':
			m.tail = tailBang
			return m
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
				m.never = true
				return m
			}
			text := name[i+1 : i+end]
			i += end
			if text == "" {
				m.never = i+1 == len(name) // at the end even an empty set asks for one more
				continue
			}
			s = bracket(text)
		default:
			s.add(c)
		}
		m.sets = append(m.sets, s)
	}
	return m
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

// score of position i.
func (m *matcher) score(i int) int {
	if i >= len(m.sets) {
		return [...]int{tailEnd: scoreEnd, tailDot: scoreDot, tailBang: scoreBang}[m.tail]
	}
	count, first := 0, 0
	for w := len(m.sets[i]) - 1; w >= 0; w-- {
		if word := m.sets[i][w]; word != 0 {
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
		if d := m.score(i) - o.score(i); d != 0 {
			return d
		}
		if i >= len(m.sets) {
			return 0
		}
		if d := compareSets(&m.sets[i], &o.sets[i]); d != 0 {
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
