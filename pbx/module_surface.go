package pbx

import (
	"fmt"
	"io"
)

// What modules show: commands of the console and metrics; actions are in actions.go.

// Commander is a module with commands of the console.
type Commander interface {
	Module
	Commands() []Command
}

// Command is one of them.
type Command struct {
	Name   string // words separated by blanks
	Usage  string // arguments, and what it does
	Help   string // both as a misuse tells them, without "Usage: "; "": as Usage has it
	System bool   // opens the machine behind the switchboard: programs need the class system as well
	// Complete lists what the next argument may be after args; nil: it is not known.
	Complete func(args []string) []string
	// Run writes the answer; false means that the command failed.
	Run func(w io.Writer, args []string) bool
}

// Misused tells how a command is written; Run returns what it returns. The console adds to one
// line what the command does.
func Misused(w io.Writer, usage string) bool {
	if t, ok := w.(interface{ Misused(usage string) }); ok {
		t.Misused(usage)
		return false
	}
	fmt.Fprintln(w, "Usage: "+usage)
	return false
}

// Helped gives commands the help that a misuse of them tells, by their names.
func Helped(list []Command, usages map[string]string) []Command {
	for i := range list {
		list[i].Help = usages[list[i].Name]
	}
	return list
}

// Meter is a module that tells figures.
type Meter interface {
	Module
	// Measure adds what they are now. It is called when somebody reads the metrics.
	Measure(*Measures)
}

// Measures are figures at a moment.
type Measures struct {
	Node       string // is a label of each; "": there are no other nodes
	Metrics    []Metric
	Histograms []Histogram
}

// Metric is one value.
type Metric struct {
	Name, Help string
	Counter    bool        // it only grows
	Labels     [][2]string // name and value
	Value      float64
}

// Histogram is a distribution.
type Histogram struct {
	Name, Help string
	Buckets    map[float64]uint64 // up to and including
	Count      uint64
	Sum        float64
}

// Gauge adds a value that rises and falls; labels are names and values in turn. One name has
// one help text.
func (m *Measures) Gauge(name, help string, value float64, labels ...string) {
	m.add(name, help, false, value, labels)
}

// Count adds one that only grows; its name ends with _total.
func (m *Measures) Count(name, help string, value float64, labels ...string) {
	m.add(name, help, true, value, labels)
}

func (m *Measures) add(name, help string, counter bool, value float64, labels []string) {
	out := Metric{Name: name, Help: help, Counter: counter, Value: value}
	for i := 0; i+1 < len(labels); i += 2 {
		out.Labels = append(out.Labels, [2]string{labels[i], labels[i+1]})
	}
	m.Metrics = append(m.Metrics, out)
}
