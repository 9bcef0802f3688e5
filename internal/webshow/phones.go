package webshow

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"obelisk/channels/chansip"
	"obelisk/manage/web/console"
)

// Phones implements console.House.
func (v *House) Phones() (out []console.Phone) {
	if v.driver() == nil {
		return nil
	}
	agents, since := map[string]string{}, map[string]time.Time{}
	for _, b := range v.driver().Bindings("") {
		agents[b.Name], since[b.Name] = b.UserAgent, b.Expires.Add(-b.Granted)
	}
	l := v.lookout.Load()
	for _, p := range v.driver().Peers() {
		x := console.Phone{Name: p.Name, Status: p.Health.Status(), Agent: agents[p.Name], Registered: p.Address != "",
			Lamp: v.s.Core.DeviceState("SIP/" + p.Name).String(), NAT: nat(&p)}
		if x.Registered {
			x.Address = net.JoinHostPort(p.Address, fmt.Sprint(p.Port))
		}
		if l != nil {
			if r := l.refusal(p.Name); r.At.After(since[p.Name]) {
				x.Refused = r.Event
			}
		}
		out = append(out, x)
	}
	return out
}

// nat says what stands between a phone and the switchboard: the address in its Contact is another
// one than that which its messages come from.
func nat(p *chansip.PeerInfo) string {
	if p.NATFound {
		return "NAT"
	}
	return ""
}

// Phone implements console.House.
func (v *House) Phone(name string) (out console.PhoneStory, ok bool) {
	if v.driver() == nil {
		return out, false
	}
	p, ok := v.driver().Peer(name)
	if !ok {
		return out, false
	}
	out = console.PhoneStory{Name: p.Name, Checks: v.checks(&p)}
	out.Settings, _ = v.s.SIP().Details(name)
	if l := v.lookout.Load(); l != nil {
		out.Refusal = l.refusal(p.Name)
		for _, h := range l.gauges.hours(time.Now().Add(-7 * 24 * time.Hour)) {
			if h.Name == p.Name {
				out.Media = append(out.Media, h)
			}
		}
	}
	for _, h := range v.s.Core.Hints() {
		if slices.ContainsFunc(strings.Split(h.Devices, "&"),
			func(d string) bool { return strings.EqualFold(strings.TrimSpace(d), "SIP/"+p.Name) }) {
			out.Lamps = append(out.Lamps, console.Lamp{Exten: h.Exten, Context: h.Context, State: h.State.String(), Watchers: h.Watchers})
		}
	}
	out.Last = v.lastCall("SIP/" + p.Name + "-")
	return out, true
}

// lastCall is the newest one that had a channel whose name begins so.
func (v *House) lastCall(channel string) *console.Call {
	for _, t := range v.s.Core.Book().Last(mostCalls) {
		if slices.ContainsFunc(t.Names(), func(n string) bool { return strings.HasPrefix(n, channel) }) {
			if s, ok := v.Story(t.ID); ok {
				return &s.Call
			}
		}
	}
	return nil
}

// checks go the way of a call to a phone, and say what is in it.
func (v *House) checks(p *chansip.PeerInfo) (out []console.Check) {
	add := func(state console.CheckState, key string, args ...any) {
		out = append(out, console.Check{State: state, Key: key, Args: args})
	}
	if !p.IsPeer {
		add(console.CheckBad, "ring.user")
		return out
	}
	v.checkDialplan(p.Name, add)
	switch address := net.JoinHostPort(p.Address, fmt.Sprint(p.Port)); {
	case p.Address == "" && p.Dynamic:
		add(console.CheckBad, "ring.absent")
	case p.Address == "":
		add(console.CheckBad, "ring.unknown", p.Host)
	case p.Binding != nil:
		add(console.CheckGood, "ring.registered", address, max(time.Until(p.Binding.Expires), 0).Round(time.Second))
	default:
		add(console.CheckGood, "ring.static", address)
	}
	if text := nat(p); text != "" {
		force, comedia := p.NATColumns()
		add(console.CheckGood, "ring.nat", "force_rport "+force+", comedia "+comedia)
	}
	took := max(p.Health.RTT.Round(time.Millisecond), time.Millisecond)
	switch h := p.Health; {
	case p.Address == "":
	case !h.Monitored:
		add(console.CheckDoubt, "ring.unasked")
	case !h.Known:
		add(console.CheckDoubt, "ring.waiting")
	case !h.Reachable:
		add(console.CheckBad, "ring.unreachable")
	case h.Lagged:
		add(console.CheckBad, "ring.lagged", took)
	default:
		add(console.CheckGood, "ring.reachable", took)
	}
	state := v.s.Core.DeviceState("SIP/" + p.Name)
	switch n := v.driver().InUse(p.Name); {
	case p.CallLimit > 0 && n >= p.CallLimit:
		add(console.CheckBad, "ring.limit", n, p.CallLimit)
	case n > 0:
		add(console.CheckGood, "ring.calls", n)
	default:
		add(console.CheckGood, "ring.free")
	}
	add(console.CheckGood, "ring.state", state.String())
	return out
}

// mostCalls are looked through for the last one of a phone.
const mostCalls = 1000

// mostPlaces are told of the dialplan.
const mostPlaces = 5

// checkDialplan says where the dialplan names a phone.
func (v *House) checkDialplan(name string, add func(console.CheckState, string, ...any)) {
	var places []string
	for _, c := range v.s.Core.Plan().Order {
		for _, e := range c.Extensions {
			for _, s := range e.Priorities() {
				if len(places) < mostPlaces && dials(s.Args.Raw(), "SIP/"+name) {
					places = append(places, fmt.Sprintf("%s@%s (%s)", e.Name, c.Name, s.Pos))
				}
			}
		}
	}
	if len(places) == 0 {
		add(console.CheckDoubt, "ring.undialled", name)
		return
	}
	add(console.CheckGood, "ring.dialled", strings.Join(places, ", "))
}

// dials says whether arguments name a device, and not one whose name goes on.
func dials(args, device string) bool {
	for rest := args; ; {
		i := strings.Index(strings.ToLower(rest), strings.ToLower(device))
		if i < 0 {
			return false
		}
		rest = rest[i+len(device):]
		if rest == "" || strings.ContainsRune("&,/)|@ ", rune(rest[0])) {
			return true
		}
	}
}

// CheckSync implements console.House.
func (v *House) CheckSync(name string) error {
	if v.driver() == nil {
		return errNoSIP
	}
	return v.driver().NotifyWith(name, [][2]string{{"Event", "check-sync"}})
}
