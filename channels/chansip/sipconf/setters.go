package sipconf

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// optionReader is what a setter works on: the option's position, the general
// settings or a peer, and the endpoint part of either.
type optionReader struct {
	g     *General
	p     *Peer // nil in [general]
	e     *Endpoint
	pos   config.Pos
	name  string
	diags *[]config.Diagnostic
	drop  bool // the peer cannot be used
}

func (r *optionReader) warn(format string, args ...any) {
	*r.diags = append(*r.diags, config.Diagnostic{Pos: r.pos, Text: fmt.Sprintf(format, args...),
		Rule: strings.ToLower(r.name) + " " + format})
}

func (r *optionReader) bad(value, wanted string) {
	r.warn("'%s' is not a valid value of '%s' (%s); it keeps what it had", value, r.name, wanted)
}

// truth: anything that is neither yes nor no reads as no, with a word.
func (r *optionReader) truth(v string) bool {
	b, ok := config.Bool(v)
	if !ok {
		r.warn("'%s' is neither yes nor no for '%s'; it counts as no", v, r.name)
	}
	return b
}

// integer is the number that a text begins with, as chan_sip reads one; what stands behind
// it is told of.
func (r *optionReader) integer(v string) (int, error) {
	end := len(v) - len(strings.TrimLeft(v, "+-"))
	for end < len(v) && v[end] >= '0' && v[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(v[:end])
	if err == nil && end < len(v) {
		r.warn("of '%s' only the number counts: '%s' is %d", v, r.name, n)
	}
	return n, err
}

func (r *optionReader) notFalse(v string) bool {
	b, ok := config.Bool(v)
	return b || !ok
}

func generalBool(field func(*General) *bool) func(*optionReader, string) {
	return func(r *optionReader, v string) { *field(r.g) = r.truth(v) }
}

func endpointBool(field func(*Endpoint) *bool) func(*optionReader, string) {
	return func(r *optionReader, v string) { *field(r.e) = r.truth(v) }
}

// address reads "addr", "addr:port", "[v6]:port".
func address(v string, port int) (netip.AddrPort, bool) {
	if ap, err := netip.ParseAddrPort(v); err == nil {
		return ap, true
	}
	a, err := netip.ParseAddr(strings.Trim(v, "[]"))
	return netip.AddrPortFrom(a, uint16(port)), err == nil
}

// bind reads a ...bindaddr; port is for an address without one.
func (r *optionReader) bind(field *netip.AddrPort, v string, port int) {
	a, ok := address(v, port)
	if !ok {
		r.bad(v, "an address, perhaps with a port")
		return
	}
	*field = a
}

func setBindAddr(r *optionReader, v string) {
	r.bind(&r.g.UDPBind, v, int(r.g.UDPBind.Port()))
}

func setBindPort(r *optionReader, v string) {
	n, err := r.integer(v)
	if err != nil || n < 1 || n > 65535 {
		r.bad(v, "1 to 65535")
		return
	}
	r.g.BindPort = n
}

func setTCPBind(r *optionReader, v string) {
	r.bind(&r.g.TCPBind, v, 5060)
}

func setTransport(r *optionReader, v string) {
	var list []sipstack.Proto
	for _, w := range strings.Split(v, ",") {
		w = strings.ToLower(strings.TrimSpace(w))
		if p, ok := sipstack.ParseProto(w); ok {
			list = append(list, p)
		} else {
			r.warn("'%s' is not a transport (udp, tcp, tls, ws, wss): the word is left out, and with no other left it is UDP", w)
		}
	}
	if len(list) == 0 {
		list = []sipstack.Proto{sipstack.UDP}
	}
	r.e.Transports = list
}

func setExternAddr(r *optionReader, v string) {
	host, port, err := net.SplitHostPort(v)
	if err != nil {
		host, port = v, "0"
	}
	n, _ := strconv.Atoi(port)
	r.g.ExternAddr, r.g.externName = netip.AddrPort{}, ""
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		r.g.externName = v
		return
	}
	r.g.ExternAddr = netip.AddrPortFrom(a.Unmap(), uint16(n))
}

func setLocalNet(r *optionReader, v string) {
	if err := r.g.LocalNets.Add(true, v); err != nil {
		r.warn("localnet: %v", err)
	}
}

func setMediaAddress(r *optionReader, v string) {
	a, err := netip.ParseAddr(v)
	if err != nil {
		r.bad(v, "an address")
		return
	}
	r.g.MediaAddress = a
}

func setRTPBind(r *optionReader, v string) {
	a, err := netip.ParseAddr(v)
	if err != nil {
		r.bad(v, "an address")
		return
	}
	r.g.RTPBind = a
}

func setNAT(r *optionReader, v string) {
	var n NATMode
	for _, w := range strings.Split(v, ",") {
		switch w = strings.ToLower(strings.TrimSpace(w)); w {
		case "no":
			r.e.NAT = NATMode{}
			return
		case "yes":
			r.warn("nat=yes is deprecated, use nat=force_rport,comedia instead")
			n.ForceRport, n.Comedia = true, true
		case "force_rport":
			n.ForceRport = true
		case "comedia":
			n.Comedia = true
		case "auto_force_rport":
			n.AutoForceRport = true
		case "auto_comedia":
			n.AutoComedia = true
		default:
			r.warn("'%s' is not a nat mode; it counts as no", w)
		}
	}
	n.ForceRport = n.ForceRport && !n.AutoForceRport
	n.Comedia = n.Comedia && !n.AutoComedia
	r.e.NAT = n
}

func setContext(r *optionReader, v string) {
	r.e.Context = v
	if r.p != nil {
		r.p.OwnContext = true
	}
}

func setDomain(r *optionReader, v string) {
	name, context, _ := strings.Cut(v, ",")
	if name = strings.TrimSpace(name); name == "" {
		r.bad(v, "a domain name")
		return
	}
	r.g.Domains = append(r.g.Domains, DomainLine{Name: name, Context: strings.TrimSpace(context)})
}

func setType(r *optionReader, v string) {
	switch strings.ToLower(v) {
	case "peer":
		r.p.IsPeer = true
	case "user":
		r.p.IsUser = true
	case "friend":
		r.p.IsPeer, r.p.IsUser = true, true
	default:
		r.warn("Unknown type '%s' for '%s' in sip.conf", v, r.p.Name)
	}
}

func setPort(r *optionReader, v string) {
	n, err := r.integer(v)
	if err != nil || n < 1 || n > 65535 {
		r.bad(v, "1 to 65535")
		return
	}
	r.p.Port = n
}

func setDefaultIP(r *optionReader, v string) {
	a, ok := address(v, 0)
	if !ok {
		r.bad(v, "an address")
		return
	}
	r.p.DefaultAddr = a
}

// setAuth reads user[:secret|#md5]@realm.
func setAuth(r *optionReader, v string) {
	at := strings.LastIndexByte(v, '@')
	if at <= 0 || at == len(v)-1 {
		r.bad(v, "user:secret@realm")
		return
	}
	a := AuthLine{Realm: v[at+1:]}
	left := v[:at]
	if i := strings.IndexAny(left, ":#"); i >= 0 {
		a.User = left[:i]
		if left[i] == '#' {
			a.MD5 = left[i+1:]
		} else {
			a.Secret = left[i+1:]
		}
	} else {
		a.User = left
	}
	if r.p != nil {
		r.rare().Auth = append(r.rare().Auth, a)
	} else {
		r.g.Auth = append(r.g.Auth, a)
	}
}

func setInsecure(r *optionReader, v string) {
	r.e.Insecure = InsecureMode{}
	if b, ok := config.Bool(v); ok && !b {
		return
	}
	for _, w := range strings.Split(v, ",") {
		switch strings.ToLower(strings.TrimSpace(w)) {
		case "port":
			r.e.Insecure.Port = true
		case "invite":
			r.e.Insecure.Invite = true
		default:
			r.warn("Unknown insecure mode '%s'; calls from here are authenticated as without it", w)
		}
	}
}

func setACL(allow bool) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		if err := r.p.ACL.Add(allow, v); err != nil {
			r.warn("%s: %v; peer '%s' is left out", r.name, err, r.p.Name)
			r.drop = true
		}
	}
}

// setNamed adds lists of acl.conf. One that is not there denies everything.
func setNamed(list func(*optionReader) *auth.Access) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		for _, name := range strings.Split(v, ",") {
			name = strings.TrimSpace(name)
			acl, ok := auth.Named(r.g.acls, name)
			if !ok && !r.g.aclsUnread {
				r.warn("there is no ACL '%s' in acl.conf: it denies everything", name)
			}
			a := list(r)
			a.Named = append(slices.Clip(a.Named), acl)
		}
	}
}

func setContactACL(allow bool) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		r.e.ContactACL.ACL = slices.Clip(r.e.ContactACL.ACL) // shared with [general]
		if err := r.e.ContactACL.Add(allow, v); err != nil {
			r.warn("%s: %v", r.name, err)
			r.drop = true
		}
	}
}

func setFromDomain(r *optionReader, v string) {
	r.e.FromDomain, r.e.FromPort = v, 0
	if h, p, err := net.SplitHostPort(v); err == nil {
		r.e.FromDomain = h
		if r.e.FromPort, err = strconv.Atoi(p); err != nil || r.e.FromPort < 1 || r.e.FromPort > 65535 {
			r.warn("'%s' is not a valid port number for fromdomain", p)
			r.e.FromPort = 0
		}
	}
}

func setCallerID(r *optionReader, v string) {
	if r.p == nil {
		r.g.CallerID = v
		return
	}
	tag := r.p.CallerID.Tag
	r.p.CallerID = pbx.ParseCallerID(v)
	r.p.CallerID.Tag = tag
}

func setExpiry(field func(*General) *time.Duration) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		n, err := r.integer(v)
		if err != nil || n < 1 {
			r.bad(v, "seconds")
			return
		}
		*field(r.g) = time.Duration(n) * time.Second
	}
}

func setQualify(r *optionReader, v string) {
	const usual = 2 * time.Second
	switch {
	case strings.EqualFold(v, "no"):
		r.e.Qualify = 0
		return
	case strings.EqualFold(v, "yes") && r.p != nil:
		r.e.Qualify = cmp.Or(r.g.Qualify, usual)
		return
	case strings.EqualFold(v, "yes"):
		r.e.Qualify = usual
		return
	}
	n, err := r.integer(v)
	if err != nil || n < 0 {
		r.warn("Qualification should be 'yes', 'no', or a number of milliseconds, not '%s'; it is off", v)
		n = 0
	}
	r.e.Qualify = time.Duration(n) * time.Millisecond
}

func setQualifyFreq(r *optionReader, v string) {
	n, err := r.integer(v)
	if err != nil || n < 1 {
		r.bad(v, "seconds")
		return
	}
	r.e.QualifyFreq = time.Duration(n) * time.Second
}

func setOverlap(r *optionReader, v string) {
	r.e.AllowOverlap = word3(r, v, "dtmf")
}

// word3 reads yes, no or a third word.
func word3(r *optionReader, v, third string) string {
	if strings.EqualFold(v, third) {
		return third
	}
	if r.truth(v) {
		return "yes"
	}
	return "no"
}

func setVar(r *optionReader, v string) {
	name, value, ok := strings.Cut(v, "=")
	if !ok {
		r.bad(v, "NAME=value")
		return
	}
	for i := range r.rare().SetVars {
		if r.rare().SetVars[i][0] == name {
			r.rare().SetVars[i][1] = value
			return
		}
	}
	r.rare().SetVars = append(r.rare().SetVars, [2]string{name, value})
}

func setMaxForwards(r *optionReader, v string) {
	n, err := r.integer(v)
	if err != nil || n < 1 || n > 255 {
		r.bad(v, "1 to 255")
		return
	}
	r.e.MaxForwards = n
}

// defaultT1Min is t1min without a line, in milliseconds.
const defaultT1Min = 100

func setT1Min(r *optionReader, v string) {
	n, err := r.integer(v)
	if err != nil || n < 1 || n > 60_000 {
		r.bad(v, "milliseconds")
		return
	}
	r.g.T1Min = time.Duration(n) * time.Millisecond
}

func setT1(r *optionReader, v string) {
	n, err := r.integer(v)
	least := int(r.g.T1Min.Milliseconds())
	const short = 200 // chan_sip takes no less of a peer
	if err != nil || n < least || r.p != nil && n < short {
		r.warn("'%s' is not a valid T1 time (milliseconds, %d at least); it is %d", v, least, least)
		n = least
	}
	r.e.T1 = time.Duration(n) * time.Millisecond
}

// setTimerB is for peers.
func setTimerB(r *optionReader, v string) {
	n, err := r.integer(v)
	if err != nil || n < 0 || n > 600_000 {
		r.bad(v, "milliseconds")
		return
	}
	if r.p != nil {
		r.e.B = time.Duration(n) * time.Millisecond
	}
}

// settleTimers has T1 follow a short timerb of a peer that has no timert1: it is a 64th of that, and not below least.
func (p *Peer) settleTimers(least time.Duration) {
	if p.B == 0 || p.Given("timert1") || p.B >= 64*p.T1 {
		return
	}
	p.T1 = max(p.B/64, least)
	p.B = max(p.B, 64*p.T1)
}

func (r *optionReader) number(v string) (int, bool) {
	n, err := r.integer(v)
	if err != nil || n < 0 || n > 1_000_000 {
		r.bad(v, "a number from 0 to 1000000")
		return 0, false
	}
	return n, true
}
