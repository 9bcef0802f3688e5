package dialplan

import (
	"fmt"
	"io"
	"sort"
	"strings"
	"testing"
	"testing/fstest"

	"obelisk/internal/config"
)

// A slow matcher, written from the rules alone, that the index is held against.

// ruled is an extension name as the rules read it.
type ruled struct {
	name     string
	pattern  bool
	at       []position // those of a pattern
	end      byte       // '.', '!' or 0
	behind   []position // the end and what stands behind it, which only orders
	literal  string
	priority int
}

type position struct {
	chars string // ascending
	score int
}

func someChars(text string) (out string) {
	for c := byte(1); c < 128; c++ {
		for i := 0; i < len(text); i++ {
			if i+2 < len(text) && text[i+1] == '-' {
				if text[i] <= c && c <= text[i+2] {
					out += string(c)
					break
				}
				i += 2
			} else if text[i] == c {
				out += string(c)
				break
			}
		}
	}
	return out
}

// rule reads a name; not ok for one that matches nothing.
func rule(name string, priority int) (r ruled, ok bool) {
	r = ruled{name: name, priority: priority, literal: strings.NewReplacer("-", "", " ", "").Replace(name)}
	if !strings.HasPrefix(name, "_") {
		return r, true
	}
	r.pattern = true
	for rest := name[1:]; rest != ""; {
		c := rest[0]
		rest = rest[1:]
		chars := string(c)
		switch c {
		case '-':
			continue
		case '.', '!':
			if r.end == 0 {
				r.end = c
			}
			r.behind = append(r.behind, position{score: map[byte]int{'.': 0x18000, '!': 0x28000}[c]})
			continue
		case 'X', 'x':
			chars = "0123456789"
		case 'Z', 'z':
			chars = "123456789"
		case 'N', 'n':
			chars = "23456789"
		case '[':
			inside, behind, closed := strings.Cut(rest, "]")
			if !closed {
				return r, false
			}
			if rest = behind; inside == "" {
				if rest == "" && r.end == 0 { // it asks for one more, and takes none
					return r, false
				}
				continue
			}
			chars = someChars(inside)
		}
		p := position{chars: chars, score: 0x100 * len(chars)}
		if chars != "" {
			p.score += int(chars[0])
		}
		if r.end != 0 {
			r.behind = append(r.behind, p)
			continue
		}
		r.at = append(r.at, p)
	}
	return r, true
}

func (r ruled) position(i int) position {
	switch n := len(r.at); {
	case i < n:
		return r.at[i]
	case i-n < len(r.behind):
		return r.behind[i-n]
	}
	return position{score: 0x30000}
}

// compare is the order of trying: 0 for one extension in two spellings.
func (r ruled) compare(o ruled) int {
	if r.pattern != o.pattern {
		if o.pattern {
			return -1
		}
		return 1
	}
	if !r.pattern {
		return strings.Compare(r.literal, o.literal)
	}
	for i := 0; i <= len(r.at)+len(r.behind) || i <= len(o.at)+len(o.behind); i++ {
		a, b := r.position(i), o.position(i)
		if a.score != b.score {
			return a.score - b.score
		}
		// As many characters each: the lowest that only one of them has decides.
		for c := byte(1); c < 128; c++ {
			switch x, y := strings.IndexByte(a.chars, c) >= 0, strings.IndexByte(b.chars, c) >= 0; {
			case x && !y:
				return -1
			case y && !x:
				return 1
			}
		}
	}
	return 0
}

// begins says whether data fits the positions as far as both go.
func (r ruled) begins(data string) bool {
	for i := 0; i < len(data) && i < len(r.at); i++ {
		if strings.IndexByte(r.at[i].chars, data[i]) < 0 {
			return false
		}
	}
	return true
}

func (r ruled) matches(data string) bool {
	switch {
	case !r.pattern:
		return r.literal == data
	case len(data) < len(r.at) || !r.begins(data):
		return false
	case r.end == '.':
		return len(data) > len(r.at)
	}
	return r.end == '!' || len(data) == len(r.at)
}

// find is the name of the extension that a call runs at a priority, "" for none. What begins
// with "_" is the pattern itself, or data as any other.
func find(list []ruled, dialled string, priority int) string {
	data := strings.ReplaceAll(dialled, "-", "")
	as, isPattern := rule(dialled, 1)
	isPattern = isPattern && as.pattern
	for i, r := range list {
		if !r.matches(data) && !(isPattern && r.pattern && r.compare(as) == 0) || r.priority != priority {
			continue
		}
		for i > 0 && list[i-1].compare(r) == 0 { // its first spelling
			i--
		}
		return list[i].name
	}
	return ""
}

// waits says whether more digits could match, which a '!' may decide.
func waits(list []ruled, data string) bool {
	if data == "" {
		return len(list) > 0
	}
	for _, r := range list {
		switch {
		case !r.pattern && len(r.literal) > len(data) && strings.HasPrefix(r.literal, data):
			return true
		case !r.pattern || !r.begins(data):
		case len(data) < len(r.at) || r.end == '.':
			return true
		case r.end == '!':
			return false
		}
	}
	return false
}

// paired says whether brackets close what is open; otherwise the comma behind the name
// does not end it.
func paired(name string) bool {
	depth := 0
	for _, c := range name {
		switch c {
		case '[':
			depth++
		case ']':
			depth--
		}
		if depth < 0 || depth > 1 {
			return false
		}
	}
	return depth == 0
}

// FuzzMatch: names, one a line, those whose bit is set with priority 2 alone.
func FuzzMatch(f *testing.F) {
	f.Add("100\n_1XX\n_10X\n_1ZX\n_1NX\n_1!\n_1.\n1-00", uint16(0), "100")
	f.Add("_[2-9]XX\n_NXX\n_[13]X\n_[12]X\n_[-5-]\n_[5-1]\n_[]2\n_91\n_91.\n_91!", uint16(5), "911")
	f.Add("_91\n_91!\n_9.\n_9X\n_9[0-3]\n_9[0-2]", uint16(0), "91")
	f.Add("_91X\n_91!\n_9.", uint16(0), "91")
	f.Add("_", uint16(0), "_[")
	f.Add("_5", uint16(0), "_5[]")
	f.Add("_.0\n_.\n_1!5\n_1!", uint16(5), "0")
	f.Add("_13X\n_1[32]X\n_1[42]X\n_1.", uint16(0), "12-4")
	f.Fuzz(func(t *testing.T, names string, second uint16, dialled string) {
		const known = "0123456789*#+abcxznXZN[]-_.!"
		var list []ruled
		var text strings.Builder
		text.WriteString("[c]\n")
		for i, name := range strings.Split(names, "\n") {
			priority := 1 + int(second>>min(i, 15))&1
			r, ok := rule(name, priority)
			if !ok || name == "" || !paired(name) || !r.pattern && strings.Contains(name, "[") || r.literal == "" ||
				strings.Trim(name, known) != "" || strings.Trim(dialled, known) != "" {
				return
			}
			list = append(list, r)
			fmt.Fprintf(&text, "exten => %s,%d,NoOp()\n", name, priority)
		}
		sort.SliceStable(list, func(i, j int) bool { return list[i].compare(list[j]) < 0 })
		file, err := config.Load(config.FS{FS: fstest.MapFS{"e": {Data: []byte(text.String())}}}, "e", config.Options{})
		if err != nil {
			t.Skip(err)
		}
		p, _ := Compile(file, nil)
		data := strings.ReplaceAll(dialled, "-", "")
		for priority := 1; priority <= 2; priority++ {
			got := ""
			if h, ok := p.Find("c", dialled, priority, Query{}); ok {
				got = h.Extension.Name
			}
			if want := find(list, dialled, priority); got != want {
				t.Errorf("%q priority %d: %q, want %q of\n%s", dialled, priority, got, want, text.String())
			}
		}
		if got, want := p.Explain(io.Discard, "c", dialled, Query{}, func(string) string { return "" }), find(list, dialled,
			1) != ""; got != want {
			t.Errorf("%q: explained %v, want %v of\n%s", dialled, got, want, text.String())
		}
		if got, want := p.MatchMore("c", dialled, Query{}), waits(list, data); second == 0 && got != want {
			t.Errorf("%q: more %v, want %v of\n%s", dialled, got, want, text.String())
		}
	})
}
