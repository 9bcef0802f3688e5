package config

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Edit is a change of a configuration file, as the manager action UpdateConfig asks for it:
// NewCat, RenameCat, DelCat, EmptyCat, Update, Delete, Append, Insert.
type Edit struct {
	Action, Category, Name, Value string
	Match                         string // only a line with this value; of NewCat: before which category; "" for any
	Line                          string // of Insert and Delete: which variable of the category, from 0
	Options                       string // allowdups, template, ignoreerror, inherit="a,b", catfilter="..."
}

// Errors of edits, in Asterisk's words but for the first letter.
var (
	ErrNoCategory    = errors.New("given category does not exist")
	errCategory      = errors.New("category not specified")
	errArgument      = errors.New("problem with category, value, or line (if required)")
	errUnknownEdit   = errors.New("unknown action command")
	errNotUpdated    = errors.New("update did not complete successfully")
	errNotCreated    = errors.New("create category did not complete successfully")
	errNoTemplate    = errors.New("template category not found")
	errBeyondOneLine = errors.New("a value with a line break")
)

// ApplyEdits makes changes, all or none. Comments and the order of lines stay as they are.
// known are sections that the file includes from others. With keep a category goes on having
// what it has from a template when that is changed: it gets lines of its own
// (PreserveEffectiveContext).
//
// Differs: Asterisk drops lines that a template gives as well; here they go only where an
// edit has made one of the two, as "disallow=all" behind a template's has a meaning.
func ApplyEdits(text string, edits []Edit, known []*Section, keep bool) (string, error) {
	e := parseEdited(text, known)
	for _, x := range edits {
		if strings.ContainsAny(x.Category+x.Name+x.Value+x.Options, "\r\n") {
			return text, errBeyondOneLine
		}
		if err := e.apply(x); err != nil {
			return text, err
		}
	}
	return e.text(keep), nil
}

// editOptions are those of an edit; others are passed over.
type editOptions struct {
	duplicate, template, forgive bool
	inherit                      []string
	filter                       Filter
}

func parseEditOptions(text string) (o editOptions) {
	for _, word := range splitQuoted(text, ',') {
		halves := append(splitQuoted(word, '='), "")
		switch name := strings.ToLower(halves[0]); {
		case name == "allowdups":
			o.duplicate = true
		case name == "template":
			o.template = true
		case name == "ignoreerror":
			o.forgive = true
		case strings.HasPrefix(name, "inherit") && halves[1] != "":
			o.inherit = splitQuoted(halves[1], ',')
		case strings.HasPrefix(name, "catfilter"):
			o.filter = ParseFilter(halves[1])
		}
	}
	return o
}

// plain says whether a text may be the name of a category.
func plain(name string) bool { return !strings.ContainsAny(name, "[];") }

func (e *edited) apply(x Edit) error {
	if x.Category == "" {
		return errCategory
	}
	o := parseEditOptions(x.Options)
	action := strings.ToLower(x.Action)
	switch action {
	case "newcat":
		return e.newCategory(x, o)
	case "renamecat":
		if x.Value == "" || !plain(x.Value) {
			return errArgument
		}
	case "delcat", "emptycat":
	case "update", "append":
		if badName(x.Name) {
			return errArgument
		}
	case "insert":
		if n, err := strconv.Atoi(x.Line); badName(x.Name) || err != nil || n < 0 {
			return errArgument
		}
	case "delete":
		if x.Name == "" && x.Line == "" {
			return errArgument
		}
	default:
		return errUnknownEdit
	}
	return e.change(action, x, o)
}

// badName says whether a text would be no variable at the beginning of a line.
func badName(name string) bool {
	name = strings.TrimSpace(name)
	return name == "" || strings.ContainsRune("[#", rune(name[0])) || strings.Contains(name, ";")
}

// change works on each category that the edit is about.
func (e *edited) change(action string, x Edit, o editOptions) error {
	there, done := false, false
	for _, c := range slices.Clone(e.categories) {
		if c.outside || !strings.EqualFold(c.name, x.Category) || !o.filter.Fits(c.template, c.lines()) {
			continue
		}
		there, c.touched = true, true
		switch action {
		case "renamecat":
			e.rename(c, x.Value)
		case "delcat":
			e.remove(c)
		case "emptycat":
			c.vars = nil
		case "update":
			done = c.update(x) || done
		case "delete":
			done = c.remove(x) || done
		case "append":
			c.vars = append(c.vars, x.variable(strings.EqualFold(x.Match, "object")))
		case "insert":
			n, _ := strconv.Atoi(x.Line)
			c.vars = slices.Insert(c.vars, min(n, len(c.vars)), x.variable(false))
		}
	}
	switch {
	case !there && (action != "delcat" || !o.forgive):
		return ErrNoCategory
	case !done && (action == "update" || action == "delete" && !o.forgive):
		return errNotUpdated
	}
	return nil
}

// variable is the one that an edit writes.
func (x *Edit) variable(object bool) *editVar {
	value, arrow := strings.CutPrefix(x.Value, ">")
	return &editVar{name: strings.TrimSpace(x.Name), value: value, object: object || arrow, edited: true}
}

// lines are the variables of a category, as filters look at them.
func (c *editCategory) lines() (out [][2]string) {
	for _, v := range c.vars {
		out = append(out, [2]string{v.name, v.value})
	}
	return out
}

// fits says whether an edit is about a variable.
func (x *Edit) fits(v *editVar) bool {
	return strings.EqualFold(v.name, strings.TrimSpace(x.Name)) && (x.Match == "" || strings.EqualFold(v.value, x.Match))
}

// update changes the first variable that fits.
func (c *editCategory) update(x Edit) bool {
	for i, v := range c.vars {
		if x.fits(v) {
			next := x.variable(v.object)
			next.line = v.line
			c.vars[i] = next
			return true
		}
	}
	return false
}

// remove takes the variable at a line away, or all that fit.
func (c *editCategory) remove(x Edit) bool {
	before := len(c.vars)
	if x.Line != "" {
		if n, err := strconv.Atoi(x.Line); err == nil && n >= 0 && n < before {
			c.vars = slices.Delete(c.vars, n, n+1)
		}
	} else {
		c.vars = slices.DeleteFunc(c.vars, x.fits)
	}
	return len(c.vars) < before
}

func (e *edited) rename(c *editCategory, name string) {
	c.name, c.renewed = name, true
	for _, b := range e.blocks {
		if b.of == c && b.lines[0] != c.head {
			_, rest, _ := strings.Cut(b.lines[0].text, "]")
			b.lines[0].text = "[" + name + "]" + rest
		}
	}
	for _, o := range e.categories {
		o.renewed = o.renewed || slices.Contains(o.bases, c)
	}
}

// remove takes a category away; who has it for a template gets what it had of it.
func (e *edited) remove(c *editCategory) {
	e.categories = slices.DeleteFunc(e.categories, func(o *editCategory) bool { return o == c })
	for i := len(e.blocks) - 1; i > 0; i-- {
		if b := e.blocks[i]; b.of == c { // the comments at its end are about what follows
			e.blocks[i-1].lines = append(e.blocks[i-1].lines, e.tail(b)...)
			e.blocks = slices.Delete(e.blocks, i, i+1)
		}
	}
	for _, o := range e.categories {
		if slices.Contains(o.bases, c) {
			o.bases = slices.DeleteFunc(o.bases, func(b *editCategory) bool { return b == c })
			o.renewed, o.touched, o.orphan = true, true, true
		}
	}
}

// tail are the comments behind the last variable of a block.
func (e *edited) tail(b *editBlock) []*editLine {
	n := len(b.lines)
	for n > 1 && !e.owned[b.lines[n-1]] {
		n--
	}
	if slices.ContainsFunc(b.lines[n:], func(l *editLine) bool { return strings.TrimSpace(l.text) != "" }) {
		return b.lines[n:]
	}
	return nil
}

func (e *edited) newCategory(x Edit, o editOptions) error {
	there := slices.ContainsFunc(e.categories, func(c *editCategory) bool { return strings.EqualFold(c.name, x.Category) })
	switch {
	case there && !o.duplicate && o.forgive:
		return nil
	case there && !o.duplicate, !plain(x.Category):
		return errNotCreated
	}
	c := &editCategory{name: x.Category, template: o.template}
	for _, name := range o.inherit {
		at := slices.IndexFunc(e.categories, func(b *editCategory) bool { return b.template && strings.EqualFold(b.name, name) })
		if at < 0 {
			return errNoTemplate
		}
		c.inherit(e.categories[at])
	}
	c.head = &editLine{c.headText()}
	block := &editBlock{c, []*editLine{c.head}}
	if x.Match == "" {
		e.categories, e.blocks = append(e.categories, c), append(e.blocks, block)
		return nil
	}
	at := slices.IndexFunc(e.categories, func(o *editCategory) bool { return !o.outside && strings.EqualFold(o.name, x.Match) })
	if at < 0 {
		return errNotCreated
	}
	before := slices.IndexFunc(e.blocks, func(b *editBlock) bool { return b.of == e.categories[at] })
	e.categories, e.blocks = slices.Insert(e.categories, at, c), slices.Insert(e.blocks, before, block)
	return nil
}
