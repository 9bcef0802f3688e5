// Package record records what a channel's far end says into files. Record, voicemail and programs
// stand on it.
package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/pbx/hear"
)

// Job says what is recorded, where to, and what ends it.
type Job struct {
	Path    string              // of the files, without an extension; folders are made
	Formats []string            // of the files, one for each: wav, gsm
	Append  bool                // go on with files that are there
	Limit   time.Duration       // 0: as long as the call
	Silence time.Duration       // ends after so much of it; 0: never
	Level   int                 // below which it is silent; 0: hear.Threshold
	Gain    int                 // dB by which it is louder; what is silent is judged before
	Ends    func(key byte) bool // the keys that end it; nil: none. Other keys are lost
	// Trim says how much is taken off the end of the files: of a key's tone, of silence. It is
	// asked once, with the other parts of the result. nil: nothing. At most a minute, and no more
	// than there is.
	Trim func(Result) time.Duration
}

// Result is what became of it.
type Result struct {
	Why      Why
	Key      byte          // that ended it, with ByKey
	Length   time.Duration // of the new audio in the files
	Trailing time.Duration // silence at the end, before it was trimmed
	Silence  time.Duration // in all, before it was trimmed
	Err      error         // with ByError; or what could not be written at the end
}

// Why a recording has ended.
type Why uint8

const (
	ByHangup Why = iota // or the channel is sent elsewhere
	ByKey
	BySilence
	ByLimit
	ByError // it has not begun
)

// mostTrimmed bounds what is held back until it is known whether it is kept.
const mostTrimmed = time.Minute

// mostFormats of one recording.
const mostFormats = 16

// Run records on the channel's goroutine, and returns when the files are closed: a disk that
// fails meanwhile is tried again until ten seconds after the end, and costs the call nothing else.
func Run(c *pbx.Channel, j Job) (r Result) {
	s := c.Leg().Stream()
	if s == nil {
		return Result{Why: ByError, Err: hear.ErrNoAudio}
	}
	tracks, err := j.open(c)
	if err != nil {
		return Result{Why: ByError, Err: err}
	}
	for _, t := range tracks {
		t.tap = s.TapChanged(media.In, t)
	}
	r = j.wait(c, tracks[0])
	for _, t := range tracks {
		t.tap.Stop()
	}
	for i, t := range tracks {
		c.Until(t.over)
		if i == 0 {
			r.Trailing, r.Silence = t.meter.Silent(), t.meter.Silence()
		}
	}
	cut := time.Duration(0)
	if j.Trim != nil {
		cut = j.Trim(r)
	}
	for i, t := range tracks {
		length := t.close(cut)
		if i == 0 {
			r.Length = length
		}
	}
	for _, t := range tracks {
		for range t.files {
			var failed error
			done := make(chan struct{})
			go func() { failed = <-t.done; close(done) }()
			c.Until(done)
			r.Err = errors.Join(r.Err, failed)
		}
	}
	return r
}

// open makes the files, one track for those of the same rate.
func (j Job) open(c *pbx.Channel) (tracks []*track, err error) {
	if len(j.Formats) == 0 || len(j.Formats) > mostFormats {
		return nil, fmt.Errorf("%d formats to record in: one to %d", len(j.Formats), mostFormats)
	}
	for _, name := range j.Formats {
		if soundfile.ByName(name) == nil {
			return nil, fmt.Errorf("'%s' is no format to record in", name)
		}
	}
	if err = os.MkdirAll(filepath.Dir(j.Path), 0o777); err != nil {
		return nil, err
	}
	for _, name := range j.Formats {
		f := soundfile.ByName(name)
		t := trackOf(tracks, f.Rate)
		if t == nil {
			t = newTrack(f.Rate, j)
			tracks = append(tracks, t)
		}
		if err = t.add(c, j.Path+"."+Extension(name), f, j.Append); err != nil {
			for _, t := range tracks {
				t.discard()
			}
			return nil, err
		}
	}
	return tracks, nil
}

// Extension is that of the file of a format, as Asterisk writes it: as the format is named, but
// WAV for wav49.
func Extension(format string) string {
	if strings.EqualFold(format, "wav49") {
		return "WAV"
	}
	return format
}

func trackOf(list []*track, rate int) *track {
	for _, t := range list {
		if t.rate == rate {
			return t
		}
	}
	return nil
}

// wait lasts until something ends it.
func (j Job) wait(c *pbx.Channel, t *track) Result {
	end := time.Now().Add(j.Limit)
	for {
		w := pbx.Wait{Keys: true, Also: t.silent}
		if j.Limit > 0 {
			w.For = max(time.Until(end), 1)
		}
		e, why := c.Await(w)
		switch {
		case why == pbx.Also:
			return Result{Why: BySilence}
		case why == pbx.TimedOut:
			return Result{Why: ByLimit}
		case why != pbx.Came:
			return Result{Why: ByHangup}
		case j.Ends != nil && j.Ends(e.Digit):
			return Result{Why: ByKey, Key: e.Digit}
		}
	}
}
