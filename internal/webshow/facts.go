package webshow

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/rawnet"
	"obelisk/internal/version"
	"obelisk/manage/web/console"
)

var errNoSIP = errors.New("there is no SIP: sip.conf was not read")

// Pulse implements console.Gauges.
func (v *House) Pulse() (p console.Pulse) {
	channels, calls, _ := v.s.Core.Counts()
	p.Calls, p.Channels = calls, channels
	p.Registered, p.Known = registrations(v.driver())
	if l := v.lookout.Load(); l != nil {
		p.Minutes = l.gauges.pulse(time.Now())
		for _, n := range p.Minutes {
			p.LastHour += n
		}
	}
	return p
}

// Hours implements console.Gauges.
func (v *House) Hours(since time.Time) []console.Hour {
	l := v.lookout.Load()
	if l == nil {
		return nil
	}
	return l.gauges.hours(since)
}

// Media implements console.House: of the call of a dialog.
func (v *House) Media(callID string) []console.Media {
	l, t := v.lookout.Load(), v.s.Core.Book().Find(callID)
	if l == nil || t == nil {
		return nil
	}
	return l.gauges.media(t.ID)
}

const (
	badLoss   = 3.0 // percent
	mostNames = 4   // that an alarm tells
)

// Alarms implements console.Gauges.
func (v *House) Alarms() (out []console.Alarm) {
	add := func(link, key string, args ...any) {
		out = append(out, console.Alarm{Key: key, Args: args, Link: link})
	}
	if why := v.s.Ready(); why != "" {
		add("/system", "alarm.stopping", why)
	}
	for _, t := range v.Trunks() {
		if t.State != "Registered" && !t.Elsewhere {
			add("/trunks", "alarm.trunk", t.User, t.Host, t.State)
		}
	}
	if v.driver() != nil {
		var silent []string
		for _, p := range v.driver().Peers() {
			if p.Health.Monitored && p.Health.Known && !p.Health.Reachable {
				silent = append(silent, p.Name)
			}
		}
		if n := len(silent); n > 0 {
			names := strings.Join(silent[:min(n, mostNames)], ", ")
			if n > mostNames {
				names += " …"
			}
			add("/phones", "alarm.phones", n, names)
		}
	}
	l := v.lookout.Load()
	if l == nil {
		return out
	}
	if n, last := l.lastHour(func(account string) bool { return v.driver() != nil && v.driver().Directory().Lookup(account) != nil }); n > 0 {
		add("/phone/"+last, "alarm.refusals", n, last)
	}
	if n := l.files.errors(); n > 0 {
		add("/files", "alarm.files", n)
	}
	for _, ch := range l.gauges.worst() {
		add("/call/"+ch[1], "alarm.loss", ch[0], ch[2])
	}
	return out
}

// errors counts those among the findings, as they were judged last.
func (j *judged) errors() (n int) {
	if !j.mu.TryLock() { // they are judged just now
		return 0
	}
	defer j.mu.Unlock()
	for _, f := range j.list {
		if f.Severity == "error" {
			n++
		}
	}
	return n
}

// Facts implements console.House.
func (v *House) Facts() []console.Facts {
	channels, calls, processed := v.s.Core.Counts()
	reloads, refused, last := v.s.Reloads()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	out := []console.Facts{
		{Title: "system.about", Rows: [][2]string{
			{"Obelisk", version.Read().String()}, {"Version", sipconf.Version}, {"Go", runtime.Version()}, {"Configuration", v.s.Folder},
			{"Started", v.s.Core.Begun().Format(time.DateTime)}, {"Last reload", last.Format(time.DateTime)},
			{"Reloads", fmt.Sprintf("%d, refused %d", reloads, refused)}, {"Memory", fmt.Sprintf("%d MiB", m.Sys>>20)},
			{"Goroutines", fmt.Sprint(runtime.NumGoroutine())},
		}},
		{Title: "system.calls", Rows: [][2]string{
			{"Channels", fmt.Sprint(channels)}, {"Calls", fmt.Sprint(calls)}, {"Calls since the start", fmt.Sprint(processed)},
			{"Bridges", fmt.Sprint(len(v.s.Core.Bridges()))},
		}},
		{Title: "system.ports", Rows: v.ports()},
		{Title: "system.limits", Rows: v.limits()},
	}
	for _, what := range v.s.NeedsRestart() {
		out[0].Rows = append(out[0].Rows, [2]string{"At the next start", what})
	}
	if v.driver() != nil {
		out = append(out, console.Facts{Title: "system.overload", Rows: v.s.SIP().Overload()})
	}
	return out
}

// ports are where the switchboard listens.
func (v *House) ports() (out [][2]string) {
	add := func(what string, on bool, at fmt.Stringer) {
		if on {
			out = append(out, [2]string{what, at.String()})
		}
	}
	if v.driver() != nil {
		d := v.driver().Directory()
		add("SIP, UDP", true, d.UDPBind)
		add("SIP, TCP", d.TCPEnable, d.TCPBind)
		add("SIP, TLS", d.TLSEnable, d.TLSBind)
	}
	if m := v.s.Media(); m != nil {
		c := m.Config()
		out = append(out, [2]string{"RTP", fmt.Sprintf("%d-%d", c.PortMin, c.PortMax)})
	}
	plain, secure := v.s.Web.Addresses()
	if plain != "" {
		out = append(out, [2]string{"HTTP", plain})
	}
	if secure != "" {
		out = append(out, [2]string{"HTTPS", secure})
	}
	return out
}

// limits are the bounds of the switchboard, and how often calls ran into them.
func (v *House) limits() [][2]string {
	_, calls, _ := v.s.Core.Counts()
	most := "no limit (maxcalls)"
	if n := v.s.MaxCalls; n > 0 {
		most = fmt.Sprintf("%d of %d (maxcalls)", calls, n)
	}
	open, limit := v.s.Descriptors()
	out := [][2]string{{"Calls", most}, {"File descriptors", fmt.Sprintf("%d of %d, refused %d", open, limit, rawnet.Refused())},
		{"HTTP connections that had to make room", fmt.Sprint(v.s.Web.Refused())}}
	for _, name := range slices.Sorted(maps.Keys(v.s.Core.Limits())) {
		out = append(out, [2]string{"Ran into the limit: " + name, fmt.Sprint(v.s.Core.Limits()[name])})
	}
	return out
}
