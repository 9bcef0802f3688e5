package test

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"obelisk/internal/store"
	"obelisk/internal/store/realtime"
	"obelisk/internal/store/truth"
)

// Three nodes have one astdb in PostgreSQL: each writes, the others read, also what was written while the
// server was killed; what was removed long ago is forgotten, and gone at a node that was away meanwhile.
func TestTruth(t *testing.T) {
	alongside(t, nil)
	p := newPostgres(t)
	src := realtime.Source{Port: strconv.Itoa(p.port), Database: "asterisk", User: "asterisk", Socket: p.dir}
	var nodes [3]*store.DB
	var mu sync.Mutex // guards writing to nodes, and reading by others
	var away atomic.Int32
	dirs := [3]string{t.TempDir(), t.TempDir(), t.TempDir()}
	open := func(i int) {
		db, err := store.Open(dirs[i], 0, func(err error) { t.Error(err) })
		if err != nil {
			t.Fatal(err)
		}
		common, err := truth.Open(src)
		if err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		nodes[i] = db
		mu.Unlock()
		db.Follow(store.Following{Node: string(rune('a' + i)), Common: common, Own: func(string) bool { return false }, Tell: func() {
			mu.Lock()
			list := nodes
			mu.Unlock()
			for _, o := range list {
				if o != nil {
					o.Look()
				}
			}
		}, Report: func(text string) {
			if strings.Contains(text, "is away") {
				away.Add(1)
			}
		}})
	}
	for i := range nodes {
		open(i)
	}
	all := func(what string, is func(db *store.DB) bool) {
		t.Helper()
		within(t, 60*time.Second, what, func() bool {
			for _, db := range nodes {
				if !is(db) {
					return false
				}
			}
			return true
		})
	}
	has := func(key, want string) func(db *store.DB) bool {
		return func(db *store.DB) bool {
			got, ok := db.Get("f", key)
			return got == want && ok == (want != "")
		}
	}
	nodes[0].Put("f", "x", "1\x00\xff")
	all("a value", has("x", "1\uFFFD"))
	for i := range 300 {
		nodes[i%3].Put("f", strconv.Itoa(i), "v")
	}
	all("all values", func(db *store.DB) bool { return len(db.List("f")) == 301 })
	p.stop("immediate")
	nodes[1].Put("f", "x", "2")
	within(t, 60*time.Second, "it is said", func() bool { return away.Load() > 0 })
	nodes[2].Delete("f", "0")
	if !has("x", "2")(nodes[1]) || !has("x", "1\uFFFD")(nodes[0]) {
		t.Error("a node does not go on alone")
	}
	p.start()
	all("what was written meanwhile", has("x", "2"))
	all("what was removed meanwhile", has("0", ""))

	nodes[2].Close()
	mu.Lock()
	nodes[2] = nil
	mu.Unlock()
	nodes[0].Delete("f", "1")
	within(t, 60*time.Second, "it is removed", func() bool { return p.sql("SELECT gone FROM obelisk_astdb WHERE key = '/f/1'") == "t" })
	p.sql("UPDATE obelisk_astdb SET changed = now() - interval '31 days' WHERE gone")
	nodes[0].Close() // the next run forgets what is old
	open(0)
	nodes[0].Put("f", "last", "x")
	within(t, 60*time.Second, "old rows are forgotten", func() bool { return p.sql("SELECT count(*) FROM obelisk_astdb WHERE gone") == "0" })
	open(2)
	all("the last value", has("last", "x"))
	all("what was removed", has("1", ""))
	p.sql("DROP TABLE obelisk_astdb; DROP SEQUENCE obelisk_astdb_rev")
	nodes[1].Put("f", "new", "x")
	all("another table", has("new", "x"))
	all("what was there before", has("last", "x"))
	within(t, 60*time.Second, "all rows are in the new table", func() bool { // 301 less 2, last, new, and the horizon
		return p.sql("SELECT count(*) FROM obelisk_astdb WHERE NOT gone") == "302"
	})
	for _, db := range nodes {
		db.Close()
	}
}
