package app

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// musicApps play music on hold.
var musicApps = []pbx.App{
	{Name: "MusicOnHold", Synopsis: "Play music, for so many seconds or until the end of the call", Usage: "MusicOnHold([class[,seconds]])", Exec: musicOnHold},
	{Name: "StartMusicOnHold", Synopsis: "Play music while the dialplan goes on", Usage: "StartMusicOnHold([class])", Exec: startMusic},
	{Name: "StopMusicOnHold", Synopsis: "End it", Usage: "StopMusicOnHold()", Exec: stopMusic},
}

func musicOnHold(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 2)
	limit, timed := seconds(word(f, 1))
	if word(f, 1) != "" && !timed {
		c.Warn("MusicOnHold: '" + word(f, 1) + "' is not a number of seconds")
	}
	c.StartMusic(word(f, 0))
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
