package stasis

import (
	"os"
	"path/filepath"
	"sync"
	"time"

	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/pbx/hear"
)

// Record is what a program wants to be recorded.
type Record struct {
	Name, Format string
	Limit        time.Duration // 0: none
	Silence      time.Duration // that ends it; 0: none does
	IfExists     string        // fail, overwrite, append
	Beep         bool
	Ends         string // none, any, * or #
}

// recording is one that waits or runs. It is a media.Sink.
type recording struct {
	m       *Module
	how     Record
	target  string
	path    string
	rate    int
	k       *control // that is recorded; nil: a bridge
	release func()   // of what the bridge has; nil: nothing

	over  chan struct{} // closed when all is written
	stops sync.Once
	wants chan string // the state that it ends with

	// ---- under m.mu ----
	state, cause  string
	paused, muted bool
	length        int64 // samples
	quiet         time.Duration
	finished      bool
	cancelled     bool // its file is taken away

	// ---- the sinks' goroutine ----
	file  *soundfile.Recorder
	meter *hear.Meter
	blank []int16
}

// mostRecordings at a time.
const mostRecordings = 10000

// check says what is wrong with what is wanted.
func (m *Module) checkRecord(how *Record) (*soundfile.Format, error) {
	switch how.Ends {
	case "":
		how.Ends = "none"
	case "none", "any", "*", "#":
	default:
		return nil, Refuse(400, "terminateOn invalid")
	}
	switch how.IfExists {
	case "":
		how.IfExists = "fail"
	case "fail", "overwrite", "append":
	default:
		return nil, Refuse(400, "ifExists invalid")
	}
	f := soundfile.ByName(how.Format)
	switch {
	case how.Limit < 0:
		return nil, Refuse(400, "max_duration_seconds cannot be negative")
	case how.Silence < 0:
		return nil, Refuse(400, "max_silence_seconds cannot be negative")
	case how.Format == "" || f == nil:
		return nil, Refuse(422, "specified format is unknown on this system")
	case how.Name == "":
		return nil, Refuse(500, "Error parsing request")
	case !localName(how.Name):
		return nil, Refuse(400, "Recording name invalid")
	}
	return f, nil
}

// newRecording notes one; its file is not made yet.
func (m *Module) newRecording(how Record, target string, k *control) (*recording, error) {
	f, err := m.checkRecord(&how)
	if err != nil {
		return nil, err
	}
	r := &recording{m: m, how: how, target: target, k: k, state: "queued", rate: f.Rate, over: make(chan struct{}),
		wants: make(chan string, 1), meter: hear.NewMeter(f.Rate, 0)}
	r.path = filepath.Join(m.folder(), how.Name+"."+how.Format)
	conflict := Refuse(409, "Recording '%s' already exists and can not be overwritten", how.Name)
	if _, err := os.Stat(r.path); err == nil && how.IfExists == "fail" {
		return nil, conflict
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.recordings[how.Name] != nil:
		return nil, conflict
	case len(m.recordings) >= mostRecordings:
		return nil, Refuse(500, "Internal Server Error")
	}
	m.recordings[how.Name] = r
	if k != nil && k.recording == nil {
		k.recording = r
	}
	return r, nil
}

// Record records what a channel's far end says.
func (m *Module) Record(id string, how Record) (Object, error) {
	k, err := m.control(id)
	if err != nil {
		return nil, err
	}
	r, err := m.newRecording(how, "channel:"+k.id, k)
	if err != nil {
		return nil, err
	}
	first := r.model()
	err = k.do(func(c *pbx.Channel) <-chan struct{} {
		m.mu.Lock()
		over := r.state != "queued" // it was stopped before its turn
		if !over {
			k.recording = r
		}
		m.mu.Unlock()
		if over {
			return nil
		}
		if c.Bridge() != nil {
			r.fail("Cannot record channel while in bridge")
			return nil
		}
		if c.View().State != pbx.StateUp {
			c.Answer()
		}
		s := c.Leg().Stream()
		if s == nil {
			r.fail("Channel has no audio")
			return nil
		}
		go r.run(s, func() *media.Tap { return s.TapChanged(media.In, r) })
		return r.over
	})
	if err != nil {
		r.forget()
		return nil, err
	}
	go func() { // the call may end before its turn comes
		select {
		case <-r.over:
		case <-k.c.Ended():
			r.stop("done")
		}
	}()
	return first, nil
}

// BridgeRecord records what is said in a bridge.
func (m *Module) BridgeRecord(id string, how Record) (Object, error) {
	b, err := m.findBridge(id)
	if err != nil {
		return nil, err
	}
	r, err := m.newRecording(how, "bridge:"+id, nil)
	if err != nil {
		return nil, err
	}
	near, far, ok := m.pipe()
	if !ok {
		r.forget()
		return nil, Refuse(500, "Failed to create recording channel")
	}
	first := r.model()
	leave := b.b.Host(near)
	r.release = func() { leave(); far.Close(); near.Close() }
	go r.run(far, func() *media.Tap { return far.Tap(media.In, r) })
	return first, nil
}

// run is the recording, from its beep to its end.
func (r *recording) run(s *media.Stream, tap func() *media.Tap) {
	if r.how.Beep {
		r.beep(s)
	}
	if !r.begins() {
		return
	}
	if err := r.openFile(); err != nil {
		r.m.core.Log().Warn().Msgf("recording %s: %v", r.how.Name, err)
		r.fail("File could not be opened")
		return
	}
	r.tell("RecordingStarted")
	t := tap()
	var limit <-chan time.Time
	if r.how.Limit > 0 {
		timer := time.NewTimer(r.how.Limit)
		defer timer.Stop()
		limit = timer.C
	}
	state := "done"
	select {
	case state = <-r.wants:
	case <-limit:
	}
	r.m.mu.Lock()
	r.cancelled = state == "canceled"
	r.m.mu.Unlock()
	t.Stop() // what follows is in End
}

// beep plays the tone to who is recorded, and to all of a bridge.
func (r *recording) beep(s *media.Stream) {
	src, err := r.m.prompts([]string{"beep"}, r.m.core.Language())
	if err != nil {
		return
	}
	done := make(chan struct{})
	s.Start(src, media.Play{Done: func(bool) { close(done) }})
	<-done
}

// openFile makes the file, and its folder.
func (r *recording) openFile() (err error) {
	if err = r.m.roomFor(r.path); err != nil {
		return err
	}
	trouble := func(err error) {
		if err != nil {
			r.m.core.Log().Warn().Msgf("recording to %s waits for the disk: %v", r.path, err)
		}
	}
	r.file, err = soundfile.Record(r.path, soundfile.ByName(r.how.Format), r.how.IfExists == "append",
		soundfile.Recording{Trouble: trouble, Done: func(error) { r.written() }})
	return err
}

// Rate implements media.Sink.
func (r *recording) Rate() int { return r.rate }

// Put implements media.Sink.
func (r *recording) Put(pcm []int16) {
	r.m.mu.Lock()
	paused, muted := r.paused, r.muted
	if !paused {
		r.length += int64(len(pcm))
	}
	r.m.mu.Unlock()
	if paused {
		return
	}
	r.meter.Add(pcm, nil)
	if r.how.Silence > 0 && r.meter.Silent() >= r.how.Silence {
		r.ask("done")
	}
	if muted {
		if len(r.blank) < len(pcm) {
			r.blank = make([]int16, len(pcm))
		}
		pcm = r.blank[:len(pcm)]
	}
	r.file.Put(pcm)
}

// End implements media.Sink: the call, or the recording, is over.
func (r *recording) End() {
	r.m.mu.Lock()
	r.quiet = r.meter.Silence()
	r.m.mu.Unlock()
	r.ask("done")
	r.file.End()
}

// ask has it end with a state; the first one counts.
func (r *recording) ask(state string) {
	select {
	case r.wants <- state:
	default:
	}
}

// written is told when the file is closed.
func (r *recording) written() {
	r.m.mu.Lock()
	r.state = "done"
	cancelled := r.cancelled
	r.m.mu.Unlock()
	if cancelled {
		os.Remove(r.path)
	}
	r.finish("RecordingFinished")
}

// finish is the end of it, once.
func (r *recording) finish(kind string) {
	r.stops.Do(func() {
		if r.release != nil {
			r.release()
		}
		r.m.mu.Lock()
		r.finished = true
		r.m.mu.Unlock()
		r.forget()
		r.tell(kind)
		close(r.over)
	})
}

// fail ends one that did not begin.
func (r *recording) fail(cause string) {
	r.m.mu.Lock()
	r.state, r.cause = "failed", cause
	r.m.mu.Unlock()
	r.finish("RecordingFailed")
}

// stop ends it with a state; one whose turn has not come is forgotten.
func (r *recording) stop(state string) {
	r.m.mu.Lock()
	waits := r.state == "queued"
	if waits {
		r.state = "done"
	}
	r.m.mu.Unlock()
	r.ask(state)
	if waits {
		r.finish("RecordingFinished")
	}
}

// forget takes it off the list.
func (r *recording) forget() {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	if r.m.recordings[r.how.Name] == r {
		delete(r.m.recordings, r.how.Name)
	}
	if r.k != nil && r.k.recording == r {
		r.k.recording = nil
	}
}

// begins says that its turn has come; false: it was stopped before.
func (r *recording) begins() bool {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	if r.state != "queued" {
		return false
	}
	r.state = "recording"
	return true
}

func (r *recording) tell(kind string) {
	of := topic{kindBridge, ""}
	if r.k != nil {
		of = topic{kindChannel, r.k.id}
	} else {
		of.id = r.target[len("bridge:"):]
	}
	r.m.tell(message{kind: kind, fields: Object{"recording", r.model()}}, of)
}

// key ends it by one of its keys.
func (r *recording) key(digit byte) {
	if r.how.Ends == "any" || r.how.Ends == string(digit) {
		r.ask("done")
	}
}

func (r *recording) model() Object {
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	o := Object{"name", r.how.Name, "format", r.how.Format, "state", r.state, "target_uri", r.target}
	if r.finished && r.state != "failed" {
		whole := int(r.length / int64(r.rate))
		if o = append(o, "duration", whole); r.how.Silence > 0 {
			quiet := int(r.quiet / time.Second)
			o = append(o, "talking_duration", max(whole-quiet, 0), "silence_duration", quiet)
		}
	}
	return append(o, "cause", some(r.cause))
}

// recordingsAt are those of a target.
func (m *Module) recordingsAt(target string) (out []*recording) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.recordings {
		if r.target == target {
			out = append(out, r)
		}
	}
	return out
}

func (m *Module) findRecording(name string) (*recording, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.recordings[name]; r != nil {
		return r, nil
	}
	return nil, errNoRecording
}

var errNoRecording = Refuse(404, "Recording not found")

// LiveRecording is the model of one that waits or runs.
func (m *Module) LiveRecording(name string) (Object, error) {
	r, err := m.findRecording(name)
	if err != nil {
		return nil, err
	}
	return r.model(), nil
}

// ControlRecording does one of stop, cancel, pause, unpause, mute and unmute.
func (m *Module) ControlRecording(name, operation string) error {
	r, err := m.findRecording(name)
	if err != nil {
		return err
	}
	switch operation {
	case "stop":
		r.stop("done")
		return nil
	case "cancel":
		r.stop("canceled")
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.state != "recording" && r.state != "paused" {
		return Refuse(409, "Recording not in session")
	}
	switch operation {
	case "pause":
		r.paused, r.state = true, "paused"
	case "unpause":
		r.paused, r.state = false, "recording"
	case "mute", "unmute":
		r.muted = operation == "mute"
	}
	return nil
}
