package boot

import (
	"path/filepath"
	"slices"
	"strings"

	"obelisk/apps/access"
	"obelisk/apps/agi"
	"obelisk/apps/cc"
	"obelisk/apps/milliwatt"
	"obelisk/apps/mixmonitor"
	"obelisk/apps/moh"
	"obelisk/apps/queue"
	"obelisk/apps/voicemail"
	"obelisk/apps/voicemail/spool"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// modules are the features that have a door of their own: a new one is a folder and one line.
// They are furnished and read in this order and closed in the opposite one: one that another's
// files name comes before it.
func modules(e equipment) []pbx.Module {
	return []pbx.Module{
		moh.New(e.lib, e.dirs.Data), // first: peers and queues name its classes
		cc.New(),
		access.New(e.lib),
		agi.New(agi.House{Dirs: e.dirs, DB: e.db, Prompts: &prompt.Player{Lib: e.lib}, Version: sipconf.Version}),
		milliwatt.New(),
		mixmonitor.New(e.lib, filepath.Join(e.dirs.Spool, "monitor")),
		queue.New(&prompt.Player{Lib: e.lib}, e.db),
		voicemail.New(e.lib, e.dirs.Spool, spool.LockFile), // before the phones that its lamps are at
	}
}

// furnish gives the core what the modules have.
func furnish(core *pbx.Core, list []pbx.Module) {
	for _, m := range list {
		if f, ok := m.(pbx.Furnisher); ok {
			f.Furnish(core)
		}
	}
}

// prepared is what a module has read.
type prepared struct {
	pbx.Next
	module string
}

// File implements pbx.Files.
func (r *reading) File(name string) *config.File { return r.file(name) }

// modules has those read their files whose part it is: the name of one, or "" for all.
func (r *reading) modules(part string, list []pbx.Module) (out []prepared) {
	for _, m := range list {
		if c, ok := m.(pbx.Configured); ok && (part == "" || part == m.Name()) {
			next, diags := c.Prepare(r)
			r.note(diags)
			out = append(out, prepared{next, m.Name()})
		}
	}
	return out
}

// moduleChanges tells what the modules' files change.
func (f *files) moduleChanges() (out []string) {
	for _, n := range f.next {
		for _, line := range n.Changes() {
			out = append(out, n.module+": "+line)
		}
	}
	return out
}

func (f *files) commitModules() {
	for _, n := range f.next {
		n.Commit()
	}
}

// discard frees what was prepared and is not wanted.
func (f *files) discard() {
	for _, n := range f.next {
		n.Discard()
	}
}

// moduleNames are those of the modules that have files.
func moduleNames(list []pbx.Module) (out []string) {
	for _, m := range list {
		if _, ok := m.(pbx.Configured); ok {
			out = append(out, m.Name())
		}
	}
	return out
}

// moduleNamed finds the name of a module by that or by what follows the first "_" of it, as
// people shorten it; "" for none.
func moduleNamed(list []pbx.Module, name string) string {
	for _, m := range list {
		_, short, _ := strings.Cut(m.Name(), "_")
		if name == m.Name() || name == short {
			return m.Name()
		}
	}
	return ""
}

// startAll has those work that work by themselves.
func startAll(list []pbx.Module) {
	for _, m := range list {
		if s, ok := m.(pbx.Starter); ok {
			s.Start()
		}
	}
}

// closeAll ends them, the last one first.
func closeAll(list []pbx.Module) {
	for _, m := range slices.Backward(list) {
		if c, ok := m.(pbx.Closer); ok {
			c.Close()
		}
	}
}
