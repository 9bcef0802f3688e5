// Package voiceagent gives calls to agents that speak: programs, and services of models, over a WebSocket.
// VoiceAgent(profile) of the dialplan does; voiceagent.conf has the profiles.
package voiceagent

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

const usage = `VoiceAgent(profile[,name=value[,...]])
Answers, and gives the call to the agent of voiceagent.conf until one of them ends it; what follows name=
the agent is told besides. VOICEAGENTSTATUS is then: DONE, the agent has ended it and the next step runs;
TRANSFER, it has sent the call to an extension, with VOICEAGENT_SUMMARY and, dictated, the sound
VOICEAGENT_SUMMARY_SOUND for who takes over; FALLBACK, it was unreachable, and the call is at the
profile's extension for that; FAILED, without one; TIMEOUT, as longest= says.`

// Module is the module.
type Module struct {
	core     *pbx.Core
	player   *prompt.Player
	spool    string
	stage    *stage // nil: agents are real
	profiles atomic.Pointer[map[string]*Profile]

	mu           sync.Mutex // guards the next
	talks        map[*talk]bool
	agent, whole histogram

	interrupted, dropped, lost, fallen atomic.Uint64
}

// New makes the module; spool is astspooldir, where summaries lie until their calls end.
func New(p *prompt.Player, spool string) *Module {
	m := &Module{player: p, spool: spool, talks: map[*talk]bool{}}
	m.profiles.Store(&map[string]*Profile{})
	return m
}

// Rehearse has scripts stand in for agents: nothing leaves the house.
func (m *Module) Rehearse() *Module {
	m.stage = &stage{parts: map[string]*part{}}
	return m
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_voiceagent" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Agents that speak" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	m.core = core
	core.RegisterApp(pbx.App{Name: "VoiceAgent", Synopsis: "Give the call to an agent that speaks", Usage: usage, Exec: m.exec, Check: check})
}

func check(args string) []string {
	if name, _, _ := strings.Cut(args, ","); strings.TrimSpace(name) == "" {
		return []string{"VoiceAgent needs a profile of voiceagent.conf"}
	}
	return nil
}

// Options implements pbx.Optioned.
func (m *Module) Options() []config.OptionRow { return profiles.Rows() }

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	list, diags := readProfiles(src.File("voiceagent.conf"))
	return &next{m, list}, diags
}

// next implements pbx.Checked.
type next struct {
	m    *Module
	list map[string]*Profile
}

func (n *next) Changes() (out []string) {
	old := *n.m.profiles.Load()
	for _, name := range slices.Sorted(maps.Keys(n.list)) {
		if old[name] == nil {
			out = append(out, "agent '"+name+"' is new")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if n.list[name] == nil {
			out = append(out, "agent '"+name+"' is gone")
		}
	}
	return out
}

func (n *next) Commit()  { n.m.profiles.Store(&n.list) }
func (n *next) Discard() {}

// Check tells of places that are not in the dialplan.
func (n *next) Check(w pbx.Whole) (diags []config.Diagnostic) {
	plan := w.Plan()
	if plan == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(n.list)) {
		p := n.list[name]
		say := func(text string) {
			diags = append(diags, config.Diagnostic{Pos: p.Pos, Text: "agent '" + name + "': " + text})
		}
		if exten, context, ok := strings.Cut(p.Fallback, "@"); ok && !plan.Exists(context, exten, dialplan.Query{}) {
			say("there is no extension " + p.Fallback)
		}
		if p.Context != "" && plan.Contexts[p.Context] == nil {
			say("there is no context [" + p.Context + "]")
		}
	}
	return diags
}

// Measure implements pbx.Meter.
func (m *Module) Measure(s *pbx.Measures) {
	m.mu.Lock()
	n, agent, whole := len(m.talks), m.agent, m.whole
	m.mu.Unlock()
	s.Gauge("obelisk_voiceagent_calls", "Calls that are with agents", float64(n))
	s.Count("obelisk_voiceagent_interrupted_total", "Sentences of agents that callers have interrupted", float64(m.interrupted.Load()))
	s.Count("obelisk_voiceagent_lost_total", "Connections with agents that have broken", float64(m.lost.Load()))
	s.Count("obelisk_voiceagent_fallback_total", "Calls whose agent stayed unreachable", float64(m.fallen.Load()))
	s.Count("obelisk_voiceagent_dropped_total", "Pieces of audio that were left out", float64(m.dropped.Load()))
	s.Histograms = append(s.Histograms,
		pbx.Histogram{Name: "obelisk_voiceagent_agent_seconds", Help: "From the end of what a caller said to the first byte of the agent",
			Buckets: agent.buckets(), Count: agent.n, Sum: agent.sum},
		pbx.Histogram{Name: "obelisk_voiceagent_turn_seconds", Help: "From the end of what a caller said until he hears the agent",
			Buckets: whole.buckets(), Count: whole.n, Sum: whole.sum})
}

// latency counts that of a turn.
func (m *Module) latency(l latencies) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.agent.add(l.Agent)
	m.whole.add(l.Whole)
}

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	return []pbx.Command{{Name: "voiceagent show", Usage: "voiceagent show: the agents, and the calls that are with them", Run: m.show}}
}

func (m *Module) show(w io.Writer, _ []string) bool {
	list := *m.profiles.Load()
	fmt.Fprintf(w, "%-20s %-8s %-7s %s\n", "Agent", "Dialect", "Format", "Where")
	for _, name := range slices.Sorted(maps.Keys(list)) {
		p := list[name]
		fmt.Fprintf(w, "%-20s %-8s %-7s %s\n", name, p.Dialect, p.Format.Name, p.Client.URI)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for t := range m.talks {
		state := "connected"
		if t.conn.Load() == nil {
			state = "not connected"
		}
		t.mu.Lock()
		fmt.Fprintf(w, "%s is with %s: %s, %d turns\n", t.c.Name(), t.p.Name, state, t.turns)
		t.mu.Unlock()
	}
	fmt.Fprintf(w, "%d agents, %d calls\n", len(list), len(m.talks))
	return true
}

// newToken is what an agent knows a conversation by: 32 hexadecimal digits.
func newToken() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
