package confbridge

import (
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

	"obelisk/dialplan"
	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/config"
	"obelisk/internal/testkit/handset"
	"obelisk/internal/trace"
	"obelisk/manage/ami/wording"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/pbx/event"
	"obelisk/pbx/prompt"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// house is a switchboard with conferences.
type house struct {
	t     *testing.T
	dir   string // of prompts, the spool and recordings
	core  *pbx.Core
	m     *Module
	media *media.Engine

	mu  sync.Mutex // guards log
	log []string   // events of conferences
}

// promptNames are those that there are, each a second of silence.
var promptNames = []string{"vm-rec-name", "beep", "auth-thankyou", "vm-review", "vm-msgsaved", "vm-intro", "digits/2", "digits/3"}

// inHouse runs f in a bubble. Nothing of a call or a conference may be left.
func inHouse(t *testing.T, conf, plan string, f func(h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, conf, plan)
		defer h.media.Close()
		f(h)
		time.Sleep(3 * time.Minute)
		h.empty()
	})
}

// empty checks that nothing is left.
func (h *house) empty() {
	h.t.Helper()
	for _, c := range h.core.Channels() {
		h.t.Errorf("%s is left", c.Name())
	}
	for _, b := range h.core.Bridges() {
		h.t.Errorf("the bridge %s is left", b.Policy().Name)
	}
	if n := len(h.m.list()); n > 0 {
		h.t.Errorf("%d conferences are left", n)
	}
	if n := len(h.m.owns); n > 0 {
		h.t.Errorf("profiles of %d channels are left", n)
	}
	if files, _ := filepath.Glob(filepath.Join(h.dir, "confbridge", "*")); len(files) > 0 {
		h.t.Errorf("names are left: %v", files)
	}
}

func newHouse(t *testing.T, conf, plan string) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir()}
	for _, s := range promptFiles() {
		path := filepath.Join(h.dir, s+".sln")
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, make([]byte, 16000), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if h.media, err = media.New(
		media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("no network") }}); err != nil {
		t.Fatal(err)
	}
	h.core = pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(10)})
	lib := &sounds.Library{Dirs: []string{h.dir}, Extensions: soundfile.Extensions}
	app.Register(h.core, lib)
	fn.Register(h.core)
	h.m = New(&prompt.Player{Lib: lib}, h.dir, filepath.Join(h.dir, "monitor"))
	h.m.Furnish(h.core)
	h.core.SetMusic(hum{})
	h.core.Listen(h.note)
	compiled, _ := dialplan.Compile(h.file(plan), nil)
	h.core.SetPlan(compiled)
	h.read(conf)
	return h
}

func promptFiles() []string {
	out := slices.Clone(promptNames)
	for _, s := range soundRows {
		out = append(out, s.file)
	}
	return out
}

// hum is music on hold: nothing to hear.
type hum struct{}

func (hum) Open(string) (media.Source, string, error) { return &silence{}, "default", nil }
func (hum) Classes() []pbx.MusicClass                 { return nil }
func (hum) Choose(own, _ string) string               { return own }
func (hum) Answered(string) bool                      { return false }

type silence struct{}

func (*silence) Frame(dst []int16) int { clear(dst); return len(dst) }

// note keeps the events of conferences, and music.
func (h *house) note(e event.Event) {
	n := wording.Event(e)
	who := n.Who("")
	var text string
	switch {
	case strings.HasPrefix(n.Name, "Confbridge"):
		text = strings.TrimPrefix(n.Name, "Confbridge")
	case strings.HasPrefix(n.Name, "MusicOnHold"):
		text, who = strings.TrimPrefix(n.Name, "MusicOnHold")+"Music", n.Chan
	case n.Name == "UserEvent":
		text = "result " + n.Field("R")
		who = n.Chan
	default:
		return
	}
	if who != nil {
		text += " " + who.CallerID.Num
	}
	if s := n.Field("TalkingStatus"); s != "" {
		text += " " + s
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.log = append(h.log, text)
}

// events are those so far, which are forgotten, sorted: of one instant they come in any order.
func (h *house) events() string {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	out := sorted(strings.Join(h.log, ", "))
	h.log = nil
	return out
}

func sorted(list string) string {
	all := strings.Split(list, ", ")
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func (h *house) file(text string) *config.File {
	h.t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte(text)}}}, "x", config.Options{})
	if err != nil {
		h.t.Fatal(err)
	}
	return f
}

type oneFile struct{ f *config.File }

func (f oneFile) File(name string) *config.File {
	if name == "confbridge.conf" {
		return f.f
	}
	return nil
}

func (h *house) read(conf string) {
	next, diags := h.m.Prepare(oneFile{h.file(conf)})
	for _, d := range diags {
		h.t.Error(d)
	}
	next.Commit()
}

// phone is somebody who calls.
type phone struct {
	*handset.Handset
	ear *ear
}

func (phone) Call(pbx.CallInfo) {}

// calls has somebody call an extension.
func (h *house) calls(number, exten string) phone {
	h.t.Helper()
	p := phone{handset.New(h.media, number), &ear{}}
	p.Stream().Tap(media.Out, p.ear)
	if _, err := h.core.Incoming(pbx.NewCall{Tech: "Phone", Leg: p, Context: "in", Exten: exten, CallerID: pbx.CallerID{Num: number},
		Trace: h.core.Book().Open()}); err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (p phone) hangsUp() { p.Channel().Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal}) }

// press presses keys, one each 200 ms.
func (p phone) press(keys string) {
	for i := range len(keys) {
		p.Stream().Press(keys[i])
		time.Sleep(200 * time.Millisecond)
	}
}

// speaks has somebody speak a tone, from now on; 0: he is silent.
func (p phone) speaks(hz float64) {
	if hz == 0 {
		p.Far().Play(media.NewClip(nil), nil)
		return
	}
	p.Far().Play(&tone{hz: hz}, nil)
}

type tone struct {
	hz float64
	at int
}

func (s *tone) Frame(dst []int16) int {
	for i := range dst {
		dst[i] = int16(3000 * math.Sin(2*math.Pi*s.hz*float64(s.at+i)/8000))
	}
	s.at += len(dst)
	return len(dst)
}

// ear is what somebody hears: the last second of it.
type ear struct {
	mu  sync.Mutex
	pcm []int16
}

func (*ear) Rate() int               { return 8000 }
func (*ear) End()                    {}
func (*ear) Patience() time.Duration { return 40 * time.Millisecond }

func (e *ear) Put(pcm []int16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pcm = append(e.pcm, pcm...); len(e.pcm) > 8000 {
		e.pcm = slices.Clone(e.pcm[len(e.pcm)-8000:])
	}
}

// hears is how loud a tone was in the last half second, in dB below that at which all speak.
func (p phone) hears(hz float64) float64 {
	p.ear.mu.Lock()
	defer p.ear.mu.Unlock()
	pcm := p.ear.pcm[max(len(p.ear.pcm)-4000, 0):]
	return levelOf(pcm, hz)
}

func levelOf(pcm []int16, hz float64) float64 {
	if len(pcm) < 4000 {
		return -100
	}
	var re, im float64
	for i, v := range pcm {
		x := 2 * math.Pi * hz * float64(i) / 8000
		re += float64(v) * math.Cos(x)
		im += float64(v) * math.Sin(x)
	}
	amplitude := 2 * math.Hypot(re, im) / float64(len(pcm))
	return 20 * math.Log10(max(amplitude, 1e-3)/3000)
}

// list is the console's list of a conference: name and flags.
func (h *house) list(name string) string {
	var out []string
	r := h.m.find(name)
	if r == nil {
		return "none"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.all() {
		out = append(out, strings.TrimSpace(x.ch.View().CallerID.Num+" "+x.flags()))
	}
	return strings.Join(out, ", ")
}
