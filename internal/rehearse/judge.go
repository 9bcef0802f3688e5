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
	next := map[string]int{} // steps, dials and prompts are expected in the order of the file
	for _, e := range c.Expect {
		if saw, ok := e.met(o, next); !ok {
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
	return strings.Join(words, " ") + " = " + e.want
}

// met says whether it is; saw is what there was instead.
func (e expectation) met(o *Outcome, next map[string]int) (saw []string, ok bool) {
	list := o.list(e.what)
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
	case "record":
		for i, r := range list {
			if fitsRecord(r, e.want) && (e.not || i >= next["record"]) {
				next["record"] = i + 1
				return list, !e.not
			}
		}
		return list, e.not
	}
	pattern := glob(e.want)
	from := 0
	if !e.not {
		from = next[e.what]
	}
	for i := from; i < len(list); i++ {
		if pattern.MatchString(list[i]) {
			if !e.not {
				next[e.what] = i + 1
			}
			return list, !e.not
		}
	}
	return list, e.not
}

func (o *Outcome) list(what string) (out []string) {
	switch what {
	case "step":
		for _, s := range o.Steps {
			out = append(out, s.String())
		}
	case "dial":
		return o.Dials
	case "prompt":
		return o.Prompts
	case "record":
		return o.Records
	}
	return out
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
		out = append(out, fmt.Sprintf("%s@%s:%d  %s", s.At.Exten, s.At.Context, s.At.Priority, s))
	}
	return out
}
