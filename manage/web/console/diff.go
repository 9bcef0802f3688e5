package console

import "strings"

// hunk is a piece of a difference: lines that stay beside those that change.
type hunk struct{ Lines []diffLine }

// diffLine is a line of it. A number of 0 is that of a line which the text does not have.
type diffLine struct {
	Old, New int
	Text     string
}

// Kind is gone, new or same.
func (l diffLine) Kind() string {
	switch {
	case l.New == 0:
		return "gone"
	case l.Old == 0:
		return "new"
	}
	return "same"
}

const (
	beside    = 3    // lines that stay around what changes
	mostEdits = 1000 // above so many, what lies between the first and the last change is replaced whole
)

// difference is what makes one text the other, nil when they are the same.
func difference(old, new string) []hunk {
	if old == new {
		return nil
	}
	a, b := lines(old), lines(new)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var all []diffLine
	for i := range head {
		all = append(all, diffLine{i + 1, i + 1, a[i]})
	}
	for _, l := range shortest(a[head:len(a)-tail], b[head:len(b)-tail]) {
		if l.Old > 0 {
			l.Old += head
		}
		if l.New > 0 {
			l.New += head
		}
		all = append(all, l)
	}
	for i := range tail {
		all = append(all, diffLine{len(a) - tail + i + 1, len(b) - tail + i + 1, a[len(a)-tail+i]})
	}
	return hunks(all)
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// shortest is the fewest lines that go and come (Myers, An O(ND) Difference Algorithm, 1986).
func shortest(a, b []string) []diffLine {
	n, m := len(a), len(b)
	most := min(n+m, mostEdits)
	v := make([]int, 2*most+2)
	var trail [][]int
	for d := 0; d <= most; d++ {
		trail = append(trail, append([]int(nil), v...))
		for k := -d; k <= d; k += 2 {
			var x int
			if k == -d || k != d && v[most+k-1] < v[most+k+1] {
				x = v[most+k+1]
			} else {
				x = v[most+k-1] + 1
			}
			y := x - k
			for x < n && y < m && a[x] == b[y] {
				x, y = x+1, y+1
			}
			if v[most+k] = x; x >= n && y >= m {
				return walked(a, b, trail, most)
			}
		}
	}
	var out []diffLine
	for i, l := range a {
		out = append(out, diffLine{Old: i + 1, Text: l})
	}
	for i, l := range b {
		out = append(out, diffLine{New: i + 1, Text: l})
	}
	return out
}

// walked goes the way back that shortest has found.
func walked(a, b []string, trail [][]int, most int) []diffLine {
	var back []diffLine
	x, y := len(a), len(b)
	for d := len(trail) - 1; d >= 0; d-- {
		v, k := trail[d], x-y
		from := k - 1
		if k == -d || k != d && v[most+k-1] < v[most+k+1] {
			from = k + 1
		}
		fromX := v[most+from]
		if d == 0 {
			fromX = 0
		}
		fromY := fromX - from
		if d == 0 {
			fromY = 0
		}
		for x > fromX && y > fromY {
			back = append(back, diffLine{x, y, a[x-1]})
			x, y = x-1, y-1
		}
		switch {
		case d == 0:
		case x == fromX:
			back = append(back, diffLine{New: y, Text: b[y-1]})
			y--
		default:
			back = append(back, diffLine{Old: x, Text: a[x-1]})
			x--
		}
	}
	out := make([]diffLine, len(back))
	for i, l := range back {
		out[len(back)-1-i] = l
	}
	return out
}

// hunks parts lines into pieces around what changes.
func hunks(all []diffLine) (out []hunk) {
	last := -1 // the last line that is in a piece
	for i, l := range all {
		if l.Kind() == "same" {
			continue
		}
		from, to := max(i-beside, last+1), min(i+beside+1, len(all))
		if len(out) == 0 || from > last+1 {
			out = append(out, hunk{})
		}
		h := &out[len(out)-1]
		if to > last+1 {
			h.Lines = append(h.Lines, all[max(from, last+1):to]...)
			last = to - 1
		}
	}
	return out
}
