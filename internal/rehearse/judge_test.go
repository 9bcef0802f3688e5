package rehearse

import (
	"testing"
	"time"
)

// Expectations come in the order of the file, but two channels of one instant have none.
func TestOrderOfExpectations(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	o := &Outcome{Steps: []Event{
		{Text: "A1", Channel: "a", When: at(1)}, {Text: "A2", Channel: "a", When: at(1)}, {Text: "B1", Channel: "b", When: at(1)},
		{Text: "A3", Channel: "a", When: at(2)}, {Text: "A3", Channel: "a", When: at(2)},
	}}
	for _, c := range []struct {
		name string
		want []string
		ok   bool
	}{
		{"as told", []string{"A1", "A2", "B1", "A3"}, true},
		{"another channel of the same instant", []string{"B1", "A1", "A2"}, true},
		{"the same channel", []string{"A2", "A1"}, false},
		{"a later instant", []string{"A3", "B1"}, false},
		{"not the last alone counts", []string{"A2", "B1", "A1"}, false},
		{"twice what was twice", []string{"A3", "A3"}, true},
		{"twice what was once", []string{"B1", "B1"}, false},
	} {
		var expect []expectation
		for _, w := range c.want {
			expect = append(expect, expectation{what: "step", want: w})
		}
		if got := (&Case{Expect: expect}).Judge(o); (len(got) == 0) != c.ok {
			t.Errorf("%s: %v, of which were not met: %v", c.name, c.want, got)
		}
	}
}
