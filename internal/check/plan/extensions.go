package plan

import (
	"regexp"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// states are what has a state and is no channel: their names end with a colon.
var states = []string{"custom", "park", "queue", "confbridge", "presence", "meetme", "agentavail"}

// hint looks at the devices of one.
func (j *judge) hint(context string, e *dialplan.Extension) {
	h := e.Hint
	if strings.TrimSpace(h.Devices) == "" || strings.HasSuffix(strings.TrimSpace(h.Devices), "&") || strings.HasPrefix(h.Devices, "&") ||
		strings.Contains(h.Devices, "&&") {
		j.Say("plan-hint", h.Pos, "SIP/name", "the hint of extension '%s' names no device, or an & beside nothing: there is no state of it",
			e.Name)
	}
	for _, device := range strings.Split(h.Devices, "&") {
		device = strings.TrimSpace(device)
		device, _, _ = strings.Cut(device, ",")
		tech, _, slash := strings.Cut(device, "/")
		switch {
		case device == "" || strings.Contains(device, "$"):
		case strings.HasPrefix(strings.ToLower(device), "dial("):
			j.Say("plan-hint", h.Pos, "SIP/name", "the hint of extension '%s' is a step: a hint names devices alone, and this one never shows a "+
				"call", e.Name)
		case !slash && !strings.Contains(device, ":"):
			j.Say("plan-hint", h.Pos, "SIP/"+device, "the hint of extension '%s' names no technology: '%s' is no device, and its lamp never lights",
				e.Name, device)
		case slash && slices.Contains(states, strings.ToLower(tech)):
			j.Say("plan-hint", h.Pos, strings.Replace(device, "/", ":", 1), "the hint of extension '%s' has a / where a : is meant: '%s' is no "+
				"device, and its lamp never lights", e.Name, device)
		case !slash:
			j.kept(e, device)
		case technologies[strings.ToLower(tech)] != "" && !j.here(tech):
			j.Say("plan-hint-technology", h.Pos, technologies[strings.ToLower(tech)],
				"the hint of extension '%s' is about '%s': there is no technology %s here, and its lamp never lights", e.Name, device, tech)
		}
	}
	if strings.Contains(h.Devices, ",") && strings.Contains(h.Devices[strings.Index(h.Devices, ","):], "/") && !strings.Contains(h.Devices,
		"CustomPresence") {
		j.Say("plan-hint", h.Pos, strings.ReplaceAll(h.Devices, ",", "&"), "the devices of the hint of extension '%s' are parted by a comma: "+
			"only the first one counts, several are parted by &", e.Name)
	}
}

// customs looks whether anybody sets the states that hints of Custom devices show.
func (j *judge) customs() {
	var set []string
	open := false
	j.plan.EachStep(func(at dialplan.Place) {
		for _, m := range customState.FindAllStringSubmatch(at.Step.Args.Raw(), -1) {
			set = append(set, m[1])
			open = open || strings.Contains(m[1], "$")
		}
	})
	j.plan.EachHint(func(_ string, e *dialplan.Extension) {
		name, ok := strings.CutPrefix(e.Hint.Devices, "Custom:")
		if !ok || !known(name) || open || strings.ContainsAny(name, "&,") || slices.Contains(set, name) {
			return
		}
		j.SayAs(config.Note, "plan-hint-endpoint", e.Hint.Pos, look.Like(name, set), "the hint of extension '%s' shows Custom:%s, whose state "+
			"no step sets: unless a program or the console does, its lamp never changes", e.Name, name)
	})
}

var customState = regexp.MustCompile(`DEVICE_STATE\([Cc]ustom:([^)]*)`)

// here says whether there is a technology, or its names are understood.
func (j *judge) here(tech string) bool {
	return j.Core().Technology(tech) || j.plan.PJSIPNames && strings.EqualFold(tech, "PJSIP")
}

// meant is a device of PJSIP as one of SIP, where its names are understood. A URI behind the
// endpoint is not looked at.
func (j *judge) meant(device string) string {
	tech, rest, ok := strings.Cut(device, "/")
	if !ok || !j.plan.PJSIPNames || !strings.EqualFold(tech, "PJSIP") {
		return device
	}
	name, _, _ := strings.Cut(rest, "/")
	return "SIP/" + name
}

// peerNames are the names of all endpoints, put together once.
func (j *judge) peerNames() []string {
	if j.peers == nil {
		j.peers = j.sip.PeerNames()
	}
	return j.peers
}

// unknownEndpoints reports endpoints that the dialplan names and sip.conf does not have.
func (j *judge) unknownEndpoints() {
	for _, g := range j.plan.Globals {
		for _, device := range strings.Split(g.Value, "&") {
			name, ok := j.missing(j.meant(device))
			if ok && !strings.ContainsAny(name, "/.:@[") {
				j.Say("plan-endpoint-missing", g.Pos, look.Like(name, j.peerNames()),
					"'SIP/%s' of the global variable %s is not in sip.conf: there is no such peer", name, g.Name)
			}
		}
	}
	j.plan.EachHint(func(context string, e *dialplan.Extension) {
		for _, device := range strings.Split(e.Hint.Devices, "&") {
			if p := j.callsOnly(j.meant(strings.TrimSpace(device))); p != nil {
				j.Say("plan-hint-endpoint", e.Hint.Pos, "type=friend in ["+p.Name+"] of sip.conf", "the hint of extension '%s' in '%s' is about "+
					"'SIP/%s', which is type=user in sip.conf (%s): it calls and cannot be called, and its lamp never lights", e.Name, context,
					p.Name, p.Pos)
				continue
			}
			if name, ok := j.missing(j.meant(strings.TrimSpace(device))); ok {
				j.Say("plan-hint-endpoint", e.Hint.Pos, look.Like(name, j.peerNames()), "the hint of extension '%s' in '%s' is about 'SIP/%s', "+
					"which is not in sip.conf: there is no such peer, its lamp never lights", e.Name, context, name)
			}
		}
	})
	j.plan.EachStep(func(at dialplan.Place) {
		list, rest, _ := strings.Cut(at.Step.Args.Raw(), ",")
		switch strings.ToLower(at.Step.App) {
		case "dial", "page", "chanspy", "chanisavail":
		case "addqueuemember", "removequeuemember", "pausequeuemember", "unpausequeuemember":
			list, _, _ = strings.Cut(rest, ",")
		default:
			return
		}
		for _, dest := range strings.Split(j.Known(list), "&") {
			j.endpoint(at, j.meant(strings.TrimSpace(dest)))
		}
	})
}

// callsOnly is the section of type=user that a device means; nil of every other device.
func (j *judge) callsOnly(device string) *sipconf.Peer {
	name, ok := strings.CutPrefix(device, "SIP/")
	if p := j.sip.InFile(name); ok && p != nil && p.IsUser && !p.IsPeer {
		return p
	}
	return nil
}

// endpoint looks at one destination. What follows the endpoint is a number there; a name with a
// dot or a port is a host.
func (j *judge) endpoint(at dialplan.Place, dest string) {
	device, numbered := dest, ""
	if f := strings.SplitN(device, "/", 3); len(f) == 3 {
		device, numbered = f[0]+"/"+f[1], f[2]
		if j.numbered(at, f[0], f[1], f[2]) {
			return
		}
	}
	if number, peer, ok := strings.Cut(device, "@"); ok && strings.HasPrefix(number, "SIP/") && !strings.ContainsAny(peer, ".:[$") {
		device = "SIP/" + peer
	}
	if p := j.callsOnly(device); p != nil {
		j.Say("plan-endpoint-missing", at.Step.Pos, "type=friend, or type=peer for a provider", "%s: 'SIP/%s' is type=user in sip.conf (%s): "+
			"there is no such peer to call, and it is looked for as a host of that name", at.Step.App, p.Name, p.Pos)
		return
	}
	name, ok := j.missing(device)
	if !ok || strings.ContainsAny(name, ".:@[|") || strings.Contains(numbered, "@") { // of | plan-pipe tells
		return
	}
	j.Say("plan-endpoint-missing", at.Step.Pos, look.Like(name, j.peerNames()),
		"%s: 'SIP/%s' is not in sip.conf: there is no such peer, and it is looked for as a host of that name", at.Step.App, name)
}

// numbered looks at SIP/endpoint/number, whose two parts may be swapped; true when it has told of it. What
// follows the second / is the number, an @ with it.
func (j *judge) numbered(at dialplan.Place, tech, endpoint, number string) bool {
	if !strings.EqualFold(tech, "SIP") {
		return false
	}
	given := strings.HasPrefix(endpoint, "$") || strings.Trim(endpoint, "0123456789") == ""
	if p := j.sip.InFile(number); given && p != nil && j.sip.Lookup(endpoint) == nil && (strings.Contains(endpoint, "EXTEN") || !p.Dynamic &&
		!strings.Contains(endpoint, "$")) {
		j.Say("plan-arguments-swapped", at.Step.Pos, "SIP/"+number+"/"+endpoint, "%s: endpoint and number are swapped: the order is "+
			"SIP/endpoint/number, and an endpoint '%s' is looked for, which does not exist", at.Step.App, endpoint)
		return true
	}
	if user, host, ok := strings.Cut(number, "@"); ok && j.sip.InFile(endpoint) != nil && !strings.Contains(host, "{") {
		j.Say("plan-dial-number-at", at.Step.Pos, "SIP/"+endpoint+"/"+user, "%s: all behind the second / is the number, an @ with it: '%s' is "+
			"asked for '%s%%40%s', which is nobody's number", at.Step.App, endpoint, user, host)
		return true
	}
	return false
}

// missing says that a device is an endpoint that sip.conf does not have.
func (j *judge) missing(device string) (name string, ok bool) {
	name, ok = strings.CutPrefix(strings.TrimSpace(device), "SIP/")
	if !ok || name == "" || strings.ContainsAny(name, "${") || j.sip.Lookup(name) != nil || j.IsLeftOut(name) {
		return "", false
	}
	return name, true
}

// extensions looks at each extension as a whole.
func (j *judge) extensions() {
	for _, x := range j.plan.Order {
		waits := false
		for _, e := range x.Extensions {
			for _, s := range e.Priorities() {
				app := strings.ToLower(s.App)
				waits = waits || app == "background" || app == "waitexten"
				if e.Name == "h" {
					j.afterHangup(s)
				}
			}
		}
		if waits && !j.has(x, "i") && !x.AutoHints {
			j.SayAs(config.Note, "plan-no-invalid", x.Pos, "exten => i,1,...",
				"context '%s' waits for keys and has no extension i: a wrong key ends the call", x.Name)
		}
		if waits && !j.has(x, "t") && j.has(x, "i") && !x.AutoHints {
			j.SayAs(config.Note, "plan-no-timeout", x.Pos, "exten => t,1,...",
				"context '%s' waits for keys and has no extension t: who presses none, or cannot, is hung up", x.Name)
		}
		j.hiding(x)
		j.switches(x)
	}
}

// switches tells of a table that no line of extconfig.conf maps.
func (j *judge) switches(x *dialplan.Context) {
	for _, s := range x.Switches {
		_, family, ok := strings.Cut(s.Data, "@")
		family, _, _ = strings.Cut(family, "/")
		if !ok {
			family = "extensions"
		}
		if s.Kind != dialplan.RealtimeSwitch || !known(family) || j.File("extconfig.conf").Section("settings").Get(family) != "" {
			continue
		}
		j.Say("plan-switch-missing", s.Pos, family+" => pgsql,asterisk in extconfig.conf",
			"switch Realtime asks the family '%s', and extconfig.conf maps no table to it: no extension is found there", family)
	}
}

// afterHangup tells of steps of extension h that need somebody who is there.
func (j *judge) afterHangup(s *dialplan.Priority) {
	switch app := strings.ToLower(s.App); app {
	case "dial", "playback", "background", "answer", "queue", "voicemail", "read", "waitexten", "echo", "musiconhold":
		j.Say("plan-h-speaks", s.Pos, "", "%s in extension h: the caller has hung up already, and nobody hears it; the step fails", s.App)
	}
}

// has says whether a context, or one that it includes, has an extension.
func (j *judge) has(x *dialplan.Context, name string) bool {
	return j.hasIn(x, name, map[*dialplan.Context]bool{})
}

func (j *judge) hasIn(x *dialplan.Context, name string, seen map[*dialplan.Context]bool) bool {
	if x == nil || seen[x] {
		return false
	}
	seen[x] = true
	for _, e := range x.Extensions {
		if e.Name == name {
			return true
		}
	}
	for _, i := range x.Includes {
		if j.hasIn(j.plan.Contexts[i.Context], name, seen) {
			return true
		}
	}
	return len(x.Switches) > 0
}

// onlyRefuses says whether an extension does nothing but end calls: what comes of it twice is the same.
func onlyRefuses(e *dialplan.Extension) bool {
	for _, s := range e.Priorities() {
		switch strings.ToLower(s.App) {
		case "hangup", "noop", "congestion", "busy", "verbose", "log":
		default:
			return false
		}
	}
	return true
}

// hiding tells of patterns that take the special extensions.
func (j *judge) hiding(x *dialplan.Context) {
	for _, e := range x.Extensions {
		if (e.Name == "_." || e.Name == "_!") && len(e.Priorities()) > 0 {
			severity := config.Warning
			if onlyRefuses(e) {
				severity = config.Note
			}
			j.SayAs(severity, "plan-pattern-all", e.Pos, "_X"+e.Name[1:], "'%s' of context '%s' matches h, i, t and s too: every hangup runs it "+
				"once more", e.Name, x.Name)
		}
	}
}
