package plan

import (
	"maps"
	"regexp"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// taint is which variables hold a text of the caller's, and since where. An item of CALLERID is in
// it by its name in lower case, as "callerid(name)", until a step writes something else there.
type taint map[string]origin

// origin is what a variable holds, and the line that put it there.
type origin struct {
	text string
	pos  config.Pos
}

// flow follows texts of callers through the variables of a dialplan: through Set, the arguments of
// Gosub and Macro, global variables, jumps, includes and Local channels. Branches are not weighed: a
// step that cleans a variable has cleaned it for those behind it in its extension.
type flow struct {
	j       *judge
	in, out map[string]taint // by context: what its extensions begin with, and end with
	cleaned map[string]map[string]bool
	found   map[*dialplan.Priority]taint // steps that name such a variable
	changed bool
}

// rounds is how often the contexts are gone through at most, until nothing changes.
const rounds = 8

// follow finds the steps that name a variable with a text of the caller's.
func (j *judge) follow() map[*dialplan.Priority]taint {
	f := &flow{j: j, in: map[string]taint{}, out: map[string]taint{}, cleaned: map[string]map[string]bool{},
		found: map[*dialplan.Priority]taint{}}
	f.entries()
	for range rounds {
		f.changed = false
		clear(f.found) // what the last round finds, which knows all that subroutines do
		for _, x := range j.plan.Order {
			f.context(x)
		}
		if !f.changed {
			break
		}
	}
	return f.found
}

// entries are the contexts that calls begin in: those of endpoints, and those to which nothing leads.
func (f *flow) entries() {
	led := map[string]bool{}
	for _, x := range f.j.plan.Order {
		for _, e := range x.Extensions {
			for _, s := range e.Priorities() {
				for _, target := range f.j.Jumps(s) {
					if c := contextOf(target, x.Name); c != x.Name {
						led[c] = true
					}
				}
			}
		}
	}
	if d := f.j.sip; d != nil {
		delete(led, d.Context)
		for _, p := range d.Peers {
			delete(led, p.Context)
		}
	}
	for _, x := range f.j.plan.Order {
		f.in[x.Name], f.out[x.Name], f.cleaned[x.Name] = taint{}, taint{}, map[string]bool{}
		if !led[x.Name] {
			f.in[x.Name] = taint{"callerid(name)": {}, "callerid(num)": {}, "callerid(all)": {}}
		}
	}
}

// contextOf is the context of a target, that of the step where it names none.
func contextOf(target, here string) string {
	parts := dialplan.SplitOutside(target, ',', 0)
	if len(parts) < 3 {
		return here
	}
	return strings.TrimSpace(parts[0])
}

func (f *flow) context(x *dialplan.Context) {
	for _, i := range x.Includes {
		f.lead(i.Context, f.in[x.Name])
	}
	for _, e := range x.Extensions {
		f.extension(x, e)
	}
}

// lead carries what variables hold to a context.
func (f *flow) lead(context string, what taint) { f.add(f.in[context], what) }

func (f *flow) add(to, what taint) {
	if to == nil {
		return
	}
	for name, o := range what {
		if _, ok := to[name]; !ok {
			to[name], f.changed = o, true
		}
	}
}

// extension goes through the steps in their order.
func (f *flow) extension(x *dialplan.Context, e *dialplan.Extension) {
	now := taint(nil) // nil: still what the context begins with
	own := func() taint {
		if now == nil {
			now = maps.Clone(f.in[x.Name])
		}
		return now
	}
	for _, s := range e.Priorities() {
		args := s.Args.Raw()
		if strings.Contains(args, "${") {
			f.note(s, args, now, x)
		}
		if strings.Contains(args, "=") {
			for _, a := range assignments(s.App, args) {
				f.assign(own(), x, e, s, a)
			}
		}
		f.jumps(own, x, e, s, args)
	}
	if now != nil {
		f.add(f.out[x.Name], now)
	}
}

// note keeps what a step names.
func (f *flow) note(s *dialplan.Priority, args string, now taint, x *dialplan.Context) {
	if now == nil {
		now = f.in[x.Name]
	}
	if len(now) == 0 {
		return
	}
	for _, r := range reads(args) {
		name := r.name
		if o, ok := now[name]; ok {
			if f.found[s] == nil {
				f.found[s] = taint{}
			}
			f.found[s][name] = o
		}
	}
}

// jumps carries what variables hold to where a step leads, with arguments of Gosub and Macro, and
// takes what a subroutine leaves.
func (f *flow) jumps(own func() taint, x *dialplan.Context, e *dialplan.Extension, s *dialplan.Priority, args string) {
	app := strings.ToLower(s.App)
	for _, target := range f.j.Jumps(s) {
		context := contextOf(target, x.Name)
		if f.in[context] == nil || context == x.Name && !strings.Contains(target, ",") {
			continue
		}
		f.lead(context, own())
		if app != "gosub" && app != "gosubif" && app != "macro" {
			continue
		}
		f.arguments(context, app, own(), e, s, args)
		f.returned(own(), context)
	}
	if at := strings.Index(args, "Local/"); at >= 0 {
		if _, context, ok := strings.Cut(args[at:], "@"); ok {
			context = context[:len(context)-len(strings.TrimLeft(context, contextLetters))]
			f.lead(context, own())
		}
	}
}

const contextLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

// returned is what a subroutine has left in the variables.
func (f *flow) returned(now taint, context string) {
	for name := range f.cleaned[context] {
		delete(now, name)
	}
	for name, o := range f.out[context] {
		if !strings.HasPrefix(name, "ARG") {
			now[name] = o
		}
	}
}

// arguments carries ${ARG1} and so on to a subroutine.
func (f *flow) arguments(context, app string, now taint, e *dialplan.Extension, s *dialplan.Priority, args string) {
	var list []string
	switch begin := strings.Index(args, "("); {
	case app == "macro":
		list = dialplan.SplitOutside(args, ',', 0)[1:]
	case begin >= 0 && strings.HasSuffix(strings.TrimSpace(args), ")") && app == "gosub":
		list = dialplan.SplitOutside(strings.TrimSuffix(strings.TrimSpace(args[begin+1:]), ")"), ',', 0)
	}
	for i, text := range list {
		if o, ok := f.caller(now, e, text, s.Pos); ok {
			f.lead(context, taint{"ARG" + itoa(i+1): o})
		}
	}
}

// assignment is NAME=value, as written.
type assignment struct{ name, value string }

// inner are the steps that stand in the arguments of another.
var inner = regexp.MustCompile(`\bM?[Ss]et\(([^=()]*(?:\([^()]*\))?)=`)

// assignments are those of a step, and of one that it runs on a condition.
func assignments(app, args string) (out []assignment) {
	switch strings.ToLower(app) {
	case "set":
		name, value, ok := strings.Cut(args, "=")
		if ok {
			out = append(out, assignment{strings.TrimSpace(name), value})
		}
	case "mset":
		for _, part := range dialplan.SplitOutside(args, ',', 0) {
			if name, value, ok := strings.Cut(part, "="); ok {
				out = append(out, assignment{strings.TrimSpace(name), value})
			}
		}
	case "execif", "execiftime":
		if m := inner.FindStringSubmatchIndex(args); m != nil {
			out = append(out, assignment{"?" + args[m[2]:m[3]], args[m[1]:]})
		}
	}
	return out
}

// assign is a variable that gets a value. One with a ? before it gets it now and then.
func (f *flow) assign(now taint, x *dialplan.Context, e *dialplan.Extension, s *dialplan.Priority, a assignment) {
	name, perhaps := strings.CutPrefix(a.name, "?")
	name = strings.TrimLeft(name, "_")
	global := false
	if inside, ok := strings.CutPrefix(strings.ToUpper(name), "GLOBAL("); ok {
		name, global = name[len("GLOBAL("):len(name)-min(1, len(inside))], true
	}
	name = variableKey(name)
	o, dirty := f.caller(now, e, a.value, s.Pos)
	switch {
	case name == "":
	case dirty && global:
		for c := range f.in {
			f.lead(c, taint{name: o})
		}
	case dirty:
		now[name] = o
	case !perhaps:
		for _, n := range alike(name) {
			delete(now, n)
			if !f.cleaned[x.Name][n] && f.in[x.Name] != nil {
				f.cleaned[x.Name][n], f.changed = true, true
			}
		}
	}
}

// alike are the names that are written with one: CALLERID(all) is name and number.
func alike(name string) []string {
	if name == "callerid(all)" {
		return []string{name, "callerid(name)", "callerid(num)"}
	}
	return []string{name}
}

var (
	plainName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*$`)
	callerItem = regexp.MustCompile(`(?i)^CALLERID\((all|name|num|number)[^)]*\)$`)
)

// variableKey is how a variable stands in a taint; "" for what is not followed.
func variableKey(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	if m := callerItem.FindStringSubmatch(name); m != nil {
		return "callerid(" + strings.TrimSuffix(strings.ToLower(m[1]), "ber") + ")"
	}
	return ""
}

// naming are the functions of a variable's name whose value is that variable's.
var naming = []string{"GLOBAL(", "CUT(", "REPLACE(", "PASSTHRU("}

// read is a variable that a text reads, and how it stands there, without its end.
type read struct{ name, text string }

// reads are the variables that a text reads, and what it reads of the caller. It is asked of each
// step several times: a regular expression took a tenth of what a large site is checked in.
func reads(text string) (out []read) {
	for i := strings.Index(text, "${"); i >= 0; {
		if r, ok := readAt(text[i:]); ok {
			out = append(out, r)
		}
		next := strings.Index(text[i+2:], "${")
		if next < 0 {
			break
		}
		i += 2 + next
	}
	return out
}

// readAt is what a text that begins with "${" reads there.
func readAt(text string) (read, bool) {
	const item = "CALLERID("
	begin := 2
	for _, f := range naming {
		if strings.HasPrefix(text[begin:], f) {
			begin += len(f)
			break
		}
	}
	end := begin
	for end < len(text) && isNameByte(text[end], end == begin) {
		end++
	}
	if end > begin && end < len(text) && strings.IndexByte("}:,)", text[end]) >= 0 {
		return read{text[begin:end], text[:end]}, true
	}
	if !strings.HasPrefix(text[2:], item) {
		return read{}, false
	}
	end = 2 + len(item)
	for end < len(text) && text[end] >= 'a' && text[end] <= 'z' {
		end++
	}
	key := variableKey(text[2:end] + ")")
	return read{key, text[:end]}, key != ""
}

// isNameByte says whether a byte may stand in a variable's name, or begin it.
func isNameByte(c byte, first bool) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || !first && '0' <= c && c <= '9'
}

// caller says whether a value is, or has in it, a text of the caller's.
func (f *flow) caller(now taint, e *dialplan.Extension, value string, pos config.Pos) (origin, bool) {
	if !strings.Contains(value, "${") {
		return origin{}, false
	}
	value = withoutSums(unfiltered(value, false))
	if m := fromCaller.FindString(value); m != "" {
		if item := variableKey(strings.TrimPrefix(m, "${")); item == "" || has(now, item) {
			return origin{closed(m), pos}, true
		}
	}
	if open(e) && extenText.MatchString(value) {
		return origin{"${EXTEN}", pos}, true
	}
	for _, r := range reads(value) {
		if o, ok := now[r.name]; ok && o.text != "" {
			return o, true
		}
	}
	return origin{}, false
}

func has(t taint, name string) bool { _, ok := t[name]; return ok }

// open says whether an extension takes whatever is called.
func open(e *dialplan.Extension) bool { return e.Pattern() && strings.ContainsAny(e.Name, ".!") }

// closed is the text of a variable with its brace.
func closed(text string) string { return strings.TrimSuffix(text, "}") + "}" }

// withoutSums is a text without expressions, whose values are numbers and parts that were looked for.
func withoutSums(text string) string {
	for {
		begin := strings.Index(text, "$[")
		if begin < 0 {
			return text
		}
		depth, end := 0, -1
		for i := begin + 1; i < len(text) && end < 0; i++ {
			switch text[i] {
			case '[':
				depth++
			case ']':
				if depth--; depth == 0 {
					end = i
				}
			}
		}
		if end < 0 {
			return text[:begin]
		}
		text = text[:begin] + text[end+1:]
	}
}
