package dialplan

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"obelisk/dialplan/expr"
	"obelisk/internal/config"
)

// Compile turns extensions.conf into a Plan. Findings never stop it: a line
// that cannot be used is reported with its position and left out.
// env supplies functions for what is substituted at load (globals, extension
// names, includes); its variables are looked up after the globals.
// elsewhere are contexts that the file may include although others make them.
func Compile(f *config.File, env Env, elsewhere ...string) (*Plan, []config.Diagnostic) {
	c := &compiler{
		plan: &Plan{Contexts: map[string]*Context{}, AutoFallthrough: true, Files: f.Read},
		env:  env,
	}
	for _, s := range f.Visible() {
		switch strings.ToLower(s.Name) {
		case "general":
			c.general(s)
		case "globals":
			c.globalVars(s)
		}
	}
	for _, s := range f.Visible() {
		if n := strings.ToLower(s.Name); n != "general" && n != "globals" {
			c.context(s)
		}
	}
	for _, x := range c.plan.Order {
		x.build()
	}
	c.checkIncludes(elsewhere)
	return c.plan, c.diags
}

type compiler struct {
	plan    *Plan
	env     Env
	globals Vars
	diags   []config.Diagnostic

	cur    *Context
	pos    config.Pos
	last   int        // last priority number in this section
	lastEx *Extension // for "same"
	byKey  map[*Context]map[string]*Extension
}

func (c *compiler) warn(format string, args ...any) {
	c.diags = append(c.diags, config.Diagnostic{Pos: c.pos, Text: fmt.Sprintf(format, args...)})
}

// loadEnv is what substitution at load sees: globals, then the caller's env.
type loadEnv struct{ c *compiler }

func (e loadEnv) Variable(name string) string {
	if v, ok := e.c.globals.Get(name); ok {
		return v
	}
	if e.c.env != nil {
		return e.c.env.Variable(name)
	}
	return ""
}
func (e loadEnv) Function(name, args string) (string, bool) {
	if e.c.env != nil {
		return e.c.env.Function(name, args)
	}
	return "", false
}
func (e loadEnv) Warn(text string) { e.c.warn("%s", text) }

func (c *compiler) general(s *config.Section) {
	for _, v := range s.Vars {
		on, _ := config.Bool(v.Value)
		switch strings.ToLower(v.Name) {
		case "autofallthrough":
			c.plan.AutoFallthrough = on
		case "pjsipnames":
			c.plan.PJSIPNames = on
		case "clearglobalvars":
			c.plan.ClearGlobals = on
		case "skipmissing":
			for name := range strings.SplitSeq(v.Value, ",") {
				if name = strings.TrimSpace(name); name != "" && !c.plan.SkipsMissing(name) {
					c.plan.SkipMissing = append(c.plan.SkipMissing, name)
				}
			}
		case "static":
			c.plan.Static = on
		case "writeprotect":
			c.plan.WriteProtect = on
		case "overrideswitch":
			c.pos = v.Pos
			s := c.makeSwitch(v.Value)
			c.plan.Override = &s
		case "userscontext":
		case "extenpatternmatchnew":
			if on {
				c.pos = v.Pos
				c.warn("extenpatternmatchnew=yes is ignored: the default matcher is always used, and it is indexed already")
			}
		default:
			c.pos = v.Pos
			c.warn("unknown option '%s' in [general] is ignored", v.Name)
		}
	}
}

func (c *compiler) globalVars(s *config.Section) {
	for _, v := range s.Vars {
		c.pos = v.Pos
		value := Expand(v.Value, loadEnv{c})
		c.globals.Set(v.Name, value)
		c.plan.Globals = append(c.plan.Globals, Global{v.Name, value, v.Pos})
	}
}

func (c *compiler) context(s *config.Section) {
	x := c.plan.Contexts[s.Name]
	if x == nil {
		x = &Context{Name: s.Name, Pos: s.Pos}
		c.plan.Contexts[s.Name] = x
		c.plan.Order = append(c.plan.Order, x)
	}
	if c.byKey == nil {
		c.byKey = map[*Context]map[string]*Extension{}
	}
	if c.byKey[x] == nil {
		c.byKey[x] = map[string]*Extension{}
	}
	c.cur, c.last, c.lastEx = x, 0, nil
	for _, v := range s.Vars {
		c.pos = v.Pos
		c.directive(strings.ToLower(v.Name), v.Name, v.Value)
	}
}

func (c *compiler) directive(word, written, value string) {
	switch {
	case word == "exten":
		c.exten(value)
	case strings.HasPrefix(word, "same"):
		if c.lastEx == nil {
			c.warn("No previous pattern in the first entry of this section; '%s' is left out", value)
			return
		}
		c.step(c.lastEx, value)
	case word == "include":
		c.include(Expand(value, loadEnv{c}))
	case word == "ignorepat":
		value = Expand(value, loadEnv{c})
		for _, p := range c.cur.IgnorePats {
			if p == value {
				c.warn("ignorepat '%s' is in context '%s' already", value, c.cur.Name)
				return
			}
		}
		c.cur.IgnorePats = append(c.cur.IgnorePats, value)
	case word == "switch" || word == "lswitch" || word == "eswitch":
		c.switchTo(word, value)
	case word == "autohints":
		c.cur.AutoHints, _ = config.Bool(value)
	default:
		c.warn("==!!== Unknown directive: %s at line %d of %s -- IGNORING!!!", written, c.pos.Line, c.pos.File)
	}
}

func (c *compiler) include(text string) {
	for _, i := range c.cur.Includes {
		if strings.EqualFold(i.Text, text) {
			c.warn("Context '%s' already included in '%s' context on include", text, c.cur.Name)
			return
		}
	}
	name, times, timed := strings.Cut(strings.ReplaceAll(text, "|", ","), ",")
	inc := Include{Text: text, Context: trim(name), Pos: c.pos}
	if timed {
		spec, problems := ParseTimeSpec(times)
		for _, p := range problems {
			c.warn("include '%s': %s", text, p)
		}
		inc.Time = spec
	}
	c.cur.Includes = append(c.cur.Includes, inc)
}

// exten reads "name[/cid],priority...,app(args)".
func (c *compiler) exten(value string) {
	name, rest, ok := cutName(value)
	if !ok {
		c.warn("no priority in '%s'; the line is left out", value)
		return
	}
	if name = trim(Expand(name, loadEnv{c})); name == "" {
		c.warn("extension without a name; the line is left out")
		return
	}
	c.lastEx = c.extension(name)
	c.step(c.lastEx, rest)
}

// cutName splits at the first comma outside brackets, which are counted; a backslash protects,
// and stays.
func cutName(s string) (name, rest string, ok bool) {
	var b strings.Builder
	inside := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			b.WriteByte(c)
			i++
		case c == '[':
			inside++
		case c == ']':
			inside = max(inside-1, 0)
		case c == ',' && inside == 0:
			return b.String(), s[i+1:], true
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// extension finds or makes the extension that a name means in this context.
// Different spellings of one pattern are one extension.
func (c *compiler) extension(written string) *Extension {
	e := newExtension(written, c.pos, func(s string) { c.warn("%s", s) })
	name, key := e.Name, e.key()
	if old := c.byKey[c.cur][key]; old != nil {
		return old
	}
	if name == "_." || name == "_!" {
		c.warn("The use of '%s' for an extension is strongly discouraged and can have unexpected behavior.  Please use '_X%s' instead", name,
			name[1:])
	}
	c.byKey[c.cur][key] = e
	c.cur.Extensions = append(c.cur.Extensions, e)
	return e
}

// newExtension reads "name[/cid]".
func newExtension(written string, pos config.Pos, warn func(string)) *Extension {
	name, cid, hasCID := strings.Cut(written, "/")
	name = strings.ReplaceAll(name, " ", "")
	if hasCID {
		cid = shrinkNumber(cid)
	}
	e := &Extension{Name: name, Pos: pos, HasCID: hasCID, CID: cid, match: compileName(name, warn)}
	if hasCID {
		e.cid = compileName(cid, warn)
	}
	return e
}

// key is equal for names that are one extension.
func (e *Extension) key() string {
	if e.HasCID {
		return e.match.key() + "/" + e.cid.key()
	}
	return e.match.key()
}

// key is equal for names that are tried in one place.
func (m *matcher) key() string {
	if !m.pattern {
		return m.literal
	}
	b := append(make([]byte, 0, 4+32*len(m.sets)), '_', 0, byte('0'+m.tail))
	if m.never {
		b = append(b, '!')
	}
	for i := range m.sets {
		for _, word := range m.sets[i] {
			b = binary.NativeEndian.AppendUint64(b, word)
		}
	}
	for i := range m.after {
		b = binary.NativeEndian.AppendUint32(b, uint32(m.after[i].score))
		for _, word := range m.after[i].set {
			b = binary.NativeEndian.AppendUint64(b, word)
		}
	}
	return string(b)
}

// shrinkNumber squeezes "( ) - ." and blanks out of a caller number or a pattern of such: the dot
// at its end and dashes in brackets mean something.
func shrinkNumber(s string) string {
	var b strings.Builder
	inside := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', ')', ' ':
			continue
		case '[', ']':
			inside = s[i] == '['
		case '-':
			if !inside {
				continue
			}
		case '.':
			if i+1 < len(s) {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// step reads "priority[+N][(label)],app(args)" and adds it.
func (c *compiler) step(e *Extension, value string) {
	prio, app, _ := strings.Cut(value, ",")
	n, label, ok := c.priority(e, trim(prio))
	if !ok {
		return
	}
	c.last = n
	app = trim(app)
	if n == hintPriority {
		if e.Hint != nil {
			c.warn("Unable to register extension '%s' hint in '%s', already in use", e.Name, c.cur.Name)
			return
		}
		if !e.match.pattern {
			app = Expand(app, loadEnv{c})
		}
		e.Hint = &Hint{Devices: app, Pos: c.pos}
		return
	}
	if n < 1 {
		c.warn("Invalid priority %d for extension '%s' (a hint resets the count: the first line after it must be 1); the line is left out", n,
			e.Name)
		return
	}
	if e.Priority(n) != nil {
		c.warn("Unable to register extension '%s' priority %d in '%s', already in use", e.Name, n, c.cur.Name)
		return
	}
	p := &Priority{N: n, Label: label, Pos: c.pos}
	p.App, p.Args = c.application(app)
	if label != "" && e.labels[label] != nil {
		c.warn("label '%s' is already used in extension '%s'; it is dropped here", label, e.Name)
		p.Label = ""
	}
	e.insert(p)
}

func (e *Extension) insert(p *Priority) {
	at := len(e.prios)
	for at > 0 && e.prios[at-1].N > p.N {
		at--
	}
	e.prios = append(e.prios, nil)
	copy(e.prios[at+1:], e.prios[at:])
	e.prios[at] = p
	if p.Label != "" {
		if e.labels == nil {
			e.labels = map[string]*Priority{}
		}
		e.labels[p.Label] = p
	}
}

const hintPriority = -1

// trim takes the blanks of both ends; a no-break space is none.
func trim(s string) string { return strings.Trim(s, " \t\r\n\v\f") }

// priority reads the priority field. Its words are written small, and no blank may stand
// between one and a label or +N: anything else is the name of a label.
func (c *compiler) priority(e *Extension, text string) (n int, label string, ok bool) {
	if open := strings.IndexByte(text, '('); open >= 0 {
		end := strings.IndexByte(text[open:], ')')
		if end < 0 {
			c.warn("the label in priority '%s' is never closed; the line is left out", text)
			return 0, "", false
		}
		label, text = trim(text[open+1:open+end]), text[:open]
	}
	text, plus, added := strings.Cut(text, "+")
	switch number := strings.TrimLeft(text, " \t"); {
	case text == "hint":
		n = hintPriority
	case text == "n" || text == "next" || text == "s" || text == "same":
		if c.last == 0 {
			c.warn("Can't use '%s' priority on the first entry", map[bool]string{true: "next", false: "same"}[text[0] == 'n'])
			return 0, "", false
		}
		n = c.last
		if text[0] == 'n' {
			n++
		}
	case number != "" && number[0] >= '0' && number[0] <= '9':
		if n = expr.Atoi(text); n < 1 {
			c.warn("Invalid priority '%s'", text)
			return 0, "", false
		}
	default:
		p := e.labels[text]
		if p == nil {
			c.warn("Invalid priority/label '%s'; the line is left out", text)
			return 0, "", false
		}
		n = p.N
	}
	if added {
		k, _ := strconv.Atoi(trim(plus))
		n += k
	}
	return n, label, true
}

// application splits "app(args)". Blanks before the parenthesis belong to the
// name, which then is unknown at run time, as in Asterisk.
func (c *compiler) application(text string) (app string, args *Text) {
	open := strings.IndexByte(text, '(')
	if open < 0 || strings.Contains(text[:open], "${") || strings.Contains(text[:open], "$[") {
		return text, nil
	}
	data := text[open+1:]
	if end := strings.LastIndexByte(data, ')'); end >= 0 {
		data = data[:end]
	} else {
		c.warn("No closing parenthesis found? '%s'", text)
	}
	return strings.TrimLeft(text[:open], " \t"), CompileText(data)
}

func (c *compiler) checkIncludes(elsewhere []string) {
	names := slices.Clone(elsewhere)
	for _, x := range c.plan.Order {
		names = append(names, x.Name)
	}
	for _, x := range c.plan.Order {
		for _, i := range x.Includes {
			if c.plan.Contexts[i.Context] == nil && !slices.Contains(elsewhere, i.Context) {
				c.pos = i.Pos
				c.warn("Context '%s' tries to include nonexistent context '%s'%s", x.Name, i.Context, config.DidYouMean(i.Context, names))
			}
		}
	}
}

// EachStep visits every step of every context, in file order of the contexts.
func (p *Plan) EachStep(f func(Place)) {
	for _, x := range p.Order {
		for _, e := range x.Extensions {
			for _, s := range e.prios {
				f(Place{x, e, s})
			}
		}
	}
}

// CheckApps reports every step whose application is not in known (compared
// without case). The step stays and fails when a call reaches it. elsewhere says whether
// Asterisk has an application, which then was no slip of the pen.
func (p *Plan) CheckApps(known []string, elsewhere func(string) bool) []config.Diagnostic {
	have := map[string]bool{}
	for _, k := range known {
		have[strings.ToLower(k)] = true
	}
	var out []config.Diagnostic
	p.EachStep(func(at Place) {
		s := at.Step
		if have[strings.ToLower(s.App)] {
			return
		}
		what := fmt.Sprintf("application '%s' is not there%s", s.App, config.DidYouMean(s.App, known))
		if elsewhere(s.App) {
			what = fmt.Sprintf("application '%s' of Asterisk is not here yet", s.App)
		}
		then := "ends"
		if p.SkipsMissing(s.App) {
			then = "goes on with the next step (skipmissing)"
		}
		out = append(out, config.Diagnostic{Pos: s.Pos, Rule: "application " + strings.ToLower(s.App),
			Text: fmt.Sprintf("%s; a call that reaches extension '%s' of '%s' here %s", what, at.Extension.Name, at.Context.Name, then)})
	})
	return out
}
