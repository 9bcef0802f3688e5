package ari

import (
	"cmp"

	"obelisk/apps/stasis"
	"obelisk/media/soundfile"
)

func (a *ask) bridge() string { return a.path["bridgeId"] }

func bridgesList(a *ask) reply { return result(a.s.stasis.Bridges(), nil) }
func bridgeGet(a *ask) reply   { return result(a.s.stasis.Bridge(a.bridge())) }

func bridgeCreate(a *ask) reply {
	vars, _, err := a.variables()
	if err != nil {
		return refused(err)
	}
	return result(a.s.stasis.NewBridge(cmp.Or(a.bridge(), a.get("bridgeId")), a.get("type"), a.get("name"), vars))
}

func bridgeCreateID(a *ask) reply {
	answer := bridgeCreate(a)
	if answer.status == 500 {
		return failure(500, "Unable to create bridge")
	}
	return answer
}

func bridgeDestroy(a *ask) reply { return done(a.s.stasis.Destroy(a.bridge())) }

func bridgeVariable(a *ask) reply {
	if a.get("variable") == "" {
		return failure(400, "Variable name is required")
	}
	v, err := a.s.stasis.BridgeVariable(a.bridge(), a.get("variable"))
	return result(stasis.Object{"value", v}, err)
}

func setBridgeVariable(a *ask) reply {
	if a.get("variable") == "" {
		return failure(400, "Variable name is required")
	}
	return done(a.s.stasis.SetBridgeVariable(a.bridge(), stasis.Variable{Name: a.get("variable"), Value: a.get("value"),
		Show: a.truth("report_events")}))
}

func bridgeVariables(a *ask) reply {
	return a.several(func(name string) (string, error) { return a.s.stasis.BridgeVariable(a.bridge(), name) })
}

func setBridgeVariables(a *ask) reply {
	return a.setSeveral(func(v stasis.Variable) error { return a.s.stasis.SetBridgeVariable(a.bridge(), v) })
}

func addChannel(a *ask) reply {
	return done(a.s.stasis.Add(a.bridge(), a.list("channel"), stasis.Seating{Role: a.get("role"), Mute: a.truth("mute"),
		Absorb: a.truth("absorbDTMF")}))
}

func removeChannel(a *ask) reply { return done(a.s.stasis.Remove(a.bridge(), a.list("channel"))) }

func setVideoSource(a *ask) reply {
	return done(a.s.stasis.VideoSource(a.bridge(), a.channel()))
}

func clearVideoSource(a *ask) reply { return done(a.s.stasis.VideoSource(a.bridge(), "")) }

func bridgeMoh(a *ask) reply     { return done(a.s.stasis.BridgeMusic(a.bridge(), a.get("mohClass"))) }
func bridgeStopMoh(a *ask) reply { return done(a.s.stasis.StopBridgeMusic(a.bridge())) }

// odd says whether the format that a parameter names is unknown.
func (a *ask) odd(name string) bool {
	f := a.get(name)
	return f != "" && soundfile.ByName(f) == nil
}

func bridgePlay(a *ask) reply {
	if a.odd("announcer_format") {
		return failure(422, "specified announcer_format is unknown on this system")
	}
	o, err := a.s.stasis.BridgePlay(a.bridge(), a.play())
	return made(o, err, "playbacks", idOf(o))
}

func bridgeRecord(a *ask) reply {
	if a.odd("recorder_format") {
		return failure(422, "specified recorder_format is unknown on this system")
	}
	o, err := a.s.stasis.BridgeRecord(a.bridge(), a.record())
	return made(o, err, "recordings", "live", idOf(o))
}
