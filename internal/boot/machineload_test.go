package boot

import (
	"os"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/internal/config"
)

func asteriskConf(t *testing.T, options string) *config.Asterisk {
	t.Helper()
	files := config.FS{FS: fstest.MapFS{"asterisk.conf": {Data: []byte("[options]\n" + options)}}}
	f, err := config.Load(files, "asterisk.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return config.ReadAsterisk(f)
}

// Calls are refused above maxload and below minmemfree of asterisk.conf, and for no other reason.
func TestMachineLoad(t *testing.T) {
	if newMachineLoad(asteriskConf(t, "maxload=0\n")) != nil {
		t.Error("without a limit something is looked at for each call")
	}
	if load, ok := loadAverage([]byte("3.07 2.61 3.12 2/512 4242\n")); !ok || load != 3.07 {
		t.Errorf("load %v %t", load, ok)
	}
	if free, ok := freeMemory([]byte("MemTotal:  8000000 kB\nMemFree: 1 kB\nMemAvailable:   2048 kB\n")); !ok || free != 2<<20 {
		t.Errorf("memory %d %t", free, ok)
	}
	for options, refused := range map[string]bool{"maxload=100000\n": false, "minmemfree=1\n": false, "minmemfree=100000000\n": true} {
		if err := newMachineLoad(asteriskConf(t, options)).Refuses(); (err != nil) != refused {
			t.Errorf("%s: %v", options, err)
		}
	}
	m := newMachineLoad(asteriskConf(t, "minmemfree=100000000\n"))
	m.Refuses()
	if m.memory = 0; m.Refuses() == nil {
		t.Error("the machine is asked for each call")
	}
	if m.looked = time.Now().Add(-time.Second); m.Refuses() != nil {
		t.Error("what was so a second ago counts still")
	}
}

func TestSystemName(t *testing.T) {
	host, _ := os.Hostname()
	for options, want := range map[string]string{"": "", "systemname=a\n": "a", "autosystemname=yes\n": host,
		"autosystemname=yes\nsystemname=b\n": "b"} {
		if got := systemName(asteriskConf(t, options)); got != want {
			t.Errorf("%q: %q, want %q", options, got, want)
		}
	}
}
