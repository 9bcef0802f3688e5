package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Common is a database that the nodes of a switchboard have in common. Each node has all of its rows
// in the astdb of its own, answers from there, and writes there first: what Common has not taken yet
// waits, over a restart too.
type Common interface {
	// Send writes rows, all or none. Of two changes of a key the later holds (Row.Later), whichever
	// comes first.
	Send(ctx context.Context, list []Row) error
	// Since has all that has changed after a revision, in any order, and the revision that this comes to; all that there is
	// after 0. whole: it is not known any more what was removed since, and what is not in the list is gone.
	// ErrOther: the revision is none of this database.
	Since(ctx context.Context, rev int64) (list []Row, now int64, whole bool, err error)
	Close() error
}

// ErrOther says that a Common is not the one that was there before.
var ErrOther = errors.New("it is another database than before")

// Row is an entry of a Common, or that it is gone.
type Row struct {
	Key, Value string // Key is "/family/key"
	Gone       bool
	Stamp      int64  // when it was written, Unix time in microseconds; higher than those that its writer had seen
	Node       string // who wrote it
}

// Later says whether r is the later of two changes of one key.
func (r *Row) Later(o *Row) bool {
	if r.Stamp != o.Stamp {
		return r.Stamp > o.Stamp
	}
	return r.Node > o.Node
}

// Following is what Follow needs.
type Following struct {
	Node   string
	Common Common
	// Own says which keys are of this node alone.
	Own func(key string) bool
	// Tell has the other nodes look at once: Common has something new.
	Tell func()
	// Report is told of what a person should know.
	Report func(text string)
}

// How long a change waits for others that go with it, how often it is looked what is new where
// nobody has told, how long one exchange may take, and how many rows one message has.
const (
	commonGather = 2 * time.Millisecond
	commonPoll   = 5 * time.Second
	commonTime   = 10 * time.Second
	commonRest   = time.Second // after a failure
	commonBatch  = 500
	longestKey   = 2000 // bytes that an index of PostgreSQL has room for
)

// FirstRev is the first revision of a Common: one that is 0 was never seen, and one below it is that of an empty one.
const FirstRev = 10

// markPrefix begins the keys of the journal that are marks, and of no row: those begin with a slash.
const markPrefix = "!"

// revMark is up to which revision the rows of the others are here; the other marks are keys of rows
// that Common does not have, with their stamps.
const revMark = ""

// following keeps a DB like a Common. A nil one does nothing.
type following struct {
	Following
	d     *DB
	kick  chan struct{}
	stop  chan struct{}
	done  chan struct{}
	away  atomic.Bool
	stamp int64 // the highest that was given or seen; d.mu
}

type watch struct{ changed func(key string) }

// Follow has the database keep what Common has, from now on. What is here and not there is
// taken there at the first time.
func (d *DB) Follow(f Following) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.common != nil {
		return
	}
	x := &following{Following: f, d: d, kick: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	d.common = x
	go x.run()
	x.wake()
}

// Unfollow ends that; what was not taken yet waits for the next start.
func (d *DB) Unfollow() {
	d.mu.Lock()
	x := d.common
	d.common = nil
	d.mu.Unlock()
	if x != nil {
		close(x.stop)
		<-x.done
		x.Common.Close()
	}
}

// Look has it looked at once what is new.
func (d *DB) Look() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.common != nil {
		d.common.wake()
	}
}

// Watch has changed told of each key of a family that another node has changed, without a lock. It
// must not wait. end stops it.
func (d *DB) Watch(family string, changed func(key string)) (end func()) {
	w := &watch{changed}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.watches == nil {
		d.watches = map[string][]*watch{}
	}
	d.watches[family] = append(slices.Clone(d.watches[family]), w)
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.watches[family] = slices.DeleteFunc(slices.Clone(d.watches[family]), func(o *watch) bool { return o == w })
	}
}

// Waiting is how many changes Common does not have yet, and whether it can be reached; following is
// false for a node that is alone.
func (d *DB) Waiting() (n int, away, following bool) {
	if d == nil {
		return 0, false, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for k := range d.marks {
		if k != revMark {
			n++
		}
	}
	if d.common == nil {
		return n, false, false
	}
	return n, d.common.away.Load(), true
}

func (x *following) wake() {
	select {
	case x.kick <- struct{}{}:
	default:
	}
}

// wrote marks a row that was changed here; d.mu is held.
func (x *following) wrote(key string) {
	if x == nil || len(key) > longestKey || x.Own(key) {
		return
	}
	x.stamp = max(x.stamp+1, time.Now().UnixMicro()) // whatever the clocks are
	x.d.mark(key, strconv.FormatInt(x.stamp, 10))
	x.wake()
}

// mark sets a mark, "" takes it away; d.mu is held.
func (d *DB) mark(key, value string) {
	if d.marks[key] == value {
		return
	}
	if d.marks[key] = value; value == "" {
		delete(d.marks, key)
	}
	d.changed(markPrefix+key, false)
}

// run exchanges rows, until the end.
func (x *following) run() {
	defer close(x.done)
	poll := time.NewTicker(commonPoll)
	defer poll.Stop()
	for {
		select {
		case <-x.stop:
			return
		case <-poll.C:
		case <-x.kick:
			time.Sleep(commonGather)
		}
		err := x.exchange()
		if x.judge(err); err != nil && !x.rest() {
			return
		}
	}
}

// rest waits for a database that is away; false at the end.
func (x *following) rest() bool {
	select {
	case <-x.stop:
		return false
	case <-time.After(commonRest):
		return true
	}
}

// judge tells of a database that has gone, or come back.
func (x *following) judge(err error) {
	if was := x.away.Swap(err != nil); err != nil && !was {
		x.Report("the common database is away, what is written waits: " + err.Error())
	} else if err == nil && was {
		n, _, _ := x.d.Waiting()
		x.Report("the common database is there again; " + strconv.Itoa(n) + " changes wait")
	}
}

// exchange sends what waits and takes what is new.
func (x *following) exchange() error {
	ctx, cancel := context.WithTimeout(context.Background(), commonTime)
	defer cancel()
	go func() { // the end does not wait for a database that does not answer
		select {
		case <-x.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	rev := x.rev()
	if rev > 0 { // else what is there has to be known first
		if err := x.send(ctx); err != nil {
			return err
		}
	}
	list, now, whole, err := x.Common.Since(ctx, rev)
	if errors.Is(err, ErrOther) {
		rev = 0
		list, now, _, err = x.Common.Since(ctx, 0)
	}
	if err != nil {
		return err
	}
	x.take(list, now, whole && rev > 0)
	if rev == 0 {
		x.offer(list)
		return x.send(ctx)
	}
	return nil
}

func (x *following) rev() int64 {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	n, _ := strconv.ParseInt(x.d.marks[revMark], 10, 64)
	return n
}

// send sends what waits.
func (x *following) send(ctx context.Context) error {
	for {
		list := x.unsent()
		if len(list) == 0 {
			return nil
		}
		if err := x.Common.Send(ctx, list); err != nil {
			return err
		}
		x.d.mu.Lock()
		for _, r := range list {
			if x.d.marks[r.Key] == strconv.FormatInt(r.Stamp, 10) {
				x.d.mark(r.Key, "")
			}
		}
		x.d.mu.Unlock()
		x.Tell()
	}
}

// unsent are some of the rows that wait.
func (x *following) unsent() (list []Row) {
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	for key, stamp := range x.d.marks {
		if key == revMark {
			continue
		}
		if len(list) == commonBatch {
			break
		}
		r := Row{Key: key, Node: x.Node}
		r.Stamp, _ = strconv.ParseInt(stamp, 10, 64)
		r.Value, r.Gone = x.d.row(key)
		list = append(list, r)
	}
	return list
}

// take takes rows in, and is up to a revision then; all: there are no others.
func (x *following) take(list []Row, now int64, all bool) {
	d := x.d
	var changed []string
	d.mu.Lock()
	named := map[string]bool{}
	for i := range list {
		r := &list[i]
		named[r.Key] = true
		x.stamp = max(x.stamp, r.Stamp)
		if x.Own(r.Key) {
			continue
		}
		if at, waits := d.marks[r.Key]; waits {
			own := Row{Node: x.Node}
			own.Stamp, _ = strconv.ParseInt(at, 10, 64)
			if own.Later(r) {
				continue
			}
			d.mark(r.Key, "")
		}
		if d.set(r.Key, r.Value, r.Gone) {
			changed = append(changed, r.Key)
		}
	}
	if all {
		for key := range d.rows {
			if _, waits := d.marks[key]; !waits && !named[key] && !x.Own(key) && len(key) <= longestKey {
				d.set(key, "", true)
				changed = append(changed, key)
			}
		}
	}
	d.mark(revMark, strconv.FormatInt(now, 10))
	watches := maps.Clone(d.watches)
	d.mu.Unlock()
	for _, key := range changed {
		for family, list := range watches {
			name, ok := strings.CutPrefix(key, "/"+family+"/")
			for _, w := range list {
				if ok {
					w.changed(name)
				}
			}
		}
	}
}

// set makes a row what another node says, and says whether it was another one; mu is held.
func (d *DB) set(key, value string, gone bool) bool {
	old, ok := d.rows[key]
	if gone != ok && old == value || gone && !ok {
		return false
	}
	if gone {
		delete(d.rows, key)
	} else {
		d.rows[key] = value
	}
	d.changed(key, false)
	return true
}

// offer marks what is here and was never there: this node was alone until now. It does not go over
// what is there.
func (x *following) offer(list []Row) {
	known := map[string]bool{}
	for i := range list {
		known[list[i].Key] = true
	}
	x.d.mu.Lock()
	defer x.d.mu.Unlock()
	for key := range x.d.rows {
		if _, waits := x.d.marks[key]; !waits && !known[key] && !x.Own(key) && len(key) <= longestKey {
			x.d.mark(key, "1")
		}
	}
}

// commonTable makes the table of marks where it is missing.
const commonTable = "CREATE TABLE IF NOT EXISTS astdb_common(key VARCHAR(256), value VARCHAR(256), PRIMARY KEY(key))"

// writeMark writes one.
func writeMark(tx *sql.Tx, key string, c change) error {
	if _, err := tx.Exec(commonTable); err != nil {
		return err
	}
	if c.gone {
		_, err := tx.Exec("DELETE FROM astdb_common WHERE key=?", key)
		return err
	}
	_, err := tx.Exec("INSERT OR REPLACE INTO astdb_common(key, value) VALUES(?, ?)", key, c.value)
	return err
}
