package main

import (
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// modulesOf are the modules of Asterisk that the lines of the dialplan need: those of applications that its core does not
// have, and those of the formats they write.
var modulesOf = map[string][]string{"Dial": {"app_dial"}, "ConfBridge": {"app_confbridge", "bridge_softmix"},
	"MixMonitor": {"app_mixmonitor", "format_wav"}, "GotoIf": nil, "Hangup": nil, "NoOp": nil, "Set": nil, "Stasis": {"app_stasis"}}

// Asterisk loads what the dialplan of the rig names: without it the calls of a scenario end at once, on that side only.
func TestAsteriskHasWhatTheDialplanNames(t *testing.T) {
	list := files(t.TempDir(), shape{lines: 100})
	serveAgents(list)
	loaded := strings.Fields(asteriskModules + agentModules)
	for _, step := range regexp.MustCompile(`(?m)^(?:exten => \S+?,1|\s*same => \w+),\s*(\w+)\(`).FindAllStringSubmatch(list["extensions.conf"], -1) {
		needs, known := modulesOf[step[1]]
		if !known {
			t.Errorf("%s: which module has it?", step[1])
		}
		for _, m := range needs {
			if !slices.Contains(loaded, m) {
				t.Errorf("%s needs %s, which Asterisk is not told to load", step[1], m)
			}
		}
	}
}

// What answers at the switchboard's address and was not started by the rig is not measured.
func TestAnotherSwitchboardIsNotMeasured(t *testing.T) {
	conn, err := net.ListenPacket("udp4", pbxAddr)
	if err != nil {
		t.Skip(err)
	}
	defer conn.Close()
	if p, err := (starter{"obelisk", "/bin/false"}).start(shape{}); err == nil {
		p.stop()
		t.Error("it starts beside another switchboard")
	} else if !strings.Contains(err.Error(), "another program") {
		t.Error(err)
	}
}

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
