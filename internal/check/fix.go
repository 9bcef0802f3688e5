package check

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Fix writes what is safe and mechanical to mend as a diff, for people to look at and to apply
// with patch -p0. Nothing is changed by it.
func Fix(w io.Writer, list []Finding) error {
	byFile := map[string][]Finding{}
	var order []string
	for _, f := range list {
		if mends[f.Code] == nil || f.Path == "" {
			continue
		}
		if byFile[f.Path] == nil {
			order = append(order, f.Path)
		}
		byFile[f.Path] = append(byFile[f.Path], f)
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
		if err := diff(w, byFile[path][0].File, lines, changes); err != nil {
			return err
		}
	}
	return nil
}

// mended are the lines that change, by their index, with what stands there then.
func mended(lines []string, list []Finding) map[int]string {
	out := map[int]string{}
	for _, f := range list {
		i := f.Line - 1
		if i < 0 || i >= len(lines) {
			continue
		}
		now, ok := out[i]
		if !ok {
			now = lines[i]
		}
		text, comment := cutComment(now)
		if better := mends[f.Code](text, f); better != "" && better != text {
			out[i] = better + comment
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
