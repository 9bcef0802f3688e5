package pbx

import (
	"fmt"
	"io"

	"obelisk/internal/config"
)

// Module is a feature with one door: the files it reads, what it gives to the dialplan and what
// it shows. It implements those of the interfaces below that it needs; internal/boot has the
// list of all and does the rest.
type Module interface {
	// Name is that of Asterisk's module, without ".so": res_musiconhold.
	Name() string
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

// Commander is a module with commands of the console.
type Commander interface {
	Module
	Commands() []Command
}

// Command is one of them.
type Command struct {
	Name   string // words separated by blanks
	Usage  string // arguments, and what it does
	System bool   // opens the machine behind the switchboard: programs need the class system as well
	// Run writes the answer; false means that the command failed.
	Run func(w io.Writer, args []string) bool
}

// Misused tells how a command is written; Run returns what it returns.
func Misused(w io.Writer, usage string) bool {
	fmt.Fprintln(w, "Usage: "+usage)
	if t, ok := w.(interface{ Misused() }); ok {
		t.Misused()
	}
	return false
}

// Closer is a module that has something to end when the switchboard stops.
type Closer interface {
	Module
	Close()
}

// SetReload gives the core the way to read a module's files anew.
func (c *Core) SetReload(f func(module string) error) { c.reload = f }

// Reload reads a module's files anew, by its name; on an error all stays as it was.
func (c *Core) Reload(module string) error { return c.reload(module) }
