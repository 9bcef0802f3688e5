package sip

import (
	"regexp"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/sipstack"
)

// asksDTLS says whether a section has DTLS as it is written: its certificate may be on the machine that the
// folder is for.
func (j *judge) asksDTLS(p *sipconf.Peer, s *config.Section) bool {
	v, ok := s.Lookup("dtlsenable")
	return p.DTLS.Enabled() || ok && switched(v)
}

// media looks at the way that sound and signalling take.
func (j *judge) media(p *sipconf.Peer, s *config.Section) {
	behind := p.NAT.Comedia || p.NAT.ForceRport || p.NAT.AutoComedia
	direct, ok := get(s, "directmedia", "canreinvite")
	if !ok {
		direct, ok = get(j.general, "directmedia", "canreinvite")
	}
	nat, has := s.Lookup("nat")
	if _, outside := get(j.general, "externaddr", "externip", "externhost"); !has && outside {
		nat, has = get(j.general, "nat")
	}
	if ok && has && behind && !within(nat.Value, "no") && within(direct.Value, "yes", "update", "yes,update", "outgoing") {
		j.once("sip-directmedia-nat", direct.Pos, "directmedia=no, or nonat", "directmedia=%s of '%s', which is behind NAT (nat=%s): after "+
			"the answer each side sends to an address that the other cannot be reached at, and nothing is heard", direct.Value, p.Name, nat.Value)
	}
	if v, ok := s.Lookup("encryption"); ok && switched(v) && !slices.Contains(p.Transports, sipstack.TLS) && !j.asksDTLS(p, s) {
		j.once("sip-encryption-udp", v.Pos, "transport=tls",
			"encryption=yes of '%s' over %s: the keys of SRTP stand in clear text in the SDP, for whoever reads along", p.Name, p.TransportList())
	}
	if v, ok := s.Lookup("transport"); ok && (slices.Contains(p.Transports, sipstack.WS) || slices.Contains(p.Transports, sipstack.WSS)) &&
		!j.asksDTLS(p, s) {
		j.once("sip-websocket-media", v.Pos, "encryption=yes, dtlsenable=yes, avpf=yes, icesupport=yes",
			"'%s' is a browser's (transport=%s) and has no dtlsenable=yes: browsers take encrypted media alone, and refuse every call", p.Name,
			v.Value)
	}
	if v, ok := j.inForce(s, "dtlsenable"); ok && switched(v) {
		_, cert := j.inForce(s, "dtlscertfile")
		own, auto := j.inForce(s, "dtlsautogeneratecert")
		if !cert && (!auto || !switched(own)) {
			j.once("sip-dtls-certificate", v.Pos, "dtlscertfile=/etc/asterisk/keys/asterisk.pem, or dtlsautogeneratecert=yes",
				"dtlsenable=yes of '%s' without a certificate: no keys are agreed upon, and its calls are refused", p.Name)
		}
	}
	if v, ok := s.Lookup("transport"); ok && len(p.Transports) > 0 && p.Port == 5060 && p.Transports[0] == sipstack.TLS {
		j.SayOnceAs(config.Note, "sip-tls-port", v.Pos, "port=5061", "'%s' is called over TLS at port 5060, where TLS hardly listens", p.Name)
	}
}

// limits looks at limits of calls and what needs them.
func (j *judge) limits(p *sipconf.Peer, s *config.Section) {
	level, ok := s.Lookup("busylevel")
	if ok && p.BusyLevel > 0 && !p.CountsCalls() && j.first("sip-busylevel", level.Pos) {
		j.Mend(config.Warning, "sip-busylevel", level.Pos, "callcounter=yes, or call-limit", j.counting(p),
			"busylevel=%d of '%s' has no effect: without callcounter or call-limit its calls are not counted", p.BusyLevel, p.Name)
	}
	if ok && p.CountsCalls() && p.BusyLevel > p.CallLimit {
		j.once("sip-busylevel", level.Pos, "", "busylevel=%d of '%s' is above call-limit=%d: it is never reached", p.BusyLevel, p.Name,
			p.CallLimit)
	}
	if v, ok := s.Lookup("call-limit"); ok && p.CallLimit == 1 && p.Dynamic {
		j.SayOnceAs(config.Note, "sip-call-limit-one", v.Pos, "call-limit=2",
			"call-limit=1 of '%s': with one call neither a consultation nor an attended transfer nor a second call is possible", p.Name)
	}
	if v, ok := s.Lookup("defaultip"); ok && v.Value != "" && !p.Dynamic && p.Host != "" {
		j.SayOnceAs(config.Note, "sip-defaultip", v.Pos, "host=dynamic, or without this line", "defaultip of '%s' has no effect: it is where "+
			"a phone is called that has not registered, and this endpoint has host=%s", p.Name, p.Host)
	}
	if v, ok := s.Lookup("regexten"); ok && len(j.d.RegContexts) == 0 {
		j.once("sip-regexten", v.Pos, "regcontext in [general]", "regexten of '%s' has no effect without regcontext in [general]", p.Name)
	}
	if v, ok := s.Lookup("amaflags"); ok && strings.TrimSpace(v.Value) == "" {
		j.SayOnceAs(config.Note, "sip-value-empty", v.Pos, "", "amaflags of '%s' is empty", p.Name)
	}
}

// timers looks at how an endpoint is watched.
func (j *judge) timers(p *sipconf.Peer, s *config.Section) {
	j.sessions(s, p.Name)
	if v, ok := s.Lookup("qualify"); ok {
		j.qualify(v, p.Name)
	}
}

// qualify looks at the longest answer that counts as alive.
var leadingDigits = regexp.MustCompile(`^[0-9]+`)

func (j *judge) qualify(v config.Var, who string) {
	ms, err := atoi(leadingDigits.FindString(strings.TrimSpace(v.Value)))
	switch {
	case err != nil:
	case ms > 1 && ms < 50:
		j.once("sip-qualify-short", v.Pos, "qualify=yes, which is 2000", "qualify=%d are milliseconds: '%s' is unreachable whenever its "+
			"answer takes longer than %d ms, and cannot be called then", ms, who, ms)
	case ms >= 50 && ms <= 120:
		j.SayOnceAs(config.Note, "sip-qualify-short", v.Pos, "qualify=yes, which is 2000, and qualifyfreq=60",
			"qualify=%d are milliseconds, not the seconds between two questions, which are qualifyfreq: '%s' is unreachable whenever its answer "+
				"takes longer", ms, who)
	case ms == 1:
		j.once("sip-qualify-short", v.Pos, "qualify=yes, which is 2000",
			"qualify=1 is one millisecond, not yes: '%s' is unreachable nearly always, and cannot be called", who)
	case ms > 30000:
		j.SayOnceAs(config.Note, "sip-qualify-long", v.Pos, "qualify=2000", "qualify=%d: '%s' counts as there for %d seconds after it has gone",
			ms, who, ms/500)
	}
}
