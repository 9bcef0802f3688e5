package expr

import (
	"unicode"
	"unicode/utf8"
)

// The slow way of a Regex, for what package regexp cannot do: it tries all ways, up to a limit.

// reSteps is how many steps a search may take; one that takes more finds nothing.
const reSteps = 200_000

type reSearch struct {
	text   string
	groups []int // bounds, -1 for none
	best   []int
	left   int
}

func (r *Regex) search(text string) []int {
	s := &reSearch{text: text, left: reSteps}
	for at, size := 0, 0; at <= len(text); at += max(size, 1) {
		_, size = utf8.DecodeRuneInString(text[at:])
		s.groups = make([]int, 2*r.groups+2)
		for i := range s.groups {
			s.groups[i] = -1
		}
		s.groups[0] = at
		s.match(r.tree, at, func(end int) bool {
			if s.best == nil || end > s.best[1] {
				s.groups[1] = end
				s.best = append(s.best[:0], s.groups...)
			}
			return end == len(text) // there is no longer one
		})
		if s.best != nil || s.left <= 0 {
			break
		}
	}
	if s.left <= 0 {
		return nil
	}
	return s.best
}

// match tries the node at a place and calls then with each place where it may end, until that
// is content.
func (s *reSearch) match(n *reNode, at int, then func(int) bool) bool {
	if s.left--; s.left <= 0 {
		return true
	}
	switch n.kind {
	case reSet:
		c, size := utf8.DecodeRuneInString(s.text[at:])
		return size > 0 && n.has(c) && then(at+size)
	case reSequence:
		return s.sequence(n.subs, at, then)
	case reChoice:
		return s.choice(n, at, then)
	case reGroup:
		from, to := s.groups[2*n.n], s.groups[2*n.n+1]
		if s.choice(n, at, func(end int) bool {
			was, were := s.groups[2*n.n], s.groups[2*n.n+1]
			s.groups[2*n.n], s.groups[2*n.n+1] = at, end
			if then(end) {
				return true
			}
			s.groups[2*n.n], s.groups[2*n.n+1] = was, were
			return false
		}) {
			return true
		}
		s.groups[2*n.n], s.groups[2*n.n+1] = from, to
		return false
	case reRepeat:
		return s.repeat(n, 0, at, then)
	case reBack:
		from, to := s.groups[2*n.n], s.groups[2*n.n+1]
		if from < 0 || at+to-from > len(s.text) || s.text[at:at+to-from] != s.text[from:to] {
			return false
		}
		return then(at + to - from)
	case rePlace:
		return s.is(n.place, at) && then(at)
	}
	return then(at)
}

func (s *reSearch) sequence(list []*reNode, at int, then func(int) bool) bool {
	if len(list) == 0 {
		return then(at)
	}
	return s.match(list[0], at, func(end int) bool { return s.sequence(list[1:], end, then) })
}

func (s *reSearch) choice(n *reNode, at int, then func(int) bool) bool {
	for _, sub := range n.subs {
		if s.match(sub, at, then) {
			return true
		}
	}
	return false
}

func (s *reSearch) repeat(n *reNode, done, at int, then func(int) bool) bool {
	if n.max < 0 || done < n.max {
		if s.match(n.subs[0], at, func(end int) bool {
			return (end > at || done < n.min) && s.repeat(n, done+1, end, then)
		}) {
			return true
		}
	}
	return done >= n.min && then(at)
}

// has says whether a set has the character.
func (n *reNode) has(c rune) bool {
	for i := 0; i < len(n.ranges); i += 2 {
		if c >= n.ranges[i] && c <= n.ranges[i+1] {
			return !n.not
		}
	}
	for _, k := range n.kinds {
		if unicode.Is(unicode.Categories[k], c) {
			return !n.not
		}
	}
	return n.not
}

// is says whether a place is what the sign means.
func (s *reSearch) is(sign rune, at int) bool {
	word := func(i int) bool {
		return i >= 0 && i < len(s.text) && (&reNode{ranges: reWord}).has(rune(s.text[i]))
	}
	switch sign {
	case '^', '`':
		return at == 0
	case '$', '\'':
		return at == len(s.text)
	case 'b':
		return word(at-1) != word(at)
	case 'B':
		return word(at-1) == word(at)
	case '<':
		return !word(at-1) && word(at)
	}
	return word(at-1) && !word(at)
}
