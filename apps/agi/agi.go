// Package agi is the Asterisk Gateway Interface: programs that work a call by lines of text.
// A program is a file that is run, a server that is called over TCP (FastAGI), or a client of
// the manager interface (AsyncAGI). It is told of the call in a block of lines; then it asks
// for one command after the other and gets a line in answer to each.
//
// A session belongs to the goroutine that works the channel, and to nobody else. What the
// program says is read on a goroutine of its own and waited for with the channel's Await, so
// that a hang-up, a Redirect and what others want of the channel are never kept waiting.
package agi

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"

	"obelisk/internal/config"
	"obelisk/internal/store"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// House is what the module stands on.
type House struct {
	Dirs    config.Directories
	DB      *store.DB
	Prompts *prompt.Player
	Version string // that programs are told
}

// Module implements pbx.Described, pbx.Furnisher, pbx.Configured, pbx.Optioned, pbx.Commander,
// pbx.Actor and pbx.Closer.
type Module struct {
	House
	core   *pbx.Core
	limits atomic.Pointer[limits]
	debug  atomic.Bool // agi set debug on
	serial atomic.Uint64
	net    network

	mu       sync.Mutex // guards all below
	sessions map[*session]bool
	queues   map[*pbx.Channel]*queue // of AsyncAGI
}

// network is how servers are found and called; tests have one of their own.
type network struct {
	lookup func(ctx context.Context, host string) ([]string, error)
	srv    func(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
}

var (
	_ pbx.Described  = (*Module)(nil)
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Optioned   = (*Module)(nil)
	_ pbx.Commander  = (*Module)(nil)
	_ pbx.Actor      = (*Module)(nil)
	_ pbx.Closer     = (*Module)(nil)
)

// New makes the module.
func New(h House) *Module {
	m := &Module{House: h, sessions: map[*session]bool{}, queues: map[*pbx.Channel]*queue{}}
	m.net = network{net.DefaultResolver.LookupHost, net.DefaultResolver.LookupSRV, (&net.Dialer{}).DialContext}
	m.limits.Store(&usualLimits)
	return m
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "res_agi" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Asterisk Gateway Interface (AGI)" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	for _, a := range m.applications() {
		core.RegisterApp(a)
	}
}

// Close implements pbx.Closer: programs that still run lose their way to a call.
func (m *Module) Close() {
	for _, s := range m.running() {
		if s.wire != nil {
			s.wire.close()
		}
	}
}

// running lists the sessions, in the order in which they began.
func (m *Module) running() (out []*session) {
	m.mu.Lock()
	for s := range m.sessions {
		out = append(out, s)
	}
	m.mu.Unlock()
	slices.SortFunc(out, func(a, b *session) int { return int(a.number) - int(b.number) })
	return out
}
