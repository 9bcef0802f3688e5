package boot

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

const onePhone = "[general]\nudpbindaddr=10.0.0.1:5060\n[1001]\ntype=friend\nhost=dynamic\nsecret=one\n"

// house is a configuration in a folder of its own, and a switchboard on it.
type house struct {
	t   *testing.T
	net *testkit.Network
	dir string
	*System
}

// newHouse writes files, those a start cannot do without among them, and starts nothing yet.
func newHouse(t *testing.T, files map[string]string) *house {
	t.Helper()
	h := &house{t: t, net: testkit.NewNetwork(testkit.Faults{}), dir: t.TempDir()}
	d := h.dir
	h.write("asterisk.conf", "[directories]\nastdbdir => "+d+"/lib\nastlogdir => "+d+"/log\nastrundir => "+d+"/run\nastspooldir => "+d+
		"/spool\nastdatadir => "+d+"/data\n")
	h.write("sip.conf", onePhone)
	h.write("extensions.conf", "[default]\nexten => 600,1,Answer()\n")
	for name, text := range files {
		h.write(name, text)
	}
	return h
}

func (h *house) write(name, text string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

// start starts the switchboard, without a control socket unless console.
func (h *house) start(console bool) {
	h.t.Helper()
	s, err := Start(Options{ConfFile: filepath.Join(h.dir, "asterisk.conf"), Log: zerolog.New(io.Discard), NoConsole: !console,
		ListenUDP: h.net.Listen, SoundHomes: []string{}})
	if err != nil {
		h.t.Fatal(err)
	}
	h.System = s
}

func (h *house) stop() {
	h.Stop("now")
	h.Wait()
}

// read is the text of a file below the folder; "" without one.
func (h *house) read(name string) string {
	b, _ := os.ReadFile(filepath.Join(h.dir, name))
	return string(b)
}

// run is what the console answers to a command.
func (h *house) run(command string) string {
	var b strings.Builder
	h.Console().Run(&b, command)
	return b.String()
}
