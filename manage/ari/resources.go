package ari

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"obelisk/apps/stasis"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

// Recordings, sounds, playbacks, devices, mailboxes, endpoints, applications and events.

func (a *ask) recording() string { return a.path["recordingName"] }

func storedList(a *ask) reply   { return result(a.s.stasis.StoredRecordings(), nil) }
func storedGet(a *ask) reply    { return result(a.s.stasis.StoredRecording(a.recording())) }
func storedDelete(a *ask) reply { return done(a.s.stasis.DeleteStored(a.recording())) }

func storedCopy(a *ask) reply {
	return result(a.s.stasis.CopyStored(a.recording(), a.get("destinationRecordingName")))
}

func storedFile(a *ask) reply {
	f, format, err := a.s.stasis.OpenStored(a.recording())
	if err != nil {
		return refused(err)
	}
	return reply{status: 200, file: f, kind: soundKind(format)}
}

// soundKind is the media type of a format.
func soundKind(format string) string {
	if known := soundfile.ByName(format); known != nil {
		format = known.Extension()
	}
	if strings.EqualFold(format, "wav") {
		return "audio/wav"
	}
	return cmp.Or(map[string]string{"ulaw": "audio/basic", "au": "audio/basic", "gsm": "audio/x-gsm", "g722": "audio/G722"}[format],
		"application/octet-stream")
}

func liveGet(a *ask) reply { return result(a.s.stasis.LiveRecording(a.recording())) }

// live does something with a recording that runs.
func live(operation string) func(*ask) reply {
	return func(a *ask) reply { return done(a.s.stasis.ControlRecording(a.recording(), operation)) }
}

func soundsList(a *ask) reply { return result(a.s.stasis.Sounds(a.get("lang"), a.get("format"))) }
func soundGet(a *ask) reply   { return result(a.s.stasis.Sound(a.path["soundId"])) }

func playbackGet(a *ask) reply  { return result(a.s.stasis.Playback(a.path["playbackId"])) }
func playbackStop(a *ask) reply { return done(a.s.stasis.StopPlayback(a.path["playbackId"])) }
func playbackControl(a *ask) reply {
	if operation, given := a.lookup("operation"); given && operation == "" {
		return failure(400, "Invalid operation ")
	}
	return done(a.s.stasis.ControlPlayback(a.path["playbackId"], a.get("operation")))
}

func devicesList(a *ask) reply { return result(a.s.stasis.DeviceStates(), nil) }
func deviceGet(a *ask) reply   { return result(a.s.stasis.Device(a.path["deviceName"]), nil) }
func deviceUpdate(a *ask) reply {
	return done(a.s.stasis.SetDevice(a.path["deviceName"], a.get("deviceState")))
}
func deviceDelete(a *ask) reply { return done(a.s.stasis.DeleteDevice(a.path["deviceName"])) }

func mailboxesList(a *ask) reply { return result(a.s.stasis.Mailboxes(), nil) }
func mailboxGet(a *ask) reply    { return result(a.s.stasis.Mailbox(a.path["mailboxName"])) }
func mailboxUpdate(a *ask) reply {
	return done(a.s.stasis.SetMailbox(a.path["mailboxName"], a.number("newMessages", 0), a.number("oldMessages", 0)))
}
func mailboxDelete(a *ask) reply { return done(a.s.stasis.DeleteMailbox(a.path["mailboxName"])) }

func endpointsList(a *ask) reply { return result(a.s.stasis.Endpoints(a.path["tech"])) }
func endpointGet(a *ask) reply {
	return result(a.s.stasis.Endpoint(a.path["tech"], a.path["resource"]))
}

// target is where a text goes: what the request says, or an endpoint.
func (a *ask) target() (string, error) {
	if tech, resource := a.path["tech"], a.path["resource"]; tech != "" {
		if !a.s.stasis.HasEndpoint(tech, resource) {
			return "", stasis.Refuse(404, "Endpoint not found")
		}
		return strings.ToLower(tech) + ":" + resource, nil
	}
	return a.get("to"), nil
}

func sendMessage(a *ask) reply {
	to, err := a.target()
	if err != nil {
		return refused(err)
	}
	vars, err := a.texts()
	if err != nil {
		return refused(err)
	}
	answer := done(a.s.stasis.SendText(to, a.get("from"), a.get("body"), vars))
	if answer.status == 204 {
		answer.status = 202
	}
	return answer
}

func refer(a *ask) reply {
	to, err := a.target()
	if _, odd := a.texts(); err == nil {
		err = odd
	}
	switch {
	case err != nil:
		return refused(err)
	case to == "":
		return failure(400, "To must be specified")
	}
	return failure(404, "Endpoint not found")
}

func applicationsList(a *ask) reply { return result(a.s.stasis.Applications(), nil) }
func applicationGet(a *ask) reply {
	return result(a.s.stasis.Application(a.path["applicationName"]))
}

func subscribe(a *ask) reply   { return a.subscription(true) }
func unsubscribe(a *ask) reply { return a.subscription(false) }

func (a *ask) subscription(on bool) reply {
	if _, given := a.lookup("eventSource"); !given {
		return failure(400, "Missing parameter eventSource")
	}
	return result(a.s.stasis.Subscribe(a.path["applicationName"], a.list("eventSource"), on))
}

func eventFilter(a *ask) reply {
	allowed, disallowed := a.object["allowed"], a.object["disallowed"]
	if a.listed {
		return failure(400, "Invalid format definition")
	}
	if len(a.object) > 0 && allowed == nil && disallowed == nil { // it has nothing to say
		return result(a.s.stasis.Application(a.path["applicationName"]))
	}
	return result(a.s.stasis.Filter(a.path["applicationName"], allowed, disallowed))
}

func userEvent(a *ask) reply {
	app := a.get("application")
	if app == "" {
		return failure(400, "Missing parameter application")
	}
	payload, ok := a.payload()
	if !ok {
		return failure(500, "Error processing request")
	}
	var sources []string
	if a.get("source") != "" {
		sources = a.list("source")
	}
	return done(a.s.stasis.UserEvent(a.path["eventName"], app, sources, payload))
}

func claim(a *ask) reply { return done(a.s.stasis.Claim(a.get("channelId"), a.get("application"))) }

// eventsPlain is for who asks for events over a WebSocket that he has already.
func eventsPlain(*ask) reply { return failure(400, "Can't upgrade to websocket from a websocket") }

func dynamicObject(a *ask) reply {
	return failure(404, "configClass '"+a.path["configClass"]+"' not found")
}

func asteriskInfo(a *ask) reply {
	only, parts := a.list("only"), a.s.house.Info()
	var out stasis.Object
	for _, name := range []string{"build", "system", "config", "status"} {
		if len(only) == 0 || slices.Contains(only, name) {
			out = append(out, name, parts[name])
		}
	}
	return reply{status: 200, body: out}
}

func asteriskPing(a *ask) reply {
	return reply{status: 200, body: stasis.Object{"ping", "pong", "timestamp", stasis.Time(time.Now()), "asterisk_id", a.s.stasis.EntityID()}}
}

// moduleModel is the model of a module; uses are those of applications by channels.
func moduleModel(m [2]string, uses map[string]int) stasis.Object {
	app := strings.TrimSuffix(strings.TrimPrefix(m[0], "app_"), ".so")
	return stasis.Object{"name", m[0], "description", m[1], "use_count", uses[app], "status", "Running", "support_level", "core"}
}

// uses counts the channels that are in an application, by its name in small letters.
func (a *ask) uses() map[string]int {
	out := map[string]int{}
	for _, c := range a.s.stasis.Core().Channels() {
		out[strings.ToLower(c.View().App)]++
	}
	return out
}

func modulesList(a *ask) reply {
	out, uses := []stasis.Object{}, a.uses()
	for _, m := range a.s.house.Modules() {
		out = append(out, moduleModel(m, uses))
	}
	return reply{status: 200, body: out}
}

// module is one by its name, with ".so" or without.
func (a *ask) module() (m [2]string, ok bool) {
	name := strings.TrimSuffix(a.path["moduleName"], ".so")
	if app, ok := strings.CutPrefix(name, "app_"); ok && a.s.stasis.Core().Unloaded(app) {
		return m, false
	}
	for _, m := range a.s.house.Modules() {
		if strings.TrimSuffix(m[0], ".so") == name {
			return m, true
		}
	}
	if a.s.stasis.Core().HasModule(name) {
		return [2]string{name + ".so", ""}, true
	}
	return m, false
}

func moduleGet(a *ask) reply {
	m, ok := a.module()
	if !ok {
		return failure(404, "Module could not be found in running modules")
	}
	if !strings.HasSuffix(a.path["moduleName"], ".so") {
		return failure(409, "Module information could not be retrieved")
	}
	return reply{status: 200, body: moduleModel(m, a.uses())}
}

func moduleReload(a *ask) reply {
	m, ok := a.module()
	if !ok {
		return failure(404, "Module not found in running modules")
	}
	switch err := a.s.house.ReloadModule(strings.TrimSuffix(m[0], ".so")); {
	case errors.Is(err, pbx.ErrNoReload):
		return failure(409, "Module does not support reloading")
	case err != nil:
		return failure(409, "An unknown error occurred while reloading the module")
	}
	return reply{status: 204}
}

func logList(a *ask) reply {
	out := []stasis.Object{}
	for _, c := range a.s.house.LogChannels() {
		out = append(out, stasis.Object{"channel", c.Name, "type", c.Type, "status", c.Status, "configuration", c.Levels})
	}
	return reply{status: 200, body: out}
}

func (a *ask) logName() string { return a.path["logChannelName"] }

func logAdd(a *ask) reply {
	if a.get("configuration") == "" {
		return failure(400, "Configuration levels are required")
	}
	if a.s.house.AddLog(a.logName(), a.get("configuration")) != nil {
		return failure(409, "Log channel already exists")
	}
	return reply{status: 204}
}

var noLog = failure(404, "Log channel does not exist")

func logDelete(a *ask) reply {
	if !a.s.house.DeleteLog(a.logName()) {
		return noLog
	}
	return reply{status: 204}
}

func logRotate(a *ask) reply {
	if !a.s.house.RotateLog(a.logName()) {
		return noLog
	}
	return reply{status: 204}
}

func globalVariable(a *ask) reply {
	if a.get("variable") == "" {
		return failure(400, "Variable name is required")
	}
	v, err := a.s.stasis.Global(a.get("variable"))
	return result(stasis.Object{"value", v}, err)
}

func setGlobalVariable(a *ask) reply {
	if a.get("variable") == "" {
		return failure(400, "Variable name is required")
	}
	return done(a.s.stasis.SetGlobal(a.get("variable"), a.get("value")))
}
