package check

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// change is what becomes of one line of a file.
type change struct {
	name string                   // of the file, for people
	line int                      // 1-based
	to   func(text string) string // of the line without its comment; "" as it is
	add  string                   // a line that comes under it
}

// Fix writes what is safe and mechanical to mend as a diff, for people to look at and to apply
// with patch -p0. Nothing is changed by it.
func Fix(w io.Writer, list []Finding) error {
	byFile := map[string][]change{}
	var order []string
	for _, f := range list {
		path, c := changeFor(f)
		if path == "" {
			continue
		}
		if byFile[path] == nil {
			order = append(order, path)
		}
		byFile[path] = append(byFile[path], c)
	}
	for _, path := range order {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		lines := strings.Split(string(data), "\n")
		changes := mended(lines, byFile[path])
		if len(changes) == 0 {
			continue
		}
		if err := diff(w, byFile[path][0].name, lines, changes); err != nil {
			return err
		}
	}
	return nil
}

// changeFor is what a machine changes for a finding, and in which file; "" for nothing.
func changeFor(f Finding) (path string, c change) {
	if m := f.Mend; m != nil {
		c = change{name: m.File, line: m.Pos.Line, add: m.Below}
		if m.Value != "" {
			c.to = func(text string) string { return value(text, m.Value) }
		}
		return m.Pos.File, c
	}
	mend := mends[f.Code]
	if mend == nil {
		return "", c
	}
	return f.Path, change{name: f.File, line: f.Line, to: func(text string) string { return mend(text, f) }}
}

// mended are the lines that change, by their index, with what stands there then. What several
// findings ask for is done once.
func mended(lines []string, list []change) map[int]string {
	out := map[int]string{}
	for _, c := range list {
		i := c.line - 1
		if i < 0 || i >= len(lines) {
			continue
		}
		now, ok := out[i]
		if !ok {
			now = lines[i]
		}
		now, below, grown := strings.Cut(now, "\n")
		text, comment := cutComment(now)
		if c.to != nil {
			if better := c.to(text); better != "" {
				now = better + comment
			}
		}
		switch {
		case grown:
			now += "\n" + below
		case c.add != "":
			now += "\n" + c.add
		}
		if now != lines[i] {
			out[i] = now
		}
	}
	return out
}

// cutComment parts a line from the comment behind it, which stays as it is.
func cutComment(line string) (text, comment string) {
	for i := range len(line) {
		if line[i] == ';' && (i == 0 || line[i-1] != '\\') {
			return line[:i], line[i:]
		}
	}
	return line, ""
}

// around is how many lines of a diff stand beside what changes.
const around = 3

// diff writes a unified diff of lines that change each in its place. A new text may be several
// lines.
func diff(w io.Writer, name string, lines []string, changes map[int]string) error {
	var at []int
	for i := range changes {
		at = append(at, i)
	}
	slices.Sort(at)
	name = filepath.ToSlash(name)
	if _, err := fmt.Fprintf(w, "--- %s\n+++ %s\n", name, name); err != nil {
		return err
	}
	end := len(lines)
	if end > 0 && lines[end-1] == "" {
		end--
	}
	grown := 0
	for len(at) > 0 {
		n := 1
		for n < len(at) && at[n]-at[n-1] <= 2*around {
			n++
		}
		from, to := max(0, at[0]-around), min(end, at[n-1]+around+1)
		var b strings.Builder
		added := 0
		for i := from; i < to; i++ {
			text, changed := changes[i]
			if !changed {
				b.WriteString(" " + lines[i] + "\n")
				continue
			}
			b.WriteString("-" + lines[i] + "\n")
			for _, l := range strings.Split(text, "\n") {
				b.WriteString("+" + l + "\n")
				added++
			}
			added--
		}
		if _, err := fmt.Fprintf(w, "@@ -%d,%d +%d,%d @@\n%s", from+1, to-from, from+1+grown, to-from+added, b.String()); err != nil {
			return err
		}
		grown += added
		at = at[n:]
	}
	return nil
}
