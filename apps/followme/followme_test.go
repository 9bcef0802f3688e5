package followme

import (
	"fmt"
	"strings"
	"testing"

	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/config"
	"obelisk/internal/testkit/script"
	"obelisk/pbx"
	"obelisk/sounds"
)

const conf = `[general]
featuredigittimeout = 3000
[team]
context = fm
number => 1,15
number => 2,10
[solo]
context = fm
number => 3,12
[both]
context = fm
number => 1&2,30
takecall = 11
[silent]
context = fm
enable_callee_prompt = no
number => 1,15
[order]
context = fm
number => 1,5,3
number => 2,5,2
number => 3,5,1
`

type oneFile struct{ f *config.File }

func (o oneFile) File(string) *config.File { return o.f }

// The scripts look for somebody who does what they say.
func TestScripts(t *testing.T) {
	script.Run(t, "testdata/*.txt", func(core *pbx.Core, lib *sounds.Library) {
		app.Register(core, lib)
		fn.Register(core)
		m := New(lib, t.TempDir())
		m.Furnish(core)
		next, diags := m.Prepare(oneFile{script.Config(t, conf)})
		if next.Commit(); len(diags) > 0 {
			t.Errorf("found: %v", diags)
		}
	})
}

// What is wrong in the file is said with its line; the rest is in force.
func TestFile(t *testing.T) {
	m := New(&sounds.Library{}, t.TempDir())
	next, diags := m.Prepare(oneFile{script.Config(t, "[general]\ntakecal=1\n[a]\ncontext=x\nnumber => ,5\nnumber => 12,soon\nnumber => "+
		"13,5,2\nnumber => 14&15\ntakecall=1\ndeclinecall=12\n[a]\n[b]\n")})
	var got []string
	for _, d := range diags {
		got = append(got, fmt.Sprintf("%d %s", d.Pos.Line, d.Text))
	}
	for _, want := range []string{"2 unknown option 'takecal'", "5 ',5' is not a valid value", "6 '12,soon' is not a valid value",
		"3 profile 'a': takecall '1' and declinecall '12' begin alike",
		"11 profile 'a' is there already", "12 profile 'b' has no number"} {
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("not said: %s\n%s", want, strings.Join(got, "\n"))
		}
	}
	if got := strings.Join(next.Changes(), ", "); got != "+ profile a, + profile b" {
		t.Errorf("changes: %s", got)
	}
	next.Commit()
	p := find(*m.profiles.Load(), "A")
	if p == nil || len(p.steps) != 2 || p.steps[0].numbers[0] != "13" || len(p.steps[1].numbers) != 2 ||
		p.steps[1].timeout != defaultTimeout {
		t.Errorf("profile: %+v", p)
	}
	again, _ := m.Prepare(oneFile{script.Config(t, "\n\n[a]\ncontext=y\nnumber => 14\n")})
	if got := strings.Join(again.Changes(), ", "); got != "~ profile a, - profile b" {
		t.Errorf("changes: %s", got)
	}
}
