package stasis

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/internal/testkit/handset"
	"obelisk/pbx"
)

// crowd is a program that does something at random for each event that it is told. It looks whether events come
// in an order that can be: within a channel, a playback, a recording.
type crowd struct {
	w *world
	t *testing.T

	mu      sync.Mutex // guards what follows
	lives   map[string]*life
	plays   map[string]string // state of each playback
	records map[string]string // and recording
	last    string            // time of the newest event
	wrong   []string
	asked   int
	slowest time.Duration
	counts  map[string]int

	work chan string // ids of channels about which something was told
}

// bridgeMade begins the names of what is played or recorded in a bridge.
const bridgeMade = "bridge-"

// life is what is known of a channel.
type life struct {
	here   bool   // between StasisStart and StasisEnd
	bridge string // where it is
	gone   bool
}

// Event implements Sink.
func (p *crowd) Event(b []byte) {
	var e struct {
		Type, Timestamp              string
		Channel, Playback, Recording struct{ ID, Name, State string }
		Bridge                       struct{ ID string }
	}
	if err := json.Unmarshal(b, &e); err != nil {
		e.Type = "INVALID"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[e.Type]++
	if e.Timestamp < p.last {
		p.odd("%s of %s after one of %s", e.Type, e.Timestamp, p.last)
	}
	p.last = e.Timestamp
	switch {
	case strings.HasPrefix(e.Type, "Playback"):
		p.follow(p.plays, e.Type, e.Playback.ID, e.Playback.State)
	case strings.HasPrefix(e.Type, "Recording"):
		p.follow(p.records, e.Type, e.Recording.Name, e.Recording.State)
	case e.Channel.ID != "":
		p.live(e.Type, e.Channel.ID, e.Bridge.ID)
	}
	select {
	case p.work <- e.Channel.ID:
	default:
	}
}

func (p *crowd) odd(format string, args ...any) {
	p.wrong = append(p.wrong, fmt.Sprintf(format, args...))
}

// follow looks at something that begins, goes on and ends once.
func (p *crowd) follow(all map[string]string, kind, id, state string) {
	before := all[id]
	switch {
	case strings.HasSuffix(kind, "Started") && before != "" && before != "continuing", strings.HasSuffix(kind, "Finished") && before == "over",
		strings.HasSuffix(kind, "Continuing") && before != "playing":
		p.odd("%s %s, which is %q", kind, id, before)
	}
	if all[id] = state; strings.HasSuffix(kind, "Finished") || strings.HasSuffix(kind, "Failed") {
		all[id] = "over"
	}
}

// live looks at an event of a channel.
func (p *crowd) live(kind, id, bridge string) {
	c := p.lives[id]
	if c == nil {
		c = &life{}
		p.lives[id] = c
	}
	switch {
	case c.gone:
		p.odd("%s of %s, which has ended", kind, id)
	case kind == "StasisStart" && c.here, kind == "StasisEnd" && !c.here, kind == "ChannelEnteredBridge" && c.bridge != "",
		kind == "ChannelLeftBridge" && c.bridge != bridge:
		p.odd("%s of %s: here %v, in bridge %q, told of %q", kind, id, c.here, c.bridge, bridge)
	}
	switch kind {
	case "StasisStart", "StasisEnd":
		c.here = kind == "StasisStart"
	case "ChannelEnteredBridge":
		c.bridge = bridge
	case "ChannelLeftBridge":
		c.bridge = ""
	case "ChannelDestroyed":
		c.gone = true
	}
}

// act asks for something at random about a channel, and how long the answer took.
func (p *crowd) act(r *rand.Rand, id string) {
	m, from := p.w.m, time.Now()
	bridge := "room" + strconv.Itoa(r.IntN(40))
	name := fmt.Sprintf("%s-%d", strings.ReplaceAll(id, ".", "-"), r.IntN(1<<30))
	switch r.IntN(22) {
	case 0, 1, 2:
		m.Play(id, Play{ID: name, Media: []string{"sound:second", "tone:busy", "sound:nosuch"}[r.IntN(2):], Skip: time.Second})
		if r.IntN(2) == 0 {
			m.ControlPlayback(name, []string{"pause", "unpause", "restart", "forward", "reverse"}[r.IntN(5)])
		}
		if r.IntN(2) == 0 {
			m.StopPlayback(name)
		}
	case 3:
		m.Record(id, Record{Name: name, Format: "sln", Limit: time.Duration(r.IntN(3)) * time.Second, Ends: "any"})
		m.ControlRecording(name, []string{"pause", "unpause", "mute", "unmute", "stop", "cancel"}[r.IntN(6)])
	case 4:
		m.NewBridge(bridge, []string{"mixing", "holding"}[r.IntN(2)], "", nil)
	case 5, 6, 7, 8:
		m.Add(bridge, []string{id}, Seating{Role: []string{"participant", "announcer"}[r.IntN(2)], Mute: r.IntN(4) == 0})
	case 9, 10:
		m.Remove(bridge, []string{id})
	case 11:
		m.Destroy(bridge)
	case 12:
		m.Music(id, "", r.IntN(2) == 0)
	case 13:
		m.Hold(id, r.IntN(2) == 0)
	case 14:
		m.Mute(id, "both", r.IntN(2) == 0)
	case 15:
		m.SendKeys(id, Keys{Digits: "12#", Between: 20 * time.Millisecond})
	case 16:
		m.SetVariable(id, "X", name, r.IntN(50) == 0)
		m.Variable(id, "X")
	case 17:
		m.Silence(id, r.IntN(2) == 0)
	case 18:
		m.BridgePlay(bridge, Play{ID: bridgeMade + name, Media: []string{"sound:second"}})
		m.BridgeRecord(bridge, Record{Name: bridgeMade + name, Format: "sln", Limit: time.Second})
	case 19:
		m.Continue(id, "in", []string{"app", "elsewhere"}[r.IntN(2)], "", 1)
	case 20:
		m.Move(id, []string{"prog", "nosuch"}[r.IntN(2)], nil)
	case 21:
		if r.IntN(4) == 0 {
			m.Hangup(id, pbx.CauseNormal)
		}
	}
	m.Channel(id)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	p.slowest = max(p.slowest, time.Since(from))
}

// calls keeps so many phones in calls until a time.
func (p *crowd) calls(n int, end time.Time) {
	for time.Now().Before(end) {
		for i := len(p.w.core.Channels()); i < n; i++ {
			leg := phone{handset.New(p.w.eng, "desk")}
			call := pbx.NewCall{Tech: "Phone", Leg: leg, Context: "in", Exten: "app", Trace: p.w.core.Book().Open()}
			if _, err := p.w.core.Incoming(call); err != nil {
				p.t.Error(err)
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// A program that acts at random upon each event of many channels. Nothing of it is left, no request
// waits for a call, and no event comes out of order. OBELISK_CROWD is how many channels for how many seconds of
// virtual time ("1000,300"): less without it.
func TestCrowd(t *testing.T) {
	n, seconds := 60, 8
	if text := os.Getenv("OBELISK_CROWD"); text != "" {
		if _, err := fmt.Sscanf(text, "%d,%d", &n, &seconds); err != nil {
			t.Fatal(err)
		}
	}
	inWorld(t, func(w *world, _ *ears) {
		p := &crowd{w: w, t: t, lives: map[string]*life{}, plays: map[string]string{}, records: map[string]string{}, counts: map[string]int{},
			work: make(chan string, 100000)}
		w.m.Register("prog", p, false)
		var working sync.WaitGroup
		end := time.Now().Add(time.Duration(seconds) * time.Second)
		for i := range 20 {
			working.Go(func() {
				r := rand.New(rand.NewPCG(25, uint64(i)))
				for time.Now().Before(end) {
					select {
					case id := <-p.work:
						p.act(r, id)
					case <-time.After(50 * time.Millisecond): // nothing was told: it does something of its own accord
						if list := w.core.Channels(); len(list) > 0 {
							p.act(r, list[r.IntN(len(list))].UniqueID())
						}
					}
					time.Sleep(20 * time.Millisecond) // a program that takes its time
				}
			})
		}
		p.calls(n, end)
		working.Wait()
		p.finish()
	})
}

// finish ends all, and looks at what was seen and what is left.
func (p *crowd) finish() {
	w := p.w
	for _, c := range w.core.Channels() {
		c.SoftHangup(pbx.CauseNormal)
	}
	time.Sleep(20 * time.Second)
	for _, b := range w.core.Bridges() {
		w.m.Destroy(b.ID())
	}
	time.Sleep(5 * time.Second)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.t.Log(p.asked, "requests, the longest", p.slowest, "; events:", p.counts)
	for i, text := range p.wrong {
		if p.t.Error(text); i > 10 {
			break
		}
	}
	for _, all := range []map[string]string{p.plays, p.records} {
		for id, state := range all {
			if state != "over" && !strings.HasPrefix(id, bridgeMade) { // of a bridge it hears only while it has a channel there
				p.t.Errorf("%s is %s", id, state)
			}
		}
	}
	if p.slowest > 4*arrivalPatience { // in virtual time: a request waits for a call to arrive in a bridge, and no more
		p.t.Errorf("a request has waited for %v", p.slowest)
	}
	if p.counts["StasisStart"] == 0 || p.counts["ChannelEnteredBridge"] == 0 || p.counts["PlaybackFinished"] == 0 {
		p.t.Error("next to nothing has happened")
	}
	w.m.mu.Lock()
	defer w.m.mu.Unlock()
	for name, a := range w.m.apps {
		for kind, ids := range a.subs {
			if len(ids) > 0 {
				p.t.Errorf("%s hears of %d of kind %s: %v", name, len(ids), kind, ids)
			}
		}
		if a.holds != 0 {
			p.t.Errorf("%s holds %d", name, a.holds)
		}
	}
	if len(w.m.bridges)+len(w.m.openings)+len(w.m.dialled) > 0 {
		p.t.Error("left are", len(w.m.bridges), "bridges,", len(w.m.openings), "openings,", len(w.m.dialled), "dial strings")
	}
}
