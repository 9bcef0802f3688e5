package prompt

import (
	"sync/atomic"
	"time"

	"obelisk/media/soundfile"
)

// track is a prompt that plays: a media.Source that others may move.
type track struct {
	clip soundfile.Clip
	next atomic.Int64 // sample that is played next

	name, format, language string // as programs are told of it
}

// Rate implements media.Rated.
func (t *track) Rate() int { return t.clip.Rate }

// Frame implements media.Source.
func (t *track) Frame(dst []int16) int {
	at := t.next.Load()
	n := copy(dst, t.clip.PCM[at:])
	t.next.CompareAndSwap(at, at+int64(n)) // else it was moved meanwhile
	return n
}

// at is how far it was played.
func (t *track) at() time.Duration {
	return time.Duration(t.next.Load()) * (time.Second / time.Duration(t.clip.Rate))
}

// from moves it; below 0 it is counted from the end.
func (t *track) from(d time.Duration) {
	n := int64(d / (time.Second / time.Duration(t.clip.Rate)))
	if n < 0 {
		n += int64(len(t.clip.PCM))
	}
	t.next.Store(t.within(n))
}

// skip moves it on, or back.
func (t *track) skip(d time.Duration) {
	t.next.Store(t.within(t.next.Load() + int64(d/(time.Second/time.Duration(t.clip.Rate)))))
}

func (t *track) within(n int64) int64 { return min(max(n, 0), int64(len(t.clip.PCM))) }
