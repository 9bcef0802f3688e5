package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// Each row has both figures, the ratio, the goal and whether it is reached; what was measured
// while the load came late is measured again, three times at most, and says so.
func TestTable(t *testing.T) {
	x := &table{}
	ours, theirs := &pbx{kind: "obelisk"}, &pbx{kind: "asterisk"}
	tries := 0
	x.steady(func() error {
		tries++
		x.late = time.Duration(3-tries) * lateBy
		x.add(ours, "CPU for a call, 100 calls/s", "us", false, float64(100*tries))
		return nil
	})
	x.steady(func() error {
		x.add(theirs, "CPU for a call, 100 calls/s", "us", false, 1000)
		x.add(ours, "calls completed, 100 calls/s", "%", true, 99.5)
		x.add(ours, "memory for a phone, configured and registered", "KB", false, 4)
		x.add(ours, "nobody's goal", "", false, 1)
		return nil
	})
	if tries != 2 {
		t.Errorf("%d tries", tries)
	}
	tries = 0
	x.steady(func() error {
		tries++
		x.late = time.Second
		x.add(ours, "CPU for a registration, 100/s", "us", false, 20)
		x.add(theirs, "CPU for a registration, 100/s", "us", false, 100)
		return nil
	})
	if err := x.steady(func() error { x.late = time.Second; return errors.New("no") }); err == nil || tries != mostTries {
		t.Errorf("%v after %d tries", err, tries)
	}
	var b strings.Builder
	x.write(&b)
	for _, want := range []string{
		"| CPU for a call, 100 calls/s                   | 200.00 us | 1000.00 us | 0.20  | 0.20  | yes                     |",
		"| CPU for a registration, 100/s                 | 20.00 us  | 100.00 us  | 0.20  | 0.25  | yes, the load came late |",
		"| calls completed, 100 calls/s                  | 99.50 %   | -          | -     | 100 % | no                      |",
		"| memory for a phone, configured and registered | 4.00 KB   | -          | -     | 3 KB  | no                      |",
		"| nobody's goal                                 | 1.00      | -          | -     |       |                         |",
	} {
		if !strings.Contains(b.String(), want+"\n") {
			t.Errorf("no line %q in\n%s", want, b.String())
		}
	}
}
