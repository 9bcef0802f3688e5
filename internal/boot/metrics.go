package boot

import (
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/rawnet"
	"obelisk/internal/version"
	"obelisk/pbx"
)

// metrics gathers what /metrics tells. Names beginning with asterisk_ are those of
// Asterisk's own exporter.
func (s *System) metrics() pbx.Measures {
	begun := time.Now()
	m := &pbx.Measures{Node: s.core.Node()}
	channels, calls, processed := s.core.Counts()
	m.Gauge("asterisk_core_properties", "Properties of the switchboard: always 1", 1, "version", sipconf.Version)
	b := version.Read()
	m.Gauge("obelisk_build_info", "Which Obelisk this is: always 1", 1, "version", b.Number, "commit", b.Source())
	m.Count("asterisk_core_uptime_seconds", "Seconds since the start", time.Since(s.core.Begun()).Seconds())
	m.Count("asterisk_core_last_reload_seconds", "Seconds since the configuration was read", time.Since(s.LastReload()).Seconds())
	m.Gauge("asterisk_channels_count", "Channels at the moment", float64(channels))
	m.Gauge("asterisk_calls_count", "Calls at the moment", float64(calls))
	m.Count("asterisk_calls_sum", "Calls since the start", float64(processed))
	m.Gauge("asterisk_bridges_count", "Bridges at the moment", float64(len(s.core.Bridges())))
	t := s.core.Tally()
	for _, outcome := range []string{"answered", "no_answer", "busy", "failed"} {
		m.Count("obelisk_calls_total", "Calls that are over, by what became of them", float64(t.Outcomes[outcome]), "outcome", outcome)
	}
	m.Histograms = append(m.Histograms, pbx.Histogram{Name: "obelisk_call_setup_seconds", Help: "From a call's beginning to its answer",
		Buckets: t.SetupBounds, Count: t.SetupCount, Sum: t.SetupSum})
	for name, n := range s.core.Limits() {
		m.Count("obelisk_limits_total", "Times that a call ran into a bound, by the bound", float64(n), "limit", name)
	}
	const help = "Times that the configuration was read anew"
	m.Count("obelisk_reloads_total", help, float64(s.reloads.Load()), "result", "done")
	m.Count("obelisk_reloads_total", help, float64(s.refusedReloads.Load()), "result", "refused")
	s.descriptorMetrics(m)
	for _, x := range s.conf.modules {
		if meter, ok := x.(pbx.Meter); ok {
			meter.Measure(m)
		}
	}
	m.Gauge("asterisk_core_scrape_time_ms", "Milliseconds that gathering this took", float64(time.Since(begun).Microseconds())/1000)
	return *m
}

func (s *System) descriptorMetrics(m *pbx.Measures) {
	m.Gauge("obelisk_descriptors_in_use", "File descriptors that are open", float64(openDescriptors()))
	m.Gauge("obelisk_descriptors_limit", "File descriptors that calls and phones may use; the rest is a reserve", float64(s.descriptors))
	m.Count("obelisk_descriptors_refused_total", "Sockets of calls and phones that were refused because only the reserve was left",
		float64(rawnet.Refused()))
}

// ready is "" when calls are taken.
func (s *System) ready() string {
	switch {
	case !s.up():
		return "starting"
	case s.core.Refusing():
		return "stopping"
	case rawnet.Short():
		return "no file descriptor is left for calls"
	}
	return ""
}
