package moh

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// applications play music on hold.
var applications = []pbx.App{
	{Name: "MusicOnHold", Synopsis: "Play music, for so many seconds or until the end of the call", Usage: "MusicOnHold([class[,seconds]])", Exec: musicOnHold},
	{Name: "StartMusicOnHold", Synopsis: "Play music while the dialplan goes on", Usage: "StartMusicOnHold([class])", Exec: startMusic},
	{Name: "StopMusicOnHold", Synopsis: "End it", Usage: "StopMusicOnHold()", Exec: stopMusic},
}

func musicOnHold(c *pbx.Channel, args string) dialplan.Result {
	class, long, _ := strings.Cut(args, ",")
	long = strings.TrimSpace(long)
	limit, timed := dialplan.Seconds(long)
	if long != "" && !timed {
		c.Warn("MusicOnHold: '" + long + "' is not a number of seconds")
	}
	c.StartMusic(strings.TrimSpace(class))
	defer c.StopMusic()
	if timed && limit > 0 {
		c.Sleep(limit)
	} else {
		for c.Sleep(time.Hour) {
		}
	}
	return dialplan.Continue
}

func startMusic(c *pbx.Channel, args string) dialplan.Result {
	c.StartMusic(strings.TrimSpace(args))
	return dialplan.Continue
}

func stopMusic(c *pbx.Channel, _ string) dialplan.Result {
	c.StopMusic()
	return dialplan.Continue
}
