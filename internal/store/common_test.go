package store_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/store"
	"obelisk/internal/testkit/common"
)

// follower is an astdb of a node.
type follower struct {
	*store.DB
	dir, name string
	said      []string
}

func (f *follower) open(t *testing.T, c store.Common, all func() []*follower) {
	t.Helper()
	db, err := store.Open(f.dir, 0, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	f.DB = db
	if c == nil {
		return
	}
	f.Follow(store.Following{Node: f.name, Common: c, Own: func(key string) bool { return strings.HasPrefix(key, "/own/") },
		Tell: func() {
			for _, o := range all() {
				if o.DB != nil {
					o.Look()
				}
			}
		},
		Report: func(text string) { f.said = append(f.said, text) }})
}

func (f *follower) rows() map[string]string {
	out := map[string]string{}
	for _, e := range f.List("") {
		if !strings.HasPrefix(e.Key, "/own/") {
			out[e.Key] = e.Value
		}
	}
	return out
}

func (f *follower) is(t *testing.T, family, key, want string) {
	t.Helper()
	if v, ok := f.Get(family, key); ok != (want != "") || v != want {
		t.Errorf("%s has %q for %s/%s, not %q", f.name, v, family, key, want)
	}
}

// TestFollow: what one node writes the other has, what is removed is gone, what is of one node stays
// there; what was there before the first time is taken along and does not go over what others have.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c common.DB
		a, b := &follower{dir: t.TempDir(), name: "a"}, &follower{dir: t.TempDir(), name: "b"}
		all := func() []*follower { return []*follower{a, b} }
		a.open(t, nil, all)
		a.Put("cfim", "1", "before")
		a.Put("cfim", "2", "of a")
		a.Close()
		b.open(t, &c, all)
		b.Put("cfim", "2", "of b")
		b.Put("own", "x", "b")
		time.Sleep(time.Second)
		a.open(t, &c, all)
		var told []string
		defer a.Watch("cfim", func(key string) { told = append(told, key) })()
		time.Sleep(time.Second)
		for _, x := range all() {
			x.is(t, "cfim", "1", "before")
			x.is(t, "cfim", "2", "of b")
		}
		a.is(t, "own", "x", "")
		b.Put("cfim", "3/deep", "x")
		b.Put("cfim", "3", "x")
		time.Sleep(20 * time.Millisecond)
		a.is(t, "cfim", "3/deep", "x")
		a.DeleteTree("cfim", "3")
		time.Sleep(20 * time.Millisecond)
		b.is(t, "cfim", "3", "")
		b.is(t, "cfim", "3/deep", "")
		if got := strings.Join(told, " "); got != "2 3/deep 3" && got != "2 3 3/deep" {
			t.Errorf("told of %q", got)
		}
		if n, away, on := a.Waiting(); n != 0 || away || !on {
			t.Errorf("%d wait", n)
		}
		a.Close()
		b.Close()
	})
}

// TestFollowAway: while the common database is away each node reads and writes on; then it has all of it, what
// a node wrote before its restart too, and of two values of a key the later.
func TestFollowAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c common.DB
		a, b := &follower{dir: t.TempDir(), name: "a"}, &follower{dir: t.TempDir(), name: "b"}
		all := func() []*follower { return []*follower{a, b} }
		a.open(t, &c, all)
		b.open(t, &c, all)
		a.Put("f", "gone", "x")
		a.Put("f", "kept", "x")
		time.Sleep(time.Second)
		c.Away(true)
		b.Put("f", "both", "first")
		time.Sleep(time.Second)
		a.Put("f", "both", "second")
		a.Delete("f", "gone")
		a.Put("f", "new", "x")
		time.Sleep(time.Minute)
		a.is(t, "f", "both", "second")
		if n, away, _ := a.Waiting(); n != 3 || !away {
			t.Errorf("%d wait, away %v", n, away)
		}
		a.Close()
		a.open(t, &c, all)
		time.Sleep(time.Second)
		c.Away(false)
		time.Sleep(10 * time.Second)
		for _, x := range all() {
			if got := x.rows(); !maps.Equal(got, map[string]string{"/f/both": "second", "/f/kept": "x", "/f/new": "x"}) {
				t.Errorf("%s has %v", x.name, got)
			}
		}
		if len(b.said) != 2 || len(a.said) != 3 {
			t.Errorf("said %q and %q", a.said, b.said)
		}
		a.Close()
		b.Close()
	})
}

// TestFollowFaults: whatever nodes write and however the database comes and goes, in the end all have the same,
// and of each key what was written last.
func TestFollowFaults(t *testing.T) {
	for seed := range uint64(6) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			var c common.DB
			list := []*follower{{dir: t.TempDir(), name: "a"}, {dir: t.TempDir(), name: "b"}, {dir: t.TempDir(), name: "c"}}
			all := func() []*follower { return list }
			for _, x := range list {
				x.open(t, &c, all)
			}
			want := map[string]string{}
			for i := range 200 {
				x, key := list[r.IntN(3)], fmt.Sprint(r.IntN(10))
				switch p := r.IntN(20); {
				case p == 0:
					c.Away(r.IntN(2) == 0)
				case p == 1:
					x.Close()
					x.open(t, &c, all)
				case p < 6:
					if x.Delete("f", key) {
						delete(want, "/f/"+key)
					}
				default:
					x.Put("f", key, fmt.Sprint(i))
					want["/f/"+key] = fmt.Sprint(i)
				}
				time.Sleep(time.Duration(1+r.IntN(300)) * time.Millisecond)
			}
			c.Away(false)
			time.Sleep(15 * time.Second)
			for _, x := range list {
				got := x.rows()
				// A node that did not know a key yet cannot have removed it.
				if !maps.Equal(got, want) {
					t.Errorf("seed %d: %s has %v, and not %v", seed, x.name, got, want)
				}
				x.Close()
			}
		})
	}
}
