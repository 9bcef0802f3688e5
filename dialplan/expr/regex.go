package expr

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Regex is an extended regular expression of POSIX with GNU's additions (\w \W \s \S \b \B \< \>
// \` \' and back references), as REGEX and the operators ":" and "=~" have it. Of several
// matches that begin at one place the longest counts.
type Regex struct {
	fast   *regexp.Regexp // nil where the slow way is needed
	tree   *reNode
	groups int
}

var (
	errReStart   = errors.New("there is nothing before a repetition")
	errReEnd     = errors.New("a backslash is the last character")
	errReParen   = errors.New("a parenthesis is not closed")
	errReBracket = errors.New("a bracket is not closed")
	errReClass   = errors.New("there is no such class of characters")
	errReRange   = errors.New("a range of characters ends before it begins")
	errReBrace   = errors.New("a repetition in braces cannot be read")
	errReBack    = errors.New("a back reference names no group")
)

// CompileRegex reads an expression.
func CompileRegex(text string) (*Regex, error) {
	p := &reParser{s: []rune(text)}
	tree, err := p.alternatives(0)
	if err != nil {
		return nil, err
	}
	r := &Regex{tree: tree, groups: p.groups}
	if p.slow {
		return r, nil
	}
	if r.fast, err = regexp.Compile("(?s)" + tree.source()); err != nil {
		return nil, errReBrace // more repetitions than there can be
	}
	r.fast.Longest()
	return r, nil
}

// Groups is how many parentheses it has.
func (r *Regex) Groups() int { return r.groups }

// Find returns the bounds of the match and of its groups, -1 for what takes no part; nil
// without a match.
func (r *Regex) Find(text string) []int {
	if r.fast != nil {
		return r.fast.FindStringSubmatchIndex(text)
	}
	return r.search(text)
}

// Match says whether it matches a part of the text.
func (r *Regex) Match(text string) bool {
	if r.fast != nil {
		return r.fast.MatchString(text)
	}
	return r.search(text) != nil
}

// kinds of nodes.
const (
	reEmpty = iota
	reSet
	reSequence
	reChoice
	reGroup
	reRepeat
	reBack
	rePlace // a position: one of ^ $ b B < > ` '
)

type reNode struct {
	kind     int
	subs     []*reNode
	place    rune
	ranges   []rune   // pairs, of reSet
	kinds    []string // Unicode's categories that belong to it too
	not      bool     // of reSet
	n        int      // of the group
	min, max int      // max -1: no limit
}

// source is the node in the syntax of package regexp.
func (n *reNode) source() string {
	var b strings.Builder
	switch n.kind {
	case reSet:
		b.WriteByte('[')
		if n.not {
			b.WriteByte('^')
		}
		for i := 0; i < len(n.ranges); i += 2 {
			fmt.Fprintf(&b, `\x{%x}-\x{%x}`, n.ranges[i], n.ranges[i+1])
		}
		for _, k := range n.kinds {
			b.WriteString(`\p{` + k + `}`)
		}
		b.WriteByte(']')
	case reSequence:
		for _, s := range n.subs {
			b.WriteString(s.source())
		}
	case reChoice, reGroup:
		b.WriteString(map[bool]string{true: "(", false: "(?:"}[n.kind == reGroup])
		for i, s := range n.subs {
			if i > 0 {
				b.WriteByte('|')
			}
			b.WriteString(s.source())
		}
		b.WriteByte(')')
	case reRepeat:
		fmt.Fprintf(&b, "(?:%s){%d,", n.subs[0].source(), n.min)
		if n.max >= 0 {
			fmt.Fprint(&b, n.max)
		}
		b.WriteByte('}')
	case rePlace:
		b.WriteString(map[rune]string{'^': `\A`, '`': `\A`, '$': `\z`, '\'': `\z`, 'b': `\b`, 'B': `\B`}[n.place])
	}
	return b.String()
}

type reParser struct {
	s      []rune
	at     int
	groups int
	closed []bool
	slow   bool // it has what package regexp has not
}

// alternatives reads up to the end, or the parenthesis that closes the group.
func (p *reParser) alternatives(depth int) (*reNode, error) {
	const deepest = 200
	if depth > deepest {
		return nil, errReParen
	}
	choice := &reNode{kind: reChoice}
	for {
		branch, err := p.branch(depth)
		if err != nil {
			return nil, err
		}
		choice.subs = append(choice.subs, branch)
		if p.at == len(p.s) || p.s[p.at] != '|' {
			return choice, nil
		}
		p.at++
	}
}

func (p *reParser) branch(depth int) (*reNode, error) {
	seq := &reNode{kind: reSequence}
	repeatable := false
	for p.at < len(p.s) {
		c := p.s[p.at]
		switch {
		case c == '|', c == ')' && depth > 0:
			return seq, nil
		case c == '*', c == '+', c == '?', c == '{':
			if !repeatable {
				return nil, errReStart
			}
			last := &seq.subs[len(seq.subs)-1]
			n, err := p.repeat(*last)
			if err != nil {
				return nil, err
			}
			*last = n
			continue
		}
		n, err := p.atom(depth)
		if err != nil {
			return nil, err
		}
		repeatable = n.kind != rePlace || n.place != '^'
		seq.subs = append(seq.subs, n)
	}
	return seq, nil
}

func (p *reParser) repeat(of *reNode) (*reNode, error) {
	n := &reNode{kind: reRepeat, subs: []*reNode{of}, max: -1}
	c := p.s[p.at]
	p.at++
	switch c {
	case '+':
		n.min = 1
	case '?':
		n.max = 1
	case '{':
		return n, p.interval(n)
	}
	return n, nil
}

// interval reads the rest of {2}, {2,}, {,3} or {2,3}.
func (p *reParser) interval(n *reNode) error {
	const most = 32767
	number := func(otherwise int) int {
		from, v := p.at, 0
		for p.at < len(p.s) && p.s[p.at] >= '0' && p.s[p.at] <= '9' {
			v = min(10*v+int(p.s[p.at]-'0'), most+1)
			p.at++
		}
		if from == p.at {
			return otherwise
		}
		return v
	}
	next := func(c rune) bool {
		if p.at < len(p.s) && p.s[p.at] == c {
			p.at++
			return true
		}
		return false
	}
	n.min = number(-1)
	switch comma := next(','); {
	case comma:
		n.min, n.max = max(n.min, 0), number(-1)
	case n.min < 0:
		return errReBrace
	default:
		n.max = n.min
	}
	if !next('}') || n.min > most || n.max > most || n.max >= 0 && n.max < n.min {
		return errReBrace
	}
	return nil
}

func (p *reParser) atom(depth int) (*reNode, error) {
	c := p.s[p.at]
	p.at++
	switch c {
	case '(':
		p.groups++
		n := p.groups
		p.closed = append(p.closed, false)
		in, err := p.alternatives(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.at == len(p.s) {
			return nil, errReParen
		}
		p.at++
		p.closed[n-1] = true
		return &reNode{kind: reGroup, subs: in.subs, n: n}, nil
	case '[':
		return p.bracket()
	case '.':
		return &reNode{kind: reSet, ranges: []rune{0, utf8.RuneError - 1, utf8.RuneError + 1, utf8.MaxRune}}, nil
	case '^', '$':
		return &reNode{kind: rePlace, place: c}, nil
	case '\\':
		return p.escape()
	}
	return &reNode{kind: reSet, ranges: []rune{c, c}}, nil
}

var (
	reWord  = []rune{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}
	reSpace = []rune{'\t', '\r', ' ', ' '}
)

func (p *reParser) escape() (*reNode, error) {
	if p.at == len(p.s) {
		return nil, errReEnd
	}
	c := p.s[p.at]
	p.at++
	switch c {
	case 'w', 'W':
		return (&reNode{kind: reSet, ranges: reWord, kinds: []string{"L"}}).negated(c == 'W'), nil
	case 's', 'S':
		return (&reNode{kind: reSet, ranges: reSpace, kinds: []string{"Z"}}).negated(c == 'S'), nil
	case 'b', 'B', '`', '\'':
		return &reNode{kind: rePlace, place: c}, nil
	case '<', '>':
		p.slow = true
		return &reNode{kind: rePlace, place: c}, nil
	}
	if c >= '1' && c <= '9' {
		n := int(c - '0')
		if n > len(p.closed) || !p.closed[n-1] {
			return nil, errReBack
		}
		p.slow = true
		return &reNode{kind: reBack, n: n}, nil
	}
	return &reNode{kind: reSet, ranges: []rune{c, c}}, nil
}

// negated takes all other characters. A byte that is no text (RFC 3629) is none.
func (n *reNode) negated(not bool) *reNode {
	if n.not = not; not {
		n.ranges = append(n.ranges[:len(n.ranges):len(n.ranges)], utf8.RuneError, utf8.RuneError)
	}
	return n
}

// reClasses of [:name:], with Unicode's categories: Asterisk runs in the locale C.UTF-8.
var reClasses = map[string]struct {
	ranges []rune
	kinds  []string
}{
	"alpha": {[]rune{'A', 'Z', 'a', 'z'}, []string{"L"}}, "digit": {[]rune{'0', '9'}, nil}, "alnum": {[]rune{'0', '9', 'A', 'Z', 'a', 'z'},
		[]string{"L"}},
	"upper": {[]rune{'A', 'Z'}, []string{"Lu"}}, "lower": {[]rune{'a', 'z'}, []string{"Ll"}}, "space": {reSpace, []string{"Z"}},
	"blank": {[]rune{'\t', '\t', ' ', ' '}, []string{"Zs"}}, "punct": {[]rune{'!', '/', ':', '@', '[', '`', '{', '~'}, []string{"P", "S"}},
	"print": {[]rune{' ', '~', 0xa0, utf8.RuneError - 1}, nil}, "graph": {[]rune{'!', '~', 0xa1, utf8.RuneError - 1}, nil},
	"cntrl": {[]rune{0, 31, 127, 159}, nil}, "xdigit": {[]rune{'0', '9', 'A', 'F', 'a', 'f'}, nil},
}

// bracket reads the rest of [...].
func (p *reParser) bracket() (*reNode, error) {
	n := &reNode{kind: reSet}
	not := p.at < len(p.s) && p.s[p.at] == '^'
	if not {
		p.at++
	}
	for first := true; ; first = false {
		if p.at == len(p.s) {
			return nil, errReBracket
		}
		if p.s[p.at] == ']' && !first {
			p.at++
			return n.negated(not), nil
		}
		if strings.HasPrefix(string(p.s[p.at:min(p.at+2, len(p.s))]), "[:") {
			name, err := p.named(':')
			if err != nil {
				return nil, err
			}
			class, ok := reClasses[name]
			if !ok {
				return nil, errReClass
			}
			n.ranges, n.kinds = append(n.ranges, class.ranges...), append(n.kinds, class.kinds...)
			continue
		}
		from, err := p.element()
		if err != nil {
			return nil, err
		}
		to := from
		if p.at+1 < len(p.s) && p.s[p.at] == '-' && p.s[p.at+1] != ']' {
			p.at++
			if to, err = p.element(); err != nil {
				return nil, err
			}
		}
		if to < from {
			return nil, errReRange
		}
		n.ranges = append(n.ranges, from, to)
	}
}

// element is one character of a bracket, perhaps as [.c.] or [=c=].
func (p *reParser) element() (rune, error) {
	c := p.s[p.at]
	if c == '[' && p.at+1 < len(p.s) && (p.s[p.at+1] == '.' || p.s[p.at+1] == '=') {
		name, err := p.named(p.s[p.at+1])
		if err != nil {
			return 0, err
		}
		if r, size := utf8.DecodeRuneInString(name); size > 0 && size == len(name) {
			return r, nil
		}
		return 0, errReClass
	}
	p.at++
	return c, nil
}

// named reads [:name:] and the like, with another sign for the colon.
func (p *reParser) named(sign rune) (string, error) {
	for end := p.at + 2; end+1 < len(p.s); end++ {
		if p.s[end] == sign && p.s[end+1] == ']' {
			name := string(p.s[p.at+2 : end])
			p.at = end + 2
			return name, nil
		}
	}
	return "", errReBracket
}
