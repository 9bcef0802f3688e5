package pubsub

import (
	"os"
	"strings"
	"testing"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/sipconf/sipconftest"

	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// The documents are those that Asterisk's chan_sip sent for the same states.
func TestPresenceDocuments(t *testing.T) {
	dir, _ := sipconftest.Compile(t, "[general]\nnotifycid=yes\n")
	ps := New(Config{Core: pbx.NewCore(pbx.Config{Log: zerolog.Nop()})})
	for file, c := range map[string]struct {
		format string
		state  pbx.HintState
	}{
		"pidf-idle":         {pidf, pbx.HintState{State: pbx.ExtensionIdle}},
		"pidf-inuse":        {pidf, pbx.HintState{State: pbx.ExtensionInUse}},
		"pidf-ringing":      {pidf, pbx.HintState{State: pbx.ExtensionRinging}},
		"pidf-hold":         {pidf, pbx.HintState{State: pbx.ExtensionOnHold}},
		"pidf-unavailable":  {pidf, pbx.HintState{State: pbx.ExtensionUnavailable, Absent: true}},
		"dialog-idle":       {dialogInfo, pbx.HintState{State: pbx.ExtensionIdle}},
		"dialog-inuse":      {dialogInfo, pbx.HintState{State: pbx.ExtensionInUse}},
		"dialog-ringing":    {dialogInfo, pbx.HintState{State: pbx.ExtensionRinging}},
		"dialog-hold":       {dialogInfo, pbx.HintState{State: pbx.ExtensionOnHold}},
		"xpidf-idle":        {xpidf, pbx.HintState{State: pbx.ExtensionIdle}},
		"xpidf-inuse":       {cpim, pbx.HintState{State: pbx.ExtensionInUse}},
		"xpidf-unavailable": {xpidf, pbx.HintState{State: pbx.ExtensionUnavailable}},
	} {
		want, err := os.ReadFile("testdata/presence/" + file + ".xml")
		if err != nil {
			t.Fatal(err)
		}
		s := &Subscription{ps: ps, Dialog: dialog.Dialog{Dir: dir, CallID: "CALLID", LocalTag: "OURS", RemoteTag: "THEIRS"}, format: c.format,
			Context: "in", Exten: "200", watcher: "sip:w@127.0.0.1", entity: "sip:200@127.0.0.1", state: c.state}
		if got := string(s.body()); got != string(want) {
			t.Errorf("%s:\n%s\nwant\n%s", file, got, want)
		}
	}
}

// Names are quoted in what phones are told.
func TestPresenceEscapes(t *testing.T) {
	dir, _ := sipconftest.Compile(t, "[general]\n")
	s := &Subscription{Dialog: dialog.Dialog{Dir: dir}, format: xpidf, Context: "in", Exten: `2"<0>&`, watcher: "sip:w@h", entity: "sip:x@h"}
	if got := string(s.body()); len(got) == 0 || !strings.Contains(got, `id="2&#34;&lt;0&gt;&amp;"`) {
		t.Errorf("%s", got)
	}
}
