package boot

import (
	"strings"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// own is a module of the switchboard itself: a file, or what the rest stands on. Every part of it
// but the name may be missing.
type own struct {
	name, synopsis string
	// read reads its files, notes what is wrong with them and changes nothing.
	read func(*reading) step
	// measure adds its figures.
	measure func(*pbx.Measures)
	// start has it work by itself; close ends it, also where it never began.
	start, close func()
	// later lists what only the next start puts in force.
	later func() []string
}

var (
	_ pbx.Described  = own{}
	_ pbx.Configured = own{}
	_ pbx.Meter      = own{}
	_ pbx.Starter    = own{}
	_ pbx.Closer     = own{}
	_ pbx.Deferring  = own{}
)

func (o own) Name() string     { return o.name }
func (o own) Synopsis() string { return o.synopsis }

// Prepare implements pbx.Configured.
func (o own) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	if o.read == nil {
		return step{}, nil
	}
	return o.read(src.(*reading)), nil // what is wrong is noted already
}

// Measure implements pbx.Meter.
func (o own) Measure(m *pbx.Measures) {
	if o.measure != nil {
		o.measure(m)
	}
}

// Start implements pbx.Starter.
func (o own) Start() {
	if o.start != nil {
		o.start()
	}
}

// Close implements pbx.Closer.
func (o own) Close() {
	if o.close != nil {
		o.close()
	}
}

// NeedsRestart implements pbx.Deferring.
func (o own) NeedsRestart() []string {
	if o.later == nil {
		return nil
	}
	return o.later()
}

// step implements pbx.Checked.
type step struct {
	changes func() []string // asked for only where something is in force already
	commit  func()
	check   func(pbx.Whole) []config.Diagnostic // for obelisk check alone
}

var _ pbx.Checked = step{}

func (s step) Check(w pbx.Whole) []config.Diagnostic {
	if s.check == nil {
		return nil
	}
	return s.check(w)
}

func (s step) Changes() []string {
	if s.changes == nil {
		return nil
	}
	return s.changes()
}

func (s step) Commit() {
	if s.commit != nil {
		s.commit()
	}
}

func (step) Discard() {}

// soName is the name of a module as "module show" has it: those that are built into Asterisk
// have no ".so".
func soName(name string) string {
	if strings.Contains(name, "_") {
		return name + ".so"
	}
	return name
}
