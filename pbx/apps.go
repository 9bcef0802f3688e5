package pbx

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// App is a dialplan application. Exec runs on the channel's goroutine and may
// block; it must return soon after the channel is hung up.
type App struct {
	Name      string
	Module    string // of Asterisk's that it is in, where that is not app_ and its name: app_blind_transfer
	Synopsis  string
	Usage     string // syntax and meaning, for the console
	Dangerous bool   // reaches files, databases or a shell, or runs what does
	Hands     bool   // its arguments go on into the dialplan
	// Check finds problems in arguments as written, when the file is read; what
	// holds a "$" is not known yet. nil when there is nothing to find.
	Check func(args string) []string
	// Targets are the places of the dialplan that arguments as written name, each as
	// "[[context,]extension,]priority"; nil for an application that goes nowhere.
	Targets func(args string) []string
	Exec    func(c *Channel, args string) dialplan.Result
}

// Func is a dialplan function.
type Func struct {
	Name      string
	Synopsis  string
	Usage     string
	Dangerous bool                                          // reaches files, a shell or other servers, or evaluates what does
	Guard     Guard                                         // when programs outside may not have it
	Read      func(c *Channel, args string) (string, error) // nil: write only
	Write     func(c *Channel, args, value string) error    // nil: read only
}

// Value reads the function on a channel.
func (f *Func) Value(c *Channel, args string) (string, error) {
	if f.Read == nil {
		return "", fmt.Errorf("Function %s cannot be read", f.Name)
	}
	return f.Read(c, args)
}

// RegisterTech adds a channel driver. It may be called at any time: hints ask their devices
// before the last driver is there.
func (c *Core) RegisterTech(t Tech) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]Tech{strings.ToLower(t.Name()): t}
	if old := c.techs.Load(); old != nil {
		for name, o := range *old {
			if all[name] == nil {
				all[name] = o
			}
		}
	}
	c.techs.Store(&all)
}

// tech is the driver of a name, nil for none.
func (c *Core) tech(name string) Tech {
	if all := c.techs.Load(); all != nil {
		return (*all)[strings.ToLower(name)]
	}
	return nil
}

// RegisterApp and RegisterFunc complete the core before it is used; they are not safe afterwards.
func (c *Core) RegisterApp(a App)   { c.apps[strings.ToLower(a.Name)] = &a }
func (c *Core) RegisterFunc(f Func) { c.funcs[f.Name] = &f }

// Techs lists the channel drivers by name.
func (c *Core) Techs() []Tech {
	all := c.techs.Load()
	if all == nil {
		return nil
	}
	return slices.SortedFunc(maps.Values(*all), func(a, b Tech) int { return strings.Compare(a.Name(), b.Name()) })
}

// AppNames lists the applications.
func (c *Core) AppNames() []string {
	var out []string
	for name, a := range c.apps {
		if !c.Unloaded(name) {
			out = append(out, a.Name)
		}
	}
	sort.Strings(out)
	return out
}

// Funcs lists the functions by name.
func (c *Core) Funcs() []*Func {
	var out []*Func
	for _, f := range c.funcs {
		out = append(out, f)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Func is a function by its exact name, nil if there is none.
func (c *Core) Func(name string) *Func { return c.funcs[name] }

// CheckPlan finds steps that will not do what they say: unknown applications
// and arguments that cannot be used, each with file and line.
func (c *Core) CheckPlan(p *dialplan.Plan) []config.Diagnostic {
	out := p.CheckApps(c.AppNames(), KnownApp)
	p.EachStep(func(at dialplan.Place) {
		s := at.Step
		for _, name := range functionsIn(s.App, s.Args.Raw()) {
			if c.funcs[name] != nil {
				continue
			}
			what := fmt.Sprintf("there is no function '%s'%s", name, config.DidYouMean(name, c.funcNames()))
			if KnownFunc(name) && name == strings.ToUpper(name) {
				what = fmt.Sprintf("function '%s' of Asterisk is not here yet", name)
			}
			out = append(out, config.Diagnostic{Pos: s.Pos, Rule: "function " + name, Text: what + "; it reads as nothing"})
		}
		out = append(out, c.checkStep(p, at)...)
	})
	return out
}

// checkStep finds what the application itself can tell.
func (c *Core) checkStep(p *dialplan.Plan, at dialplan.Place) (out []config.Diagnostic) {
	app, args := c.App(at.Step.App), at.Step.Args.Raw()
	say := func(text string) {
		out = append(out, config.Diagnostic{Pos: at.Step.Pos, Text: app.Name + ": " + text})
	}
	if app != nil && app.piped(args) {
		say("'|' is no separator any more: the arguments are parted by commas")
		return out
	}
	if app != nil && app.Check != nil {
		for _, text := range app.Check(args) {
			say(text)
		}
	}
	if app != nil && app.Targets != nil {
		for _, target := range app.Targets(args) {
			if text := p.CheckTarget(at, target); text != "" {
				say(text)
			}
		}
	}
	return out
}

// texts are applications whose arguments are words for people, or for a shell.
var texts = names("NoOp Verbose Log System TrySystem Set MSet SendText MessageSend UserEvent QueueLog SIPAddHeader RaiseException Exec " +
	"TryExec ExecIf CELGenUserEvent")

// piped says whether arguments are parted as Asterisk 1.4 did it, by "|". Within an
// expression it means "or", within quotation marks nothing, and times are still parted by it.
func (a *App) piped(args string) bool {
	if name := strings.ToLower(a.Name); name == "gotoiftime" || name == "execiftime" {
		_, args, _ = strings.Cut(args, "?")
	}
	return !texts[strings.ToLower(a.Name)] && len(dialplan.SplitOutside(args, '|', 2)) > 1
}

func (c *Core) funcNames() (out []string) {
	for n := range c.funcs {
		out = append(out, n)
	}
	return out
}

var (
	readFunc  = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z_0-9]*)\(`)
	writeFunc = regexp.MustCompile(`^\s*([A-Za-z_][A-Za-z_0-9]*)\([^=]*\)\s*=`)
)

// functionsIn names the functions that a step reads and, in Set, writes.
func functionsIn(app, args string) (out []string) {
	if strings.Contains(args, "(") { // most steps have none, and a search costs more
		for _, m := range readFunc.FindAllStringSubmatch(args, -1) {
			out = append(out, m[1])
		}
	}
	if strings.EqualFold(app, "Set") {
		if m := writeFunc.FindStringSubmatch(args); m != nil {
			out = append(out, m[1])
		}
	}
	return out
}

// App finds an application by name, any case; nil when there is none.
func (c *Core) App(name string) *App {
	name = strings.ToLower(name)
	if out := c.unloaded.Load(); out != nil && (*out)[name] {
		return nil
	}
	return c.apps[name]
}

// ModuleOf is the module of Asterisk's that an application is in.
func (a *App) ModuleOf() string { return cmp.Or(a.Module, "app_"+strings.ToLower(a.Name)) }

// AppIn is the name of the application that is a module of its own, taken away or not; "" for none.
func (c *Core) AppIn(module string) string {
	for name, a := range c.apps {
		if a.ModuleOf() == module {
			return name
		}
	}
	return ""
}

// Unload takes an application away, or gives it back: module unload app_page, or noload of modules.conf.
// False: there is none of that name.
func (c *Core) Unload(app string, away bool) bool {
	app = strings.ToLower(app)
	if c.apps[app] == nil {
		return false
	}
	for {
		old := c.unloaded.Load()
		next := map[string]bool{}
		if old != nil {
			next = maps.Clone(*old)
		}
		if next[app] = true; !away {
			delete(next, app)
		}
		if c.unloaded.CompareAndSwap(old, &next) {
			return true
		}
	}
}

// Unloaded says whether that has been done.
func (c *Core) Unloaded(app string) bool {
	out := c.unloaded.Load()
	return out != nil && (*out)[strings.ToLower(app)]
}
