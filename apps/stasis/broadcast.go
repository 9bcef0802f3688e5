package stasis

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

const broadcastUsage = `StasisBroadcast([timeout[,app_filter[,args[,notify_claimed]]]])
Tells the programs that are connected (those whose names a regular expression fits) of the call, for 500
milliseconds, and gives it to the first that claims it as Stasis() would, with arguments parted by
colons. STASISSTATUS: SUCCESS, FAILED, or TIMEOUT where nobody did.`

// broadcast is a call that is offered.
type broadcast struct {
	won    chan struct{}
	winner string // under m.mu
}

const (
	usualOffer = 500 * time.Millisecond
	mostOffer  = 60000
)

// stasisBroadcast is the application.
func (m *Module) stasisBroadcast(c *pbx.Channel, text string) dialplan.Result {
	args := append(strings.SplitN(text, ",", 4), "", "", "", "")
	wait := usualOffer
	if n, err := strconv.Atoi(strings.TrimSpace(args[0])); err == nil && n >= 0 && n <= mostOffer {
		wait = time.Duration(n) * time.Millisecond
	} else if strings.TrimSpace(args[0]) != "" {
		c.Warn("StasisBroadcast: '" + args[0] + "' is no time from 0 to 60000 ms")
	}
	filter, err := regexp.Compile(args[1])
	if err != nil {
		c.Warn("StasisBroadcast: " + err.Error())
		return failed(c)
	}
	c.SetVar("STASISSTATUS", "")
	b := &broadcast{won: make(chan struct{})}
	id := c.UniqueID()
	m.mu.Lock()
	m.broadcasts[id] = b
	m.mu.Unlock()
	m.offer(c, filter, "CallBroadcast", Object{"channel", Channel(c.Snapshot()), "caller", c.View().CallerID.Num, "called",
		c.View().At.Exten})
	_, why := c.Await(pbx.Wait{For: max(wait, 1), Also: b.won})
	m.mu.Lock()
	winner := b.winner
	if winner == "" {
		delete(m.broadcasts, id)
	}
	m.mu.Unlock()
	defer func() { // until then who comes late is told that another one has it
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.broadcasts[id] == b {
			delete(m.broadcasts, id)
		}
	}()
	switch {
	case winner != "":
	case why == pbx.TimedOut:
		c.SetVar("STASISSTATUS", "TIMEOUT")
		return dialplan.Continue
	default:
		return dialplan.Continue
	}
	if on := strings.ToLower(strings.TrimSpace(args[3])); on == "yes" || on == "true" || on == "1" || on == "on" {
		m.offer(c, filter, "CallClaimed", Object{"channel", Channel(c.Snapshot()), "winner_app", winner})
	}
	if args[2] != "" {
		winner += "," + strings.ReplaceAll(args[2], ":", ",")
	}
	return m.stasis(c, winner)
}

// offer tells the applications that a filter fits.
func (m *Module) offer(c *pbx.Channel, filter *regexp.Regexp, kind string, fields Object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.apps {
		if filter.MatchString(a.name) {
			m.tellApp(a, message{kind: kind, fields: fields})
		}
	}
}

// Claim gives a call that is offered to an application, the first that claims it.
func (m *Module) Claim(id, app string) error {
	switch {
	case id == "":
		return Refuse(400, "channelId parameter is required")
	case app == "":
		return Refuse(400, "application parameter is required")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.broadcasts[id]
	switch {
	case b == nil:
		return Refuse(404, "Channel not found or not in broadcast state")
	case b.winner != "":
		return Refuse(409, "Channel has already been claimed by another application")
	}
	b.winner = app
	close(b.won)
	return nil
}
