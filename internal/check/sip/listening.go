package sip

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// listening looks at the sockets of [general].
func (j *judge) listening() {
	if j.general == nil {
		return
	}
	j.bindport()
	j.samePort()
	j.loopback()
	j.boundOutside()
	j.unused()
	for _, name := range []string{"bindaddr", "udpbindaddr", "tcpbindaddr", "tlsbindaddr"} {
		v, ok := j.general.Lookup(name)
		if !ok || !strings.Contains(v.Value, "://") {
			continue
		}
		j.Say("sip-bindaddr", v.Pos, "0.0.0.0:5060", "%s=%s is no address: it takes an address and perhaps a port", name, v.Value)
	}
}

func (j *judge) bindport() {
	port, ok := j.general.Lookup("bindport")
	if !ok {
		return
	}
	for _, name := range []string{"udpbindaddr", "bindaddr"} {
		addr, there := j.general.Lookup(name)
		if at, err := netip.ParseAddrPort(addr.Value); there && err == nil && fmt.Sprint(at.Port()) != port.Value {
			j.Say("sip-bindport-twice", port.Pos, "one of them", "bindport and the port of %s (%s) are both given: bindport overrides it, and "+
				"the conflict is settled in favour of %s", name, addr.Pos, port.Value)
		}
	}
}

// boundOutside finds a socket on the address that the router has.
func (j *judge) boundOutside() {
	v, ok := get(j.general, "udpbindaddr", "bindaddr")
	outside, there := get(j.general, "externaddr", "externip")
	if !ok || !there {
		return
	}
	host := func(text string) string {
		if at, err := netip.ParseAddrPort(text); err == nil {
			return at.Addr().String()
		}
		return text
	}
	if host(v.Value) == host(outside.Value) {
		j.SayAs(config.Note, "sip-bind-outside", v.Pos, v.Name+"=0.0.0.0", "%s is the external address too (%s): behind a router this "+
			"machine does "+
			"not have it, and SIP does not start; a machine that has it needs no externaddr", v.Value, outside.Pos)
	}
}

// samePort finds TCP and TLS on one address and port.
func (j *judge) samePort() {
	if !j.d.TCPEnable || !j.d.TLSEnable || j.d.TCPBind.Port() != j.d.TLSBind.Port() {
		return
	}
	a, b := j.d.TCPBind.Addr(), j.d.TLSBind.Addr()
	if a != b && !a.IsUnspecified() && !b.IsUnspecified() {
		return
	}
	pos := j.d.Line("tlsbindaddr")
	j.Say("sip-tcp-tls-same-port", pos, "tlsbindaddr=0.0.0.0:5061",
		"TCP and TLS are both to listen on port %d: the second one cannot bind, address already in use, and does not start", j.d.TLSBind.Port())
}

// loopback finds a socket that no phone reaches.
func (j *judge) loopback() {
	for _, name := range []string{"tcp", "tls"} {
		bind, on := j.d.TCPBind, j.d.TCPEnable
		if name == "tls" {
			bind, on = j.d.TLSBind, j.d.TLSEnable
		}
		if _, given := j.general.Lookup(name + "bindaddr"); given && on && bind.Addr().IsLoopback() && !j.d.UDPBind.Addr().IsLoopback() {
			j.Say("sip-bind-loopback", j.d.Line(name+"bindaddr"), name+"bindaddr=0.0.0.0",
				"%sbindaddr=%s is the loopback address: no phone reaches this machine over %s", name, bind.Addr(), strings.ToUpper(name))
		}
	}
	if !j.d.UDPBind.Addr().IsLoopback() || j.d.TCPEnable && !j.d.TCPBind.Addr().IsLoopback() {
		return
	}
	v, _ := get(j.general, "udpbindaddr", "bindaddr")
	for _, p := range j.d.Peers {
		if p.Dynamic {
			j.SayOnceAs(config.Note, "sip-bind-loopback", v.Pos, "udpbindaddr=0.0.0.0",
				"%s is the loopback address: only programs on this machine reach it, and only phones on it can register", v.Value)
		} else if p.Addr().IsValid() && !p.Addr().Addr().IsLoopback() {
			j.Say("sip-bind-loopback", v.Pos, "udpbindaddr=0.0.0.0", "%s is the loopback address: only programs on this machine reach it, no "+
				"phone can register and no provider is reached", v.Value)
			return
		}
	}
}

// unused finds lines about transports that are off.
func (j *judge) unused() {
	for _, t := range []struct {
		switches []string
		lines    []string
	}{
		{[]string{"tcpenable"}, []string{"tcpbindaddr"}},
		{[]string{"tlsenable", "sslenable"}, []string{"tlsbindaddr", "sslbindaddr", "tlscertfile", "tlsprivatekey"}},
	} {
		if on, ok := get(j.general, t.switches...); ok && !within(on.Value, "no", "false", "n", "f", "0", "off") {
			continue
		}
		if v, ok := get(j.general, t.lines...); ok {
			j.SayAs(config.Note, "sip-transport-off", v.Pos, t.switches[0]+"=yes", "%s has no effect: without %s=yes nothing listens there", v.Name,
				t.switches[0])
		}
	}
}

// expiries looks at the lifetimes of registrations.
func (j *judge) expiries() {
	d, g := j.d, j.general
	secs := func(n interface{ Seconds() float64 }) string { return fmt.Sprintf("%d secs", int(n.Seconds())) }
	switch {
	case d.MinExpiry > d.MaxExpiry:
		j.Say("sip-expiry-inverted", d.Line("maxexpiry"), "", "maxexpiry (%s) is below minexpiry (%s): what is granted is neither",
			secs(d.MaxExpiry), secs(d.MinExpiry))
	case d.DefaultExpiry > d.MaxExpiry && g.Get("defaultexpiry")+g.Get("defaultexpirey") != "":
		j.Say("sip-expiry-inverted", d.Line("defaultexpiry"), "", "defaultexpiry (%s) is above maxexpiry (%s): it is cut to that",
			secs(d.DefaultExpiry), secs(d.MaxExpiry))
	case d.DefaultExpiry < d.MinExpiry && g.Get("defaultexpiry")+g.Get("defaultexpirey") != "":
		j.Say("sip-expiry-inverted", d.Line("defaultexpiry"), "", "defaultexpiry (%s) is below minexpiry (%s)", secs(d.DefaultExpiry),
			secs(d.MinExpiry))
	}
	if d.MaxExpiry.Seconds() < 60 && j.d.Given("maxexpiry") {
		j.Say("sip-expiry-short", d.Line("maxexpiry"), "maxexpiry=3600", "maxexpiry=%d has every phone register anew every %d seconds",
			int(d.MaxExpiry.Seconds()), int(d.MaxExpiry.Seconds()))
	}
	if d.MinExpiry.Hours() > 24 {
		j.Say("sip-expiry-long", d.Line("minexpiry"), "",
			"minexpiry=%d: a phone that has gone or has a new address counts as there for %d hours", int(d.MinExpiry.Seconds()),
			int(d.MinExpiry.Hours()))
	}
	j.sessions(g, "general")
}

// sessions looks at session timers, as they are written in a section.
func (j *judge) sessions(s *config.Section, who string) {
	long, ok := s.Lookup("session-expires")
	least, ok2 := s.Lookup("session-minse")
	a, err := strconv.Atoi(long.Value)
	b, err2 := strconv.Atoi(least.Value)
	if ok && ok2 && err == nil && err2 == nil && a < b {
		j.once("sip-session-inverted", long.Pos, "", "session-expires=%d of [%s] is below session-minse=%d (%s): every interval that we "+
			"offer is below what we accept", a, who, b, least.Pos)
	}
	if v, ok := s.Lookup("rtptimeout"); ok {
		n, err := strconv.Atoi(v.Value)
		if err == nil && n > 0 && n < 10 {
			j.once("sip-rtptimeout-short", v.Pos, "rtptimeout=60", "rtptimeout=%d ends calls after %d seconds without sound: a phone that sends "+
				"nothing in silence or mutes is cut off", n, n)
		}
		hold, ok := s.Lookup("rtpholdtimeout")
		if m, err2 := strconv.Atoi(hold.Value); ok && err == nil && err2 == nil && m > 0 && m < n {
			j.once("sip-rtpholdtimeout", hold.Pos, "", "rtpholdtimeout=%d is below rtptimeout=%d: calls on hold are ended sooner than others", m, n)
		}
	}
	if v, ok := s.Lookup("registerattempts"); ok && who == "general" {
		if n, err := strconv.Atoi(v.Value); err == nil && n > 0 {
			j.SayAs(config.Note, "sip-registerattempts", v.Pos, "registerattempts=0", "after %d tries without an answer a registration is given "+
				"up for good: when the provider or the line is down for long, it stays so until sip reload", n)
		}
	}
	if v, ok := s.Lookup("registertimeout"); ok {
		if n, err := strconv.Atoi(v.Value); err == nil && n > 0 && n < 5 {
			j.once("sip-registertimeout", v.Pos, "registertimeout=20",
				"registertimeout=%d sends a REGISTER every %d seconds while a provider does not answer: some lock such senders out", n, n)
		}
	}
}

// guests reports guests who can dial out.
func (j *judge) guests() {
	d := j.d
	if !d.AlwaysAuthReject {
		j.Say("sip-names-told", d.Line("alwaysauthreject"), "alwaysauthreject=yes",
			"alwaysauthreject=no answers unknown names in another way than wrong passwords: scanners list the accounts by it")
	}
	if !d.AllowGuest || j.plan == nil {
		return
	}
	pos, named := d.Line("allowguest"), d.Line("context").String()
	if !d.Given("context") {
		named = "which is so where it is not written"
	}
	if f := j.File("sip.conf"); pos.File == "" && f != nil {
		pos = config.Pos{File: f.Path, Line: 1} // there is no [general]
	}
	how := "allowguest=yes"
	if !d.Given("allowguest") {
		how = "allowguest is yes where it is not written"
	}
	o := look.Outward{L: j.Look}
	if at, ok := o.Context(d.Context); ok {
		j.Say("sip-guests-dial-out", pos, "allowguest=no, or a context of its own for guests",
			"%s: guests, strangers whom nobody has authenticated, reach context '%s' (%s) and can dial out there (%s): toll fraud at your expense",
			how, d.Context, named, at)
		return
	}
	x := j.plan.Contexts[d.Context]
	if x == nil || len(x.Extensions)+len(x.Includes) == 0 {
		return
	}
	for _, p := range d.Peers {
		if p.Dynamic && p.Context == d.Context {
			j.Say("sip-guests-inside", pos, "allowguest=no, or a context of its own for guests",
				"%s: guests, strangers without a password, call in context '%s' as the phones do (%s): they ring them and use what is there", how,
				d.Context, named)
			return
		}
	}
}

// autoCreate reports accounts that anybody makes for himself.
func (j *judge) autoCreate() {
	if j.d.AutoCreate.String() != "Off" {
		j.Say("sip-autocreatepeer", j.d.Line("autocreatepeer"), "accounts with passwords, or firewall rules",
			"autocreatepeer: anybody who reaches the port registers by any name "+
				"that is no account, without a password, gets the calls for that name, and calls in context '%s'", j.d.Context)
	}
}
