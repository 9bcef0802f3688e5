package program

import "testing"

// late is a program whose first frames of 20 ms come together when their time has passed, and the others
// in time; each tenth is a pause.
func late(q *Queue, behind, frames int, value int16) {
	dst, frame := make([]int16, 160), make([]int16, 160)
	for range behind {
		q.Frame(dst)
	}
	for i := range frames {
		for j := range frame {
			if frame[j] = value; i%10 == 9 {
				frame[j] = 0
			}
		}
		if q.Put(frame); i >= behind {
			q.Frame(dst)
		}
	}
}

func TestLateLiveAudioDoesNotStayLate(t *testing.T) {
	for name, value := range map[string]int16{"speech with pauses": 8000, "silence": 0} {
		q := NewQueue(8000, Limits{}, nil)
		late(q, 5, 1000, value)
		if n, _ := q.Length(); n != 0 {
			t.Errorf("%s: %d samples wait", name, n)
		}
		if q.Left() != 1000*160 {
			t.Errorf("%s: %d samples have left", name, q.Left())
		}
	}
}

// What is loud all the time loses nothing, nor does a text that was sent ahead.
func TestNothingElseIsLeftOut(t *testing.T) {
	q := NewQueue(8000, Limits{}, nil)
	loud := make([]int16, 160)
	for i := range loud {
		loud[i] = 9000
	}
	dst := make([]int16, 160)
	for range 5 {
		q.Put(loud)
	}
	for range 1000 {
		q.Put(loud)
		q.Frame(dst)
	}
	if n, _ := q.Length(); n != 5*160 {
		t.Errorf("music: %d samples wait", n)
	}
	q = NewQueue(8000, Limits{}, nil)
	q.Put(make([]int16, 8000*10)) // ten seconds, a quiet text
	played := 0
	for n := 1; n > 0; played++ {
		q.Frame(dst)
		n, _ = q.Length()
	}
	if played != 500 {
		t.Errorf("a text of ten seconds took %d frames", played)
	}
}
