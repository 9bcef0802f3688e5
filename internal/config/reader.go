package config

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

const (
	maxLine    = 8191 // bytes; longer lines are skipped, as Asterisk does
	maxDepth   = 10   // nested includes
	maxFiles   = 2000 // read in one load: two includes of itself would double them at each level
	maxComment = 128  // nested block comments
	own        = 4    // lines that a section is thought to have besides those of its templates
)

// reader holds the state of one load across included files.
type reader struct {
	src  Source
	opt  Options
	file *File
	doc  document
	cur  *Section // section that the lines of the file belong to
	last *Section // the one opened last, in whatever file: an included file begins in it
	lost bool     // with Check: told that lines stand before any section
}

// read takes in one file. Block comments do not cross file borders.
func (r *reader) read(name string, data []byte, depth int) error {
	if len(r.file.Read) >= maxFiles {
		return &SyntaxError{Pos: Pos{File: name}, Text: fmt.Sprintf("more than %d files are included", maxFiles)}
	}
	r.file.Read = append(r.file.Read, name)
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	comment, opened := 0, 0
	for line := 1; len(data) > 0; line++ {
		var raw []byte
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			raw, data = data[:i], data[i+1:]
		} else {
			raw, data = data, nil
		}
		pos := Pos{File: name, Line: line}
		if len(raw) > maxLine {
			r.warn(pos, fmt.Sprintf("line is longer than %d bytes, skipped", maxLine))
			continue
		}
		before := comment
		text := stripComments(string(raw), &comment)
		if before == 0 && comment > 0 {
			opened = line
		}
		if comment > maxComment {
			return &SyntaxError{Pos: pos, Text: fmt.Sprintf("block comments nested deeper than %d", maxComment)}
		}
		if text = trim(text); text == "" {
			continue
		}
		if err := r.line(text, pos, depth); err != nil && !r.goOn(err, text) {
			return err
		}
	}
	if comment > 0 {
		r.warn(Pos{File: name, Line: opened}, "block comment is never closed; everything after it was ignored")
	}
	return nil
}

// goOn tells of a mistake that ends a load and says whether to read on all the same. Lines
// below a broken header belong to a section of their own.
func (r *reader) goOn(err error, text string) bool {
	se, ok := err.(*SyntaxError)
	if !ok || !r.opt.Check {
		return false
	}
	switch {
	case text[0] == '[':
		name, _, _ := strings.Cut(text[1:], "]")
		r.add(&Section{Name: trim(name), Pos: se.Pos})
	case r.cur == nil && text[0] != '#' && r.lost:
		return true // told at the first one
	case text[0] != '#':
		r.lost = true
	}
	r.file.Diags = append(r.file.Diags, Diagnostic{Pos: se.Pos, Severity: Error, Text: se.Text})
	return true
}

// stripComments removes ";" comments and ";-- --;" blocks from one line and
// turns "\;" into ";". level counts open blocks across lines.
func stripComments(s string, level *int) string {
	if *level == 0 && strings.IndexByte(s, ';') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case *level > 0 && strings.HasPrefix(s[i:], "--;"):
			*level--
			i += 2
		case s[i] == ';' && strings.HasPrefix(s[i:], ";--") && !strings.HasPrefix(s[i:], ";---"):
			if *level == 0 && i > 0 && s[i-1] == '\\' {
				b.WriteByte(';')
				continue
			}
			*level++
			i += 2
		case *level > 0:
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == ';':
			b.WriteByte(';')
			i++
		case s[i] == ';':
			return b.String()
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// line handles one non-empty line without comments.
func (r *reader) line(text string, pos Pos, depth int) error {
	switch text[0] {
	case '[':
		return r.header(text, pos)
	case '#':
		return r.directive(text[1:], pos, depth)
	}
	return r.variable(text, pos)
}

// variable handles "key = value", "key => value" and "key += value".
func (r *reader) variable(text string, pos Pos) error {
	if r.cur == nil {
		return &SyntaxError{Pos: pos, Text: fmt.Sprintf("'%s' stands before any [section]", clip(text))}
	}
	text = strings.TrimPrefix(text, `\`) // lets a key begin with '[' or '#'
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		r.warn(pos, fmt.Sprintf("No '=' (equal sign) in line %d of %s", pos.Line, pos.File))
		return nil
	}
	v := Var{Pos: pos}
	appended := strings.HasSuffix(name, "+")
	if appended {
		name = name[:len(name)-1]
	} else if strings.HasPrefix(value, ">") {
		value, v.Object = value[1:], true
	}
	v.Name, v.Value = trim(name), trim(value)
	if v.Name == "" {
		r.warn(pos, "no key before '=', line ignored")
		return nil
	}
	if appended {
		for i := len(r.cur.Vars) - 1; i >= 0; i-- {
			if r.cur.Vars[i].Name == v.Name { // the blanks before the text part it from what was there
				r.cur.Vars[i].Value = trim(r.cur.Vars[i].Value + value)
				return nil
			}
		}
	}
	r.cur.Vars = append(r.cur.Vars, v)
	return nil
}

// header handles "[name](modifiers)". Modifiers stand right behind the name: what comes after
// a blank is no part of the header, in Asterisk neither.
func (r *reader) header(text string, pos Pos) error {
	end := strings.IndexByte(text, ']')
	if end < 0 {
		return &SyntaxError{Pos: pos, Text: fmt.Sprintf("missing ']' in section header '%s'", clip(text))}
	}
	name, rest := text[1:end], text[end+1:]
	s := &Section{Name: name, Pos: pos}
	if !strings.HasPrefix(rest, "(") {
		switch rest = trim(rest); {
		case strings.HasPrefix(rest, "("):
			r.warn(pos, fmt.Sprintf("'%s' is ignored: no blank may stand between [%s] and it", clip(rest), name))
		case rest != "":
			r.warn(pos, fmt.Sprintf("text '%s' after the section header is ignored", clip(rest)))
		}
		r.add(s)
		return nil
	}
	closing := strings.IndexByte(rest, ')')
	if closing < 0 {
		return &SyntaxError{Pos: pos, Text: fmt.Sprintf("missing ')' in section header '%s'", clip(text))}
	}
	reopen := false
	for _, m := range strings.Split(rest[1:closing], ",") {
		switch {
		case m == "!":
			s.Template = true
		case m == "+":
			reopen = true
		case strings.HasPrefix(m, "+"):
			return &SyntaxError{Pos: pos, Text: fmt.Sprintf("section filter '(%s)' is not supported; write [%s](+)", m, name)}
		case m == "":
		default:
			base := r.find(m, true)
			if base == nil {
				return &SyntaxError{Pos: pos, Text: fmt.Sprintf("section [%s] inherits from [%s], which is not defined above it%s", name, m,
					r.nearest(m))}
			}
			s.Vars = append(slices.Grow(s.Vars, len(base.Vars)+own), base.Vars...)
			s.Bases = append(s.Bases, base.Name)
		}
	}
	if !reopen {
		r.add(s)
		return nil
	}
	old := r.find(name, false)
	switch {
	case old == nil && r.find(name, true) != nil:
		return &SyntaxError{Pos: pos, Text: fmt.Sprintf("[%s](+) adds to a template, which nothing can be added to", name)}
	case old == nil:
		return &SyntaxError{Pos: pos, Text: fmt.Sprintf("[%s](+) adds to a section that does not exist%s", name, r.nearest(name))}
	}
	old.Vars = append(old.Vars, s.Vars...)
	old.Template = old.Template || s.Template
	r.cur, r.last = old, old
	return nil
}

func (r *reader) add(s *Section) {
	r.file.Sections = append(r.file.Sections, s)
	r.cur, r.last = s, s
}

// find looks a section up by exact name, then without case.
func (r *reader) find(name string, templates bool) *Section {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, s := range r.file.Sections {
			if (templates || !s.Template) && same(s.Name, name) {
				return s
			}
		}
	}
	return nil
}

func (r *reader) nearest(name string) string {
	var all []string
	for _, s := range r.file.Sections {
		all = append(all, s.Name)
	}
	if n := Nearest(name, all); n != "" {
		return fmt.Sprintf(" (did you mean [%s]?)", n)
	}
	return ""
}

// directive handles #include, #tryinclude and #exec.
func (r *reader) directive(text string, pos Pos, depth int) error {
	word, arg, _ := strings.Cut(text, " ")
	if t := strings.IndexByte(word, '\t'); t >= 0 {
		word, arg = text[:t], text[t+1:]
	}
	arg = trim(arg)
	switch strings.ToLower(word) {
	case "include", "tryinclude":
		return r.include(unquote(arg), strings.EqualFold(word, "tryinclude"), pos, depth)
	case "exec":
		return r.exec(unquote(arg), pos, depth)
	}
	r.warn(pos, fmt.Sprintf("Unknown directive '#%s' at line %d of %s", word, pos.Line, pos.File))
	return nil
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' && s[len(s)-1] == '"' || s[0] == '<' && s[len(s)-1] == '>') {
		return s[1 : len(s)-1]
	}
	return s
}

// include reads one or, with wildcards, several files. An error inside an
// included file ends that file only, as in Asterisk; a missing file ends the
// file that names it. Differs: a wildcard that no file fits does not.
func (r *reader) include(name string, try bool, pos Pos, depth int) error {
	if name == "" {
		r.warn(pos, "include without a file name, ignored")
		return nil
	}
	if depth >= maxDepth {
		return &SyntaxError{Pos: pos, Text: fmt.Sprintf("includes nested deeper than %d; does '%s' include itself?", maxDepth, name)}
	}
	pattern := r.src.Resolve(name)
	paths, err := r.src.Glob(pattern)
	if err != nil {
		return &SyntaxError{Pos: pos, Text: fmt.Sprintf("bad wildcard '%s': %v", name, err), Err: err}
	}
	if len(paths) == 0 && !try {
		r.warn(pos, fmt.Sprintf("no file fits '%s'; Asterisk uses nothing of a file with such a line, unless it says #tryinclude", name))
	}
	for _, p := range paths {
		data, err := r.src.ReadFile(p)
		if err != nil {
			if q, found, ok := r.copied(p); ok {
				r.file.Diags = append(r.file.Diags,
					Diagnostic{Pos: pos, Severity: Note, Text: fmt.Sprintf("'%s' is not on this machine; the file at its place in this folder is read",
						name)})
				p, data, err = q, found, nil
			}
		}
		if err != nil {
			if try {
				continue
			}
			return &SyntaxError{Pos: pos, Text: fmt.Sprintf("cannot include '%s': %s", name, reason(err)), Err: err}
		}
		if err := r.nested(p, data, depth); err != nil {
			return err
		}
	}
	return nil
}

// copied finds a file of astetcdir in a copy of that folder.
func (r *reader) copied(p string) (path string, data []byte, ok bool) {
	rel, below := strings.CutPrefix(p, strings.TrimSuffix(r.opt.Etc, "/")+"/")
	if !r.opt.Check || r.opt.Etc == "" || !below {
		return "", nil, false
	}
	path = r.src.Resolve(rel)
	data, err := r.src.ReadFile(path)
	return path, data, err == nil
}

// nested reads an included file and turns its syntax error into a diagnostic. It begins in the
// section that was opened last, and the lines behind it go on in that of their own file.
func (r *reader) nested(p string, data []byte, depth int) error {
	own := r.cur
	r.cur = r.last
	err := r.read(p, data, depth+1)
	r.cur = own
	se, ok := err.(*SyntaxError)
	if !ok {
		return err
	}
	if len(r.file.Read) >= maxFiles {
		return se
	}
	r.file.Diags = append(r.file.Diags, Diagnostic{Pos: se.Pos, Severity: Error, Text: se.Text + "; the rest of this file was not read"})
	return nil
}

func (r *reader) exec(command string, pos Pos, depth int) error {
	if r.opt.Check {
		r.file.Diags = append(r.file.Diags,
			Diagnostic{Pos: pos, Severity: Note, Text: fmt.Sprintf("#exec '%s' is not run here; what it would write is not known", clip(command))})
		return nil
	}
	if r.opt.Exec == nil {
		r.warn(pos, "#exec is off (execincludes=no in asterisk.conf), line skipped")
		return nil
	}
	if depth >= maxDepth {
		return &SyntaxError{Pos: pos, Text: fmt.Sprintf("includes nested deeper than %d", maxDepth)}
	}
	out, err := r.opt.Exec(command)
	if err != nil {
		return &SyntaxError{Pos: pos, Text: fmt.Sprintf("#exec '%s': %v", clip(command), err), Err: err}
	}
	return r.nested(fmt.Sprintf("%s#exec", pos.File), out, depth)
}

func (r *reader) warn(pos Pos, text string) {
	r.file.Diags = append(r.file.Diags, Diagnostic{Pos: pos, Severity: Warning, Text: text})
}

// trim takes the blanks of both ends, which are bytes up to the space, as in Asterisk: a
// no-break space is none.
func trim(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) }

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
