package pbx

import (
	"errors"
	"slices"
	"strings"

	"obelisk/internal/config"
)

// Module is a feature with one door: the files it reads, what it gives to the dialplan and what
// it shows. It implements those of the interfaces below that it needs; internal/boot has the
// list of all and does the rest.
type Module interface {
	// Name is that of Asterisk's module, without ".so": res_musiconhold.
	Name() string
}

// Described is a module that says in a few words what it is, for "module show".
type Described interface {
	Module
	Synopsis() string
}

// Furnisher is a module that gives applications, functions, technologies or services to the
// core. Furnish is called once, before a file is read; it opens nothing.
type Furnisher interface {
	Module
	Furnish(*Core)
}

// Configured is a module with files of its own.
type Configured interface {
	Module
	// Prepare reads them and changes nothing. It never fails: a file that cannot be read is
	// among the findings of src already, and counts as one that is not there. An error among
	// the findings refuses a reload.
	Prepare(src Files) (Next, []config.Diagnostic)
}

// Files are those of the configuration, during one reading of it.
type Files interface {
	// File is a file by its name; nil when it is not there or cannot be read.
	File(name string) *config.File
}

// Next is what a module has prepared: exactly one of Commit and Discard is called.
type Next interface {
	// Changes tells people what Commit will change, one line each.
	Changes() []string
	// Commit puts it in force. What the world around does wrong is told there and tried again;
	// Commit itself cannot fail.
	Commit()
	// Discard frees what was opened for it: another file refuses the reload.
	Discard()
}

// Deferring is a module whose files say what only the next start puts in force. "module reload"
// tells it.
type Deferring interface {
	Module
	// NeedsRestart names it, with its file; nil when all is in force.
	NeedsRestart() []string
}

// Board is a table that a room of an office shows people: who waits, who is there.
type Board struct {
	Name    string   // what its title is looked up by, as those of its columns
	Columns []string // at least one
	Rows    [][]string
}

// Boarded is a module that has some. Boards may be called from any goroutine and does not wait for calls.
type Boarded interface {
	Boards() []Board
}

// Starter is a module that works by itself. Start is called once, when everything is in force
// and calls are taken; it returns at once.
type Starter interface {
	Module
	Start()
}

// Closer is a module that has something to end when the switchboard stops.
type Closer interface {
	Module
	Close()
}

// SetModules tells the core what there is, before it is used.
func (c *Core) SetModules(list []Module) { c.modules = list }

// HasModule says whether what a module of Asterisk gives is there, by its name with ".so" or
// without: one of ours, or app_..., func_... and chan_... of what the core knows.
func (c *Core) HasModule(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), ".so"))
	if slices.ContainsFunc(c.modules, func(m Module) bool { return m.Name() == name }) {
		return true
	}
	kind, rest, _ := strings.Cut(name, "_")
	switch kind {
	case "app":
		return c.App(rest) != nil
	case "func":
		return c.Func(strings.ToUpper(rest)) != nil
	case "chan":
		return c.Technology(rest)
	}
	return name == "pbx_config" || name == "pbx_loopback" || name == "pbx_realtime"
}

// ModuleNamed is a module by its name; nil: there is none.
func (c *Core) ModuleNamed(name string) Module {
	for _, m := range c.modules {
		if m.Name() == name {
			return m
		}
	}
	return nil
}

// ErrNoReload says that a module is there and has nothing that could be read anew.
var ErrNoReload = errors.New("the module does not support reloads")

// SetReload gives the core the way to read a module's files anew.
func (c *Core) SetReload(f func(module string) error) { c.reload = f }

// Reload reads the files of a module that is there anew, by its name, or all files for ""; on an error all stays as it
// was. In a rehearsal there is nothing to read.
func (c *Core) Reload(module string) error {
	if c.reload == nil {
		return nil
	}
	return c.reload(module)
}
