package agents

import (
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

const loginUsage = `AgentLogin(agent[,options])
  The agent waits with music until a call asks for him (AgentRequest).
  s  does not say that he has logged in
  AGENTACKCALL, AGENTACCEPTDTMF, AGENTAUTOLOGOFF and AGENTWRAPUPTIME go before agents.conf
  AGENT_STATUS, when he was not logged in and the dialplan goes on: INVALID, ALREADY_LOGGED_IN`

func checkLogin(args string) []string {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	if strings.Contains(f[1], "$") {
		return nil
	}
	return dialplan.ParseOptions(f[1], "s").Problems
}

// login is AgentLogin.
func (m *Module) login(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	id := strings.TrimSpace(f[0])
	if id == "" {
		c.Warn("AgentLogin requires an AgentId")
		return dialplan.End
	}
	a, status := m.claim(c, id)
	if a == nil {
		c.SetVar("AGENT_STATUS", status)
		return dialplan.Continue
	}
	c.Answer()
	if opt := dialplan.ParseOptions(f[1], "s"); !opt.Has('s') {
		m.play.List(c, []string{"agent-loginok"}, noKeys)
	}
	gone := c.Gone()
	m.mu.Lock()
	m.logins++
	pool := m.hall()
	if !gone {
		m.coming = append(m.coming, a)
	}
	music := a.music
	m.mu.Unlock()
	m.core.Tell(pbx.News{Name: "AgentLogin", Class: "agent", Chan: c.Snapshot(), Fields: []pbx.Field{{Name: "Agent", Value: id}}})
	m.core.QueueLog(c.UniqueID(), "NONE", id, "AGENTLOGIN", c.Name())
	c.Show(2, "app_agent_pool.c", "Agent '%s' logged in.", id)
	if gone { // in the prompt
		m.logOff(a)
		return dialplan.End
	}
	return c.Into(pool, pbx.Member{Music: music, After: a.after})
}

// claim has the channel be that of an agent, or says why not.
func (m *Module) claim(c *pbx.Channel, id string) (a *agent, status string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch a = m.agents[id]; {
	case a == nil || a.removed && a.state == loggedOff:
		m.core.Log().Warn().Msgf("Agent '%s' does not exist.", id)
		return nil, "INVALID"
	case a.state != loggedOff:
		return nil, "ALREADY_LOGGED_IN"
	}
	a.ch, a.taking, a.music, a.leaving, a.login = c, a.s.taking, a.s.music, false, time.Now()
	a.taking.override(c)
	a.set(arriving)
	return a, ""
}

// override takes what variables of the channel say.
func (t *taking) override(c *pbx.Channel) {
	read := func(name string, set func(v string) error) {
		if v := strings.TrimSpace(c.Variable(name)); v != "" {
			if err := set(v); err != nil {
				c.Warn(name + "='" + v + "': " + err.Error())
			}
		}
	}
	var s settings
	s.taking = *t
	for variable, option := range overrides {
		read(variable, func(v string) error { return optionNamed(option)(&s, v) })
	}
	*t = s.taking
}

// overrides are the variables, and the options in whose place they stand.
var overrides = map[string]string{"AGENTACKCALL": "ackcall", "AGENTACCEPTDTMF": "acceptdtmf", "AGENTAUTOLOGOFF": "autologoff",
	"AGENTWRAPUPTIME": "wrapuptime"}

func optionNamed(name string) func(*settings, string) error {
	for _, o := range table.Options {
		if o.Name == name {
			return o.Set
		}
	}
	return nil
}

// hall is where agents wait; mu is held.
func (m *Module) hall() *pbx.Bridge {
	if m.pool == nil || m.pool.Over() {
		m.pool = m.core.NewBridge(pbx.Policy{Kind: "agent_hold", Creator: "AgentPool", Ends: pbx.Never, Apart: true})
		m.pool.Watch(m.come)
	}
	return m.pool
}

// after goes on with an agent who has left the pool, or a call, for good: he waits again, or is
// logged off.
func (a *agent) after(c *pbx.Channel, l pbx.Left) dialplan.Result {
	m := a.m
	m.mu.Lock()
	back := !a.leaving && !a.removed
	m.mu.Unlock()
	switch l.Why {
	case pbx.HungUp, pbx.Sent, pbx.Expired, pbx.Kicked, pbx.Replaced, pbx.Closed, pbx.Refused, pbx.Failed:
		back = back && l.Why == pbx.Kicked && m.busy(a) // somebody has put him out of his call
	}
	if !back || c.Gone() {
		m.logOff(a)
		if l.Why == pbx.Sent {
			return dialplan.Continue
		}
		if l.Why != pbx.HungUp {
			c.SetCause(pbx.CauseNormal)
		}
		return dialplan.End
	}
	m.mu.Lock()
	k := a.call
	a.call = nil
	a.set(returning)
	pool := m.hall()
	m.coming = append(m.coming, a)
	m.mu.Unlock()
	if k != nil {
		k.drop()
	}
	c.Connect(pbx.CallerID{})
	return c.Into(pool, pbx.Member{Music: a.music, After: a.after})
}

// busy says whether an agent is in a call.
func (m *Module) busy(a *agent) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return a.state == talking
}

// function is AGENT().
func (m *Module) function() pbx.Func {
	return pbx.Func{Name: "AGENT", Synopsis: "What is known of an agent",
		Usage: "AGENT(agent[:item])\n  status: LOGGEDIN or LOGGEDOUT, which is what it says without an item\n" +
			"  name, mohclass, channel (without its number), fullchannel",
		Read: func(c *pbx.Channel, args string) (string, error) { return m.item(c, args), nil }}
}

func (m *Module) item(c *pbx.Channel, args string) string {
	id, item, _ := strings.Cut(args, ":")
	m.mu.Lock()
	a := m.agents[id]
	var on bool
	var ch *pbx.Channel
	var s settings
	music := ""
	if a != nil {
		on, ch, s, music = a.on(), a.ch, *a.s, a.s.music
	}
	m.mu.Unlock()
	if a == nil {
		c.Warn("Agent '" + id + "' not found.")
		return ""
	}
	switch strings.ToLower(item) {
	case "", "status":
		if on {
			return "LOGGEDIN"
		}
		return "LOGGEDOUT"
	case "name":
		return s.name
	case "mohclass":
		return music
	case "channel":
		if on {
			return ch.Device()
		}
	case "fullchannel":
		if on {
			return ch.Name()
		}
	default:
		c.Warn("Unknown or unsupported data type '" + item + "'")
	}
	return ""
}

func epoch(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
