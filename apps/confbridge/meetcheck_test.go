package confbridge

import "testing"

// Options that a call brings are told of by nobody; those that are written and unknown are.
func TestMeetMeOptionsThatACallBrings(t *testing.T) {
	for args, want := range map[string]int{"600,${OPTS}": 1, "600,${IF($[1]?d:q)},1234": 1, "600,dz": 3} {
		if out := checkMeet(args); len(out) != want {
			t.Errorf("%s: %q", args, out)
		}
	}
}
