package queue

import (
	"fmt"
	"strings"
	"testing"
)

// A log is read as calls: when they came, how long they waited, rang and talked, and who left.
func TestReadPast(t *testing.T) {
	const log = `1000|a|sales|NONE|ENTERQUEUE||100|1
1001|b|other|NONE|ENTERQUEUE||100|1
nonsense
1005|a|sales|Ann|CONNECT|5|x|2
1010|c|sales|NONE|ENTERQUEUE||101|1
1035|a|sales|Ann|COMPLETECALLER|5|30|1
1040|c|sales|NONE|ABANDON|1|1|30
1050|d|sales|NONE|ENTERQUEUE||102|1
1052|d|sales|Ben|CONNECT|2|x|1
1072|d|sales|Ben|BLINDTRANSFER|9|in|2|20|1
1080|e|sales|NONE|ENTERQUEUE||102|1
1090|e|sales|NONE|EXITWITHKEY|1|1|1|10
`
	p, err := readPast(strings.NewReader(log), "SALES")
	if err != nil || len(p.calls) != 4 || strings.Join(p.agents, " ") != "Ann Ben" || p.began != 1000 || p.ended != 1090 {
		t.Fatalf("%+v, %v", p, err)
	}
	for i, want := range []pastCall{{1000, -1, 5, true, 2, 30}, {1010, 30, 30, false, 0, 30}, {1050, -1, 2, true, 1, 20},
		{1080, 10, 10, false, 0, 20}} {
		if p.calls[i] != want {
			t.Errorf("call %d: %+v, not %+v", i, p.calls[i], want)
		}
	}
	var b strings.Builder
	p.print(&b, "sales", RRMemory, 1, 0, 20)
	for _, want := range []string{"Queue sales: 4 calls", "as it was                           2      2      3", "rrmemory, 1 agents"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("not said: %s\n%s", want, b.String())
		}
	}
}

// One agent serves one after the other; two at once; who is impatient leaves. All is computed by hand.
func TestReplay(t *testing.T) {
	p := &past{calls: []pastCall{{came: 0, patience: -1, talk: 10}, {came: 2, patience: -1, talk: 10}, {came: 3, patience: 5, talk: 10}},
		ended: 30}
	for _, c := range []struct {
		agents int
		wrapup int64
		waits  string
		lost   int
	}{{1, 0, "[0 8]", 1}, {2, 0, "[0 0]", 1}, {3, 0, "[0 0 0]", 0}, {1, 5, "[0 13]", 1}, {0, 0, "[]", 3}} {
		var agents []string
		for i := range c.agents {
			agents = append(agents, fmt.Sprint(i))
		}
		for _, s := range []Strategy{RingAll, LeastRecent, FewestCalls, Random, RRMemory, Linear, WRandom, RROrdered} {
			o := p.replay(s, agents, c.wrapup, 7)
			if fmt.Sprint(o.waits) != c.waits || o.lost != c.lost {
				t.Errorf("%s with %d agents: waits %v, %d lost", s, c.agents, o.waits, o.lost)
			}
		}
	}
}

// Each strategy shares the calls as its rule says: linear to the first who is free, fewestcalls and
// rrmemory evenly.
func TestReplayShares(t *testing.T) {
	p := &past{ended: 40000}
	for i := range 1000 {
		p.calls = append(p.calls, pastCall{came: int64(i * 40), patience: -1, ring: 2, talk: 20})
	}
	shares := func(s Strategy) (out []int) {
		for _, a := range p.replay(s, []string{"a", "b", "c", "d"}, 0, 3).agents {
			out = append(out, a.calls)
		}
		return out
	}
	if got := shares(Linear); got[0] != 1000 {
		t.Errorf("linear: %v", got)
	}
	for _, s := range []Strategy{FewestCalls, RRMemory, LeastRecent, RROrdered} {
		for _, n := range shares(s) {
			if n < 249 || n > 251 {
				t.Errorf("%s: %v", s, shares(s))
				break
			}
		}
	}
	for _, n := range shares(Random) {
		if n < 180 || n > 320 {
			t.Errorf("random: %v", shares(Random))
			break
		}
	}
}

func FuzzReadPast(f *testing.F) {
	f.Add("1000|a|q|NONE|ENTERQUEUE||100|1\n1005|a|q|Ann|CONNECT|5|x|2\n1035|a|q|Ann|COMPLETECALLER|5|30|1\n")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := readPast(strings.NewReader(text), "q"); err == nil && len(p.calls) < 1000 {
			p.replay(RRMemory, p.agents, 0, 1)
		}
	})
}
