package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// built is the switchboard's binary.
func built(t *testing.T) starter {
	t.Helper()
	path := filepath.Join(t.TempDir(), "obelisk")
	if out, err := exec.Command("go", "build", "-o", path, "../../cmd/obelisk").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return starter{"obelisk", path}
}

// carried runs a load until it went well, mostTries times: a machine with other work may not have carried
// it. What goes wrong each time fails the test.
func carried(t *testing.T, load func() (problems []string)) {
	t.Helper()
	for try := 1; ; try++ {
		problems := load()
		if len(problems) == 0 {
			return
		}
		if try == mostTries {
			for _, text := range problems {
				t.Error(text)
			}
			return
		}
		t.Logf("once more: %v", problems)
	}
}

// A short form of the attacks and of the soak: innocent calls go on, and nothing
// stays open. How fast is not judged here.
func TestInnocentCallsGoOn(t *testing.T) {
	s := built(t)
	for _, a := range attackers {
		switch a.name {
		case "a flood of INVITE from 200 addresses", "parameter bombs of 20 KB", "garbage":
		default:
			continue
		}
		carried(t, func() (problems []string) {
			err := with(s, shape{}, "callee_ulaw", 0, func(p *pbx, k *crew) error {
				files, stop, done := p.files(), make(chan struct{}), make(chan int)
				go func() { done <- a.strike(stop) }()
				r := k.place("1", 50, 50, 100*time.Millisecond)
				close(stop)
				if sent := <-done; r.ok < 50 || sent == 0 {
					problems = append(problems, fmt.Sprintf("%s: %d of 50 innocent calls completed beside %d packets: %+v", a.name, r.ok, sent, r))
				}
				if more := p.filesMore(files, 4); more > 4 {
					problems = append(problems, fmt.Sprintf("%s: %d descriptors stayed open", a.name, more))
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return problems
		})
	}
}

// What goes wrong around the switchboard does not reach the calls. The disk that
// hangs is left to the rig itself: a test that is stopped would leave it so.
func TestFaults(t *testing.T) {
	s := built(t)
	for _, f := range faultList {
		if f.name == "a disk that hangs" {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			carried(t, func() (problems []string) {
				err := f.run(s, func(p *pbx, r result, before float64) {
					if r.ok < innocents {
						problems = append(problems, fmt.Sprintf("%d of %d innocent calls completed: %+v", r.ok, innocents, r))
					}
				})
				if err != nil {
					problems = append(problems, err.Error())
				}
				return problems
			})
		})
	}
}

func TestShortSoak(t *testing.T) {
	s := built(t)
	carried(t, func() (problems []string) {
		err := with(s, shape{}, "callee_ulaw", 0, func(p *pbx, k *crew) error {
			files := p.files()
			if r := k.place("1", 1500, 300, 100*time.Millisecond); r.ok < 1500 {
				problems = append(problems, fmt.Sprintf("%d of 1500 calls completed: %d refused, %d timed out", r.ok, r.refused, r.timeout))
			}
			if more := p.filesMore(files, 4); more > 4 {
				problems = append(problems, fmt.Sprintf("%d descriptors stayed open", more))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return problems
	})
}
