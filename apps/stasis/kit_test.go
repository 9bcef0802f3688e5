package stasis

import (
	"encoding/json"
	"errors"
	"math"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"obelisk/channels/local"
	"obelisk/dialplan"
	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/config"
	"obelisk/internal/testkit/handset"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

const plan = `[in]
exten => app,1,Answer()
same => n,Stasis(prog,one,two)
same => n,Set(GLOBAL(AFTER)=${STASISSTATUS})
same => n,Wait(60)
exten => mine,1,Answer()
same => n,Stasis(mine)
same => n,Wait(60)
exten => none,1,Stasis(nosuch)
same => n,Set(GLOBAL(AFTER)=${STASISSTATUS})
exten => elsewhere,1,Set(GLOBAL(AFTER)=there)
same => n,Wait(60)
same => n(label),Set(GLOBAL(AFTER)=labelled)
exten => up,1,Answer()
same => n,Wait(600)
exten => ring,1,Ringing()
same => n,Wait(2)
same => n,Answer()
same => n,Wait(600)
exten => busy,1,Busy(1)
exten => silent,1,Wait(600)
exten => offer,1,StasisBroadcast(1500,^prog,a:b,yes)
same => n,Set(GLOBAL(AFTER)=${STASISSTATUS})
[default]
exten => s,1,Wait(60)
`

// phone is a leg of a test.
type phone struct{ *handset.Handset }

func (phone) Call(pbx.CallInfo) {}

// world is a switchboard with programs, in virtual time.
type world struct {
	t    *testing.T
	m    *Module
	core *pbx.Core
	eng  *media.Engine
	dir  string
}

// ears is a program: it notes what it is told.
type ears struct {
	mu     sync.Mutex
	events []map[string]any
	raw    []string
}

// Event implements Sink.
func (e *ears) Event(b []byte) {
	var o map[string]any
	if json.Unmarshal(b, &o) != nil {
		o = map[string]any{"type": "INVALID"}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events, e.raw = append(e.events, o), append(e.raw, string(b))
}

// told is what it was told, by types, and forgets it. With names it is these alone.
func (e *ears) told(names ...string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	for _, o := range e.events {
		kind := o["type"].(string)
		if len(names) == 0 || slices.Contains(names, kind) {
			out = append(out, kind)
		}
	}
	e.events, e.raw = nil, nil
	return strings.Join(out, " ")
}

// last is the newest event of a type.
func (e *ears) last(kind string) map[string]any {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := len(e.events) - 1; i >= 0; i-- {
		if e.events[i]["type"] == kind {
			return e.events[i]
		}
	}
	return nil
}

// inWorld runs f with a switchboard. Afterwards no call, playback or recording may be left.
func inWorld(t *testing.T, f func(w *world, prog *ears)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		engine, err := media.New(
			media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("there is no network") }})
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close()
		w := &world{t: t, dir: dir, eng: engine}
		w.core = pbx.NewCore(pbx.Config{Log: zerolog.New(t.Output()), Book: trace.NewBook(100)})
		makePrompts(t, dir)
		lib := &sounds.Library{Dirs: []string{dir}, Extensions: soundfile.Extensions}
		app.Register(w.core, lib)
		fn.Register(w.core)
		w.m = New(House{Lib: lib, Spool: dir, Media: func() *media.Engine { return engine }, Endpoints: func() []Endpoint {
			return []Endpoint{{Tech: "SIP", Resource: "1001", State: "online"}}
		}})
		w.m.Furnish(w.core)
		w.core.RegisterTech(local.New(w.core, engine))
		file, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte(plan)}}}, "x", config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		compiled, _ := dialplan.Compile(file, nil)
		w.core.SetPlan(compiled)
		prog := &ears{}
		w.m.Register("prog", prog, false)
		f(w, prog)
		for _, c := range w.core.Channels() {
			c.SoftHangup(pbx.CauseNormal)
		}
		time.Sleep(20 * time.Second)
		w.m.Close()
		w.m.mu.Lock()
		defer w.m.mu.Unlock()
		if n, p, r := len(w.m.controls)+len(w.m.byID), len(w.m.playbacks), len(w.m.recordings); n+p+r > 0 || len(w.core.Channels()) > 0 {
			t.Errorf("%d controls, %d playbacks, %d recordings and %d channels are left", n, p, r, len(w.core.Channels()))
		}
	})
}

// makePrompts makes second and third, of one and three seconds.
func makePrompts(t *testing.T, dir string) {
	for name, seconds := range map[string]int{"second": 1, "third": 3} {
		pcm := make([]byte, 16000*seconds)
		for i := 0; i < len(pcm); i += 2 {
			x := int16(8000 * math.Sin(float64(i)/20))
			pcm[i], pcm[i+1] = byte(x), byte(x>>8)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".sln"), pcm, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// call is a phone that calls an extension.
func (w *world) call(exten string) (phone, *pbx.Channel) {
	w.t.Helper()
	p := phone{handset.New(w.eng, "desk")}
	c, err := w.core.Incoming(pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: exten, CallerID: pbx.CallerID{Num: "55"},
		Trace: w.core.Book().Open()})
	if err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(time.Second) // Answer listens for a moment
	return p, c
}

// ok fails the test where something was refused.
func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Error(err)
	}
}

// refused wants a status.
func (w *world) refused(err error, status int) {
	w.t.Helper()
	if r, ok := err.(*Refusal); !ok || r.Status != status {
		w.t.Errorf("%v, not %d", err, status)
	}
}

func (w *world) after() string {
	v, _ := w.core.Global("AFTER")
	return v
}

func (w *world) expect(got, want string) {
	w.t.Helper()
	if got != want {
		w.t.Errorf("%s\nwant\n%s", got, want)
	}
}

// id is a channel's.
func id(c *pbx.Channel) string { return c.UniqueID() }

// level is how loud the samples of a file are, from a time on for a time.
func (w *world) level(name string, from, long time.Duration) int {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, "recording", name))
	if err != nil {
		w.t.Error(err)
		return 0
	}
	clip, err := soundfile.Decode(name, data)
	if err != nil {
		w.t.Error(err)
		return 0
	}
	at := func(d time.Duration) int { return min(int(d*time.Duration(clip.Rate)/time.Second), len(clip.PCM)) }
	sum, n := 0, 0
	for _, x := range clip.PCM[at(from):at(from+long)] {
		sum += max(int(x), -int(x))
		n++
	}
	if n == 0 {
		return -1
	}
	return sum / n
}
