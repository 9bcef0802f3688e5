package rehearse

import (
	"testing"
	"testing/fstest"

	"obelisk/internal/config"
)

// Any file of tests is read or refused with a line.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"[a]\ndial = 1@x\npress = 1 after 3 s\nwhen SIP/* = ring, answer after 2 min, press 1# after 3h\nexpect no " +
		"step = x\n", "[b]\nhangup = after 1..2 s\ntime = 2026\nwhen = x\nexpect variable = 1\ndevice a = b\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		file, err := config.Load(config.FS{FS: fstest.MapFS{"t": {Data: []byte(text)}}}, "t", config.Options{})
		if err != nil {
			return
		}
		_, problems := Read(file)
		for _, p := range problems {
			if p.Pos.Line == 0 || p.Text == "" {
				t.Errorf("a problem without a line or a text: %+v", p)
			}
		}
	})
}
