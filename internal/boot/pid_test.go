package boot

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

// asterisk.pid is in astrundir while the switchboard runs.
func TestPIDFile(t *testing.T) {
	w := newWorld(t, baseSIP, baseExtensions, testkit.Faults{})
	w.stop()
	path := filepath.Join(w.dir, "run", "asterisk.pid")
	if _, err := os.Stat(path); err == nil {
		t.Error("written without a control socket")
	}
	sys, err := Start(Options{ConfFile: filepath.Join(w.dir, "asterisk.conf"), Log: zerolog.New(io.Discard), ListenUDP: w.net.Listen, Resolve: w.resolve})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != fmt.Sprintln(os.Getpid()) {
		t.Errorf("%q, %v", text, err)
	}
	sys.Stop("now")
	sys.Wait()
	if _, err := os.Stat(path); err == nil {
		t.Error("it is there after the end")
	}
}
