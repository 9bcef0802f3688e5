package cel

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

// An event of the dialplan's own goes by the name that it gave, in a file as eventtype; the
// manager interface tells that name as EventName, or with show_user_defined beside it.
func TestUserDefinedEvents(t *testing.T) {
	for _, shown := range []string{"no", "yes"} {
		synctest.Test(t, func(t *testing.T) {
			core := pbx.NewCore(pbx.Config{})
			var mu sync.Mutex
			var file []string
			log := New(core, func(_, line string) { mu.Lock(); file = append(file, line); mu.Unlock() })
			log.SetConfig(configured(t, "[general]\nenable=yes\nevents=USER_DEFINED\n[manager]\nenabled=yes\nshow_user_defined="+shown+"\n",
				"[mappings]\nx => ${eventtype} ${eventenum} ${userdeftype} ${eventextra}\n"))
			var told []string
			defer core.Listen(func(e event.Event) {
				if n, ok := e.(event.News); ok {
					mu.Lock()
					told = append(told, n.Field("EventName")+"|"+n.Field("UserDefType")+"|"+n.Field("Extra"))
					mu.Unlock()
				}
			})()
			ch := core.Bare(pbx.Nowhere)
			core.Tell(event.Logged{Channel: ch.Snapshot(), Type: "MENU", Extra: `a "b" <c>/`})
			synctest.Wait()
			core.Drop(ch)
			log.Close()
			const extra = `{"extra":"a \"b\" <c>/"}`
			want := map[string]string{"no": "MENU||" + extra, "yes": "USER_DEFINED|MENU|" + extra}[shown]
			if got := strings.Join(told, " "); got != want {
				t.Errorf("told %s, want %s", got, want)
			}
			if got := strings.Join(file, "\n"); got != "MENU USER_DEFINED MENU "+extra {
				t.Errorf("written: %s", got)
			}
		})
	}
}

// Events of entering and leaving a bridge name all others there; the end of an application shows where the channel
// was, not where it is going, and an event of one that has ended leaves nothing behind.
func TestBridgeEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := pbx.NewCore(pbx.Config{})
		log := New(core, func(string, string) {})
		log.SetConfig(configured(t, "[general]\nenable=yes\napps=dial\nevents=ALL\n[manager]\nenabled=yes\n", ""))
		var told []string
		defer core.Listen(func(e event.Event) {
			if n, ok := e.(event.News); ok {
				told = append(told, n.Field("EventName")+" "+n.Field("Channel")+" "+n.Field("Exten")+" "+n.Field("Peer"))
			}
		})()
		at := func(who, exten string) *event.Channel {
			return &event.Channel{Name: who, LinkedID: "1", At: dialplan.Location{Exten: exten}}
		}
		tell := func(e event.Event) {
			core.Tell(e)
			synctest.Wait()
		}
		bridge := &event.Bridge{ID: "b"}
		for _, who := range []string{"a", "b", "c"} {
			tell(event.Step{Channel: at(who, "1"), App: "Dial"})
			tell(event.BridgeEntered{Bridge: bridge, Channel: at(who, "1")})
		}
		tell(event.BridgeLeft{Bridge: bridge, Channel: at("b", "1")})
		tell(event.Step{Channel: at("b", "h"), App: "NoOp"})
		tell(event.Hangup{Channel: at("b", "h"), Cause: 16})
		tell(event.AttendedTransfer{First: at("b", "h")})
		tell(event.BridgeLeft{Bridge: bridge, Channel: at("a", "1")})
		log.Close()
		got := strings.Join(told, "; ")
		const want = "APP_START a 1 ; BRIDGE_ENTER a 1 ; APP_START b 1 ; BRIDGE_ENTER b 1 a; APP_START c 1 ; BRIDGE_ENTER c 1 a,b; " +
			"BRIDGE_EXIT b 1 a,c; " +
			"APP_END b 1 ; HANGUP b h ; CHAN_END b h ; ATTENDEDTRANSFER b h ; BRIDGE_EXIT a 1 c"
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		if len(log.channels) != 2 || log.linked["1"] != 2 || len(log.bridges["b"]) != 1 {
			t.Errorf("%d channels are kept, %d of the call, %v in the bridge", len(log.channels), log.linked["1"], log.bridges["b"])
		}
	})
}

func configured(t *testing.T, cel, custom string) Config {
	t.Helper()
	var files []*config.File
	for _, text := range []string{cel, custom} {
		f, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte(text)}}}, "x", config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	c, diags := ReadConfig(files[0], files[1])
	if len(diags) > 0 {
		t.Error(diags)
	}
	return c
}

// A channel that becomes one of another call ends its own, as the last of its channels.
func TestCallsMeet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := pbx.NewCore(pbx.Config{})
		log := New(core, func(string, string) {})
		log.SetConfig(configured(t, "[general]\nenable=yes\nevents=LINKEDID_END\n[manager]\nenabled=yes\n", ""))
		var told []string
		defer core.Listen(func(e event.Event) {
			if n, ok := e.(event.News); ok {
				told = append(told, n.Field("Channel")+" "+n.Field("Exten")+" "+n.Field("LinkedID"))
			}
		})()
		tell := func(e event.Event) {
			core.Tell(e)
			synctest.Wait()
		}
		at := func(who, call, exten string) *event.Channel {
			return &event.Channel{Name: who, LinkedID: call, At: dialplan.Location{Exten: exten}}
		}
		tell(event.ChannelBegins{Channel: at("a", "1", "700")})
		tell(event.ChannelBegins{Channel: at("b", "2", "701")})
		tell(event.StateChanges{Channel: at("b", "1", "702")})
		tell(event.Hangup{Channel: at("b", "1", "h"), Cause: 16})
		tell(event.Hangup{Channel: at("a", "1", "h"), Cause: 16})
		log.Close()
		if got := strings.Join(told, "; "); got != "b 701 2; a h 1" {
			t.Error(got)
		}
	})
}
