package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Table is what lines a section may have: what reads them, what checks them and what documents
// them is one thing. T is what they are read into.
type Table[T any] struct {
	File    string // voicemail.conf
	Section string // as people are told of it: general, or "a class"
	Options []Option[T]
}

// Option is a kind of line.
type Option[T any] struct {
	Name    string
	Aliases []string
	Takes   string // yes|no, 1 to 3600 s, a context
	Default string // as it is written; "" is none
	Help    string
	// Set reads a value; what it returns says what is wrong with it, and leaves what was there.
	// nil: the line is accepted and has no meaning here.
	Set func(*T, string) error
	// Missing has a line that is not supported yet told of, with this as the reason.
	Missing string
}

// OptionRow is an option, for documentation.
type OptionRow struct {
	File, Section, Name string
	Aliases             []string
	Takes, Default      string
	Help                string
	Status              string // in effect, accepted, not yet
}

// Rows lists the options.
func (t Table[T]) Rows() (out []OptionRow) {
	for _, o := range t.Options {
		status := "in effect"
		switch {
		case o.Missing != "":
			status = "not yet"
		case o.Set == nil:
			status = "accepted"
		}
		out = append(out, OptionRow{t.File, t.Section, o.Name, o.Aliases, o.Takes, o.Default, o.Help, status})
	}
	return out
}

// Read reads a section into what holds the defaults already; s may be nil. A line for which
// take returns true is no option and is passed over; take may be nil.
func (t Table[T]) Read(s *Section, into *T, take func(Var) bool) (diags []Diagnostic) {
	if s == nil {
		return nil
	}
	for _, v := range s.Vars {
		if take != nil && take(v) {
			continue
		}
		if d, bad := t.line(s.Name, v, into); bad {
			diags = append(diags, d)
		}
	}
	return diags
}

func (t Table[T]) line(section string, v Var, into *T) (d Diagnostic, bad bool) {
	o := t.find(v.Name)
	switch {
	case o == nil:
		return Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("unknown option '%s' in [%s]%s", v.Name, section, DidYouMean(v.Name, t.names()))}, true
	case o.Missing != "":
		return Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("%s is not supported yet: %s", v.Name, o.Missing)}, true
	case o.Set == nil:
		return d, false
	}
	if err := o.Set(into, v.Value); err != nil {
		text := fmt.Sprintf("'%s' is not a valid value of '%s': %v; it keeps what it had", v.Value, v.Name, err)
		return Diagnostic{Pos: v.Pos, Text: text}, true
	}
	return d, false
}

func (t Table[T]) find(name string) *Option[T] {
	for i := range t.Options {
		o := &t.Options[i]
		if strings.EqualFold(o.Name, name) || slices.ContainsFunc(o.Aliases, func(a string) bool { return strings.EqualFold(a, name) }) {
			return o
		}
	}
	return nil
}

func (t Table[T]) names() (out []string) {
	for _, o := range t.Options {
		out = append(append(out, o.Name), o.Aliases...)
	}
	return out
}

// SetText takes any text.
func SetText[T any](field func(*T) *string) func(*T, string) error {
	return func(t *T, value string) error {
		*field(t) = value
		return nil
	}
}

// SetBool takes yes and no, and their like.
func SetBool[T any](field func(*T) *bool) func(*T, string) error {
	return func(t *T, value string) error {
		b, ok := Bool(value)
		if !ok {
			return errors.New("it takes yes or no")
		}
		*field(t) = b
		return nil
	}
}

// SetInt takes a whole number from low to high.
func SetInt[T any](low, high int, field func(*T) *int) func(*T, string) error {
	return func(t *T, value string) error {
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < low || n > high {
			return fmt.Errorf("it takes %d to %d", low, high)
		}
		*field(t) = n
		return nil
	}
}

// SetTime takes a whole number, from low to high, of units.
func SetTime[T any](unit time.Duration, low, high int, field func(*T) *time.Duration) func(*T, string) error {
	return func(t *T, value string) error {
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < low || n > high {
			return fmt.Errorf("it takes %d to %d", low, high)
		}
		*field(t) = time.Duration(n) * unit
		return nil
	}
}
