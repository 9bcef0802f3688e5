package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"obelisk/internal/rehearse"
	"obelisk/pbx"
)

// How Record ends, and what it leaves.
func TestRecord(t *testing.T) {
	for _, c := range []struct{ name, args, keys, want, file string }{
		{"silence", "/x.wav,2", "", "SILENCE x ", "x.wav"},
		{"a limit", "/x.ul,0,3", "", "TIMEOUT x 3", "x.ul"},
		{"a key", "/x:gsm", "1#", "DTMF x ", "x.gsm"},
		{"the other key", "/x.wav49,,,t", "#*", "DTMF x ", "x.WAV"},
		{"any key", "/x.wav,,,y", "4", "DTMF x ", "x.wav"},
		{"the operator", "/x.wav,,,o", "0", "OPERATOR x ", "x.wav"},
		{"no key", "/x.wav,,5,x", "#*1", "TIMEOUT x 5", "x.wav"},
		{"a number", "/taken%d.wav,1", "", "SILENCE taken1 ", "taken1.wav"},
		{"no such format", "/x.nope", "", "ERROR x 0", ""},
		{"no format", "/x", "", "", ""},
		{"a hang-up", "/x.wav,,,x", "hangup", "", ""},
		{"a hang-up that keeps it", "/x.wav,,,kx", "hangup", "", "x.wav"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "taken0.wav"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		plan := "[in]\nexten => s,1,Record(" + dir + c.args + ")\nsame => n,Set(D=${RECORDING_INFO(duration)})\n" +
			"same => n,Set(GLOBAL(T)=${RECORD_STATUS} ${BASENAME(${RECORDED_FILE})} ${IF($[\"${RECORD_STATUS}\" = \"TIMEOUT\" | " +
			"\"${RECORD_STATUS}\" = \"ERROR\"]?${D:0:1})})\n"
		onBoard(t, plan, func(t *testing.T, b *rehearse.Board) {
			p := newPhone(b)
			p.calls(t, b, "s")
			time.Sleep(3 * time.Second)
			for _, key := range []byte(c.keys) {
				if c.keys != "hangup" {
					p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: key})
					time.Sleep(300 * time.Millisecond)
				}
			}
			if time.Sleep(5 * time.Second); c.keys == "hangup" {
				p.hangsUp()
			}
			time.Sleep(10 * time.Second)
			if got := global(b, "T"); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
			list, _ := filepath.Glob(dir + "/x*")
			more, _ := filepath.Glob(dir + "/taken1*")
			if list = append(list, more...); (len(list) > 0) != (c.file != "") || c.file != "" && filepath.Base(list[0]) != c.file {
				t.Errorf("%s leaves %v", c.name, list)
			}
		})
	}
}
