package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Edit is a change of a configuration file, as the manager action UpdateConfig asks for it:
// NewCat, RenameCat, DelCat, EmptyCat, Update, Delete, Append, Insert.
type Edit struct {
	Action, Category, Name, Value string
	Match                         string // only a line with this value; "" for any
	Line                          string // of Insert: before which variable of the category, from 0
	Options                       string // of NewCat: template, inherit="a,b"
}

// Errors of edits, in Asterisk's words but for the first letter.
var (
	ErrNoCategory    = errors.New("given category does not exist")
	errCategory      = errors.New("category not specified")
	errVariable      = errors.New("variable not specified")
	errValue         = errors.New("value not specified")
	errUnknownEdit   = errors.New("unknown action command")
	errNotUpdated    = errors.New("update did not complete successfully")
	errNotCreated    = errors.New("create category did not complete successfully")
	errNotRenamed    = errors.New("rename category did not complete successfully")
	errLineOfInsert  = errors.New("line not specified")
	errBeyondOneLine = errors.New("a value with a line break")
)

// edited is the text of a file in lines, of which comments and order stay as they are.
type edited struct{ lines []string }

// ApplyEdits makes changes, all or none.
func ApplyEdits(text string, edits []Edit) (string, error) {
	e := &edited{}
	if text != "" {
		e.lines = strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	}
	for _, x := range edits {
		if strings.ContainsAny(x.Category+x.Name+x.Value+x.Options, "\r\n") {
			return text, errBeyondOneLine
		}
		if err := e.apply(x); err != nil {
			return text, err
		}
	}
	return strings.Join(e.lines, "\n") + "\n", nil
}

func (e *edited) apply(x Edit) error {
	if x.Category == "" {
		return errCategory
	}
	action := strings.ToLower(x.Action)
	if action == "newcat" {
		return e.newCategory(x)
	}
	if !slices.Contains([]string{"renamecat", "delcat", "emptycat", "update", "delete", "append", "insert"}, action) {
		return errUnknownEdit
	}
	from, to, ok := e.category(x.Category)
	if !ok {
		return ErrNoCategory
	}
	switch action {
	case "renamecat":
		if x.Value == "" {
			return errValue
		}
		head := e.lines[from]
		if _, _, taken := e.category(x.Value); taken {
			return errNotRenamed
		}
		e.lines[from] = "[" + x.Value + head[strings.IndexByte(head, ']'):]
		return nil
	case "delcat":
		e.lines = slices.Delete(e.lines, from, to)
		return nil
	case "emptycat":
		e.lines = slices.Concat(e.lines[:from+1], slices.DeleteFunc(slices.Clone(e.lines[from+1:to]), func(l string) bool { n, _ := variable(l); return n != "" }), e.lines[to:])
		return nil
	}
	if x.Name == "" || strings.Contains("[#;", strings.TrimSpace(x.Name + " ")[:1]) { // which would be no variable
		return errVariable
	}
	return e.change(action, x, from, to)
}

// change is an edit of a line in the category between two lines.
func (e *edited) change(action string, x Edit, from, to int) error {
	sign := " = "
	if v, ok := strings.CutPrefix(x.Value, ">"); ok {
		x.Value, sign = v, " => "
	}
	line := x.Name + sign + escaped(x.Value)
	last, n, done := from, 0, false
	for i := from + 1; i < to; i++ {
		name, value := variable(e.lines[i])
		if name == "" {
			continue
		}
		if action == "insert" && strconv.Itoa(n) == x.Line {
			e.lines = slices.Insert(e.lines, i, line)
			return nil
		}
		last, n = i, n+1
		if name != x.Name || x.Match != "" && value != x.Match {
			continue
		}
		switch action {
		case "update":
			if strings.Contains(e.lines[i], "=>") {
				line = x.Name + " => " + escaped(x.Value)
			}
			e.lines[i] = line
			return nil
		case "delete":
			if x.Line == "" || x.Line == strconv.Itoa(n-1) {
				e.lines = slices.Delete(e.lines, i, i+1)
				i, to, done = i-1, to-1, true
			}
		}
	}
	switch {
	case action == "append":
		e.lines = slices.Insert(e.lines, last+1, line)
	case action == "insert" && x.Line == "":
		return errLineOfInsert
	case !done:
		return errNotUpdated
	}
	return nil
}

func (e *edited) newCategory(x Edit) error {
	if _, _, there := e.category(x.Category); there && !strings.Contains(x.Options, "allowdups") {
		return errNotCreated
	}
	if strings.ContainsAny(x.Category, "[]") {
		return errNotCreated
	}
	var marks []string
	rest := x.Options
	for rest != "" {
		var word string
		if strings.HasPrefix(rest, "inherit=\"") {
			word, rest, _ = strings.Cut(rest[len("inherit=\""):], "\"")
			marks = append(marks, strings.Split(word, ",")...)
			rest = strings.TrimPrefix(rest, ",")
			continue
		}
		word, rest, _ = strings.Cut(rest, ",")
		switch word = strings.TrimSpace(word); {
		case word == "template":
			marks = append([]string{"!"}, marks...)
		case word == "allowdups":
		default:
			if from, ok := strings.CutPrefix(word, "inherit="); ok {
				marks = append(marks, from)
				continue
			}
			return fmt.Errorf("options not recognized: '%s'", word)
		}
	}
	head := "[" + x.Category + "]"
	if len(marks) > 0 {
		head += "(" + strings.Join(marks, ",") + ")"
	}
	e.lines = append(e.lines, head)
	return nil
}

// category finds the lines of one: its head, and the line behind its last.
func (e *edited) category(name string) (from, to int, ok bool) {
	from = -1
	for i, l := range e.lines {
		if !strings.HasPrefix(strings.TrimSpace(l), "[") {
			continue
		}
		if from >= 0 {
			return from, i, true
		}
		head, _, closed := strings.Cut(strings.TrimSpace(l)[1:], "]")
		if closed && strings.EqualFold(strings.TrimSpace(head), name) {
			from = i
		}
	}
	return from, len(e.lines), from >= 0
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

// escaped is a value as a line has it: a ";" begins no comment.
func escaped(value string) string { return strings.ReplaceAll(value, ";", `\;`) }
