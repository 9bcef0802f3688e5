package fn

import "testing"

// A zero byte ends a text of C: what follows is written over it.
func TestSprintfOfZero(t *testing.T) {
	for args, want := range map[string]string{"%5c|,0": "    |", "%c%c,65,0": "A"} {
		if got, err := sprintf(nil, args); got != want || err != nil {
			t.Errorf("%s: %q %v, want %q", args, got, err, want)
		}
	}
}
