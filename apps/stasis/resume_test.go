package stasis

import (
	"fmt"
	"testing"
	"time"
)

// seqs are the numbers of events, with their types.
func (e *ears) seqs() (out []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.events {
		if x["seq"] != nil {
			out = append(out, fmt.Sprint(x["seq"], " ", x["type"]))
		}
	}
	return out
}

// A program that was away for less than its grace has missed nothing, and no caller has noticed.
func TestResume(t *testing.T) {
	inWorld(t, func(w *world, prog *ears) {
		how := Resume{Numbered: true, Since: -1, Grace: 5 * time.Second, Fallback: "default"}
		first, second, third := &ears{}, &ears{}, &ears{}
		w.ok(w.m.CanResume("mine", how))
		w.m.Return("mine", first, false, how)
		_, a := w.call("mine")
		last := int64(len(first.seqs()))
		if last == 0 {
			t.Fatal(first.told())
		}
		w.m.Leave("mine", first)
		if !w.m.Active("mine") {
			t.Error("it has no time to come back")
		}
		_, b := w.call("mine") // while it is away
		how.Since = last
		w.ok(w.m.CanResume("mine", how))
		w.m.Return("mine", second, false, how)
		list := second.seqs()
		if len(list) == 0 || list[0][:2] != fmt.Sprint(last+1, " ")[:2] {
			t.Errorf("after %d: %v", last, list)
		}
		for _, past := range []int64{last + 1000} {
			how.Since = past
			w.refused(w.m.CanResume("mine", how), 410)
		}
		how.Since = 0
		w.refused(w.m.CanResume("nosuch", how), 410)
		w.ok(w.m.CanResume("mine", how)) // all of it is kept
		how.Since = -1
		w.m.Return("mine", third, false, how)
		if got := second.told(); got[len(got)-len("ApplicationReplaced"):] != "ApplicationReplaced" {
			t.Error(got)
		}
		w.m.Leave("mine", second) // it is not its own any more
		w.m.Leave("mine", third)
		time.Sleep(6 * time.Second)
		if w.m.Active("mine") {
			t.Error("it stays for ever")
		}
		for _, c := range []string{id(a), id(b)} {
			if at := w.m.Find(c).View().At; at.Context != "default" || at.Exten != "s" {
				t.Errorf("%s is at %v", c, at)
			}
		}
		if o := string(JSON(w.m.Standing(id(a)))); o != `{"state":"Up"}` {
			t.Error(o)
		}
		if len(prog.seqs()) > 0 {
			t.Error("a program that asked for no numbers has them")
		}
	})
}

func TestPastIsBounded(t *testing.T) {
	p := past{how: Resume{Numbered: true}}
	for range 3 * mostKept {
		p.keep(p.number([]byte(`{"x":1`)))
	}
	if len(p.kept) != mostKept {
		t.Error(len(p.kept))
	}
	if e, ok := p.since(3*mostKept - 1); !ok || len(e) != 1 {
		t.Error(e, ok)
	}
	if _, ok := p.since(2*mostKept - 1); ok {
		t.Error("it has what it has not")
	}
	for range 100 {
		p.keep(p.number(make([]byte, mostBytes/10)))
	}
	if p.bytes > mostBytes {
		t.Error(p.bytes)
	}
}
