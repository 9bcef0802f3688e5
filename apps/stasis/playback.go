package stasis

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// Play is what a program wants to be played.
type Play struct {
	ID       string   // "": any
	Media    []string // URIs
	Language string   // "": the channel's
	Offset   time.Duration
	Skip     time.Duration
}

// playback is one that waits or plays.
type playback struct {
	m      *Module
	how    Play
	target string
	c      *pbx.Channel // that hears it; nil: a bridge

	end  chan struct{} // closed when it is to stop
	ends sync.Once

	telling sync.Mutex // held from a change of the state until it was told

	// ---- under m.mu ----
	at    int // of the media
	state string
	voice *media.Voice
}

// mostPlaybacks at a time, and most media of one.
const (
	mostPlaybacks = 20000
	mostMedia     = 1000
)

// newPlayback checks what is wanted and notes it.
func (m *Module) newPlayback(how Play, target string, c *pbx.Channel) (*playback, error) {
	switch {
	case how.Skip < 0:
		return nil, Refuse(400, "skipms cannot be negative")
	case how.Offset < 0:
		return nil, Refuse(400, "offsetms cannot be negative")
	case len(how.Media) == 0 || how.Media[0] == "" || len(how.Media) > mostMedia:
		return nil, Refuse(500, "Failed to queue media for playback")
	}
	how.ID = cmp.Or(how.ID, pbx.NewUUID())
	if c != nil {
		how.Language = cmp.Or(how.Language, c.View().Language)
	}
	how.Language = cmp.Or(how.Language, m.core.Language())
	p := &playback{m: m, how: how, target: target, c: c, state: "queued", end: make(chan struct{})}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.playbacks[how.ID] != nil || len(m.playbacks) >= mostPlaybacks {
		return nil, Refuse(500, "Failed to queue media for playback")
	}
	m.playbacks[how.ID] = p
	return p, nil
}

// Play plays to a channel, after what was asked for before.
func (m *Module) Play(id string, how Play) (Object, error) {
	k, err := m.able(id)
	if err != nil {
		return nil, err
	}
	p, err := m.newPlayback(how, "channel:"+k.id, k.c)
	if err != nil {
		return nil, err
	}
	first := p.model() // it is queued; its turn may come before this returns
	if err := k.play(p); err != nil {
		p.drop()
		return nil, err
	}
	return first, nil
}

// play queues a playback.
func (k *control) play(p *playback) error {
	err := k.do(func(c *pbx.Channel) <-chan struct{} {
		if c.View().State != pbx.StateUp {
			c.Indicate(pbx.IndicateProgress)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.run(c.Leg().Stream())
		}()
		return done
	})
	if err != nil {
		return err
	}
	go func() { // it may end before its turn comes
		select {
		case <-p.end:
		case <-k.c.Ended():
			p.stop()
		}
	}()
	return nil
}

// BridgePlay plays to all members of a bridge.
func (m *Module) BridgePlay(id string, how Play) (Object, error) {
	b, err := m.findBridge(id)
	if err != nil {
		return nil, err
	}
	p, err := m.newPlayback(how, "bridge:"+id, nil)
	if err != nil {
		return nil, err
	}
	near, far, ok := m.pipe()
	if !ok {
		p.drop()
		return nil, Refuse(500, "Could not create playback channel")
	}
	first := p.model()
	leave := b.b.Host(near)
	go func() {
		p.run(far)
		leave()
		far.Close()
		near.Close()
	}()
	return first, nil
}

// run plays it, one after the other.
func (p *playback) run(s *media.Stream) {
	last := "done"
	for i := range p.how.Media {
		if p.stopped() {
			break
		}
		p.m.mu.Lock()
		p.at = i
		p.m.mu.Unlock()
		last = p.one(s, i)
		if i+1 < len(p.how.Media) && !p.stopped() {
			p.set("continuing", "PlaybackContinuing")
		}
	}
	if p.stopped() {
		last = "done"
	}
	p.finish(last)
}

// one plays one of them to its end, and says what became of it.
func (p *playback) one(s *media.Stream, i int) string {
	src, err := p.m.open(p.how.Media[i], p.how.Language, p.c)
	if err != nil || s == nil {
		if err == nil {
			err = errNoSound
		}
		p.set("playing", "PlaybackStarted")
		p.m.core.Log().Warn().Msgf("playback %s of %s: %v", p.how.ID, p.how.Media[i], err)
		return "failed"
	}
	done := make(chan struct{})
	whole := false
	v := s.Start(src, media.Play{Done: func(finished bool) { whole = finished; close(done) }})
	if i == 0 && p.how.Offset > 0 {
		v.Seek(p.how.Offset)
	}
	p.m.mu.Lock()
	p.voice = v
	p.m.mu.Unlock()
	p.set("playing", "PlaybackStarted") // it can be steered from now on
	select {
	case <-done:
	case <-p.end:
		v.Stop()
		<-done
	}
	p.m.mu.Lock()
	p.voice = nil
	p.m.mu.Unlock()
	if !whole && !p.stopped() {
		return "failed"
	}
	return "done"
}

func (p *playback) stopped() bool {
	select {
	case <-p.end:
		return true
	default:
		return false
	}
}

// set changes the state and tells of it, of one that has not ended.
func (p *playback) set(state, kind string) {
	p.telling.Lock()
	defer p.telling.Unlock()
	p.m.mu.Lock()
	known := p.m.playbacks[p.how.ID] == p
	if known {
		p.state = state
	}
	p.m.mu.Unlock()
	if known {
		p.tell(kind)
	}
}

func (p *playback) tell(kind string) {
	id, topicKind := p.target[len("channel:"):], kindChannel
	if p.c == nil {
		id, topicKind = p.target[len("bridge:"):], kindBridge
	}
	p.m.tell(message{kind: kind, fields: Object{"playback", p.model()}}, topic{topicKind, id})
}

// finish is the end of it.
func (p *playback) finish(state string) {
	p.ends.Do(func() { close(p.end) })
	p.telling.Lock()
	defer p.telling.Unlock()
	p.m.mu.Lock()
	known := p.m.playbacks[p.how.ID] == p
	if p.state = state; known {
		delete(p.m.playbacks, p.how.ID)
	}
	p.m.mu.Unlock()
	if known {
		p.tell("PlaybackFinished")
	}
}

// drop forgets one that was never begun.
func (p *playback) drop() {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	delete(p.m.playbacks, p.how.ID)
}

// stop ends it, now or when its turn comes.
func (p *playback) stop() {
	p.ends.Do(func() { close(p.end) })
	p.m.mu.Lock()
	waits := p.state == "queued"
	p.m.mu.Unlock()
	if waits {
		p.finish("done")
	}
}

func (p *playback) model() Object {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	next := any(Absent)
	if p.at+1 < len(p.how.Media) {
		next = p.how.Media[p.at+1]
	}
	return Object{"id", p.how.ID, "media_uri", p.how.Media[p.at], "next_media_uri", next, "target_uri", p.target, "language", p.how.Language,
		"state", p.state}
}

// playbacksAt are those of a target.
func (m *Module) playbacksAt(target string) (out []*playback) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.playbacks {
		if p.target == target {
			out = append(out, p)
		}
	}
	return out
}

func (m *Module) findPlayback(id string) (*playback, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p := m.playbacks[id]; p != nil {
		return p, nil
	}
	return nil, Refuse(404, "Playback not found")
}

// Playback is the model of one.
func (m *Module) Playback(id string) (Object, error) {
	p, err := m.findPlayback(id)
	if err != nil {
		return nil, err
	}
	return p.model(), nil
}

// StopPlayback ends one.
func (m *Module) StopPlayback(id string) error {
	p, err := m.findPlayback(id)
	if err == nil {
		p.stop()
	}
	return err
}

// operations are what may be done with one that plays.
var operations = []string{"restart", "pause", "unpause", "reverse", "forward"}

// ControlPlayback steers one.
func (m *Module) ControlPlayback(id, operation string) error {
	switch {
	case operation == "":
		return Refuse(400, "Missing operation")
	case !slices.Contains(operations, operation):
		return Refuse(400, "Invalid operation %s", operation)
	}
	p, err := m.findPlayback(id)
	if err != nil {
		return err
	}
	m.mu.Lock()
	v, state := p.voice, p.state
	allowed := v != nil && (state == "playing" || state == "paused")
	if allowed && operation == "pause" {
		p.state = "paused"
	} else if allowed && operation != "reverse" && operation != "forward" {
		p.state = "playing"
	}
	m.mu.Unlock()
	if !allowed {
		return Refuse(409, "Can only %s while media is playing", operation)
	}
	switch skip := cmp.Or(p.how.Skip, 3*time.Second); operation {
	case "restart":
		v.Seek(0)
		if v.Pause(false); state == "paused" {
			p.tell("PlaybackStarted")
		}
	case "pause":
		v.Pause(true)
	case "unpause":
		if v.Pause(false); state == "paused" {
			p.tell("PlaybackStarted")
		}
	case "reverse":
		v.Skip(-skip)
	case "forward":
		v.Skip(skip)
	}
	return nil
}
