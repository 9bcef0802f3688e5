package boot

import (
	"fmt"
	"os"
	"testing"
)

// asterisk.pid is in astrundir while the switchboard runs.
func TestPIDFile(t *testing.T) {
	h := newHouse(t, nil)
	h.start(false)
	if h.read("run/asterisk.pid") != "" {
		t.Error("written without a control socket")
	}
	h.stop()
	h.start(true)
	if got := h.read("run/asterisk.pid"); got != fmt.Sprintln(os.Getpid()) {
		t.Errorf("%q", got)
	}
	h.stop()
	if h.read("run/asterisk.pid") != "" {
		t.Error("it is there after the end")
	}
}
