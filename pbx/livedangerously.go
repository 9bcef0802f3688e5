package pbx

import (
	"regexp"
	"strings"
)

// Programs outside (the manager interface, and the console through it) are not the author of
// the dialplan. What he may write they may not always run: an application that reaches a
// shell, files or another application; a function that does, or evaluates a text.

// Guard says when a function is kept from programs outside, whatever their rights, unless
// live_dangerously=yes is in asterisk.conf. Asterisk has the same functions.
type Guard uint8

// A function may be guarded when it is read, written or both.
const (
	GuardRead Guard = 1 << iota
	GuardWrite
)

// SetLiveDangerously lifts the guards of functions (live_dangerously of asterisk.conf).
func (c *Core) SetLiveDangerously(on bool) { c.dangerously.Store(on) }

var called = regexp.MustCompile(`([A-Za-z_][A-Za-z_0-9]*)\s*\(`)

var word = regexp.MustCompile(`[A-Za-z_][A-Za-z_0-9]*`)

// functionsOf visits the functions that a text calls, however deep.
func (c *Core) functionsOf(text string, f func(*Func) (found bool)) bool {
	for _, m := range called.FindAllStringSubmatch(text, -1) {
		if fn := c.funcs[strings.ToUpper(m[1])]; fn != nil && f(fn) {
			return true
		}
	}
	return false
}

// Guarded says whether a text such as "CUT(FILE(x),,1)" reads, or as the name of what is set
// writes, a function that is kept from programs outside.
func (c *Core) Guarded(text string, how Guard) bool {
	return !c.dangerously.Load() && c.functionsOf(text, func(f *Func) bool { return f.Guard&how != 0 })
}

// Dangerous says whether a text calls a function or an application that reaches files or a
// shell, or runs what does.
func (c *Core) Dangerous(text string) bool {
	if c.functionsOf(text, func(f *Func) bool { return f.Dangerous }) {
		return true
	}
	for _, m := range called.FindAllStringSubmatch(text, -1) {
		if c.DangerousApp(m[1], "") {
			return true
		}
	}
	return false
}

// DangerousApp says whether an application with its data is, or writes what is kept in
// databases. Data that goes on into the dialplan is judged word by word: there
// "app,System,command" may be the arguments of another one.
func (c *Core) DangerousApp(name, data string) bool {
	app := c.App(strings.TrimSpace(name))
	switch {
	case app == nil:
		return false
	case app.Dangerous:
		return true
	case data == "":
		return false
	case c.Dangerous(data), c.functionsOf(data, func(f *Func) bool { return f.Guard != 0 }):
		return true
	}
	return app.Hands && c.namesDangerous(data)
}

// namesDangerous says whether a word of a text is the name of a dangerous application.
func (c *Core) namesDangerous(text string) bool {
	for _, w := range word.FindAllString(text, -1) {
		if a := c.App(w); a != nil && a.Dangerous {
			return true
		}
	}
	return false
}
