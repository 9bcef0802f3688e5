package boot

import (
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/rawnet"
	"obelisk/pbx"
)

// metrics gathers what /metrics tells. Names beginning with asterisk_ are those of
// Asterisk's own exporter.
func (s *System) metrics() pbx.Measures {
	begun := time.Now()
	m := &pbx.Measures{}
	channels, calls, processed := s.core.Counts()
	m.Gauge("asterisk_core_properties", "Properties of the switchboard: always 1", 1, "version", sipconf.Version)
	m.Count("asterisk_core_uptime_seconds", "Seconds since the start", time.Since(s.core.Begun()).Seconds())
	m.Count("asterisk_core_last_reload_seconds", "Seconds since the configuration was read", time.Since(s.LastReload()).Seconds())
	m.Gauge("asterisk_channels_count", "Channels at the moment", float64(channels))
	m.Gauge("asterisk_calls_count", "Calls at the moment", float64(calls))
	m.Count("asterisk_calls_sum", "Calls since the start", float64(processed))
	bridges := 0
	for _, ch := range s.core.Channels() {
		if ch.View().BridgeID != "" {
			bridges++
		}
	}
	m.Gauge("asterisk_bridges_count", "Bridges at the moment", float64(bridges/2))
	t := s.core.Tally()
	for _, outcome := range []string{"answered", "no_answer", "busy", "failed"} {
		m.Count("obelisk_calls_total", "Calls that are over, by what became of them", float64(t.Outcomes[outcome]), "outcome", outcome)
	}
	m.Histograms = append(m.Histograms, pbx.Histogram{Name: "obelisk_call_setup_seconds", Help: "From a call's beginning to its answer", Buckets: t.SetupBounds, Count: t.SetupCount, Sum: t.SetupSum})
	for name, n := range s.core.Limits() {
		m.Count("obelisk_limits_total", "Times that a call ran into a bound, by the bound", float64(n), "limit", name)
	}
	s.recordMetrics(m)
	s.mediaMetrics(m)
	j := s.media.Totals()
	m.Histograms = append(m.Histograms, pbx.Histogram{Name: "obelisk_rtp_jitter_seconds", Help: "Jitter of what came, of streams that were closed", Buckets: j.Jitters, Count: j.JitterCount, Sum: j.JitterSum})
	s.sipMetrics(m)
	kept, unknown, failed := s.conf.names.Counts()
	m.Gauge("obelisk_names", "Host names that are kept", float64(kept-unknown), "state", "known")
	m.Gauge("obelisk_names", "Host names that are kept", float64(unknown), "state", "unknown")
	m.Count("obelisk_lookup_failures_total", "Look-ups of host names that found nothing", float64(failed))
	s.manageMetrics(m)
	s.descriptorMetrics(m)
	for _, x := range s.conf.modules {
		if meter, ok := x.(pbx.Meter); ok {
			meter.Measure(m)
		}
	}
	m.Gauge("asterisk_core_scrape_time_ms", "Milliseconds that gathering this took", float64(time.Since(begun).Microseconds())/1000)
	return *m
}

func (s *System) recordMetrics(m *pbx.Measures) {
	m.Gauge("obelisk_records_waiting", "Lines of call records and events that are not on disk yet", float64(s.records.Waiting()))
	s.reloading.Lock()
	defer s.reloading.Unlock()
	for _, o := range s.stores.outlets {
		away := 0.0
		if o.Away() {
			away = 1
		}
		m.Gauge("obelisk_records_store_away", "1 while a database that gets call records cannot be reached", away, "store", o.Name())
		m.Count("obelisk_records_stored_total", "Call records that a database took", float64(o.Wrote()), "store", o.Name())
	}
	const help = "Times that the configuration was read anew"
	m.Count("obelisk_reloads_total", help, float64(s.reloads.Load()), "result", "done")
	m.Count("obelisk_reloads_total", help, float64(s.refusedReloads.Load()), "result", "refused")
}

func (s *System) descriptorMetrics(m *pbx.Measures) {
	m.Gauge("obelisk_descriptors_in_use", "File descriptors that are open", float64(openDescriptors()))
	m.Gauge("obelisk_descriptors_limit", "File descriptors that calls and phones may use; the rest is a reserve", float64(s.descriptors))
	m.Count("obelisk_descriptors_refused_total", "Sockets of calls and phones that were refused because only the reserve was left", float64(rawnet.Refused()))
}

// manageMetrics tells who was kept out of the manager interface and the HTTP server.
func (s *System) manageMetrics(m *pbx.Measures) {
	const help = "Who had to make room or was not let in, at the manager interface and the HTTP server"
	strangers, visitors, refused, cut, left := s.ami.Counts()
	m.Count("obelisk_manage_refused_total", help, float64(strangers), "what", "stranger")
	m.Count("obelisk_manage_refused_total", help, float64(visitors), "what", "web_session")
	m.Count("obelisk_manage_refused_total", help, float64(refused), "what", "login")
	m.Count("obelisk_manage_refused_total", help, float64(cut), "what", "slow_reader")
	m.Count("obelisk_manage_refused_total", help, float64(s.web.Refused()), "what", "http_connection")
	m.Count("obelisk_manage_events_unfetched_total", "Events of sessions over HTTP that nobody fetched in time", float64(left))
}

func (s *System) mediaMetrics(m *pbx.Measures) {
	m.Gauge("obelisk_rtp_ports_in_use", "Pairs of RTP ports in use", float64(s.media.PortsInUse()))
	t := s.media.Totals()
	const help = "Packets of streams that were closed"
	m.Count("obelisk_rtp_packets_total", help, float64(t.Received), "direction", "received")
	m.Count("obelisk_rtp_packets_total", help, float64(t.Sent), "direction", "sent")
	m.Count("obelisk_rtp_lost_total", "Packets that never came, of streams that were closed", float64(t.Lost))
	m.Count("obelisk_rtp_bad_source_total", "Packets from wrong sources, of streams that were closed", float64(t.BadSource))
	m.Count("obelisk_rtp_kernel_total", "Packets that the kernel forwarded, of streams that were closed", float64(t.Kernel))
}

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
		on := 0.0
		if r.State == "Registered" {
			on = 1
		}
		m.Gauge("obelisk_sip_registration", "Our registration at a provider: 1 when it stands", on, "host", r.Host, "user", r.User, "state", r.State)
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
	for reason, n := range map[string]uint64{"too_old": o.TooOld, "too_many": o.TooMany, "too_fast": o.TooFast, "endpoint": o.Endpoint, "strangers": o.Strangers, "echo": o.Echoed, "full": o.Full} {
		m.Count("obelisk_sip_refused_total", refused, float64(n), "reason", reason)
	}
	for _, s := range o.Shares {
		m.Count("obelisk_sip_refused_total", refused, float64(s.Refused), "reason", s.Reason)
	}
	m.Gauge("obelisk_sip_pending", "Requests that wait", float64(o.Pending))
}

// ready is "" when calls are taken.
func (s *System) ready() string {
	select {
	case <-s.booted:
	default:
		return "starting"
	}
	if s.core.Refusing() {
		return "stopping"
	}
	if rawnet.Short() {
		return "no file descriptor is left for calls"
	}
	return ""
}
