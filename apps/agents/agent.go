package agents

import (
	"slices"
	"strconv"
	"time"

	"obelisk/pbx"
)

// state of an agent.
//
//	loggedOff  -> arriving   he logs in: the prompt is played
//	arriving   -> settling   he waits in the pool
//	settling   -> ready      five seconds after that
//	ready      -> presented  a call asks for him: he hears the beep, and with ackcall it waits for his keys
//	presented  -> talking    he is on his way to the caller
//	presented  -> ready      the caller has hung up before
//	talking    -> returning  the call is over
//	returning  -> wrapping   he waits in the pool again, and has a wrapuptime
//	           -> ready      he has none
//	wrapping   -> ready
//
// Every state is followed by loggedOff.
type state uint8

const (
	loggedOff state = iota
	arriving
	settling
	ready
	presented
	talking
	returning
	wrapping
)

var stateNames = [...]string{"logged off", "logging in", "settling", "ready", "presented", "talking", "returning", "wrapping up"}

func (s state) String() string { return stateNames[s] }

// device is the state of Agent:ID.
func (s state) device() pbx.DeviceState {
	switch s {
	case loggedOff, arriving, settling:
		return pbx.DeviceUnavailable
	case ready:
		return pbx.DeviceNotInUse
	}
	return pbx.DeviceInUse
}

// settlingTime is how long an agent gets no call after his login, as with Asterisk.
const settlingTime = 5 * time.Second

// agent is one of agents.conf. The module's mu guards all of it.
type agent struct {
	m       *Module
	s       *settings
	removed bool // it is in the file no more

	state   state
	ch      *pbx.Channel // on which he has logged in; nil: he is logged off
	login   time.Time
	taking  taking // as he has logged in
	music   string
	call    *call // that he has, or is to have; nil: none
	leaving bool  // he is logged off when his call is over
	timer   *time.Timer
}

// set changes the state; mu is held.
func (a *agent) set(s state) {
	was := a.state
	if a.state = s; a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
	if s.device() != was.device() {
		a.m.core.DeviceChangedTo("Agent:"+a.s.id, s.device())
	}
}

// readyAfter has him be ready after a time; mu is held.
func (a *agent) readyAfter(d time.Duration) {
	from := a.state
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		a.m.mu.Lock()
		defer a.m.mu.Unlock()
		if a.timer == t && a.state == from {
			a.set(ready)
		}
	})
	a.timer = t
}

// on says whether he is logged in, or is about to be told that he is; mu is held.
func (a *agent) on() bool { return a.state != loggedOff }

// come has those who were on their way to the pool be there. It is told on the pool's strand.
func (m *Module) come() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.coming) == 0 {
		return
	}
	there := map[*pbx.Channel]bool{}
	for _, x := range m.pool.Members() {
		there[x.Channel] = true
	}
	m.coming = slices.DeleteFunc(m.coming, func(a *agent) bool {
		switch {
		case a.state != arriving && a.state != returning:
			return true
		case !there[a.ch]:
			return false
		case a.state == arriving:
			a.set(settling)
			a.readyAfter(settlingTime)
		case a.taking.wrapup > 0:
			a.set(wrapping)
			a.readyAfter(a.taking.wrapup)
		default:
			a.set(ready)
		}
		return true
	})
}

// logOff ends his login, on his channel's goroutine or where that has ended.
func (m *Module) logOff(a *agent) {
	m.mu.Lock()
	ch, since, k := a.ch, a.login, a.call
	a.call, a.leaving, a.ch = nil, false, nil
	a.set(loggedOff)
	if a.removed {
		delete(m.agents, a.s.id)
	}
	m.mu.Unlock()
	if k != nil {
		k.drop()
	}
	m.tellLogOff(ch, a.s.id, since)
}

// tellLogOff makes it known.
func (m *Module) tellLogOff(ch *pbx.Channel, id string, since time.Time) {
	long := strconv.FormatInt(time.Now().Unix()-since.Unix(), 10)
	m.core.Tell(pbx.News{Name: "AgentLogoff", Class: "agent", Chan: ch.Snapshot(), Fields: []pbx.Field{{Name: "Agent", Value: id},
		{Name: "Logintime", Value: long}}})
	m.core.QueueLog(ch.UniqueID(), "NONE", id, "AGENTLOGOFF", ch.Name(), long)
	ch.Show(2, "app_agent_pool.c", "Agent '%s' logged out.  Logged in for %s seconds.", id, long)
}

// dismiss is what people and programs have an agent do: he is logged off, at once or, soft, when
// his call is over. False: there is no such agent.
func (m *Module) dismiss(id string, soft bool) bool {
	m.mu.Lock()
	a := m.agents[id]
	if a == nil {
		m.mu.Unlock()
		return false
	}
	ch := a.ch
	switch a.leaving = a.state != loggedOff; {
	case a.state == loggedOff, soft && (a.state == talking || a.state == presented):
		ch = nil
	case a.state == arriving:
		soft = false // he is nowhere yet
	}
	m.mu.Unlock()
	if ch == nil {
		return true
	}
	if soft {
		ch.Kick()
	} else {
		ch.TellSoftHangup(int(pbx.CauseNormal))
		ch.SoftHangup(pbx.CauseNormal)
	}
	return true
}

// talksTo is whom he has been connected with; nil: nobody.
func (a *agent) talksTo() *pbx.Channel {
	if a.state != talking || a.call == nil {
		return nil
	}
	if with := a.ch.With(); with != nil {
		return with
	}
	return a.call.caller
}
