package cc

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"obelisk/pbx"
)

// tree is what a call has dialled: extensions, by Local channels within each other, and the
// callees that can be watched. The desk works it, but for over.
type tree struct {
	agent      agent        // the caller, as he was when he dialled
	extensions []*extension // the first one is the caller's own
	monitors   []*monitor
	over       atomic.Bool // the caller's Dial has ended: nobody is added any more
}

// extension is a place where a Dial runs.
type extension struct {
	name    string // 1234@inside
	parent  *extension
	dialled []*dialled
}

// dialled is one destination of it.
type dialled struct {
	dialString, device string
	watched            bool // a monitor stands for it
}

// monitor is a callee that can be watched.
type monitor struct {
	device  string
	in      *extension
	service pbx.CompletionService
	options pbx.CompletionOptions
	timer   *time.Timer // ccbs_available_timer or ccnr_available_timer; nil while it does not run
}

// monitor finds a callee.
func (t *tree) monitor(device string) *monitor {
	for _, m := range t.monitors {
		if m.device == device {
			return m
		}
	}
	return nil
}

// drop takes a callee out: he is called again as he was dialled.
func (t *tree) drop(m *monitor) {
	t.monitors = slices.DeleteFunc(t.monitors, func(o *monitor) bool { return o == m })
	m.stopTimer()
	m.in.mark(m.device, false)
}

func (m *monitor) stopTimer() {
	if m.timer != nil {
		m.timer.Stop()
		m.timer = nil
	}
}

func (t *tree) stopTimers() {
	for _, m := range t.monitors {
		m.stopTimer()
	}
}

// mark says whether a monitor stands for a destination.
func (e *extension) mark(device string, watched bool) {
	for _, d := range e.dialled {
		if d.device == device {
			d.watched = watched
			return
		}
	}
}

// interfaces is CC_INTERFACES: whom an extension is to dial again.
func (t *tree) interfaces(e *extension) string {
	var list []string
	add := func(s string) {
		if s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	for _, d := range e.dialled {
		if !d.watched {
			add(d.dialString)
		}
	}
	for _, m := range t.monitors {
		if m.in == e {
			add(m.device)
		}
	}
	return strings.Join(list, "&")
}

// named finds an extension.
func (t *tree) named(name string) *extension {
	for _, e := range t.extensions {
		if e.name == name {
			return e
		}
	}
	return nil
}

// report adds the lines of an extension and what was dialled there.
func (t *tree) report(lines []string, e *extension) []string {
	const line = "\t\t|-->"
	lines = append(lines, line+e.name)
	for _, m := range t.monitors {
		if m.in == e {
			lines = append(lines, line+m.device+"("+string(m.service)+")")
		}
	}
	for _, x := range t.extensions {
		if x.parent == e {
			lines = t.report(lines, x)
		}
	}
	return lines
}
