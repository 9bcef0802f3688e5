package web

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"obelisk/internal/config"
	"obelisk/pbx"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// MetricsConfig is prometheus.conf.
type MetricsConfig struct {
	Enabled        bool
	URI            string // below the prefix of http.conf
	User, Password string // of who may ask; "" for anybody
	Realm          string
}

// ReadMetricsConfig reads prometheus.conf; f may be nil.
func ReadMetricsConfig(f *config.File) (MetricsConfig, []config.Diagnostic) {
	c := MetricsConfig{URI: "metrics", Realm: "Asterisk Prometheus Metrics"}
	if f == nil || f.Section("general") == nil {
		return c, nil
	}
	var diags []config.Diagnostic
	for _, v := range f.Section("general").Vars {
		switch strings.ToLower(v.Name) {
		case "enabled":
			c.Enabled, _ = config.Bool(v.Value)
		case "uri":
			c.URI = strings.Trim(v.Value, "/")
		case "auth_username":
			c.User = v.Value
		case "auth_password":
			c.Password = v.Value
		case "auth_realm":
			c.Realm = v.Value
		case "core_metrics_enabled":
		default:
			diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: "unknown option '" + v.Name + "' of prometheus.conf is ignored"})
		}
	}
	if (c.User == "") != (c.Password == "") {
		diags = append(diags, config.Diagnostic{Pos: f.Section("general").Pos,
			Text: "prometheus.conf has one of auth_username and auth_password only: nobody may read the metrics"})
	}
	return c, diags
}

// collector asks for the figures at each reading.
type collector struct{ ask func() pbx.Measures }

// Describe implements prometheus.Collector: what there is is known when it is asked for.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c collector) Collect(out chan<- prometheus.Metric) {
	now := c.ask()
	var node, at []string
	if now.Node != "" {
		node, at = []string{"node"}, []string{now.Node}
	}
	for _, m := range now.Metrics {
		names, values := slices.Clone(node), slices.Clone(at)
		for _, l := range m.Labels {
			names, values = append(names, l[0]), append(values, strings.ToValidUTF8(l[1], "?"))
		}
		kind := prometheus.GaugeValue
		if m.Counter {
			kind = prometheus.CounterValue
		}
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(m.Name, m.Help, names, nil), kind, m.Value, values...)
	}
	for _, h := range now.Histograms {
		out <- prometheus.MustNewConstHistogram(prometheus.NewDesc(h.Name, h.Help, node, nil), h.Count, h.Sum, h.Buckets, at...)
	}
}

// measured is what ServeMetrics serves at the moment.
type measured struct {
	MetricsConfig
	page http.Handler
}

// ServeMetrics serves what ask tells, and the figures of the process, to whom the
// configuration lets. It may be called again, with another one.
func (s *Server) ServeMetrics(c MetricsConfig, ask func() pbx.Measures) {
	if !c.Enabled {
		s.metrics.Store(nil)
		return
	}
	r := prometheus.NewRegistry()
	r.MustRegister(collector{ask}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.metrics.Store(&measured{c, promhttp.HandlerFor(r, promhttp.HandlerOpts{})})
	if !s.uris[c.URI] {
		s.uris[c.URI] = true
		s.Handle("/"+c.URI, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { s.serveMetrics(c.URI, w, req) }))
	}
}

// serveMetrics serves a path where metrics are, or have been.
func (s *Server) serveMetrics(uri string, w http.ResponseWriter, req *http.Request) {
	c := s.metrics.Load()
	if c == nil || c.URI != uri {
		http.NotFound(w, req)
		return
	}
	same := func(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	if c.User != "" || c.Password != "" {
		user, password, _ := req.BasicAuth()
		if c.User == "" || c.Password == "" || !same(user, c.User) || !same(password, c.Password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="`+c.Realm+`"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
	}
	c.page.ServeHTTP(w, req)
}

// ServeHealth serves /healthz, which answers as long as the process does, and /readyz, which
// says whether calls are taken: ready is "" then, and otherwise the reason.
func (s *Server) ServeHealth(ready func() string) {
	s.Handle("/healthz", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) }))
	s.Handle("/readyz", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if why := ready(); why != "" {
			http.Error(w, why, http.StatusServiceUnavailable)
			return
		}
		w.Write([]byte("ok\n"))
	}))
}
