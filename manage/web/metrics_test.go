package web

import (
	"net/http/httptest"
	"strings"
	"testing"

	"obelisk/pbx"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/rs/zerolog"
)

// get asks for a page.
func get(s *Server, path, user, password string) (int, string) {
	r := httptest.NewRequest("GET", path, nil)
	if user != "" {
		r.SetBasicAuth(user, password)
	}
	w := httptest.NewRecorder()
	s.now.Load().handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// Where there are several nodes each figure says whose it is.
func TestMetricsOfANode(t *testing.T) {
	s := New(zerolog.Nop())
	s.ServeMetrics(MetricsConfig{Enabled: true, URI: "metrics"}, func() pbx.Measures {
		return pbx.Measures{Node: "a", Metrics: []pbx.Metric{{Name: "b_count", Help: "Things", Value: 2, Labels: [][2]string{{"kind", "x"}}}},
			Histograms: []pbx.Histogram{{Name: "c_seconds", Help: "Times", Count: 1, Sum: 5.5}}}
	})
	_, text := get(s, "/metrics", "", "")
	for _, want := range []string{"b_count{kind=\"x\",node=\"a\"} 2\n", "c_seconds_sum{node=\"a\"} 5.5\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// The metrics are well formed, and only for whom the configuration lets.
func TestMetrics(t *testing.T) {
	facts := func() pbx.Measures {
		return pbx.Measures{Metrics: []pbx.Metric{{Name: "a_count", Help: "Things", Value: 2, Labels: [][2]string{{"kind", "x\xff"}}},
			{Name: "b_total", Help: "All", Counter: true, Value: 7}},
			Histograms: []pbx.Histogram{{Name: "c_seconds", Help: "Times", Buckets: map[float64]uint64{1: 2, 2: 3}, Count: 4, Sum: 5.5}}}
	}
	s := New(zerolog.Nop())
	s.ServeMetrics(MetricsConfig{Enabled: true, URI: "metrics", User: "u", Password: "p"}, facts)
	why := ""
	s.ServeHealth(func() string { return why })
	for _, who := range [][2]string{{"", ""}, {"u", "x"}, {"x", "p"}} {
		if code, _ := get(s, "/metrics", who[0], who[1]); code != 401 {
			t.Errorf("%v reads them: %d", who, code)
		}
	}
	code, text := get(s, "/metrics", "u", "p")
	for _, want := range []string{"a_count{kind=\"x?\"} 2\n", "# TYPE b_total counter\nb_total 7\n", "c_seconds_bucket{le=\"2\"} 3\n",
		"c_seconds_sum 5.5\n", "go_goroutines "} {
		if code != 200 || !strings.Contains(text, want) {
			t.Errorf("%d: no %q", code, want)
		}
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Error(err)
	}
	for _, p := range problems {
		if p.Metric != "a_count" { // Asterisk's names end so
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	if code, _ := get(s, "/readyz", "", ""); code != 200 {
		t.Errorf("readyz %d", code)
	}
	why = "stopping"
	if code, text := get(s, "/readyz", "", ""); code != 503 || text != "stopping\n" {
		t.Errorf("readyz %d %s", code, text)
	}
	if code, _ := get(s, "/healthz", "", ""); code != 200 {
		t.Errorf("healthz %d", code)
	}

	off := New(zerolog.Nop())
	off.ServeMetrics(MetricsConfig{URI: "metrics"}, facts)
	if code, _ := get(off, "/metrics", "", ""); code != 404 {
		t.Errorf("metrics that are not enabled: %d", code)
	}
}

// Another prometheus.conf takes effect without a new start.
func TestMetricsChange(t *testing.T) {
	s := New(zerolog.Nop())
	for _, c := range []struct {
		conf            MetricsConfig
		metrics, other  int // without a password
		metricsPassword int
	}{
		{MetricsConfig{URI: "metrics"}, 404, 404, 404},
		{MetricsConfig{Enabled: true, URI: "metrics"}, 200, 404, 200},
		{MetricsConfig{Enabled: true, URI: "metrics", User: "u", Password: "p"}, 401, 404, 200},
		{MetricsConfig{Enabled: true, URI: "other"}, 404, 200, 404},
		{MetricsConfig{Enabled: true, URI: "metrics"}, 200, 404, 200},
		{MetricsConfig{URI: "metrics"}, 404, 404, 404},
	} {
		s.ServeMetrics(c.conf, func() pbx.Measures { return pbx.Measures{} })
		metrics, _ := get(s, "/metrics", "", "")
		other, _ := get(s, "/other", "", "")
		secret, _ := get(s, "/metrics", "u", "p")
		if metrics != c.metrics || other != c.other || secret != c.metricsPassword {
			t.Errorf("%+v: %d %d %d", c.conf, metrics, other, secret)
		}
	}
}
