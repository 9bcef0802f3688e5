package listen

import (
	"testing"

	"obelisk/dialplan"
	"obelisk/internal/rehearse"
	"obelisk/internal/testkit/desk"
	"obelisk/media"
	"obelisk/pbx"
)

// What comes of tones is what Asterisk 20.20.1 makes of them.
func TestTones(t *testing.T) {
	for _, row := range []struct{ exten, args, tone, want string }{
		{"tone", "1000,500,5", "1000", "SUCCESS"}, {"tone", "1000,500,5", "1000/300,0/300", "TIMEOUT"},
		{"tone", "1000,200,8,3", "1000/300,0/300", "SUCCESS"},
		{"tone", "1000,200,8,3", "1000", "TIMEOUT"}, {"tone", "1000,500,0", "1000", "SUCCESS"}, {"tone", "1000,,4,,q", "1000", "SUCCESS"},
		{"tone", "1000,500,1.5", "0", "TIMEOUT"}, {"tone", "0,500,1", "1000", "TIMEOUT"}, {"tone", "5000,500,1", "1000", "TIMEOUT"},
		{"tone", "1000,500", "0", ""}, // until the caller hangs up
		{"scan", ",6", "480+620/500,0/500", "BUSY"}, {"scan", "us,6", "440+480/2000,0/4000", "RINGING"}, {"scan", "uk,6", "400", "NUT"},
		{"scan", "us,6,1,f", "2100", "FAX"}, {"scan", "us,6", "2100", "TIMEOUT"}, {"scan", "us,6,1,v", "300*7", "VOICE"},
		{"scan", ",1", "0", "TIMEOUT"},
		{"scan", "us,2,1,q", "0", "TIMEOUT"}, {"scan", "us,0", "350+440", "DIALTONE"},
		{"detect", "1000,200", "1000/300,0/300", "5 0"}, {"detect", "1000,500", "1000", "1 0"}, {"detect", "1000,200,e", "1000/300,0/300", "1 0"},
		{"detect", "1000,200,n(3)e", "1000/300,0/300", "3 0"}, {"detect", "1000,200,t", "1000/300,0/300", "0 0"},
		{"detect", "1000,200,rt", "1000/300,0/300", "5 0"}, {"detect", "1000,200,g(in,5,1)", "1000", "five"},
		{"detect", "1000,200,g(5,1)", "1000", "five"},
		{"detect", "1000,200,h(in,5,1)", "1000", "five"}, {"detect", "0,,bg(in,5,1)", "480+620/500,0/500", "five"},
		{"detect", "0,,cg(in,5,1)", "350+440", "five"}, {"detect", "0,,b", "350+440", "0 0"}, {"stop", "", "1000", "<>"},
	} {
		tone, err := media.ParseTone(row.tone)
		if err != nil {
			t.Fatal(err)
		}
		got := says(t, row.exten, row.args, nil, func(p desk.Phone, _ *rehearse.Board) { p.Far().Play(tone.Source(), func(bool) {}) })
		if got != row.want {
			t.Errorf("%s(%s) of %s: %q, want %q", row.exten, row.args, row.tone, got, row.want)
		}
	}
}

// Arguments that cannot be read end the call, with a status.
func TestToneArguments(t *testing.T) {
	desk.Call(t, func(c *pbx.Channel) {
		(&Module{}).Furnish(c.Core())
		for name, rows := range map[string][]string{
			"WaitForTone": {"", "abc", "1000,abc", "1000,0", "1000,-5", "1000,,abc", "1000,,-1", "1000,,,0", "1000,,,abc", "1000,,,,d(abc)"},
			"ToneScan":    {"xx", ",abc", ",,abc", ",,0", ",,-1"},
		} {
			for _, args := range rows {
				c.SetVar("WAITFORTONESTATUS", "")
				c.SetVar("TONESCANSTATUS", "")
				end := c.Core().App(name).Exec(c, args)
				one, _ := c.Var("WAITFORTONESTATUS")
				other, _ := c.Var("TONESCANSTATUS")
				if end != dialplan.End || one+other != "ERROR" {
					t.Errorf("%s(%s): %v, %s%s", name, args, end, one, other)
				}
			}
		}
		f := c.Core().Func("TONE_DETECT")
		for args, want := range map[string]string{"": "No frequency specified", "abc": "Frequency must be an integer: abc",
			"1000,abc": "Invalid duration: abc", "1000,-1": "Invalid duration: -1", "1000,,d(x)": "Invalid decibel level: x",
			"1000,,n(x)": "Invalid number hits required: x",
			"0,,x":       "Cannot remove TONE_DETECT from " + c.Name() + ": TONE_DETECT not currently enabled"} {
			if err := f.Write(c, args, ""); err == nil || err.Error() != want {
				t.Errorf("TONE_DETECT(%s): %v", args, err)
			}
		}
		if v, err := f.Value(c, "rx"); v != "" || err != nil {
			t.Errorf("nothing listens, and there is %q %v", v, err)
		}
		if _, err := f.Value(c, "x"); err == nil || err.Error() != "Invalid direction: x" {
			t.Error(err)
		}
	}, func(desk.Phone) {})
}
