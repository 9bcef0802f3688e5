// Package moh is music on hold: the classes of musiconhold.conf, the applications that play
// them, and the commands "moh ...".
package moh

import (
	"slices"

	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/sounds"
)

// Module implements pbx.Furnisher, pbx.Configured and pbx.Commander.
type Module struct {
	box  *Jukebox
	data string
	core *pbx.Core
}

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Commander  = (*Module)(nil)
)

// New makes the module. data is astdatadir, in which relative folders of classes lie.
func New(lib *sounds.Library, data string) *Module {
	return &Module{box: NewJukebox(lib), data: data}
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "res_musiconhold" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Music On Hold Resource" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	core.SetMusic(m.box)
	for _, a := range applications {
		core.RegisterApp(a)
	}
}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	classes, diags := readConfig(src.File("musiconhold.conf"), m.data)
	return &next{m.box, classes}, diags
}

// next are the classes of a musiconhold.conf that is not in force yet.
type next struct {
	box     *Jukebox
	classes []pbx.MusicClass
}

// Commit implements pbx.Next. Who hears music goes on hearing it.
func (n *next) Commit() { n.box.SetClasses(n.classes) }

// Discard implements pbx.Next.
func (n *next) Discard() {}

// Changes implements pbx.Next.
func (n *next) Changes() (out []string) {
	was := n.box.Classes()
	for _, c := range withDefault(n.classes) {
		i := slices.IndexFunc(was, func(o pbx.MusicClass) bool { return o.Name == c.Name })
		switch {
		case i < 0:
			out = append(out, "class '"+c.Name+"' is new")
		case was[i].Mode != c.Mode || was[i].Dir != c.Dir || was[i].Sort != c.Sort || !slices.Equal(was[i].Files, c.Files):
			out = append(out, "class '"+c.Name+"' changes")
		}
		if i >= 0 {
			was = slices.Delete(was, i, i+1)
		}
	}
	for _, c := range was {
		out = append(out, "class '"+c.Name+"' goes")
	}
	return out
}
