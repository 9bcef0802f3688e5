package dialplan

import (
	"strings"

	"obelisk/internal/config"
)

// Switch leads a context on to extensions that are kept elsewhere (switch => Kind/Data).
type Switch struct {
	Kind, Data string
	Pos        config.Pos
}

// String is the switch as it is written.
func (s *Switch) String() string { return s.Kind + "/" + s.Data }

// Switcher finds the extensions behind a switch of a context, nil for none. It is asked
// at each lookup and must not wait.
type Switcher func(s *Switch, context string) *Context

// RealtimeSwitch is the kind whose extensions are in a table.
const RealtimeSwitch = "Realtime"

func (c *compiler) switchTo(value string) {
	kind, data, _ := strings.Cut(Expand(value, loadEnv{c}), "/")
	if !strings.EqualFold(kind, RealtimeSwitch) {
		c.warn("No such switch '%s'; the line is left out", kind)
		return
	}
	c.cur.Switches = append(c.cur.Switches, Switch{Kind: RealtimeSwitch, Data: data, Pos: c.pos})
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

// behind is what a switch leads to.
func (l *lookup) behind(c *Context, i int) *Context {
	if l.plan.Switcher == nil {
		return nil
	}
	return l.plan.Switcher(&c.Switches[i], c.Name)
}
