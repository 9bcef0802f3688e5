package calls

import (
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// reloads are what RELOADSTATUS is in Asterisk 20.20.1, which was observed.
var reloads = [][2]string{
	{"", "SUCCESS"}, {"pbx_config", "SUCCESS"}, {"pbx_config.so", "SUCCESS"}, {"PBX_Config", "SUCCESS"}, {"features", "SUCCESS"},
	{"logger", "SUCCESS"}, {" chan_sip", "SUCCESS"}, {"pbx_config,chan_sip", "SUCCESS"}, {"pbx_config&chan_sip", "FAILURE"},
	{"chan_sip,x", "FAILURE"}, {"chan", "FAILURE"}, {"dialplan", "FAILURE"}, {"app_milliwatt", "FAILURE"}, {"pbx_nosuch", "FAILURE"},
}

// A call has files read anew, and is told what became of it.
func TestReloadApp(t *testing.T) {
	plan := "[inside]\nexten => 5,1,Answer()\n"
	for _, r := range reloads {
		plan += "same => n,Reload(" + r[0] + ")\nsame => n,Set(R=${R} ${RELOADSTATUS})\n"
	}
	plan += "same => n,Set(GLOBAL(R)=${R})\n"
	want := ""
	for _, r := range reloads {
		want += " " + r[1]
	}
	inWorld(t, func(w *world, a, _ *testkit.Phone) {
		w.write("extensions.conf", plan)
		if err := w.sys.Reload("pbx_config"); err != nil {
			t.Fatal(err)
		}
		call := a.Dial("5")
		time.Sleep(5 * time.Second)
		if got := w.global("R"); got != want {
			t.Errorf("%q,\nwant %q", got, want)
		}
		call.Hangup()
		time.Sleep(time.Second)
	})
}
