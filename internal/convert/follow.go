package convert

import (
	"path"
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// naming is one way in which names are followed.
type naming struct {
	from, to string // technologies: "SIP", "PJSIP"
	// resource translates what stands behind the technology; what it cannot is noted, and stays.
	resource func(text string, at config.Pos) (string, bool)
	// functions translates the functions, applications and variables of a line.
	functions func(text string, at config.Pos) string
	// behind is what extensions.conf gets at its end.
	behind func(plan string) string
	// own are the beginnings of names of files that the conversion itself reads.
	own []string
}

// follow rewrites the names in all files of the configuration but those of the driver.
func follow(src config.Source, out *Result, n *notes, by *naming) error {
	for _, path := range by.files(src, n) {
		data, err := src.ReadFile(path)
		if err != nil {
			continue // an include that is not there is told of where it stands
		}
		name, inside := relative(src, path)
		changed := by.rewrite(string(data), path)
		if strings.HasSuffix(path, "extensions.conf") && by.behind != nil {
			changed += by.behind(changed)
		}
		if changed == string(data) {
			continue
		}
		if !inside {
			n.add(config.Pos{File: path, Line: 1}, "this file lies outside the folder and has names that change",
				"change them by hand, as in the notes")
			continue
		}
		out.Files = append(out.Files, File{Name: name, Text: changed})
	}
	return nil
}

// mentions says whether one of the files has a text.
func (by *naming) mentions(src config.Source, n *notes, what string) bool {
	return slices.ContainsFunc(by.files(src, n), func(p string) bool {
		data, err := src.ReadFile(p)
		return err == nil && indexFold(string(data), what) >= 0
	})
}

// files are those that may have names: what lies in the folder, and what those include.
func (by *naming) files(src config.Source, n *notes) []string {
	var list, skipped []string
	add := func(p string) {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	for _, pattern := range []string{"*.conf", "*.ael", "*.lua"} {
		found, err := src.Glob(src.Resolve(pattern))
		if err != nil {
			continue
		}
		for _, p := range found {
			driver := slices.ContainsFunc(by.own, func(own string) bool { return strings.HasPrefix(path.Base(p), own) })
			if !strings.HasSuffix(p, ".conf") {
				add(p)
				continue
			}
			f, err := config.Load(src, p, config.Options{Check: true})
			if err != nil {
				if !driver {
					n.add(config.Pos{File: p, Line: 1}, "this file cannot be read: "+err.Error(), "look at its names by hand")
				}
				continue
			}
			for _, read := range f.Read {
				if driver {
					skipped = append(skipped, read)
				} else {
					add(read)
				}
			}
		}
	}
	return slices.DeleteFunc(list, func(p string) bool { return slices.Contains(skipped, p) })
}

// rewrite changes the lines of a file; comments and blanks stay.
func (by *naming) rewrite(data, file string) string {
	all := strings.Split(data, "\n")
	inside := false // of a block comment
	for i, l := range all {
		if inside || strings.HasPrefix(strings.TrimSpace(l), ";--") {
			inside = !strings.Contains(l, "--;")
			continue
		}
		body, comment := l, ""
		if strings.HasSuffix(file, ".conf") {
			body, comment = cutComment(l)
		}
		if strings.TrimSpace(body) == "" || strings.HasPrefix(strings.TrimSpace(body), "#") {
			continue
		}
		at := config.Pos{File: file, Line: i + 1}
		body = by.names(body, at)
		all[i] = by.functions(body, at) + comment
	}
	return strings.Join(all, "\n")
}

// cutComment parts a line from the comment behind it.
func cutComment(l string) (text, comment string) {
	for i := range len(l) {
		if l[i] == ';' && (i == 0 || l[i-1] != '\\') {
			return l[:i], l[i:]
		}
	}
	return l, ""
}

// names rewrites each "TECH/resource" of a line.
func (by *naming) names(l string, at config.Pos) string {
	var b strings.Builder
	for {
		i := by.next(l)
		if i < 0 {
			b.WriteString(l)
			return b.String()
		}
		b.WriteString(l[:i])
		rest := l[i+len(by.from)+1:]
		end := resourceEnd(rest)
		if other, ok := by.resource(rest[:end], at); ok {
			b.WriteString(other)
		} else {
			b.WriteString(l[i : i+len(by.from)+1+end])
		}
		l = rest[end:]
	}
}

// next finds the technology as a word of its own.
func (by *naming) next(l string) int {
	for i := 0; i+len(by.from) < len(l); i++ {
		if strings.EqualFold(l[i:i+len(by.from)], by.from) && l[i+len(by.from)] == '/' && (i == 0 || !joins(l[i-1])) {
			return i
		}
	}
	return -1
}

// joins says whether a byte makes one word with what follows.
func joins(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_./-", c) >= 0
}

// resourceEnd is where a resource ends: at what parts destinations and arguments, outside ${}.
func resourceEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case strings.HasPrefix(s[i:], "${") || strings.HasPrefix(s[i:], "$["):
			depth++
			i++
		case depth > 0 && (c == '{' || c == '['):
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			depth--
		case depth == 0 && strings.IndexByte("&,)|\"' \t]}^<>=;\r", c) >= 0:
			return i
		}
	}
	return len(s)
}

// calls rewrites each NAME(args) of a line; what is in args first. change gives the whole call anew.
func calls(l, name string, change func(args string) (string, bool)) string {
	for from := 0; ; {
		i := indexFold(l[from:], name+"(")
		if i < 0 {
			return l
		}
		i += from
		open := i + len(name)
		end := dialplan.Closing(l, open)
		if end < 0 || i > 0 && (l[i-1] == '_' || joins(l[i-1])) {
			from = open
			continue
		}
		args := calls(l[open+1:end], name, change)
		whole := l[i:open+1] + args + ")"
		if other, ok := change(args); ok {
			whole = other
		}
		l = l[:i] + whole + l[end+1:]
		from = i + len(whole)
	}
}

// indexFold finds a text without regard to case.
func indexFold(s, what string) int {
	for i := 0; i+len(what) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(what)], what) {
			return i
		}
	}
	return -1
}

// arguments parts them at commas outside brackets of all kinds.
func arguments(s string) []string {
	var out []string
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ',':
			if depth <= 0 {
				out, from = append(out, s[from:i]), i+1
			}
		}
	}
	return append(out, s[from:])
}
