// Package mixmonitor records calls: both sides in one file, or each in its own, while the call goes
// on. Nothing in a call ever waits for the disk.
package mixmonitor

import (
	"slices"
	"sync"

	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/sounds"
)

// Module implements pbx.Furnisher, pbx.Commander and pbx.Actor.
type Module struct {
	folder string // <astspooldir>/monitor
	player *prompt.Player
	core   *pbx.Core

	mu      sync.Mutex // guards all below
	last    uint64     // number of the newest
	running map[*pbx.Channel][]*recording
	over    []row // the newest last, mostOver of them
	broken  int   // that are not whole
}

var (
	_ pbx.Furnisher = (*Module)(nil)
	_ pbx.Commander = (*Module)(nil)
	_ pbx.Actor     = (*Module)(nil)
	_ pbx.Meter     = (*Module)(nil)
)

// mostOver recordings are remembered when they have ended: what is shown of them, not their channels.
const mostOver = 1000

// New makes the module. Relative names of files lie in folder.
func New(lib *sounds.Library, folder string) *Module {
	return &Module{folder: folder, player: &prompt.Player{Lib: lib}, running: map[*pbx.Channel][]*recording{}}
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_mixmonitor" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Mixed Audio Monitoring Application" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	for _, a := range m.apps() {
		core.RegisterApp(a)
	}
	core.RegisterFunc(pbx.Func{Name: "MIXMONITOR", Synopsis: "About a recording",
		Usage: "MIXMONITOR(id,filename): the file of the recording that MixMonitor's option i has named", Read: m.read})
}

// Measure implements pbx.Meter.
func (m *Module) Measure(to *pbx.Measures) {
	m.mu.Lock()
	defer m.mu.Unlock()
	running := 0
	for _, list := range m.running {
		running += len(list)
	}
	to.Gauge("obelisk_recordings", "Recordings of MixMonitor that run", float64(running))
	to.Count("obelisk_recordings_total", "Recordings of MixMonitor since the start", float64(m.last))
	to.Count("obelisk_recordings_broken_total", "Those that are over and not whole: see the log", float64(m.broken))
}

// add notes a recording that begins.
func (m *Module) add(r *recording) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running[r.ch] = append(m.running[r.ch], r)
}

// ended notes that it is over and its files are closed.
func (m *Module) ended(r *recording) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.DeleteFunc(m.running[r.ch], func(o *recording) bool { return o == r })
	if m.running[r.ch] = list; len(list) == 0 {
		delete(m.running, r.ch)
	}
	if r.failed() {
		m.broken++
	}
	if m.over = append(m.over, r.row()); len(m.over) > mostOver {
		m.over = slices.Delete(m.over, 0, len(m.over)-mostOver)
	}
}

// of are the recordings of a channel that run, the newest first; id "" is for all of them.
func (m *Module) of(c *pbx.Channel, id string) (out []*recording) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range slices.Backward(m.running[c]) {
		if !r.stopped() && (id == "" || r.id == id) {
			out = append(out, r)
		}
	}
	return out
}

// all are those that run, and those that are over, the oldest first.
func (m *Module) all() (out []row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out = slices.Clone(m.over)
	for _, list := range m.running {
		for _, r := range list {
			out = append(out, r.row())
		}
	}
	slices.SortStableFunc(out, func(a, b row) int { return a.begun.Compare(b.begun) })
	return out
}
