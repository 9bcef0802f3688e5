package calls

import (
	"strings"
	"testing"
	"testing/synctest"

	"obelisk/internal/testkit"
)

const shownPlan = `[inside]
exten => 100,1,NoOp
exten => 610,1,Answer()
same => n,Wait(60)
exten => _9X.,1,NoOp
include => inner
ignorepat => 9
switch => Local/inner@inner
[inner]
exten => _X!,1,NoOp
`

// What "dialplan show EXTEN@CONTEXT" lists beside the extensions: ignorepats that the number has passed, switches always, and no
// empty line before an included context (seen on Asterisk 20.20.1).
func TestDialplanShowExten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, shownPlan, testkit.Faults{})
		const office, inner = "[ Context 'inside' created by 'pbx_config' ]\n", "[ Included context 'inner' created by 'pbx_config' ]\n"
		for asked, want := range map[string]string{
			"100": office + "'100' 1. NoOp()\n" + inner + "'_X!' 1. NoOp()\n\nswitch\n\n-= 2 extensions (2 priorities) in 2 contexts. =-\n",
			"9":   inner + "'_X!' 1. NoOp()\n\nswitch\n-= 1 extension (1 priority) in 1 context. =-\n",
			"915": office + "'_9X.' 1. NoOp()\n" + inner +
				"'_X!' 1. NoOp()\n\nignorepat\nswitch\n\n-= 2 extensions (2 priorities) in 2 contexts. =-\n",
			"nope": "switch\nThere is no existence of nope@inside extension\nCommand 'dialplan show nope@inside' failed.\n",
		} {
			var got strings.Builder
			for l := range strings.Lines(w.console("dialplan show " + asked + "@inside")) {
				f := strings.Fields(l)
				switch {
				case strings.Contains(l, "Ignore pattern"):
					l = "ignorepat\n"
				case strings.Contains(l, "Alt. Switch"):
					l = "switch\n"
				case strings.Contains(l, "=>"):
					l = f[0] + " " + f[2] + " " + f[3] + "\n"
				}
				got.WriteString(l)
			}
			if got.String() != want {
				t.Errorf("%s:\n%s\nwant\n%s", asked, got.String(), want)
			}
		}
		w.stop()
	})
}
