package fn

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/app"
	"obelisk/internal/config"
	"obelisk/internal/store"
	"obelisk/internal/trace"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// board is a switchboard with all functions and one channel of no call on it, s@test of "Ann B"
// <555>.
type board struct {
	core *pbx.Core
	ch   *pbx.Channel
	db   *store.DB
	devs *CustomDevices
	log  *bytes.Buffer // what was warned of
}

// newBoard makes one, with the dialplan given. The zone of the machine is UTC.
func newBoard(t *testing.T, plan string) *board {
	t.Helper()
	b := &board{db: store.Memory(), log: &bytes.Buffer{}}
	b.core = pbx.NewCore(pbx.Config{Log: zerolog.New(b.log), Book: trace.NewBook(10)})
	app.Register(b.core, &sounds.Library{})
	Register(b.core)
	Database(b.core, b.db)
	b.devs = Devices(b.core, b.db)
	Presences(b.core, b.db)
	b.core.SetPlan(compiled(t, plan))
	b.ch = b.another(pbx.CallerID{Num: "555", Name: "Ann B"})
	was := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = was })
	return b
}

// compiled reads an extensions.conf.
func compiled(t *testing.T, text string) *dialplan.Plan {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"extensions.conf": {Data: []byte(text)}}}, "extensions.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan, problems := dialplan.Compile(f, nil)
	for _, p := range problems {
		t.Fatal(p)
	}
	return plan
}

// another is one more channel at s@test.
func (b *board) another(id pbx.CallerID) *pbx.Channel {
	c := b.core.Bare(dialplan.Location{Context: "test", Exten: "s", Priority: 1})
	c.SetCallerID(id)
	c.SetConnected(id)
	return c
}

// set is Set(name=value), with what stands in it put in; an error is warned of and no more.
func (b *board) set(text string) {
	b.core.App("Set").Exec(b.ch, dialplan.Expand(text, b.ch))
}

// warned is what was warned of since it was asked last.
func (b *board) warned() string {
	defer b.log.Reset()
	return b.log.String()
}

// rows are texts with calls of functions, and what they read as. What begins with "Set " is
// done first.
func (b *board) rows(t *testing.T, rows [][2]string) {
	t.Helper()
	for _, r := range rows {
		if assignment, ok := strings.CutPrefix(r[0], "Set "); ok {
			b.set(assignment)
			if w := b.warned(); !strings.Contains(w, r[1]) || (r[1] == "") != (w == "") {
				t.Errorf("%s: warned of %q, want %q", r[0], w, r[1])
			}
			continue
		}
		if got := dialplan.Expand(r[0], b.ch); got != r[1] {
			t.Errorf("%s: %q, want %q", r[0], got, r[1])
		}
		b.log.Reset()
	}
}

// refused are texts with calls that read as nothing, and what is warned of.
func (b *board) refused(t *testing.T, rows [][2]string) {
	t.Helper()
	b.log.Reset()
	for _, r := range rows {
		if got := dialplan.Expand(r[0], b.ch); got != "" {
			t.Errorf("%s: %q", r[0], got)
		}
		if w := b.warned(); !strings.Contains(w, r[1]) {
			t.Errorf("%s: warned of %q, want %q", r[0], w, r[1])
		}
	}
}
