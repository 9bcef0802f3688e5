package record

import (
	"math"
	"time"

	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/pbx/hear"
)

// track is what is recorded at one rate: a media.Sink. The end of it is held back until it is
// known how much of that is kept.
type track struct {
	rate   int
	tap    *media.Tap
	files  []*soundfile.Recorder
	done   chan error    // of the files
	over   chan struct{} // closed when nothing comes any more
	silent chan struct{} // closed when it has been silent for too long

	// ---- the sinks' goroutine until over is closed, then who records ----
	meter   *hear.Meter
	most    time.Duration // of silence; 0: no end
	held    []int16
	hold    int // samples
	factor  float64
	written int64
}

func newTrack(rate int, j Job) *track {
	return &track{rate: rate, done: make(chan error, mostFormats), over: make(chan struct{}), silent: make(chan struct{}),
		meter: hear.NewMeter(rate, j.Level), factor: math.Pow(10, float64(j.Gain)/20), most: j.Silence,
		hold: rate * int(min(j.Silence+2*time.Second, mostTrimmed)/time.Second)}
}

// add makes a file.
func (t *track) add(c *pbx.Channel, path string, f *soundfile.Format, more bool) error {
	trouble := func(err error) {
		text := "recording to " + path + " goes on"
		if err != nil {
			text = "recording to " + path + " waits for the disk: " + err.Error()
		}
		c.Core().Log().Warn().Ctx(c.Trace().Context()).Msg(text)
		c.Trace().Note("%s", text)
	}
	r, err := soundfile.Record(path, f, more, soundfile.Recording{Trouble: trouble, Done: func(err error) { t.done <- err }})
	if err == nil {
		t.files = append(t.files, r)
	}
	return err
}

// discard closes the files of a recording that has not begun.
func (t *track) discard() {
	for _, f := range t.files {
		f.End()
	}
}

// Rate implements media.Sink.
func (t *track) Rate() int { return t.rate }

// Patience implements media.Patient: silence is to be seen soon.
func (t *track) Patience() time.Duration { return 150 * time.Millisecond }

// Put implements media.Sink.
func (t *track) Put(pcm []int16) {
	t.meter.Add(pcm, t.judged)
	from := len(t.held)
	t.held = append(t.held, pcm...)
	if t.factor != 1 {
		louder(t.held[from:], t.factor)
	}
	if n := len(t.held) - t.hold; n >= t.rate/10 {
		t.write(t.held[:n])
		t.held = t.held[:copy(t.held, t.held[n:])]
	}
}

// louder changes the level of samples.
func louder(pcm []int16, factor float64) {
	for i, v := range pcm {
		pcm[i] = int16(max(min(float64(v)*factor, math.MaxInt16), math.MinInt16))
	}
}

// judged looks whether it is silent for too long.
func (t *track) judged() bool {
	if t.most > 0 && t.meter.Silent() > t.most {
		t.most = 0
		close(t.silent)
	}
	return true
}

func (t *track) write(pcm []int16) {
	t.written += int64(len(pcm))
	for _, f := range t.files {
		f.Put(pcm)
	}
}

// End implements media.Sink.
func (t *track) End() { close(t.over) }

// close writes what was held back but for its end, and says how much there is in all.
func (t *track) close(cut time.Duration) time.Duration {
	n := len(t.held) - int(max(cut, 0)*time.Duration(t.rate)/time.Second)
	t.write(t.held[:max(n, 0)])
	t.held = nil
	for _, f := range t.files {
		f.End()
	}
	return time.Duration(t.written) * time.Second / time.Duration(t.rate)
}
