package dialplan

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/internal/config"
)

const explained = `[inside]
include => special,9:00-9:01,mon,*,*
include => outside
exten => 100,1,NoOp(a)
exten => 101,1,NoOp(a)
exten => _1XX,1,NoOp(b)
exten => _1.,1,NoOp(c)
exten => _1.,2,Hangup()
exten => _[2-5]XX/77,1,NoOp(d)
exten => _1XXX,1,NoOp(e)
exten => _10X,2,NoOp(f)
[special]
[outside]
exten => _9!,1,NoOp(z)
include => inside
`

// noHangup has a word on the application of one step.
func noHangup(app string) string {
	if app == "Hangup" {
		return "MISSING"
	}
	return ""
}

func TestExplain(t *testing.T) {
	file, err := config.Load(config.FS{FS: fstest.MapFS{"e": {Data: []byte(explained)}}}, "e", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := Compile(file, nil)
	for _, row := range []struct {
		number, caller string
		found          bool
		want           []string
	}{
		{"123", "", true, []string{"RUNS _1XX e:6", "matches _1. e:7 but is tried after '_1XX': at position 2 it takes anything, '_1XX' " +
			"takes 0-9", "no _1XXX e:10 needs 4 characters", "2. Hangup() (e:8, '_1.' of 'inside') MISSING"}},
		{"100", "", true, []string{"RUNS 100 e:4", "matches _1XX e:6 but is tried after '100'", "other numbers: 1",
			"2. NoOp(f) (e:11, '_10X' of 'inside')"}},
		{"105", "", true, []string{"matches _10X e:11 but has no priority 1 to begin with", "RUNS _1XX e:6"}},
		{"234", "77", true, []string{"RUNS _[2-5]XX/77 e:9"}},
		{"234", "78", false, []string{"no _[2-5]XX/77 e:9 is for other callers",
			"include special,9:00-9:01,mon,*,* (e:2) is not in effect at 2026-11-26 09:00:00", "include inside (e:15) has been searched already",
			"No extension matches '234'."}},
		{"9", "", true, []string{"no _1. e:7 takes 1 at position 1, not '9'", "RUNS _9! e:14", "1. NoOp(z) (e:14, '_9!' of 'outside')"}},
		{"1", "", false, []string{"no _1. e:7 needs 2 characters", "With more digits one could."}},
	} {
		var b strings.Builder
		if got := p.Explain(&b, "inside", row.number, Query{CallerID: row.caller, Now: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)},
			noHangup); got != row.found {
			t.Errorf("%s: %v", row.number, got)
		}
		flat := strings.Join(strings.Fields(b.String()), " ")
		for _, want := range row.want {
			if !strings.Contains(flat, want) {
				t.Errorf("%s: no %q in\n%s", row.number, want, b.String())
			}
		}
	}
}
