package config

import (
	"slices"
	"strings"
)

// A document that is edited: its lines stay as they are, in their order, but for what edits
// change; beside them each category has the variables that are in effect for it, those of its
// templates first.

// editLine is a line of the text.
type editLine struct{ text string }

// editVar is a variable of a category.
type editVar struct {
	name, value string
	object      bool      // written with =>
	inherited   bool      // from a template
	edited      bool      // it is new, or has another value than the text
	line        *editLine // where it stands; nil: nowhere yet
}

// editCategory is one, with the lines of all its parts: "[name](+)" goes on with it.
type editCategory struct {
	name     string
	template bool
	bases    []*editCategory
	more     string // what else stands behind the name: a comment
	head     *editLine
	vars     []*editVar
	renewed  bool // the head is written anew
	touched  bool // its variables are not those of the text
	orphan   bool // a template of it is gone
	outside  bool // of another file
}

// editBlock is a part of the text: what stands before the first category, or a category's.
type editBlock struct {
	of    *editCategory // nil: none
	lines []*editLine
}

// edited is a file in work.
type edited struct {
	owned      map[*editLine]bool // the lines with a variable
	blocks     []*editBlock
	categories []*editCategory // in the order of the file, those of other files first
}

// parseEdited reads a file. known are sections of files that it includes.
func parseEdited(text string, known []*Section) *edited {
	e := &edited{owned: map[*editLine]bool{}, blocks: []*editBlock{{}}}
	for _, s := range known {
		c := &editCategory{name: s.Name, template: s.Template, outside: true}
		for _, v := range s.Vars {
			c.vars = append(c.vars, &editVar{name: v.Name, value: v.Value, object: v.Object})
		}
		e.categories = append(e.categories, c)
	}
	if text == "" {
		return e
	}
	commented := false
	for _, raw := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		l := &editLine{raw}
		was := commented
		commented = blockComment(raw, commented)
		trimmed := strings.TrimSpace(raw)
		if !was && strings.HasPrefix(trimmed, "[") {
			if e.head(l, trimmed) {
				continue
			}
		}
		b := e.blocks[len(e.blocks)-1]
		b.lines = append(b.lines, l)
		if was || b.of == nil {
			continue
		}
		if name, value := variable(raw); name != "" {
			_, after, _ := strings.Cut(raw, "=")
			e.owned[l] = true
			b.of.vars = append(b.of.vars, &editVar{name: name, value: value, object: strings.HasPrefix(after, ">"), line: l})
		}
	}
	return e
}

// blockComment says whether the line behind this one is in a comment of ";--" to "--;".
func blockComment(line string, inside bool) bool {
	for line != "" {
		if inside {
			_, rest, ok := strings.Cut(line, "--;")
			if !ok {
				return true
			}
			line, inside = rest, false
			continue
		}
		_, rest, ok := strings.Cut(line, ";--")
		if !ok || strings.HasPrefix(rest, "-") {
			return false
		}
		line, inside = rest, true
	}
	return inside
}

// head reads "[name](modifiers)" and begins a block.
func (e *edited) head(l *editLine, text string) bool {
	name, rest, ok := strings.Cut(text[1:], "]")
	if !ok {
		return false
	}
	c := &editCategory{name: strings.TrimSpace(name), head: l, more: rest}
	adds := false
	if inner, after, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(rest), "("), ")"); ok &&
		strings.HasPrefix(strings.TrimSpace(rest), "(") {
		c.more = after
		for _, m := range strings.Split(inner, ",") {
			switch m = strings.TrimSpace(m); {
			case m == "!":
				c.template = true
			case m == "+":
				adds = true
			default:
				if base := e.named(m); base != nil {
					c.inherit(base)
				}
			}
		}
	}
	if first := e.named(c.name); adds && first != nil {
		first.vars = append(first.vars, c.vars...)
		c = first
	} else {
		e.categories = append(e.categories, c)
	}
	e.blocks = append(e.blocks, &editBlock{of: c, lines: []*editLine{l}})
	return true
}

// named is the category of that name that is in effect, the last one of several; nil without.
func (e *edited) named(name string) *editCategory {
	for _, c := range slices.Backward(e.categories) {
		if strings.EqualFold(c.name, name) {
			return c
		}
	}
	return nil
}

// inherit has a category begin with the variables of a template.
func (c *editCategory) inherit(base *editCategory) {
	c.bases = append(c.bases, base)
	for _, v := range base.vars {
		c.vars = append(c.vars, &editVar{name: v.name, value: v.value, object: v.object, inherited: true, edited: v.edited})
	}
}

// spared says whether a variable need not be written: a template gives it. keep has what was
// inherited stay in effect where a template is changed.
func (c *editCategory) spared(v *editVar, keep bool) bool {
	touched := slices.ContainsFunc(c.bases, func(b *editCategory) bool { return b.touched })
	if !touched && !v.edited {
		return v.inherited && len(c.bases) > 0 && !c.orphan
	}
	for _, base := range c.bases {
		for _, o := range base.vars {
			same := strings.EqualFold(v.name, o.name) && v.value == o.value
			switch {
			case v.inherited && (same || !keep), same && (v.edited || o.edited):
				return true
			}
		}
	}
	return false
}

// text writes the file.
func (e *edited) text(keep bool) string {
	stays := map[*editLine]string{}    // lines of variables, as they are now
	behind := map[*editLine][]string{} // what is written behind a line
	for _, c := range e.categories {
		if c.outside {
			continue
		}
		at := c.head
		for _, v := range c.vars {
			switch {
			case c.spared(v, keep):
			case v.line == nil:
				behind[at] = append(behind[at], v.text())
			default:
				if at = v.line; v.edited {
					stays[at] = v.text()
				} else {
					stays[at] = at.text
				}
			}
		}
		if c.renewed {
			c.head.text = c.headText()
		}
	}
	var b strings.Builder
	for _, block := range e.blocks {
		for _, l := range block.lines {
			text, there := stays[l]
			if !e.owned[l] {
				text, there = l.text, true
			}
			if there {
				b.WriteString(text + "\n")
			}
			for _, more := range behind[l] {
				b.WriteString(more + "\n")
			}
		}
	}
	return b.String()
}

// text is the line of a variable; a ";" in its value begins no comment.
func (v *editVar) text() string {
	sign := " = "
	if v.object {
		sign = " => "
	}
	return v.name + sign + strings.ReplaceAll(v.value, ";", `\;`)
}

// headText is the line that begins a category.
func (c *editCategory) headText() string {
	var marks []string
	if c.template {
		marks = append(marks, "!")
	}
	for _, base := range c.bases {
		marks = append(marks, base.name)
	}
	text := "[" + c.name + "]"
	if len(marks) > 0 {
		text += "(" + strings.Join(marks, ",") + ")"
	}
	return text + c.more
}

// variable reads a line "name = value" or "name => value"; "" for another one.
func variable(l string) (name, value string) {
	l = strings.TrimSpace(l)
	for i := range len(l) {
		if l[i] == ';' && (i == 0 || l[i-1] != '\\') {
			l = l[:i]
			break
		}
	}
	if l == "" || l[0] == '#' || l[0] == '[' {
		return "", ""
	}
	name, value, ok := strings.Cut(l, "=")
	if !ok {
		return "", ""
	}
	return strings.TrimSpace(name), strings.ReplaceAll(strings.TrimSpace(strings.TrimPrefix(value, ">")), `\;`, ";")
}
