package soundfile

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// disk is an output that fails while it is full.
type disk struct {
	mu     sync.Mutex
	full   bool
	slow   time.Duration
	pcm    []int16
	closed int
}

var errFull = errors.New("no space left on device")

func (d *disk) Write(pcm []int16) error {
	time.Sleep(d.slow)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return errFull
	}
	d.pcm = append(d.pcm, pcm...)
	return nil
}

func (d *disk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return errFull
	}
	d.closed++
	return nil
}

func (d *disk) fill(full bool) {
	d.mu.Lock()
	d.full = full
	d.mu.Unlock()
}

// count puts seconds of samples that count up, in real time.
func count(r *Recorder, from, seconds int) {
	for i := from * 50; i < (from+seconds)*50; i++ {
		pcm := make([]int16, 160)
		for k := range pcm {
			pcm[k] = int16((160*i+k)%30000 + 1)
		}
		r.Put(pcm)
		time.Sleep(20 * time.Millisecond)
	}
}

func TestRecorderWritesWhatItGets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{slow: 700 * time.Millisecond}
		done := make(chan error, 2)
		r := NewRecorder(8000, Recording{Open: func() (Output, error) { return d, nil }, Done: func(err error) { done <- err }})
		count(r, 0, 10)
		r.End()
		r.End()
		r.Put([]int16{1})
		must(t, <-done)
		time.Sleep(5 * time.Second)
		d.mu.Lock()
		defer d.mu.Unlock()
		if len(d.pcm) != 80000 || d.pcm[79999] != 79999%30000+1 || d.closed != 1 || len(done) != 0 || r.Dropped() != 0 {
			t.Errorf("%d samples, closed %d times, told %d times more, %d dropped", len(d.pcm), d.closed, len(done), r.Dropped())
		}
	})
}

func TestRecorderSurvivesAFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		told := make(chan error, 10)
		r := NewRecorder(8000, Recording{Open: func() (Output, error) { return d, nil }, Trouble: func(err error) { told <- err }})
		count(r, 0, 5)
		d.fill(true)
		count(r, 5, 20) // it waits
		d.fill(false)
		count(r, 25, 5)
		d.mu.Lock()
		if n := len(d.pcm); n < 28*8000 || d.pcm[n-1] != int16((n-1)%30000+1) {
			t.Errorf("%d samples, the last is %d", n, d.pcm[n-1])
		}
		d.mu.Unlock()
		d.fill(true)
		count(r, 30, 60) // too long
		d.fill(false)
		count(r, 90, 5)
		r.End()
		time.Sleep(3 * time.Second)
		d.mu.Lock()
		defer d.mu.Unlock()
		if len(d.pcm) != 95*8000 || d.closed != 1 {
			t.Fatalf("%d samples, want %d; closed %d times", len(d.pcm), 95*8000, d.closed)
		}
		silent := 0
		for i, v := range d.pcm {
			if v == 0 {
				silent++
			} else if v != int16(i%30000+1) {
				t.Fatalf("sample %d is %d", i, v)
			}
		}
		if silent == 0 || silent > 35*8000 || int64(silent) != r.Dropped() {
			t.Errorf("%d samples are silence, %d dropped", silent, r.Dropped())
		}
		for _, want := range []error{errFull, nil, errFull, nil} {
			if got := <-told; got != want {
				t.Errorf("told %v, want %v", got, want)
			}
		}
	})
}

func TestRecorderGivesUpAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := make(chan time.Duration, 1)
		begun := time.Now()
		gone := errors.New("gone")
		r := NewRecorder(8000, Recording{Open: func() (Output, error) { return nil, gone }, Done: func(err error) {
			if at <- time.Since(begun); !errors.Is(err, gone) {
				t.Error(err)
			}
		}})
		r.Put([]int16{1})
		r.End()
		if at := <-at; at < 5*time.Second || at > 15*time.Second {
			t.Errorf("after %v", at)
		}
	})
}

func TestRecordMakesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.wav")
	for range 2 {
		done := make(chan error)
		r, err := Record(path, ByName("wav"), true, Recording{Done: func(err error) { done <- err }})
		must(t, err)
		if _, err := os.Stat(path); err != nil || r.Rate() != 8000 {
			t.Error(err)
		}
		r.Put([]int16{1, 2, 3})
		r.End()
		must(t, <-done)
	}
	data, _ := os.ReadFile(path)
	if clip, err := Decode(path, data); err != nil || !slices.Equal(clip.PCM, []int16{1, 2, 3, 1, 2, 3}) {
		t.Errorf("%v, %v", clip, err)
	}
	if _, err := Record("/nowhere/x.wav", ByName("wav"), false, Recording{}); err == nil {
		t.Error("a file where there is no folder")
	}
}
