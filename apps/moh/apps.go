package moh

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// applications play music on hold.
func (m *Module) applications() []pbx.App {
	return []pbx.App{
		{Name: "MusicOnHold", Synopsis: "Play music, for so many seconds or until the end of the call",
			Usage: "MusicOnHold([class[,seconds]])\n  a key leads to the class of which it is the digit (musiconhold.conf)", Exec: m.musicOnHold},
		{Name: "StartMusicOnHold", Synopsis: "Play music while the dialplan goes on", Usage: "StartMusicOnHold([class])", Exec: startMusic},
		{Name: "StopMusicOnHold", Synopsis: "End it", Usage: "StopMusicOnHold()", Exec: stopMusic},
	}
}

func (m *Module) musicOnHold(c *pbx.Channel, args string) dialplan.Result {
	class, long, _ := strings.Cut(args, ",")
	long = strings.TrimSpace(long)
	limit, timed := dialplan.Seconds(long)
	if long != "" && !timed {
		c.Warn("MusicOnHold: '" + long + "' is not a number of seconds")
	}
	c.StartMusic(strings.TrimSpace(class))
	defer c.StopMusic()
	if !timed || limit <= 0 {
		limit = 0
	}
	for until := time.Now().Add(limit); ; {
		wait := pbx.Wait{Keys: true}
		if limit > 0 {
			if wait.For = time.Until(until); wait.For <= 0 {
				return dialplan.Continue
			}
		}
		e, why := c.Await(wait)
		if why != pbx.Came {
			return dialplan.Continue
		}
		if next := m.box.keyed(e.Digit); next != "" {
			c.StopMusic()
			own := c.View().MusicClass
			c.SetMusicClass("") // a key goes before it
			c.StartMusic(next)
			c.SetMusicClass(own)
		}
	}
}

func startMusic(c *pbx.Channel, args string) dialplan.Result {
	c.StartMusic(strings.TrimSpace(args))
	return dialplan.Continue
}

func stopMusic(c *pbx.Channel, _ string) dialplan.Result {
	c.StopMusic()
	return dialplan.Continue
}
