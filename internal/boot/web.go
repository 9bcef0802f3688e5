package boot

import (
	"fmt"
	"os"
	"path/filepath"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/manage/web"
	"obelisk/pbx"
)

// httpModule is http.conf: the server, on which SIP over WebSocket, the manager interface, metrics
// and health hang.
func (s *System) httpModule() pbx.Module {
	return own{name: "http", synopsis: "Built-in HTTP Server", measure: func(m *pbx.Measures) {
		m.Count("obelisk_manage_refused_total", refusedHelp, float64(s.web.Refused()), "what", "http_connection")
	}, read: func(r *reading) step {
		c, diags := web.ReadConfig(r.file("http.conf"), r.accessLists())
		r.note(diags)
		if !c.Named {
			c.ServerName = "Asterisk/" + sipconf.Version
		}
		c.StaticFolder = filepath.Join(r.ast.Dirs.Data, "static-http")
		if c.ACME.On() && c.ACME.Folder == "" {
			c.ACME.Folder = filepath.Join(r.ast.Dirs.Key, "acme")
		}
		return step{commit: func() { s.web.Listen(c) }, check: func(pbx.Whole) []config.Diagnostic { return certificates(c) }}
	}, close: func() {
		if s.web != nil {
			s.web.Close()
		}
	}}
}

// certificates tells of HTTPS that cannot be served.
func certificates(c web.Config) []config.Diagnostic {
	if !c.TLSEnabled || c.ACME.On() && c.Cert == "" {
		return nil
	}
	for _, file := range []string{c.Cert, c.Key} {
		if _, err := os.Stat(file); err != nil {
			return []config.Diagnostic{{Pos: c.CertPos, Severity: config.Error, Text: fmt.Sprintf("HTTPS is not served: %v", err)}}
		}
	}
	return nil
}

// prometheusModule is prometheus.conf.
func (s *System) prometheusModule() pbx.Module {
	return own{name: "res_prometheus", synopsis: "Prometheus Exporter", read: func(r *reading) step {
		c, diags := web.ReadMetricsConfig(r.file("prometheus.conf"))
		r.note(diags)
		return step{commit: func() { s.web.ServeMetrics(c, s.metrics) }}
	}}
}
