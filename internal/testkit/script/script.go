// Package script runs the calls of a text on a switchboard without a network, in virtual time: a
// dialplan, a line of two dashes, and calls with what is expected of them in the words of
// "obelisk test".
package script

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"obelisk/channels/local"
	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/internal/rehearse"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// Run runs the scripts of a pattern of file names. furnish gives the core its applications and
// functions.
func Run(t *testing.T, pattern string, furnish func(*pbx.Core, *sounds.Library)) {
	t.Helper()
	files, _ := filepath.Glob(pattern)
	if len(files) == 0 {
		t.Fatal("there are no scripts")
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		plan, calls, _ := strings.Cut(string(text), "\n--\n")
		cases, problems := rehearse.Read(Config(t, calls))
		for _, p := range problems {
			t.Fatal(p)
		}
		for _, c := range cases {
			t.Run(strings.TrimSuffix(filepath.Base(name), ".txt")+"/"+c.Name, func(t *testing.T) { call(t, c, plan, furnish) })
		}
	}
}

// call plays one of them.
func call(t *testing.T, c *rehearse.Case, plan string, furnish func(*pbx.Core, *sounds.Library)) {
	var o *rehearse.Outcome
	synctest.Test(t, func(t *testing.T) {
		o = c.Run(func() (*rehearse.Board, error) { return Board(t, plan, furnish), nil })
	})
	failures := c.Judge(o)
	for _, f := range failures {
		t.Errorf("line %s: %s, and there was\n%s", f.Pos, f.Text, strings.Join(f.Saw, "\n"))
	}
	if len(failures) > 0 {
		t.Logf("it ran\n%s", strings.Join(o.Lines(), "\n"))
	}
}

// Config reads a configuration.
func Config(t *testing.T, text string) *config.File {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte(text)}}}, "x", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Board is a switchboard with what furnish gives it, Local channels and no network.
func Board(t *testing.T, plan string, furnish func(*pbx.Core, *sounds.Library)) *rehearse.Board {
	t.Helper()
	nowhere := func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("there is no network") }
	engine, err := media.New(media.Config{Listen: nowhere})
	if err != nil {
		t.Fatal(err)
	}
	core := pbx.NewCore(pbx.Config{Log: zerolog.New(t.Output()), Book: trace.NewBook(100)})
	lib := &sounds.Library{Extensions: soundfile.Extensions}
	furnish(core, lib)
	core.RegisterTech(local.New(core, engine))
	compiled, problems := dialplan.Compile(Config(t, plan), nil)
	for _, p := range problems {
		t.Fatal(p)
	}
	core.SetPlan(compiled)
	return &rehearse.Board{Core: core, Media: engine, Prompts: func(tell func(string)) { lib.Asked = tell }, Close: engine.Close}
}
