package boot

import (
	"obelisk/manage/web"
	"obelisk/pbx"
)

// httpModule is http.conf: the server, on which SIP over WebSocket, the manager interface, metrics
// and health hang.
func (s *System) httpModule() pbx.Module {
	return own{name: "http", synopsis: "Built-in HTTP Server", measure: func(m *pbx.Measures) {
		m.Count("obelisk_manage_refused_total", refusedHelp, float64(s.web.Refused()), "what", "http_connection")
	}, read: func(r *reading) step {
		c, diags := web.ReadConfig(r.file("http.conf"))
		r.note(diags)
		r.web = c
		return step{commit: func() { s.web.Listen(c) }}
	}, close: func() {
		if s.web != nil {
			s.web.Close()
		}
	}}
}

// prometheusModule is prometheus.conf.
func (s *System) prometheusModule() pbx.Module {
	return own{name: "res_prometheus", synopsis: "Prometheus Exporter", read: func(r *reading) step {
		c, diags := web.ReadMetricsConfig(r.file("prometheus.conf"))
		r.note(diags)
		return step{commit: func() { s.web.ServeMetrics(c, s.metrics) }}
	}}
}
