package realtime

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// queue holds the writes that may come late. A further write to the same row goes over
// the one that waits.
type queue struct {
	t *Tables

	mu      sync.Mutex // guards all below
	changes map[string]*change
	order   []string
	closed  bool
	running bool
	kick    chan struct{}
	done    chan struct{}
}

// change is what is to be set in one row.
type change struct {
	family string
	where  Condition
	set    Row
}

// flushAfter is how long a write waits for others; batch is how many are written in one
// transaction.
const (
	flushAfter = 200 * time.Millisecond
	batch      = 500
	slowest    = 5 * time.Second
)

// Later sets columns of a row soon, and again until the database has taken it.
func (t *Tables) Later(family string, where Condition, set Row) {
	q := &t.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	key := strings.ToLower(family) + "\x00" + where.Field + "\x00" + where.Value
	c := q.changes[key]
	if c == nil {
		c = &change{family: family, where: where}
		q.changes[key] = c
		q.order = append(q.order, key)
	}
	c.set = merge(c.set, set)
	if !q.running {
		q.running = true
		go q.run()
	}
	select {
	case q.kick <- struct{}{}:
	default:
	}
}

// merge puts the later values over the earlier ones.
func merge(old, set Row) Row {
	out := append(Row(nil), old...)
next:
	for _, f := range set {
		for i := range out {
			if out[i].Name == f.Name {
				out[i].Value = f.Value
				continue next
			}
		}
		out = append(out, f)
	}
	return out
}

func (q *queue) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.changes)
}

// run writes until the queue is closed.
func (q *queue) run() {
	defer close(q.done)
	for range q.kick {
		time.Sleep(flushAfter)
		for wait := flushAfter; q.waiting() > 0; {
			if q.flush() {
				wait = flushAfter
				continue
			}
			q.mu.Lock()
			closed := q.closed
			q.mu.Unlock()
			if closed {
				return
			}
			time.Sleep(wait)
			wait = min(2*wait, slowest)
		}
	}
}

// flush writes a batch; what cannot be written waits again, behind what came meanwhile
// for the same row.
func (q *queue) flush() bool {
	q.mu.Lock()
	keys := q.order[:min(batch, len(q.order))]
	q.order = q.order[len(keys):]
	byEngine := map[*engine][]*change{}
	for _, k := range keys {
		c := q.changes[k]
		delete(q.changes, k)
		if f, err := q.t.family(c.family); err == nil {
			byEngine[f.engine] = append(byEngine[f.engine], c)
		}
	}
	q.mu.Unlock()
	ok := true
	for e, list := range byEngine {
		if err := q.write(e, list); err != nil {
			ok = false
			q.again(list)
		}
	}
	return ok
}

// again puts changes back that could not be written.
func (q *queue) again(list []*change) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, c := range list {
		key := strings.ToLower(c.family) + "\x00" + c.where.Field + "\x00" + c.where.Value
		if later := q.changes[key]; later != nil {
			later.set = merge(c.set, later.set)
			continue
		}
		q.changes[key] = c
		q.order = append(q.order, key)
	}
}

// write sets all rows in one transaction. A statement that the database refuses for
// itself is told of and given up: it would be refused for ever.
func (q *queue) write(e *engine, list []*change) error {
	if e.resting() {
		return ErrDown
	}
	for range 2 {
		err := q.transact(e, list)
		if err == nil || Unreachable(err) {
			e.judge(err)
			return err
		}
		e.judge(err) // the columns are read anew for the second try
	}
	for _, c := range list { // one by one, so that a bad one takes no other with it
		if err := q.transact(e, []*change{c}); err != nil {
			if e.judge(err); Unreachable(err) {
				return err
			}
			q.t.report(fmt.Sprintf("A change of '%s' in '%s' is lost: %v", c.where.Value, c.family, err), true)
		}
	}
	return nil
}

func (q *queue) transact(e *engine, list []*change) error {
	type statement struct {
		text string
		args []any
	}
	var all []statement // written before the transaction, which may have the only connection
	for _, c := range list {
		f, err := q.t.family(c.family)
		if err != nil {
			return err
		}
		text, args, err := f.update([]Condition{c.where}, c.set)
		if err != nil {
			return err
		}
		if text != "" {
			all = append(all, statement{text, args})
		}
	}
	ctx, cancel := timeLimit()
	defer cancel()
	tx, err := e.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, s := range all {
		if _, err := tx.ExecContext(ctx, s.text, s.args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// close stops taking writes and waits a moment for those that are left.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	running := q.running
	if running {
		close(q.kick)
	}
	q.mu.Unlock()
	if running {
		select {
		case <-q.done:
		case <-time.After(Patience):
		}
		for q.waiting() > 0 && q.flush() {
		}
		if n := q.waiting(); n > 0 {
			q.t.report(fmt.Sprintf("%d changes could not be written to the database", n), true)
		}
	}
}
