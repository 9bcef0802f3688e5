package agents

import (
	"cmp"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

const requestUsage = `AgentRequest(agent)
  The caller is connected with an agent who has logged in (AgentLogin), as soon as he takes the call.
  AGENT_STATUS, when he was not reached and the dialplan goes on: INVALID, NOT_LOGGED_IN, BUSY,
  NOT_CONNECTED, ERROR. As a member of a queue: Local/1001@agents with the state interface Agent:1001`

var noKeys prompt.How

// call is one for an agent, from its coming to its end.
type call struct {
	m         *Module
	a         *agent
	caller    *pbx.Channel
	b         *pbx.Bridge // where the two talk
	release   func()      // of the place that is kept there for the agent
	over      chan struct{}
	closed    sync.Once
	here      chan struct{} // closed when the caller waits in the bridge, or has gone
	came      sync.Once
	connected bool      // guarded by Module.mu
	since     time.Time // then
}

// drop gives the agent's place back: he does not come, or has left.
func (k *call) drop() { k.release() }

// gone notes that the caller has left.
func (k *call) gone() {
	k.closed.Do(func() { close(k.over) })
	k.arrived()
}

func (k *call) arrived() { k.came.Do(func() { close(k.here) }) }

// awaits has the agent wait until the caller is in the bridge, which takes a moment; false when the agent has
// gone.
func (k *call) awaits(c *pbx.Channel) bool {
	_, why := c.Await(pbx.Wait{Also: k.here})
	return why == pbx.Also
}

// request is AgentRequest.
func (m *Module) request(c *pbx.Channel, args string) dialplan.Result {
	id := strings.TrimSpace(args)
	if at := strings.IndexByte(id, ','); at >= 0 {
		id = strings.TrimSpace(id[:at])
	}
	if id == "" {
		c.Warn("AgentRequest requires an AgentId")
		return dialplan.End
	}
	k := &call{m: m, caller: c, over: make(chan struct{}), here: make(chan struct{})}
	if status := m.reserve(id, k); status != "" {
		c.SetVar("AGENT_STATUS", status)
		return dialplan.Continue
	}
	k.b = m.core.NewBridge(pbx.Policy{})
	k.b.Watch(k.arrived) // it is told of nobody before the caller
	k.release, _ = k.b.Retain()
	c.Indicate(pbx.IndicateRinging)
	m.mu.Lock()
	pool, ch := m.pool, k.a.ch
	m.mu.Unlock()
	if ch == nil || pool.Lend(ch, k.present) != nil {
		m.free(k)
		k.drop()
		c.SetVar("AGENT_STATUS", "ERROR")
		k.b.Close(pbx.CauseNormal)
		return dialplan.Continue
	}
	return c.Into(k.b, pbx.Member{After: k.after})
}

// reserve has an agent be the one of a call, or says why not.
func (m *Module) reserve(id string, k *call) (status string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.agents[id]
	switch {
	case a == nil:
		m.core.Log().Warn().Msgf("Agent '%s' does not exist.", id)
		return "INVALID"
	case !a.on() || a.state == arriving:
		return "NOT_LOGGED_IN"
	case a.state != ready:
		return "BUSY"
	}
	k.a, a.call = a, k
	a.set(presented)
	return ""
}

// free has the agent wait for another call.
func (m *Module) free(k *call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k.a.call == k {
		k.a.call = nil
		if k.a.state == presented {
			k.a.set(ready)
		}
	}
}

// present tells the agent of the call, on his goroutine; he keeps his place in the pool meanwhile.
func (k *call) present(c *pbx.Channel) {
	m, a := k.m, k.a
	c.StopMusic()
	c.Introduce(k.caller)
	m.mu.Lock()
	beep, t := a.s.beep, a.taking
	m.mu.Unlock()
	if beep != "" {
		m.play.Play(c, beep, prompt.How{Also: k.over})
	}
	taken := k.awaits(c) && !c.Gone() && !k.left()
	if taken && t.ack {
		taken = k.accepted(c, t) && c.Sleep(keyTail)
	}
	switch {
	case c.Gone(): // he is logged off by what follows
	case taken:
		k.connect(c)
	default:
		k.back(c)
	}
}

// keyTail is how long the key may still be pressed by which he has taken the call: the caller is not to
// hear it.
const keyTail = 200 * time.Millisecond

// left says whether the caller has gone.
func (k *call) left() bool {
	select {
	case <-k.over:
		return true
	default:
		return false
	}
}

// accepted waits for the keys by which the agent takes the call. Who does not press them in time is
// logged off.
func (k *call) accepted(c *pbx.Channel, t taking) bool {
	late := time.Now().Add(t.logoff)
	typed := ""
	for {
		w := pbx.Wait{Keys: true, Also: k.over}
		if t.logoff > 0 {
			if w.For = time.Until(late); w.For <= 0 {
				w.For = time.Nanosecond
			}
		}
		e, why := c.Await(w)
		switch why {
		case pbx.Came:
			if typed += string(rune(e.Digit)); strings.HasSuffix(typed, t.accept) {
				return true
			}
			typed = typed[max(0, len(typed)-mostKeys):]
		case pbx.TimedOut:
			k.m.mu.Lock()
			k.a.leaving = true
			k.m.mu.Unlock()
			c.Show(3, "app_agent_pool.c", "Agent '%s' did not take the call in time and is logged off.", k.a.s.id)
			return false
		default: // the caller has gone, or the agent
			return false
		}
	}
}

// back has the agent wait again, or be logged off.
//
// Differs: with Asterisk an agent with ackcall whose caller hangs up goes on being asked, in silence,
// and is logged off by autologoff for a call that is not there.
func (k *call) back(c *pbx.Channel) {
	k.m.free(k)
	k.m.mu.Lock()
	leaving := k.a.leaving
	k.m.mu.Unlock()
	if k.drop(); leaving {
		c.Kick()
		return
	}
	c.Connect(pbx.CallerID{})
	c.StartMusic(k.a.music)
}

// connect sends the agent to the caller.
func (k *call) connect(c *pbx.Channel) {
	m, a := k.m, k.a
	m.mu.Lock()
	k.connected, k.since = true, time.Now()
	m.calls++
	a.set(talking)
	record := a.s.record
	m.mu.Unlock()
	k.b.Set(k.caller, func(x *pbx.Member) { x.Answer = true })
	if c.Move(k.b, pbx.Member{}) != nil { // the caller has gone
		m.mu.Lock()
		k.connected = false
		a.set(presented)
		m.mu.Unlock()
		k.back(c)
		return
	}
	k.caller.Introduce(c)
	if record {
		k.b.Lend(k.caller, k.record)
	}
	k.drop()
}

// record begins the recording that recordagentcalls asks for, on the caller, as automixmon does that
// an agent presses.
func (k *call) record(c *pbx.Channel) {
	by := k.a.ch
	touch := func(suffix string) string {
		return cmp.Or(by.Variable("TOUCH_MIXMONITOR"+suffix), c.Variable("TOUCH_MIXMONITOR"+suffix))
	}
	who := func(c *pbx.Channel) string { return cmp.Or(c.View().CallerID.Num, c.Name()) }
	name := touch("")
	if name == "" {
		name = who(by) + "-" + who(c)
	}
	name = cmp.Or(touch("_PREFIX"), "auto") + "-" + strconv.FormatInt(time.Now().Unix(), 10) + "-" + name + "." + cmp.Or(touch("_FORMAT"),
		"wav")
	name = strings.ReplaceAll(name, "/", "-")
	if c.RunAppAside("MixMonitor", name+",b") {
		by.SetVar("TOUCH_MIXMONITOR_OUTPUT", name)
		c.SetVar("TOUCH_MIXMONITOR_OUTPUT", name)
	}
}

// after goes on with the caller. One who has talked with the agent is at the end of his call.
func (k *call) after(c *pbx.Channel, l pbx.Left) dialplan.Result {
	k.gone()
	k.m.mu.Lock()
	connected := k.connected
	k.m.mu.Unlock()
	c.StopTone()
	switch {
	case l.Why == pbx.Sent:
		return dialplan.Continue
	case connected:
		c.SetCause(cmp.Or(l.Cause, pbx.CauseNormal))
		return dialplan.End
	}
	c.SetVar("AGENT_STATUS", "NOT_CONNECTED")
	return dialplan.Continue
}
