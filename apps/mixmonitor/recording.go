package mixmonitor

import (
	"os"
	"path/filepath"
	"sync"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

// recording is one at work, or over.
type recording struct {
	id      string
	module  *Module
	ch      *pbx.Channel
	name    string // of the channel, when it began
	parties string
	plan    plan
	command string            // with its variables
	from    pbx.CallerID      // who has left it, for mailboxes
	where   dialplan.Location // where it began
	begun   time.Time

	mixers []*mixer
	beeps  *beeper       // nil without option B
	muted  [2]mutes      // of what it says, of what it hears
	over   chan struct{} // closed when the files are closed

	mu       sync.Mutex // guards all below
	open     int        // files that are not closed yet
	ended    bool       // it was stopped
	failures int        // files that could not be written to the end
	at       time.Time  // when it was over
}

// start begins a recording on the channel's goroutine; nil where there is nothing to record.
func (m *Module) start(c *pbx.Channel, p plan, command string) *recording {
	s := c.Leg().Stream()
	if s == nil {
		c.Warn("MixMonitor: a message has no audio")
		return nil
	}
	r := &recording{module: m, ch: c, name: c.Name(), plan: p, command: command, begun: time.Now(), from: p.caller(c), where: c.View().At,
		over: make(chan struct{}), parties: parties(c)}
	m.mu.Lock()
	m.last++
	r.id = pointer(m.last)
	m.mu.Unlock()
	r.mixers = r.outputs(c)
	c.Show(2, "app_mixmonitor.c", "Begin MixMonitor Recording %s", r.name)
	c.Trace().Note("recording to %s", r.file())
	m.add(r)
	if r.open == 0 { // it runs and writes nothing, as in Asterisk, whose programs wait for its end
		c.AtEnd(r.settle)
		return r
	}
	for _, x := range r.mixers {
		x.attach(s)
	}
	r.beeps = m.beeping(c, p.beeps)
	c.AtEnd(r.settle)
	return r
}

// settling is how long the end of a call waits for the files, which "h" may want to have.
const settling = 500 * time.Millisecond

func (r *recording) settle() {
	r.stop()
	limit := time.NewTimer(settling)
	defer limit.Stop()
	select {
	case <-r.over:
	case <-limit.C:
	}
}

// parties names who is recorded.
func parties(c *pbx.Channel) string {
	v := c.View()
	with := v.Connected.Num
	if with == "" {
		with = v.At.Exten
	}
	return v.CallerID.Num + " - " + with
}

// outputs makes the files, one mixer for those of the same rate. What cannot be made now is tried
// again while the call goes on.
func (r *recording) outputs(c *pbx.Channel) (out []*mixer) {
	add := func(name string, kind int) {
		if name == "" {
			return
		}
		path, f := format(name)
		if f == nil {
			c.Warn("MixMonitor: '" + filepath.Ext(path) + "' is no format that can be written")
			return
		}
		if r.plan.interleaved && kind == mixed {
			kind = interleaved
		}
		x := mixerOf(out, f.Rate)
		if x == nil {
			x = newMixer(r, f.Rate)
			out = append(out, x)
		}
		r.open++
		x.files[kind] = append(x.files[kind], r.output(c, path, f, kind))
	}
	add(r.plan.file, mixed)
	add(r.plan.receive, received)
	add(r.plan.transmit, transmitted)
	return out
}

// output makes one file.
func (r *recording) output(c *pbx.Channel, path string, f *soundfile.Format, kind int) *soundfile.Recorder {
	rate := f.Rate
	if kind == interleaved {
		rate *= 2
	}
	open := soundfile.Create
	if r.plan.more {
		open = soundfile.Append
	}
	how := soundfile.Recording{Trouble: func(err error) { r.trouble(path, err) }, Done: r.done}
	how.Open = func() (soundfile.Output, error) {
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return nil, err
		}
		return open(path, f)
	}
	w, err := how.Open() // at once, so that it is there
	if err != nil {
		c.Warn("MixMonitor: " + err.Error())
		return soundfile.NewRecorder(rate, how)
	}
	how.Open = func() (soundfile.Output, error) { return w, nil }
	return soundfile.NewRecorder(rate, how)
}

// trouble tells that the disk is full or gone, and that it is back.
func (r *recording) trouble(path string, err error) {
	text := "recording " + r.name + " to " + path + " goes on"
	if err != nil {
		text = "recording " + r.name + " to " + path + " waits for the disk: " + err.Error()
	}
	r.ch.Core().Log().Warn().Ctx(r.ch.Trace().Context()).Msg(text)
	r.ch.Trace().Note("%s", text)
}

// stop ends it; its files are closed a little later (over).
func (r *recording) stop() {
	r.mu.Lock()
	was := r.ended
	r.ended = true
	r.mu.Unlock()
	if !was {
		r.beeps.stop()
		for _, x := range r.mixers {
			x.tap.Stop()
		}
		if len(r.mixers) == 0 {
			r.finish()
		}
	}
}

// failed says whether a file of it is not whole.
func (r *recording) failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failures > 0
}

func (r *recording) stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ended
}

// done is told that a file is closed, or given up.
func (r *recording) done(err error) {
	r.mu.Lock()
	r.open--
	last := r.open == 0
	if err != nil {
		r.failures++
	}
	r.mu.Unlock()
	if err != nil {
		r.ch.Core().Log().Error().Ctx(r.ch.Trace().Context()).Msgf("the recording of %s is not whole: %v", r.name, err)
	}
	if last {
		r.finish()
	}
}

// finish is for when all files are closed: the command, the mailboxes, and the end.
func (r *recording) finish() {
	r.mu.Lock()
	r.ended, r.at = true, time.Now()
	r.mu.Unlock()
	r.beeps.stop()
	r.module.ended(r)
	close(r.over)
	core := r.ch.Core()
	core.Show(2, "app_mixmonitor.c", "End MixMonitor Recording %s", r.name)
	if r.command != "" {
		core.Show(2, "app_mixmonitor.c", "Executing [%s]", r.command)
	}
	go r.afterwards()
}

// afterwards runs the command, gives the file to the mailboxes and removes it, in this order.
func (r *recording) afterwards() {
	if r.command != "" {
		if _, err := r.ch.Core().Command(r.command); err != nil {
			r.ch.Core().Log().Warn().Ctx(r.ch.Trace().Context()).Msgf("the command after the recording of %s: %v", r.name, err)
		}
	}
	if r.plan.boxes != "" {
		r.deliver()
	}
	if r.plan.remove {
		for _, name := range []string{r.plan.file, r.plan.receive, r.plan.transmit} {
			if name != "" {
				path, _ := format(name)
				os.Remove(path)
			}
		}
	}
}

// file is the one with both sides, else the first that there is.
func (r *recording) file() string {
	for _, name := range []string{r.plan.file, r.plan.receive, r.plan.transmit} {
		if name != "" {
			return name
		}
	}
	return ""
}

// length is the audio in the files up to now.
func (r *recording) length() (longest time.Duration) {
	for _, x := range r.mixers {
		longest = max(longest, time.Duration(x.written.Load())*time.Second/time.Duration(x.rate))
	}
	return longest
}

var _ media.DuplexSink = (*mixer)(nil)
