package rehearse

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"obelisk/dialplan"
)

// Result is a case that was run.
type Result struct {
	Case     *Case
	Outcome  *Outcome
	Failures []Failure
}

// Failed counts the results that are not as expected.
func Failed(list []Result) (n int) {
	for _, r := range list {
		if len(r.Failures) > 0 {
			n++
		}
	}
	return n
}

// WriteText writes results for people: each case, and of those that failed what was
// expected, what there was, and the steps that ran.
func WriteText(w io.Writer, list []Result) {
	for _, r := range list {
		if len(r.Failures) == 0 {
			fmt.Fprintf(w, "ok    %s (%s)\n", r.Case.Name, clock(r.Outcome.Lasted))
			continue
		}
		fmt.Fprintf(w, "FAIL  %s (%s)\n", r.Case.Name, r.Case.Pos)
		for _, f := range r.Failures {
			fmt.Fprintf(w, "      - %s   (%s)\n", f.Text, f.Pos)
			for _, s := range f.Saw {
				fmt.Fprintf(w, "      + %s\n", s)
			}
		}
		fmt.Fprintln(w, "      it ran:")
		for _, l := range r.Outcome.Lines() {
			fmt.Fprintf(w, "        %s\n", l)
		}
	}
	fmt.Fprintf(w, "%d of %d as expected\n", len(list)-Failed(list), len(list))
}

func clock(d time.Duration) string { return d.Round(10 * time.Millisecond).String() }

// WriteCoverage writes for each context how many of its priorities ran, and which did not.
func WriteCoverage(w io.Writer, plan *dialplan.Plan, list []Result) {
	ran := map[string]bool{} // by place: each case has a plan of its own
	for _, r := range list {
		for p := range r.Outcome.Ran {
			ran[p.Pos.String()] = true
		}
	}
	for _, x := range plan.Order {
		all, done := 0, 0
		var missed []string
		for _, e := range x.Extensions {
			for _, p := range e.Priorities() {
				if all++; ran[p.Pos.String()] {
					done++
				} else {
					missed = append(missed, p.Pos.String())
				}
			}
		}
		if all == 0 {
			continue
		}
		fmt.Fprintf(w, "%-24s %d of %d priorities ran (%d %%)", x.Name, done, all, 100*done/all)
		if len(missed) > 0 {
			fmt.Fprintf(w, "; not %s", strings.Join(missed, ", "))
		}
		fmt.Fprintln(w)
	}
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes results for programs; times are those of the calls.
func WriteJUnit(w io.Writer, list []Result) error {
	s := junitSuite{Name: "obelisk test", Tests: len(list), Failures: Failed(list)}
	for _, r := range list {
		c := junitCase{Name: r.Case.Name, Class: r.Case.Pos.File, Time: fmt.Sprintf("%.3f", r.Outcome.Lasted.Seconds())}
		if len(r.Failures) > 0 {
			var b strings.Builder
			WriteText(&b, []Result{r})
			c.Failure = &junitFailure{r.Failures[0].Text, b.String()}
		}
		s.Cases = append(s.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	return e.Encode(s)
}
