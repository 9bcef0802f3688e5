package app

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
	"obelisk/dialplan/fn"
	"obelisk/internal/config"
	"obelisk/internal/rehearse"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// Scripts: a dialplan, and below a line of two dashes the calls into it and what is expected of
// each, in the words of "obelisk test". Time is virtual.
func TestScripts(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txt")
	if len(files) == 0 {
		t.Fatal("there are no scripts")
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		plan, calls, _ := strings.Cut(string(text), "\n--\n")
		cases, problems := rehearse.Read(read(t, calls))
		for _, p := range problems {
			t.Fatal(p)
		}
		for _, c := range cases {
			t.Run(strings.TrimSuffix(filepath.Base(name), ".txt")+"/"+c.Name, func(t *testing.T) {
				var o *rehearse.Outcome
				synctest.Test(t, func(t *testing.T) {
					o = c.Run(func() (*rehearse.Board, error) { return newBoard(t, plan), nil })
				})
				failures := c.Judge(o)
				for _, f := range failures {
					t.Errorf("line %s: %s, and there was\n%s", f.Pos, f.Text, strings.Join(f.Saw, "\n"))
				}
				if len(failures) > 0 {
					t.Logf("it ran\n%s", strings.Join(o.Lines(), "\n"))
				}
			})
		}
	}
}

// read reads a configuration.
func read(t *testing.T, text string) *config.File {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte(text)}}}, "x", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// newBoard is a switchboard with all applications and functions, Local channels and no network.
func newBoard(t *testing.T, plan string) *rehearse.Board {
	t.Helper()
	nowhere := func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("there is no network") }
	engine, err := media.New(media.Config{Listen: nowhere})
	if err != nil {
		t.Fatal(err)
	}
	core := pbx.NewCore(pbx.Config{Log: zerolog.New(t.Output()), Book: trace.NewBook(100)})
	lib := &sounds.Library{Extensions: media.FileExtensions}
	Register(core, lib)
	fn.Register(core)
	core.RegisterTech(local.New(core, engine))
	compiled, problems := dialplan.Compile(read(t, plan), nil)
	for _, p := range problems {
		t.Fatal(p)
	}
	core.SetPlan(compiled)
	return &rehearse.Board{Core: core, Media: engine, Prompts: func(tell func(string)) { lib.Asked = tell }, Close: engine.Close}
}
