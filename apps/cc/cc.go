// Package cc is call completion (CCSS) as Asterisk's "generic" agents and monitors do it:
// who has called a phone that was busy or did not answer asks with CallCompletionRequest()
// to be called back; once that phone has been used and is free, his own rings, and when he
// takes it the extension that he had dialled is called again.
//
// The package owns the requests and what they wait for. All of that is worked by one
// goroutine at a time, which ends when nothing is left to do (Desk.do).
package cc

import (
	"runtime/debug"
	"sync"
	"sync/atomic"

	"obelisk/pbx"
)

// Desk is the service: it implements pbx.Completion and pbx.DeviceTeller.
type Desk struct {
	core   *pbx.Core
	config atomic.Pointer[Config]
	ids    atomic.Int64 // of the calls that may be completed; the first one has 0

	mu      sync.Mutex // guards todo and working
	todo    []func()
	working bool

	// Owned by the goroutine that works.
	calls  map[int64]*call
	order  []*call             // the same, oldest first
	phones map[string]*watched // callees, by their devices in upper case

	shownMu sync.Mutex
	shown   map[string]pbx.DeviceState // of ccss:DEVICE, as it was told last
}

var (
	_ pbx.Completion   = (*Desk)(nil)
	_ pbx.DeviceTeller = (*Desk)(nil)
)

// Register makes the service, with its applications, its function and its devices.
func Register(core *pbx.Core) *Desk {
	d := &Desk{core: core, calls: map[int64]*call{}, phones: map[string]*watched{}, shown: map[string]pbx.DeviceState{}}
	d.SetConfig(DefaultConfig())
	core.SetCompletion(d)
	core.RegisterDevices("ccss", d)
	for _, a := range d.apps() {
		core.RegisterApp(a)
	}
	core.RegisterFunc(function)
	return d
}

// SetConfig puts a ccss.conf in force. Requests that are there go on.
func (d *Desk) SetConfig(c Config) { d.config.Store(&c) }

// do has f worked after all that came before, by one goroutine at a time. It does not wait.
func (d *Desk) do(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.todo = append(d.todo, f)
	if !d.working {
		d.working = true
		go d.work()
	}
}

// ask is do that waits until f has been worked.
func (d *Desk) ask(f func()) {
	done := make(chan struct{})
	d.do(func() {
		defer close(done)
		f()
	})
	<-done
}

func (d *Desk) work() {
	for {
		d.mu.Lock()
		if len(d.todo) == 0 {
			d.todo, d.working = nil, false
			d.mu.Unlock()
			return
		}
		f := d.todo[0]
		d.todo = d.todo[1:]
		d.mu.Unlock()
		d.guarded(f)
	}
}

// guarded costs what panics, and nothing else.
func (d *Desk) guarded(f func()) {
	defer func() {
		if r := recover(); r != nil {
			d.core.Log().Error().Msgf("call completion: %v\n%s", r, debug.Stack())
		}
	}()
	f()
}

// tell makes an event known.
func (d *Desk) tell(name string, c *call, fields ...pbx.Field) {
	if d.core.Heard() {
		d.core.Tell(pbx.News{Name: name, Class: "cc", Fields: append([]pbx.Field{{Name: "CoreID", Value: c.number()}}, fields...)})
	}
}
