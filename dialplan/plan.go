// Package dialplan is the language of extensions.conf: contexts, patterns,
// expressions, variables and the step machine that walks them.
//
// It is pure: no sockets, no goroutines, no clock of its own. A Plan is
// compiled whole, never changes afterwards and may be read by any number of
// channels at once; a Machine belongs to one channel.
package dialplan

import (
	"slices"
	"sort"
	"strings"

	"obelisk/internal/config"
)

// Priority is one step of an extension.
type Priority struct {
	N     int    // 1 and up
	Label string // "" when there is none
	App   string // as written
	Args  *Text  // argument text, substituted when the step runs
	Pos   config.Pos
	// Registrar put the step there while the switchboard runs; "": the files did, or a person.
	Registrar string
}

// Hint is the device list behind an extension.
type Hint struct {
	Devices string
	Pos     config.Pos
	// Registrar is as that of a Priority.
	Registrar string
}

// Extension is one name (or pattern) of a context with its priorities.
type Extension struct {
	Name   string // as first written, dashes kept, leading '_' kept
	Pos    config.Pos
	HasCID bool   // written with "/cid"
	CID    string // caller number or pattern; "" with HasCID matches an absent number only
	Hint   *Hint

	match  matcher
	cid    matcher
	prios  []*Priority // ascending N
	labels map[string]*Priority
	order  int // position in the match order of the context
}

// Pattern says whether the name began with '_'.
func (e *Extension) Pattern() bool { return e.match.pattern }

// Priorities lists the steps in ascending order.
func (e *Extension) Priorities() []*Priority { return e.prios }

// Priority returns step n, or nil. Gaps are gaps.
func (e *Extension) Priority(n int) *Priority {
	i := sort.Search(len(e.prios), func(i int) bool { return e.prios[i].N >= n })
	if i < len(e.prios) && e.prios[i].N == n {
		return e.prios[i]
	}
	return nil
}

// Label returns the step with that label, or nil.
func (e *Extension) Label(name string) *Priority { return e.labels[name] }

// Include names another context, searched when nothing matched here.
type Include struct {
	Text    string // the whole text, which is its identity
	Context string
	Time    *TimeSpec // nil: always
	Pos     config.Pos
}

// Context is one section of extensions.conf.
type Context struct {
	Name       string
	Pos        config.Pos
	Includes   []Include
	Switches   []Switch
	IgnorePats []string
	AutoHints  bool         // each device has a hint here, under its own name
	Registrar  string       // who made it while the switchboard runs; "": the files, or a person
	Extensions []*Extension // match order

	index index
}

// Global is one variable of [globals].
type Global struct {
	Name, Value string
	Pos         config.Pos
}

// Plan is a compiled extensions.conf.
type Plan struct {
	Contexts        map[string]*Context
	Order           []*Context // file order
	Globals         []Global   // file order, values substituted
	AutoFallthrough bool
	PJSIPNames      bool // endpoints of sip.conf answer to PJSIP/name too (pjsipnames)
	ClearGlobals    bool
	Static          bool // with WriteProtect off, "dialplan save" may write the file
	WriteProtect    bool
	Override        *Switch  // asked before each context's own (overrideswitch); nil: none
	Switcher        Switcher // nil: Realtime switches lead nowhere
	Files           []string
	SkipMissing     []string // applications that calls go past where they are not there (skipmissing)
}

// SkipsMissing says whether a call goes on past an application that is not there.
func (p *Plan) SkipsMissing(app string) bool {
	return slices.ContainsFunc(p.SkipMissing, func(name string) bool { return strings.EqualFold(name, app) })
}

// Totals counts extensions and priorities, hints included, as "dialplan show" does.
func (c *Context) Totals() (extensions, priorities int) {
	for _, e := range c.Extensions {
		extensions++
		priorities += len(e.prios)
		if e.Hint != nil {
			priorities++
		}
	}
	return
}
