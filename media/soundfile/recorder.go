package soundfile

import (
	"sync"
	"time"
)

// Recorder is a media.Sink that writes a file, or anything that takes samples and may wait: Put
// never does. A goroutine writes what has come twice a second, and is gone between.
//
// A disk that is slow, full or gone costs no call anything: it is tried again each second, what
// comes meanwhile waits, up to 30 s of it, and what comes after is silence of the same length
// in the file once the disk is back.
type Recorder struct {
	rate int
	how  Recording

	mu      sync.Mutex // guards the next block
	waiting []int16
	silent  int64 // samples after waiting that had no room
	dropped int64 // of silent, since the start
	writing bool  // there is a goroutine
	ended   bool

	// ---- owned by the goroutine that writes ----
	w       Output // nil before the first half second
	hand    []int16
	quiet   int64 // samples of silence after hand
	trouble bool  // it is told
}

// Output is what a Recorder writes to; a Writer is one. Its methods may wait. Write takes all or,
// with an error, none.
type Output interface {
	Write(pcm []int16) error
	Close() error
}

// Recording says how a Recorder works.
type Recording struct {
	// Open makes the output; where it fails it is tried again as a disk that is full is.
	Open func() (Output, error)
	// Trouble is told when writing begins to fail, and with nil when it goes on. It may be nil.
	Trouble func(error)
	// Done is told once, when all is written and closed, or given up 10 s after the end: then with
	// the error. It may be nil.
	Done func(error)
}

const (
	// mostWaiting is how much waits for a disk, in seconds of audio.
	mostWaiting = 30
	// retryDisk is how long after an error the disk is tried again.
	retryDisk = time.Second
	// perSecond is how often what has come is written.
	perSecond = 2
	// spareMost is the longest buffer that is kept, in samples.
	spareMost = 16000
	// giveUp is for how many tries after the end.
	giveUp = 10
)

// spares are the buffers that no recording fills at the moment.
var spares = sync.Pool{New: func() any { return new([]int16) }}

// NewRecorder records at a rate in Hz. Open is called when the first half second is there, or at the end.
func NewRecorder(rate int, how Recording) *Recorder { return &Recorder{rate: rate, how: how} }

// Record writes a file in a format, new or at the end of one that is there. The file is made now,
// so that the error is told now.
func Record(path string, f *Format, more bool, how Recording) (*Recorder, error) {
	open := Create
	if more {
		open = Append
	}
	w, err := open(path, f)
	if err != nil {
		return nil, err
	}
	how.Open = func() (Output, error) { return w, nil }
	return NewRecorder(f.Rate, how), nil
}

// Rate is what it records at, in Hz.
func (r *Recorder) Rate() int { return r.rate }

// Patience is for packets that come late, or are read late by a machine that has too much to do: a
// file has time.
func (r *Recorder) Patience() time.Duration { return time.Second }

// Put takes samples. It never waits.
func (r *Recorder) Put(pcm []int16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	if r.silent > 0 || len(r.waiting)+len(pcm) > mostWaiting*r.rate {
		r.silent += int64(len(pcm))
		r.dropped += int64(len(pcm))
		return
	}
	r.waiting = append(r.waiting, pcm...)
	if len(r.waiting) >= r.rate/perSecond {
		r.start()
	}
}

// End has what is left written and the file closed.
func (r *Recorder) End() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		r.ended = true
		r.start()
	}
}

// Dropped is how many samples are silence because the disk was behind.
func (r *Recorder) Dropped() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dropped
}

// start has a goroutine write. Callers hold mu.
func (r *Recorder) start() {
	if !r.writing {
		r.writing = true
		go r.write()
	}
}

// write writes until nothing is left but less than half a second, or after the end nothing.
func (r *Recorder) write() {
	for tries := 0; r.take(); {
		err := r.store()
		last := err == nil && r.isLast()
		if last {
			err = r.w.Close()
		}
		if tries++; err == nil {
			tries = 0
		}
		r.tell(err)
		switch {
		case last && err == nil, tries >= giveUp && r.isEnded():
			if r.how.Done != nil {
				r.how.Done(err)
			}
			return
		case err != nil:
			time.Sleep(retryDisk)
		}
	}
}

// take takes what waits in hand, when there is nothing yet; false: it is not worth the while, and
// the goroutine ends.
func (r *Recorder) take() bool {
	if len(r.hand) > 0 || r.quiet > 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) < r.rate/perSecond && r.silent == 0 && !r.ended {
		r.writing = false
		return false
	}
	r.hand, r.waiting = r.waiting, *spares.Get().(*[]int16)
	r.quiet, r.silent = r.silent, 0
	return true
}

// isLast says whether all is written.
func (r *Recorder) isLast() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ended && len(r.waiting) == 0 && r.silent == 0
}

func (r *Recorder) isEnded() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ended
}

// store writes what is in hand, as far as that goes.
func (r *Recorder) store() (err error) {
	if r.w == nil {
		w, err := r.how.Open()
		if err != nil {
			return err
		}
		r.w = w
	}
	if len(r.hand) > 0 {
		if err := r.w.Write(r.hand); err != nil {
			return err
		}
		if cap(r.hand) <= spareMost {
			spare := r.hand[:0]
			spares.Put(&spare)
		}
		r.hand = nil
	}
	for r.quiet > 0 {
		n := min(r.quiet, int64(r.rate))
		if err := r.w.Write(make([]int16, n)); err != nil {
			return err
		}
		r.quiet -= n
	}
	return nil
}

// tell says that writing begins to fail, or goes on.
func (r *Recorder) tell(err error) {
	if r.trouble != (err != nil) {
		r.trouble = err != nil
		if r.how.Trouble != nil {
			r.how.Trouble(err)
		}
	}
}
