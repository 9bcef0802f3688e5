package boot

import (
	"net/netip"
	"time"

	"obelisk/channels/chansip"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/sipshow"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// sipModule is sip.conf, sip_notify.conf and the endpoints of users.conf: the SIP driver.
func (s *System) sipModule() pbx.Module {
	var started *sipconf.Directory
	var bound netip.AddrPort // of UDP, as far as it is
	var later []string
	return own{name: "chan_sip", synopsis: "Session Initiation Protocol (SIP)", later: func() []string { return later },
		measure: func(m *pbx.Measures) { s.sipMetrics(m) }, read: func(r *reading) step {
			files := r.readSIP()
			return step{commit: func() {
				switch dir := r.sip; {
				case s.driver != nil && dir != nil:
					if !s.stack.LocalUDP().IsValid() {
						bound = dir.UDPBind // it is tried again
					}
					later = s.waiting(started, bound, dir)
					if files != nil { // else those that are in use are good still
						s.tls.Store(files)
					}
					s.apply(dir)
				case s.up() && dir != nil:
					later = []string{"sip.conf: SIP was not started"}
				case s.up():
				case dir != nil:
					started, bound = dir, dir.UDPBind
					s.failed = s.startSIP(dir, files)
				default:
					s.log.Warn().Msg("there is no sip.conf that can be used; SIP is not started")
				}
			}, changes: func() (out []string) {
				if r.sip != nil && s.driver != nil {
					for _, l := range sipconf.Diff(s.driver.Directory(), r.sip) {
						out = append(out, "sip.conf: "+l)
					}
				}
				return out
			}}
		}, close: s.stopSIP}
}

// readSIP reads sip.conf and what belongs to it.
func (r *reading) readSIP() (files *tlsPair) {
	f := r.file("sip.conf")
	if f == nil {
		return nil
	}
	dir, d := sipconf.Compile(f, sipconf.Surroundings{Names: r.names, SystemName: systemName(r.ast),
		ACLs: r.accessLists(), ACLsUnread: r.listsUnread(), NoSRTP: r.notLoaded("res_srtp"),
		Notify: sipconf.ReadNotify(r.file("sip_notify.conf")), Ciphers: cipherSuites, Users: r.people().phones(),
		Registers: r.people().registrations()})
	r.sip = dir
	r.note(d)
	if r.tones != nil {
		r.note(knownZones(dir, *r.tones))
	}
	var faults []config.Diagnostic
	files, faults = readTLS(dir)
	r.faults = append(r.faults, faults...)
	if r.names != nil {
		r.faults = append(r.faults, dir.Settle()...)
	}
	return files
}

// startSIP makes the driver and has it listen.
func (s *System) startSIP(dir *sipconf.Directory, files *tlsPair) error {
	if s.opt.Bind.IsValid() {
		dir.UDPBind = s.opt.Bind
	}
	driver := chansip.Config{Core: s.core, Media: s.media, DB: s.db, Tables: s.tables, Book: s.core.Book(), Log: s.logFor("chan_sip.c"),
		Security: s.security, Informed: s.logs.Informed, Names: s.conf.names,
		Files: func() int { return s.descriptors }}
	s.driver = chansip.New(driver, dir)
	c := sipstack.Config{Handler: s.driver, Log: s.log, Debugs: s.Debugs, ListenUDP: s.opt.ListenUDP, OnWire: s.driver.OnWire,
		Limits: dir.Limits, Known: s.driver.Known, Answers: s.driver.Answers, Marks: dir.SIPMarks, StreamPatience: dir.TCPAuthTimeout,
		StreamLimit: dir.TCPAuthLimit}
	c.ServerTLS, c.ClientTLS = s.serveTLS(files)
	stack, err := sipstack.New(c)
	if err != nil {
		return err
	}
	s.stack = stack
	s.web.Handle("/ws", stack)
	s.openSIP(dir)
	s.driver.Attach(stack)
	s.core.RegisterTech(s.driver)
	s.core.RegisterMessenger("sip", s.driver)
	stack.Start()
	s.driver.Start()
	return nil
}

// sipShown is the driver as the console asks of it.
func (s *System) sipShown() sipshow.Console {
	return sipshow.Console{Driver: s.driver, Stack: s.stack, Tables: s.tables, Book: s.core.Book()}
}

// openSIP has the transports listen that sip.conf asks for. What cannot is told, and tried
// again with the next reload.
func (s *System) openSIP(dir *sipconf.Directory) {
	open := func(option string, p sipstack.Proto, at netip.AddrPort, on bool) {
		if !on {
			at = netip.AddrPort{}
		}
		if err := s.stack.Listen(p, at); err != nil {
			s.log.Error().Msgf("%s: %v", dir.Line(option), err)
		}
	}
	open("udpbindaddr", sipstack.UDP, dir.UDPBind, true)
	open("tcpbindaddr", sipstack.TCP, dir.TCPBind, dir.TCPEnable)
	open("tlsbindaddr", sipstack.TLS, dir.TLSBind, dir.TLSEnable && s.tls.Load() != nil)
}

// waiting lists what a new sip.conf says and only the next start does: old is that of the start,
// and bound where UDP is served.
func (s *System) waiting(old *sipconf.Directory, bound netip.AddrPort, n *sipconf.Directory) (out []string) {
	for _, x := range []struct {
		options string
		same    bool
	}{
		{"udpbindaddr", bound == n.UDPBind || s.opt.Bind.IsValid()},
		{"tos_sip and cos_sip", old.SIPMarks == n.SIPMarks},
		{"tos_audio and cos_audio", old.AudioMarks == n.AudioMarks},
		{"tos_video and cos_video", old.VideoMarks == n.VideoMarks},
		{"tos_text and cos_text", old.TextMarks == n.TextMarks},
		{"tcpauthtimeout", old.TCPAuthTimeout == n.TCPAuthTimeout},
		{"tcpauthlimit", old.TCPAuthLimit == n.TCPAuthLimit},
	} {
		if !x.same {
			out = append(out, "sip.conf: "+x.options)
		}
	}
	return out
}

// apply puts a new sip.conf in force.
func (s *System) apply(n *sipconf.Directory) {
	if s.opt.Bind.IsValid() {
		n.UDPBind = s.opt.Bind
	}
	s.openSIP(n)
	s.driver.Apply(n)
}

// stopSIP ends what calls are left.
func (s *System) stopSIP() {
	if s.driver != nil {
		s.driver.Stop()
	}
	if s.stack != nil {
		time.Sleep(settle)
		s.stack.Close()
	}
}

// sipMetrics tells of endpoints and messages.
func (s *System) sipMetrics(m *pbx.Measures) {
	if s.driver == nil {
		return
	}
	peers := s.driver.Peers()
	m.Gauge("asterisk_endpoints_count", "SIP endpoints", float64(len(peers)))
	registered, reachable, lagged, unreachable := 0, 0, 0, 0
	for _, p := range peers {
		if p.Binding != nil {
			registered++
		}
		switch {
		case !p.Health.Monitored || !p.Health.Known:
		case p.Health.Lagged:
			lagged++
		case p.Health.Reachable:
			reachable++
		default:
			unreachable++
		}
	}
	m.Gauge("obelisk_sip_registered", "Endpoints that are registered here", float64(registered))
	const help = "Endpoints that are qualified, by how they answer"
	m.Gauge("obelisk_sip_qualified", help, float64(reachable), "state", "reachable")
	m.Gauge("obelisk_sip_qualified", help, float64(lagged), "state", "lagged")
	m.Gauge("obelisk_sip_qualified", help, float64(unreachable), "state", "unreachable")
	for _, r := range s.driver.Registrations() {
		if r.Elsewhere() { // that node tells of it
			continue
		}
		on := 0.0
		if r.State == "Registered" {
			on = 1
		}
		m.Gauge("obelisk_sip_registration", "Our registration at a provider: 1 when it stands", on, "host", r.Host, "user", r.User, "state",
			r.State)
	}
	c := &s.stack.Counters
	const messages = "SIP messages"
	m.Count("obelisk_sip_messages_total", messages, float64(c.Received.Load()), "what", "received")
	m.Count("obelisk_sip_messages_total", messages, float64(c.Sent.Load()), "what", "sent")
	m.Count("obelisk_sip_messages_total", messages, float64(c.Rejected.Load()), "what", "rejected")
	m.Count("obelisk_sip_messages_total", messages, float64(c.Retransmitted.Load()), "what", "retransmitted")
	m.Count("obelisk_sip_messages_total", messages, float64(c.Foreign.Load()), "what", "foreign")
	m.Count("obelisk_panics_total", "Panics that ended one call each", float64(c.Panics.Load()+s.core.Panics()))
	o := s.driver.Overload()
	const refused = "Requests that were refused under load, by reason"
	for reason, n := range map[string]uint64{"too_old": o.TooOld, "too_many": o.TooMany, "too_fast": o.TooFast, "endpoint": o.Endpoint,
		"strangers": o.Strangers, "echo": o.Echoed, "full": o.Full} {
		m.Count("obelisk_sip_refused_total", refused, float64(n), "reason", reason)
	}
	for _, s := range o.Shares {
		m.Count("obelisk_sip_refused_total", refused, float64(s.Refused), "reason", s.Reason)
	}
	m.Gauge("obelisk_sip_pending", "Requests that wait", float64(o.Pending))
}
