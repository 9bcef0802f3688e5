// Package moh is music on hold: the classes of musiconhold.conf, the applications that play
// them, and the commands "moh ...".
package moh

import (
	"slices"

	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/sounds"
)

// Module implements pbx.Furnisher, pbx.Configured, pbx.Optioned, pbx.Commander and pbx.Closer.
type Module struct {
	box  *Jukebox
	data string
	core *pbx.Core
}

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Optioned   = (*Module)(nil)
	_ pbx.Commander  = (*Module)(nil)
	_ pbx.Closer     = (*Module)(nil)
)

// Config of the module.
type Config struct {
	Lib       *sounds.Library
	Data      string // astdatadir, in which relative folders of classes lie
	Tables    Tables // nil: there is no database
	Rehearsal bool   // no program is run
}

// New makes the module.
func New(c Config) *Module {
	m := &Module{box: NewJukebox(c.Lib), data: c.Data}
	m.box.rows, m.box.quiet = newRows(c.Tables, c.Data), c.Rehearsal
	return m
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "res_musiconhold" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Music On Hold Resource" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	core.SetMusic(m.box)
	if m.box.rows != nil {
		m.box.rows.report = func(format string, args ...any) { core.Log().Warn().Msgf(format, args...) }
	}
	for _, a := range m.applications() {
		core.RegisterApp(a)
	}
}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	g, classes, diags := readConfig(src.File("musiconhold.conf"), m.data)
	return &next{m.box, g, classes}, diags
}

// Options implements pbx.Optioned.
func (m *Module) Options() []config.OptionRow {
	return append(generalOptions.Rows(), options.Rows()...)
}

// Close implements pbx.Closer: programs end.
func (m *Module) Close() { m.box.set(general{}, nil) }

// next are the classes of a musiconhold.conf that is not in force yet.
type next struct {
	box     *Jukebox
	general general
	classes []*class
}

// Commit implements pbx.Next. Who hears music goes on hearing it.
func (n *next) Commit() {
	n.box.rows.forget()
	n.box.set(n.general, n.classes)
}

// Discard implements pbx.Next.
func (n *next) Discard() {}

// Changes implements pbx.Next.
func (n *next) Changes() (out []string) {
	old := n.box.inForce.Load()
	seen := map[string]bool{}
	for _, c := range withDefault(n.classes) {
		seen[c.Name] = true
		switch was := old.classes[c.Name]; {
		case was == nil:
			out = append(out, "class '"+c.Name+"' is new")
		case !was.same(c):
			out = append(out, "class '"+c.Name+"' changes")
		}
	}
	var gone []string
	for name := range old.classes {
		if !seen[name] {
			gone = append(gone, "class '"+name+"' goes")
		}
	}
	slices.Sort(gone)
	if out = append(out, gone...); old.general != n.general {
		out = append(out, "musiconhold.conf [general] changes")
	}
	return out
}
