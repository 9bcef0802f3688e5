package dialplan

import (
	"strconv"
	"strings"

	"obelisk/dialplan/expr"
	"obelisk/internal/config"
)

// Switch leads a context on to extensions that are kept elsewhere (switch => Kind/Data).
type Switch struct {
	Kind, Data string
	Pos        config.Pos

	eval *Text // eswitch: the data as it reads at each lookup
}

// String is the switch as it is written.
func (s *Switch) String() string { return s.Kind + "/" + s.Data }

// Switcher finds the extensions behind a switch of a context, nil for none. It is asked
// at each lookup and must not wait.
type Switcher func(s *Switch, context string) *Context

// The kinds of switches: extensions in a table, and those of another context.
const (
	RealtimeSwitch = "Realtime"
	LoopbackSwitch = "Loopback"
)

// maxLoops bounds how often one lookup goes through a Loopback switch, which may lead
// to itself.
const maxLoops = 16

// switchTo reads switch, lswitch and eswitch: the data is expanded when the file is read,
// never, and at each lookup.
func (c *compiler) switchTo(directive, value string) {
	if directive == "switch" {
		value = Expand(value, loadEnv{c})
	}
	s := c.makeSwitch(value)
	if directive == "eswitch" {
		s.eval = CompileText(s.Data)
	}
	c.cur.Switches = append(c.cur.Switches, s)
}

func (c *compiler) makeSwitch(value string) Switch {
	kind, data, _ := strings.Cut(value, "/")
	for _, known := range []string{RealtimeSwitch, LoopbackSwitch} {
		if strings.EqualFold(kind, known) {
			return Switch{Kind: known, Data: data, Pos: c.pos}
		}
	}
	c.warn("No such switch '%s'; it leads nowhere", kind)
	return Switch{Kind: kind, Data: data, Pos: c.pos}
}

// EachSwitch visits every switch, in file order of the contexts.
func (p *Plan) EachSwitch(f func(context string, s *Switch)) {
	for _, c := range p.Order {
		for i := range c.Switches {
			f(c.Name, &c.Switches[i])
		}
	}
}

// CompileContext makes a context of lines such as "exten => 1,1,Answer()", which come
// from elsewhere than a file.
func CompileContext(name string, lines []config.Var) (*Context, []config.Diagnostic) {
	p, diags := Compile(&config.File{Sections: []*config.Section{{Name: name, Vars: lines}}}, nil)
	return p.Contexts[name], diags
}

// switchSearch is what one search finds behind a switch: in a context that stands for it,
// or by a search of its own in another context.
type switchSearch struct {
	context *Context
	loop    *lookup
	name    string // of the context that loop begins in
}

// behind is what a switch leads to.
func (l *lookup) behind(s *Switch, c *Context) (to switchSearch, ok bool) {
	if s.eval != nil {
		s = &Switch{Kind: s.Kind, Data: s.eval.Expand(l.q.env()), Pos: s.Pos}
	}
	switch {
	case s.Kind == LoopbackSwitch:
		return l.loopback(s.Data, c)
	case s.Kind == RealtimeSwitch && l.plan.Switcher != nil:
		to.context = l.plan.Switcher(s, c.Name)
		return to, to.context != nil
	}
	return to, false
}

// loopback reads "[exten][@context][:priority][/pattern that the number must match]", in
// which EXTEN, CONTEXT and PRIORITY are the place that is looked for.
func (l *lookup) loopback(data string, c *Context) (to switchSearch, ok bool) {
	if l.loops >= maxLoops {
		return to, false
	}
	next := &lookup{plan: l.plan, q: l.q, exten: l.exten, n: l.n, label: l.label, hint: l.hint, loops: l.loops + 1}
	to = switchSearch{loop: next, name: c.Name}
	data = Expand(data, loopEnv{map[string]string{"EXTEN": l.exten, "CONTEXT": c.Name, "PRIORITY": strconv.Itoa(l.n)}})
	data, pattern, _ := strings.Cut(data, "/")
	if pattern != "" {
		if m := compileName(pattern, func(string) {}); !m.matches(l.exten) {
			return to, false
		}
	}
	data, priority, _ := strings.Cut(data, ":")
	exten, context, _ := strings.Cut(data, "@")
	if exten != "" {
		next.exten = squeeze(exten)
	}
	if context != "" {
		to.name = context
	}
	if n := expr.Atoi(priority); n > 0 {
		next.n = n
	}
	return to, true
}

// findBehind and moreBehind search there.
func (l *lookup) findBehind(s *Switch, c *Context) (Hit, bool) {
	to, ok := l.behind(s, c)
	switch {
	case !ok:
		return Hit{}, false
	case to.context != nil:
		return l.of(to.context)
	}
	h, ok := to.loop.in(to.name)
	if h.Moved.Context == "" {
		h.Moved = Location{to.name, to.loop.exten, to.loop.n}
	}
	return h, ok
}

func (l *lookup) moreBehind(s *Switch, c *Context) more {
	to, ok := l.behind(s, c)
	switch {
	case !ok:
		return moreUnknown
	case to.context != nil:
		return l.moreOf(to.context)
	}
	return to.loop.more(to.name)
}

// loopEnv is what the data of a Loopback switch may use.
type loopEnv struct{ vars map[string]string }

func (e loopEnv) Variable(name string) string            { return e.vars[name] }
func (e loopEnv) Function(string, string) (string, bool) { return "", false }
func (e loopEnv) Warn(string)                            {}
