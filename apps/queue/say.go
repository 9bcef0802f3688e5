package queue

import (
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// say plays prompts to somebody, those that there are, until a key ends it: 0 for none.
func (m *Module) say(on *pbx.Channel, names ...string) byte {
	for _, name := range names {
		if name == "" || !m.play.Has(on, name) {
			continue
		}
		h, err := m.play.Play(on, name, prompt.How{Stops: prompt.AnyKey})
		if err != nil {
			on.Warn(err.Error())
		}
		if h.Key != 0 || on.Gone() {
			return h.Key
		}
	}
	return 0
}

// number are the prompts of one.
func (m *Module) number(on *pbx.Channel, n int64) []string {
	return m.play.Voice(on, "").Number(int(n), "n")
}

// sayPlace tells a caller his place and how long it will take, where that is due.
func (c *caller) sayPlace(s *settings) verdict {
	moment := now()
	pos, _ := c.places()
	switch since := moment - c.lastPlace; {
	case since < s.minAnnounceFrequency,
		c.lastSaid == pos && since < s.announceFrequency,
		s.positionOnlyUp && c.lastSaid > 0 && c.lastSaid <= pos:
		return on
	}
	c.hush()
	list, thanks, first := c.place(s, pos)
	if !first {
		hold := c.hold(s, moment)
		thanks = thanks || len(hold) > 0
		list = append(list, hold...)
	}
	if thanks {
		list = append(list, s.sound("queue-thankyou"))
	}
	key := c.m.say(c.ch, list...)
	c.lastPlace, c.lastSaid = moment, pos
	return c.resumed(key)
}

// resumed goes on with the music after an announcement, unless the caller leaves.
func (c *caller) resumed(key byte) verdict {
	v := c.key(key)
	if v == on {
		c.comfort()
	}
	return v
}

// place are the prompts of a place; first: he is the next one, and nothing else is said.
func (c *caller) place(s *settings, pos int) (list []string, said, first bool) {
	switch {
	case s.announcePosition == positionNever, s.announcePosition == positionLimited && pos > s.positionLimit:
		return nil, false, false
	case pos == 1:
		return []string{s.sound("queue-youarenext")}, true, true
	case s.announcePosition == positionMore && pos > s.positionLimit:
		list = append([]string{s.sound("queue-quantity1")}, c.m.number(c.ch, int64(s.positionLimit))...)
		return append(list, s.sound("queue-quantity2")), true, false
	}
	list = append([]string{s.sound("queue-thereare")}, c.m.number(c.ch, int64(pos))...)
	return append(list, s.sound("queue-callswaiting")), true, false
}

// hold are the prompts of how long it will take, by what others have waited: whole minutes, and
// seconds where they are rounded.
func (c *caller) hold(s *settings, moment int64) (list []string) {
	c.m.mu.Lock()
	expected := int64(c.q.holdTime) + 30 - (moment - c.start)
	c.m.mu.Unlock()
	expected = max(expected, -expected)
	minutes, seconds := expected/60, int64(0)
	if s.roundSeconds > 0 {
		seconds = expected % 60 / s.roundSeconds * s.roundSeconds
	}
	if minutes+seconds == 0 || s.announceHold == holdNever || s.announceHold == holdOnce && c.lastPlace > 0 {
		return nil
	}
	list = append(list, s.sound("queue-holdtime"))
	if minutes == 1 {
		list = append(append(list, c.m.number(c.ch, minutes)...), s.sound("queue-minute"))
	} else if minutes > 1 {
		list = append(append(list, c.m.number(c.ch, minutes)...), s.sound("queue-minutes"))
	}
	if seconds > 0 {
		list = append(append(list, c.m.number(c.ch, seconds)...), s.sound("queue-seconds"))
	}
	return list
}

// sayPeriodic plays the next prompt of periodic-announce, where that is due.
func (c *caller) sayPeriodic(s *settings) verdict {
	moment := now()
	if moment-c.lastPeriodic < s.periodicFrequency {
		return on
	}
	c.hush()
	switch {
	case s.periodicRandom && len(s.periodic) > 0:
		c.periodic = c.m.roll(len(s.periodic))
	case c.periodic >= len(s.periodic):
		c.periodic = 0
	}
	key := byte(0)
	if len(s.periodic) > 0 {
		key = c.m.say(c.ch, s.periodic[c.periodic])
	}
	v := c.resumed(key)
	if c.lastPeriodic = moment; s.periodicRelative {
		c.lastPeriodic = now()
	}
	if !s.periodicRandom {
		c.periodic++
	}
	return v
}
