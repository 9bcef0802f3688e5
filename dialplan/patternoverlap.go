package dialplan

// numbers is what a matcher takes: the characters of its positions, then an end.
func (m *matcher) numbers() (sets []set, end tail) {
	if m.pattern {
		return m.sets, m.tail
	}
	sets = make([]set, len(m.literal))
	for i := range sets {
		sets[i].add(m.literal[i])
	}
	return sets, tailEnd
}

// least is the length of the shortest number.
func least(sets []set, end tail) int {
	if end == tailDot {
		return len(sets) + 1
	}
	return len(sets)
}

// contains says whether every number of another one is a number of this one.
func (m *matcher) contains(o *matcher) bool {
	a, end := m.numbers()
	b, other := o.numbers()
	switch {
	case m.never || o.never:
		return false
	case end == tailEnd && (other != tailEnd || len(a) != len(b)):
		return false
	case least(b, other) < least(a, end), len(b) < len(a):
		return false
	}
	for i := range a {
		if !a[i].contains(b[i]) {
			return false
		}
	}
	return true
}

// overlaps says whether some number is one of both.
func (m *matcher) overlaps(o *matcher) bool {
	a, end := m.numbers()
	b, other := o.numbers()
	switch {
	case m.never || o.never:
		return false
	case end == tailEnd && least(b, other) > len(a), other == tailEnd && least(a, end) > len(b):
		return false
	}
	for i := range min(len(a), len(b)) {
		if a[i].apart(b[i]) {
			return false
		}
	}
	return true
}

func (s set) contains(o set) bool {
	for i := range s {
		if o[i]&^s[i] != 0 {
			return false
		}
	}
	return true
}

// apart says whether no character is in both.
func (s set) apart(o set) bool {
	for i := range s {
		if o[i]&s[i] != 0 {
			return false
		}
	}
	return true
}

// Meets says whether some number of an extension, without its first skip digits, is one of another extension.
func (e *Extension) Meets(o *Extension, skip int) bool {
	sets, end := e.match.numbers()
	if e.match.never || o.match.never || skip > len(sets) && end == tailEnd {
		return false
	}
	rest := matcher{pattern: true, sets: sets[min(skip, len(sets)):], tail: end}
	if skip >= len(sets) && end != tailEnd {
		rest.tail = tailBang // what the tail took is left, or nothing
	}
	return rest.overlaps(&o.match)
}
