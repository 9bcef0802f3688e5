package calls

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// What the metrics tell of two calls.
func TestMetricsOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, "[inside]\nexten => 1002,1,Dial(SIP/1002,20)\n", testkit.Faults{})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		call, _ := connectVia(a, b)
		call.Media.Tone(1000, time.Second)
		time.Sleep(1500 * time.Millisecond)
		values := func() map[string]float64 {
			out := map[string]float64{}
			f := w.sys.Metrics()
			for _, m := range f.Metrics {
				name := m.Name
				for _, l := range m.Labels {
					name += " " + l[1]
				}
				out[name] = m.Value
			}
			for _, h := range f.Histograms {
				for le, n := range h.Buckets {
					out[fmt.Sprint(h.Name, " ", le)] = float64(n)
				}
			}
			return out
		}
		if v := values(); v["asterisk_channels_count"] != 2 || v["asterisk_calls_count"] != 1 || v["asterisk_bridges_count"] != 1 ||
			v["obelisk_sip_registered"] != 2 || v["asterisk_endpoints_count"] != 3 {
			t.Errorf("during the call: %v", v)
		}
		call.Hangup()
		busy := a.Dial("1002")
		(<-b.Incoming).Reject("486 Busy Here")
		busy.Wait("486", time.Second)
		time.Sleep(time.Second)
		v := values()
		for name, want := range map[string]float64{"obelisk_calls_total answered": 1, "obelisk_calls_total busy": 1,
			"obelisk_calls_total failed": 0, "asterisk_calls_sum": 2, "asterisk_channels_count": 0, "obelisk_call_setup_seconds 0.25": 0,
			"obelisk_call_setup_seconds 1": 1, "obelisk_call_setup_seconds 60": 1, "obelisk_rtp_ports_in_use": 0, "obelisk_rtp_lost_total": 0,
			"obelisk_rtp_jitter_seconds 0.001": 1, "obelisk_records_waiting": 0, "obelisk_reloads_total done": 0} {
			if v[name] != want {
				t.Errorf("%s is %v, want %v", name, v[name], want)
			}
		}
		if n := v["obelisk_rtp_packets_total received"]; n < 45 || n > 55 {
			t.Errorf("%v packets of a second were received", n)
		}
		a.Close()
		b.Close()
		w.stop()
	})
}
