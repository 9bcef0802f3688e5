package cc

import (
	"strings"
	"testing"

	"obelisk/internal/config"
	"obelisk/pbx"
)

type one map[string]string

func (s one) Resolve(name string) string { return name }
func (s one) ReadFile(name string) ([]byte, error) {
	return []byte(s[name]), nil
}
func (s one) Glob(string) ([]string, error) { return nil, nil }

func TestReadConfig(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want func(*Config)
		says string
	}{
		"nothing":          {"", func(*Config) {}, ""},
		"off":              {"enabled=no", func(c *Config) { c.Enabled = false }, ""},
		"requests":         {"cc_max_requests=3", func(c *Config) { c.MaxRequests = 3 }, ""},
		"no number":        {"cc_max_requests=many", func(*Config) {}, "Invalid input given for cc_max_requests. Using default (20)"},
		"a state":          {"cc_caller_busy_devstate=busy", func(c *Config) { c.Devices[callerBusy] = pbx.DeviceBusy }, ""},
		"no state":         {"cc_active_devstate=asleep", func(*Config) {}, "'asleep' is no state for 'cc_active_devstate'"},
		"an endpoint's":    {"cc_agent_policy=generic", func(*Config) {}, "belongs into the sections of endpoints"},
		"an unknown one":   {"enable=no", func(*Config) {}, "there is no option 'enable' (did you mean 'enabled'?)"},
		"a sample's words": {"cc_complete_devstate=NOT_INUSE", func(*Config) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := config.Load(one{"ccss.conf": "[general]\n" + c.text + "\n"}, "ccss.conf", config.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := DefaultConfig()
			c.want(&want)
			got, diags := ReadConfig(f)
			if got != want {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
			if c.says == "" && len(diags) > 0 || c.says != "" && (len(diags) != 1 || !strings.Contains(diags[0].Text, c.says)) {
				t.Errorf("%v", diags)
			}
		})
	}
}

// Which state may follow which: nothing goes back but from a busy caller, and nothing follows
// an end.
func TestStates(t *testing.T) {
	want := map[state][]state{available: {offered, requested, failed}, offered: {requested, failed}, requested: {active, failed},
		active: {calleeReady, failed}, calleeReady: {callerBusy, recalling, failed}, callerBusy: {active, failed}, recalling: {complete, failed}}
	for from := available; from < states; from++ {
		var got []state
		for to := available; to < states; to++ {
			if from.may(to) {
				got = append(got, to)
			}
		}
		if len(got) != len(want[from]) {
			t.Errorf("%v: %v", from, got)
			continue
		}
		for i := range got {
			if got[i] != want[from][i] {
				t.Errorf("%v: %v", from, got)
			}
		}
	}
}
