package page

import (
	"strings"
	"testing"

	"obelisk/apps/confbridge"
	"obelisk/dialplan"
	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/testkit/script"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/sounds"
)

// The scripts page phones that do what they say.
func TestScripts(t *testing.T) {
	script.Run(t, "testdata/*.txt", func(core *pbx.Core, lib *sounds.Library) {
		app.Register(core, lib)
		fn.Register(core)
		New(lib).Furnish(core)
		confbridge.New(&prompt.Player{Lib: lib}, t.TempDir(), t.TempDir()).Furnish(core)
		core.RegisterApp(pbx.App{Name: "SIPAddHeader", Exec: func(c *pbx.Channel, args string) dialplan.Result {
			c.SetVar("__SIPADDHEADER01", args)
			return dialplan.Continue
		}})
	})
}

// What is wrong in arguments is found when the file is read.
func TestCheck(t *testing.T) {
	for args, want := range map[string]string{"SIP/a&b": "'b' is no destination", "SIP/a,qz": "z",
		"SIP/a,a(telex)": "no kind of phone 'telex'", "SIP/a,a(snom)qd,5": "", "${X},${Y}": ""} {
		got := strings.Join(check(args), "; ")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("Page(%s): %q", args, got)
		}
	}
}
