package cel

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"obelisk/internal/config"
	"obelisk/pbx"
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
			defer core.Listen(func(n *pbx.News) {
				if n.Name == "CEL" {
					mu.Lock()
					told = append(told, n.Field("EventName")+"|"+n.Field("UserDefType")+"|"+n.Field("Extra"))
					mu.Unlock()
				}
			})()
			ch := core.Bare(pbx.Nowhere)
			core.Tell(pbx.News{Name: pbx.UserCEL, Chan: ch.Snapshot(), Fields: []pbx.Field{{Name: "UserDefType", Value: "MENU"}, {Name: "Extra", Value: `a "b" <c>/`}}})
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
