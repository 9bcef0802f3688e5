package ari

import (
	"cmp"
	"net"
	"strconv"
	"strings"
	"time"

	"obelisk/apps/stasis"
	"obelisk/media"
	"obelisk/pbx"
)

func channelsList(a *ask) reply { return result(a.s.stasis.Channels(), nil) }

func (a *ask) channel() string { return a.path["channelId"] }

func channelGet(a *ask) reply { return result(a.s.stasis.Channel(a.channel())) }

// maxID is how long the unique id of a channel may be.
const maxID = 149

// call is what an originate and a create have in common.
func (a *ask) call() (o stasis.Call, err error) {
	dial := a.get("endpoint")
	o.ID, o.OtherID = cmp.Or(a.channel(), a.get("channelId")), a.get("otherChannelId")
	if len(o.ID) > maxID || len(o.OtherID) > maxID {
		return o, stasis.Refuse(400, "Uniqueid length exceeds maximum of %d", maxID)
	}
	if dial == "" {
		return o, stasis.Refuse(400, "Endpoint must be specified")
	}
	o.Originator = a.get("originator")
	formats := a.get("formats")
	if o.Originator != "" && formats != "" {
		return o, stasis.Refuse(400, "Originator and formats can't both be specified")
	}
	var ok bool
	if o.Tech, o.Resource, ok = strings.Cut(dial, "/"); !ok || o.Tech == "" || o.Resource == "" {
		return o, stasis.Refuse(400, "Invalid endpoint specified")
	}
	for _, name := range strings.Split(formats, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		list := media.CodecsNamed(name)
		if len(list) == 0 {
			return o, stasis.Refuse(400, "Provided format (%s) was not found", name)
		}
		o.Codecs = append(o.Codecs, list...)
	}
	vars, _, err := a.variables()
	o.Vars = pairs(vars)
	for _, v := range vars {
		if v.Show {
			o.Shown = append(o.Shown, v.Name)
		}
	}
	o.Application, o.Args = a.get("app"), a.args()
	return o, err
}

func originate(a *ask) reply {
	o, err := a.call()
	if err != nil {
		return refused(err)
	}
	exten := a.get("extension")
	switch {
	case o.Application != "":
	case exten == "":
		return failure(400, "Application or extension must be specified")
	default:
		if o.At, err = a.s.stasis.Place(a.get("context"), exten, a.get("label"), a.number("priority", 1)); err != nil {
			return refused(err)
		}
	}
	o.CallerID = pbx.ParseCallerID(a.get("callerId"))
	if o.Timeout = a.seconds("timeout", 30); o.Timeout <= 0 {
		o.Timeout = pbx.NoTimeout
	}
	if o.Bridge, o.Play = a.get("bridge"), a.play(); len(o.Bridge) > maxID {
		return failure(400, "Uniqueid of the bridge is too long")
	}
	return result(a.s.stasis.Originate(o))
}

func create(a *ask) reply {
	o, err := a.call()
	switch {
	case err != nil:
		return refused(err)
	case o.Application == "":
		return failure(400, "Application must be specified")
	}
	return result(a.s.stasis.Create(o))
}

// reasons are why a channel is hung up, with their causes (Q.850).
var reasons = map[string]pbx.Cause{"normal": 16, "busy": 17, "congestion": 34, "no_answer": 19, "timeout": 102, "rejected": 21,
	"unallocated": 1, "normal_unspecified": 31, "number_incomplete": 28, "codec_mismatch": 58, "interworking": 127, "failure": 38,
	"answered_elsewhere": 26}

// mostCause is the highest cause that a program may give: more than Q.850 has, as with Asterisk.
const mostCause = 65535

func hangup(a *ask) reply {
	reason, code := a.get("reason"), a.get("reason_code")
	cause := pbx.CauseNormal
	if a.s.stasis.Find(a.channel()) == nil {
		return failure(404, "Channel not found")
	}
	switch {
	case reason != "" && code != "":
		return failure(400, "The reason and reason_code can't both be specified")
	case code != "":
		n, err := strconv.Atoi(code)
		if err != nil || n < 0 || n > mostCause {
			return failure(400, "Invalid reason for hangup reason code provided")
		}
		cause = pbx.Cause(n)
	case reason != "":
		c, ok := reasons[reason]
		if !ok {
			return failure(400, "Invalid reason for hangup reason provided")
		}
		cause = c
	}
	return done(a.s.stasis.Hangup(a.channel(), cause))
}

func continueChannel(a *ask) reply {
	return done(a.s.stasis.Continue(a.channel(), a.get("context"), a.get("extension"), a.get("label"), a.number("priority", 0)))
}

func moveChannel(a *ask) reply {
	return done(a.s.stasis.Move(a.channel(), a.get("app"), a.args()))
}

func redirect(a *ask) reply {
	endpoint := a.get("endpoint")
	if endpoint == "" {
		return failure(400, "Required parameter 'endpoint' not provided.")
	}
	return done(a.s.stasis.Redirect(a.channel(), endpoint))
}

func answer(a *ask) reply       { return done(a.s.stasis.Answer(a.channel())) }
func ring(a *ask) reply         { return done(a.s.stasis.Ring(a.channel(), true)) }
func ringStop(a *ask) reply     { return done(a.s.stasis.Ring(a.channel(), false)) }
func progress(a *ask) reply     { return done(a.s.stasis.Progress(a.channel())) }
func hold(a *ask) reply         { return done(a.s.stasis.Hold(a.channel(), true)) }
func unhold(a *ask) reply       { return done(a.s.stasis.Hold(a.channel(), false)) }
func startMoh(a *ask) reply     { return done(a.s.stasis.Music(a.channel(), a.get("mohClass"), true)) }
func stopMoh(a *ask) reply      { return done(a.s.stasis.Music(a.channel(), "", false)) }
func startSilence(a *ask) reply { return done(a.s.stasis.Silence(a.channel(), true)) }
func stopSilence(a *ask) reply  { return done(a.s.stasis.Silence(a.channel(), false)) }
func mute(a *ask) reply         { return done(a.s.stasis.Mute(a.channel(), a.get("direction"), true)) }
func unmute(a *ask) reply       { return done(a.s.stasis.Mute(a.channel(), a.get("direction"), false)) }

func sendDTMF(a *ask) reply {
	return done(a.s.stasis.SendKeys(a.channel(), stasis.Keys{Digits: a.get("dtmf"), Before: a.millis("before", 0),
		Between: a.millis("between", 100), Duration: a.millis("duration", 100), After: a.millis("after", 0)}))
}

// play is what is to be played.
func (a *ask) play() stasis.Play {
	return stasis.Play{ID: cmp.Or(a.path["playbackId"], a.get("playbackId")), Media: a.list("media"), Language: a.get("lang"),
		Offset: a.millis("offsetms", 0), Skip: a.millis("skipms", 3000)}
}

func channelPlay(a *ask) reply {
	o, err := a.s.stasis.Play(a.channel(), a.play())
	return made(o, err, "playbacks", idOf(o))
}

// idOf is the id of a model, which is its first member.
func idOf(o stasis.Object) string {
	if len(o) > 1 {
		id, _ := o[1].(string)
		return id
	}
	return ""
}

// record is what is to be recorded.
func (a *ask) record() stasis.Record {
	return stasis.Record{Name: a.get("name"), Format: a.get("format"), Limit: a.seconds("maxDurationSeconds", 0),
		Silence: a.seconds("maxSilenceSeconds", 0), IfExists: a.get("ifExists"), Beep: a.truth("beep"), Ends: a.get("terminateOn")}
}

func channelRecord(a *ask) reply {
	o, err := a.s.stasis.Record(a.channel(), a.record())
	return made(o, err, "recordings", "live", idOf(o))
}

func channelVariable(a *ask) reply {
	v, err := a.s.stasis.Variable(a.channel(), a.get("variable"))
	return result(stasis.Object{"value", v}, err)
}

func setChannelVariable(a *ask) reply {
	v := stasis.Variable{Name: a.get("variable"), Value: a.get("value"), Show: a.truth("report_events")}
	if _, given := a.lookup("value"); !given && v.Name != "" {
		return done(a.s.stasis.UnsetVariable(a.channel(), v.Name))
	}
	return done(a.s.stasis.SetVariable(a.channel(), v.Name, v.Value, v.Show))
}

func channelVariables(a *ask) reply {
	return a.several(func(name string) (string, error) { return a.s.stasis.Variable(a.channel(), name) })
}

// several reads a list of variables.
func (a *ask) several(read func(string) (string, error)) reply {
	names := a.list("variables")
	if len(names) == 0 {
		return failure(400, "At least one variable name is required")
	}
	var out stasis.Object
	for _, name := range names {
		if name == "" {
			return failure(400, "Variable names are required")
		}
		v, err := read(name)
		if err != nil {
			return provided(err)
		}
		out = append(out, name, v)
	}
	return reply{status: 200, body: stasis.Object{"variables", out}}
}

func setChannelVariables(a *ask) reply {
	return a.setSeveral(func(v stasis.Variable) error { return a.s.stasis.SetVariable(a.channel(), v.Name, v.Value, v.Show) })
}

func (a *ask) setSeveral(set func(stasis.Variable) error) reply {
	list, given, err := a.variables()
	switch {
	case err != nil:
		return refused(err)
	case a.object == nil:
		return failure(400, "The 'variables' field is required")
	case !given:
		return failure(400, "The 'variables' field must be a JSON object")
	}
	for _, v := range list {
		if err := set(v); err != nil {
			return provided(err)
		}
	}
	return reply{status: 204}
}

// provided is a refusal in the words of the operations on several variables.
func provided(err error) reply {
	answer := refused(err)
	if r, ok := err.(*stasis.Refusal); ok && (r.Text == "Channel not found" || r.Text == "Bridge not found") {
		return failure(404, "Provided "+strings.ToLower(r.Text[:len(r.Text)-len(" not found")])+" was not found")
	}
	return answer
}

func snoop(a *ask) reply {
	return result(a.s.stasis.Snoop(a.channel(), stasis.Snoop{ID: cmp.Or(a.path["snoopId"], a.get("snoopId")),
		Spy: cmp.Or(a.get("spy"), "none"), Whisper: cmp.Or(a.get("whisper"), "none"), App: a.get("app"), Args: a.args()}))
}

func dialChannel(a *ask) reply {
	return done(a.s.stasis.Dial(a.channel(), a.get("caller"), max(a.seconds("timeout", 0), 0)))
}

func rtpStatistics(a *ask) reply { return result(a.s.stasis.Statistics(a.channel())) }

// externalMedia checks what belongs together, in Asterisk's order.
func externalMedia(a *ask) reply {
	host, format := a.get("external_host"), a.get("format")
	encapsulation, transport, kind := cmp.Or(a.get("encapsulation"), "rtp"), a.get("transport"), cmp.Or(a.get("connection_type"), "client")
	if transport == "" {
		transport = map[string]string{"none": "websocket"}[encapsulation]
	}
	transport = cmp.Or(transport, "udp")
	name, port, split := strings.Cut(host, ":")
	if n, p, err := net.SplitHostPort(host); err == nil {
		name, port, split = n, p, true
	}
	switch {
	case a.get("app") == "":
		return failure(400, "app cannot be empty")
	case transport == "websocket" && encapsulation != "none":
		return failure(400, "encapsulation must be 'none' for websocket transport")
	case encapsulation == "rtp" && transport != "udp":
		return failure(400, "transport must be 'udp' for rtp encapsulation")
	case encapsulation == "audiosocket" && transport != "tcp":
		return failure(400, "transport must be 'tcp' for audiosocket encapsulation")
	case kind == "server" && transport != "websocket":
		return failure(400, "'server' connection_type can only be used with the websocket transport")
	case host == "" && kind != "server":
		return failure(400, "external_host is required for all but websocket server connections")
	case transport == "websocket" && kind == "client" && (*a.s.known.Load())[host] == nil:
		return failure(400, "external_host must be a valid websocket_client connection id.")
	case transport != "websocket" && (!split || name == "" || port == ""):
		return failure(400, "external_host must be <host>:<port> for all transports other than websocket")
	case format == "":
		return failure(400, "format cannot be empty")
	case cmp.Or(a.get("direction"), "both") != "both":
		return failure(400, "Invalid direction specified")
	case encapsulation == "audiosocket" && a.get("data") == "":
		return failure(400, "data can not be empty")
	}
	var tech, resource string
	switch encapsulation + " " + transport {
	case "rtp udp":
		tech, resource = "UnicastRTP", host+"/c("+format+")"
	case "audiosocket tcp":
		tech, resource = "AudioSocket", host+"/"+a.get("data")+"/c("+format+")"
	case "none websocket":
		tech, resource = "WebSocket", cmp.Or(map[string]string{"server": "INCOMING"}[kind], host)+"/c("+
			strings.TrimSpace(strings.Split(format, ",")[0])+")"+a.get("transport_data")
	default:
		return failure(501, "The encapsulation and/or transport is not supported")
	}
	codecs := media.CodecsNamed(format)
	if len(codecs) == 0 && !(tech != "UnicastRTP" && strings.HasPrefix(format, "slin")) || !a.s.stasis.Core().Technology(tech) {
		return failure(500, "An internal error prevented this request from being handled")
	}
	vars, _, err := a.variables()
	if err != nil {
		return refused(err)
	}
	o := stasis.Call{Application: a.get("app")}
	if tech == "UnicastRTP" {
		o.Told = []string{"UNICASTRTP_LOCAL_PORT", "UNICASTRTP_LOCAL_ADDRESS"}
	}
	if tech == "WebSocket" {
		o.Told = []string{"MEDIA_WEBSOCKET_CONNECTION_ID", "MEDIA_WEBSOCKET_OPTIMAL_FRAME_SIZE"}
	}
	o.ID, o.Tech, o.Resource, o.Codecs, o.Vars, o.Timeout = a.get("channelId"), tech, resource, codecs, pairs(vars), 30*time.Second
	return result(a.s.stasis.Originate(o))
}

// transferStates are what may become of a transfer.
var transferStates = map[string]bool{"channel_progress": true, "channel_answered": true, "channel_unavailable": true,
	"channel_declined": true}

func transferProgress(a *ask) reply {
	states := a.get("states")
	switch {
	case a.s.stasis.Find(a.channel()) == nil:
		return failure(404, "Channel not found")
	case states == "":
		return failure(400, "states must not be empty")
	case !transferStates[states]:
		return failure(400, "Invalid states value")
	}
	return reply{status: 204} // no transfer of SIP waits for a program here: there is nobody to be told
}
