package effects

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/expr"
	"obelisk/pbx"
)

const hookUsage = `PERIODIC_HOOK(context,extension,seconds): runs the extension at once and each so many seconds on a channel of its
  own, and plays what that says into the call; its value is the hook's id
  Set(PERIODIC_HOOK(id)=on|off)
  HOOK_CHANNEL and HOOK_ID are set there`

// hook is one at work.
type hook struct {
	m     *Module
	id    string
	c     *pbx.Channel
	at    string // extension@context
	every time.Duration

	mu    sync.Mutex // guards the next two
	timer *time.Timer
	off   bool
}

// mostHooks of one channel, and of all.
const mostHooks = 10_000

// begin starts a hook and is its id.
func (m *Module) begin(c *pbx.Channel, args string) (string, error) {
	f := append(dialplan.SplitArgs(args, 3), "", "", "")
	n, err := strconv.Atoi(strings.TrimSpace(f[2]))
	switch {
	case c == nil:
		return "", errors.New("PERIODIC_HOOK is for channels")
	case err != nil || n < 1 || n > 1e6:
		return "", errors.New("Invalid hook interval: '" + f[2] + "'")
	case f[0] == "" || f[1] == "":
		return "", errors.New("it takes a context and an extension")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.hooks) >= mostHooks {
		return "", errors.New("there are too many hooks already")
	}
	h := &hook{m: m, c: c, at: f[1] + "@" + f[0], every: time.Duration(n) * time.Second, id: strconv.FormatUint(m.last, 10)}
	m.last++
	m.hooks[h.id] = h
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timer = time.AfterFunc(0, h.run) // at once, as in Asterisk
	return h.id, nil
}

// change turns a hook off, or on again.
func (m *Module) change(c *pbx.Channel, args, value string) error {
	m.mu.Lock()
	h := m.hooks[strings.TrimSpace(args)]
	m.mu.Unlock()
	if h == nil || h.c != c {
		return errors.New("Hook with ID '" + args + "' not found on channel '" + c.Name() + "'")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.off = !expr.True(value)
	return nil
}

// run has the extension run once, and comes again until the channel has ended.
func (h *hook) run() {
	if h.c.View().Gone {
		h.m.mu.Lock()
		delete(h.m.hooks, h.id)
		h.m.mu.Unlock()
		return
	}
	h.mu.Lock()
	off := h.off
	h.timer.Reset(h.every)
	h.mu.Unlock()
	if off {
		return
	}
	r := h.m.core.Originate(pbx.Originate{Tech: "Local", Resource: h.at + "/n", Quiet: true, App: "ChanSpy", Data: h.c.Name() + ",qEB",
		Vars: [][2]string{{"__HOOK_CHANNEL", h.c.Name()}, {"__HOOK_ID", h.id}}})
	if r.Err != nil {
		h.m.core.Log().Warn().Msgf("Failed to run hook on '%s': %v", h.c.Name(), r.Err)
	}
}
