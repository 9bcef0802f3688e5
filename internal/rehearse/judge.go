package rehearse

import (
	"fmt"
	"strings"
)

// Failure is an expectation that was not met.
type Failure struct {
	Pos  string // of the line in the file of tests
	Text string // what was expected
	Saw  []string
}

// Judge compares what a call did with what is expected of it.
func (c *Case) Judge(o *Outcome) (out []Failure) {
	if o.Err != nil {
		return []Failure{{Pos: c.Pos.String(), Text: o.Err.Error()}}
	}
	met := map[string][]int{}
	for _, e := range c.Expect {
		if saw, ok := e.met(o, met); !ok {
			out = append(out, Failure{e.pos.String(), e.String(), saw})
		}
	}
	return out
}

func (e expectation) String() string {
	words := []string{"expect"}
	if e.not {
		words = append(words, "no")
	}
	words = append(words, e.what)
	if e.name != "" {
		words = append(words, e.name)
	}
	words = append(words, "=", e.want)
	if e.after > 0 {
		words = append(words, "after", e.after.String())
	}
	return strings.Join(words, " ")
}

// met says whether it is; saw is what there was instead. Steps, dials, prompts and records
// are each expected in the order of the file; earlier holds which of them were met so far.
func (e expectation) met(o *Outcome, earlier map[string][]int) (saw []string, ok bool) {
	switch e.what {
	case "answered":
		got := map[bool]string{true: "yes", false: "no"}[o.Answered]
		return []string{"answered = " + got}, strings.EqualFold(got, e.want)
	case "cause":
		return []string{"cause = " + o.Cause}, o.Cause == e.want
	case "variable":
		got, set := o.Vars[e.name]
		if !set {
			return []string{e.name + " was not set"}, e.want == ""
		}
		return []string{e.name + " = " + got}, glob(e.want).MatchString(got)
	}
	if e.word {
		got := o.Looked[e.looked()]
		return []string{strings.TrimSpace(e.what+" "+e.name) + " = " + got}, glob(e.want).MatchString(got)
	}
	list := o.list(e.what)
	for _, x := range list {
		saw = append(saw, x.Text)
	}
	fits := e.fitting()
	for i, x := range list {
		switch {
		case !fits(x.Text):
		case e.not:
			return saw, false
		case follows(list, i, earlier[e.what]):
			earlier[e.what] = append(earlier[e.what], i)
			return saw, true
		}
	}
	return saw, e.not
}

// follows says whether an event may have come after those of the list that are named.
func follows(list []Event, i int, earlier []int) bool {
	for _, j := range earlier {
		if i == j || i < j && list[i].before(list[j]) {
			return false
		}
	}
	return true
}

// fitting has the function that knows what is wanted.
func (e expectation) fitting() func(text string) bool {
	if e.what == "record" {
		return func(text string) bool { return fitsRecord(text, e.want) }
	}
	return glob(e.want).MatchString
}

func (o *Outcome) list(what string) []Event {
	switch what {
	case "step":
		return o.Steps
	case "dial":
		return o.Dials
	case "prompt":
		return o.Prompts
	case "program":
		return o.Programs
	}
	return o.Records
}

// fitsRecord says whether a record has all fields of "dst=100 disposition=ANSWERED".
func fitsRecord(record, want string) bool {
	have := strings.Fields(record)
	for _, w := range strings.Fields(want) {
		pattern, found := glob(w), false
		for _, h := range have {
			found = found || pattern.MatchString(h)
		}
		if !found {
			return false
		}
	}
	return true
}

// Lines describes the steps that ran, for who looks for what went wrong.
func (o *Outcome) Lines() (out []string) {
	for _, s := range o.Steps {
		out = append(out, fmt.Sprintf("%s@%s:%d  %s", s.At.Exten, s.At.Context, s.At.Priority, s.Text))
	}
	return out
}
