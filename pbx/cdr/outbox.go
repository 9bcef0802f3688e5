package cdr

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Entry is a record as a database gets it.
type Entry struct {
	Record
	Vars   [][2]string `json:",omitempty"` // CDR(name) of names that are no field
	Values []string    `json:",omitempty"` // texts of the user's own, one for each column
}

// Sink is a database that takes records.
type Sink interface {
	Name() string
	// Write takes all entries or none. An error that is ErrAway asks to try again later, and leaves it open whether they were
	// taken where note was called; any other means that they are refused. note gets the name of the transaction before it takes
	// effect, "" where it can have none; where it fails nothing is taken.
	Write(list []Entry, note func(tx string) error) error
	// Taken says whether the transaction of that name took effect. Of the last one it is sure.
	Taken(tx string) (bool, error)
	Close() error
}

// ErrAway says that a database cannot be reached.
var ErrAway = errors.New("the database cannot be reached")

// Outbox keeps records in a file until a database has taken them: each once, also where the process is killed or the answer
// of the database is lost, as far as the database can tell of a transaction what became of it; else rather twice than never.
type Outbox struct {
	w          *Writer
	path       string // records that wait; path.sending: those that are being given over; path.sent: how far that has come (mark)
	sink       Sink
	report     func(error)
	retry      time.Duration
	away       atomic.Bool
	wrote      atomic.Uint64
	kick, done chan struct{}
	stop       chan struct{}
	once       sync.Once
	rename     func(from, to string) error
	remove     func(path string) error
}

// mark is how far a file is given over.
type mark struct {
	sent int    // lines
	tx   string // "": none; a transaction of which it is not known whether it took effect
	of   int    // lines that it has
}

// batch is how many entries are written in one transaction.
const batch = 500

// NewOutbox makes one that keeps records in the file path.
func NewOutbox(w *Writer, path string, sink Sink, report func(error)) *Outbox {
	o := &Outbox{w: w, path: path, sink: sink, report: report, retry: 5 * time.Second, kick: make(chan struct{}, 1),
		done: make(chan struct{}), stop: make(chan struct{}), rename: os.Rename, remove: os.Remove}
	return o
}

// Start begins to give records to the sink, those first that an earlier process left.
func (o *Outbox) Start() {
	o.w.mu.Lock()
	o.w.taken[o.path] = o.wake
	o.w.mu.Unlock()
	o.wake()
	go o.run()
}

// Put adds a record.
func (o *Outbox) Put(e Entry) {
	text, err := json.Marshal(e)
	if err != nil {
		o.report(fmt.Errorf("a call record cannot be written down: %w", err))
		return
	}
	o.w.submit(o.path, string(text)+"\n")
}

// Name is the sink's.
func (o *Outbox) Name() string { return o.sink.Name() }

// Wrote counts the records that the database took.
func (o *Outbox) Wrote() uint64 { return o.wrote.Load() }

// Away says whether the database could not be reached the last time.
func (o *Outbox) Away() bool { return o.away.Load() }

func (o *Outbox) wake() {
	select {
	case o.kick <- struct{}{}:
	default:
	}
}

// Close gives over what is in the file, if the database answers, and ends. The rest stays
// there.
func (o *Outbox) Close() error {
	o.once.Do(func() {
		o.w.mu.Lock()
		delete(o.w.taken, o.path)
		o.w.mu.Unlock()
		close(o.stop)
	})
	<-o.done
	return o.sink.Close()
}

func (o *Outbox) run() {
	defer close(o.done)
	for {
		next, again := o.kick, (<-chan time.Time)(nil)
		if !o.drain() { // new records do not make it come back sooner
			next, again = nil, time.After(o.retry)
		}
		select {
		case <-next:
		case <-again:
		case <-o.stop:
			if !o.Away() {
				o.drain()
			}
			return
		}
	}
}

// drain gives over all that waits; false when some of it has to be tried again.
func (o *Outbox) drain() bool {
	for {
		err := o.send()
		if os.IsNotExist(err) {
			if err = o.putAside(); os.IsNotExist(err) {
				return true
			}
		}
		if err != nil {
			if !o.away.Swap(true) {
				o.report(fmt.Errorf("call records for %s wait in %s: %w", o.sink.Name(), o.path, err))
			}
			return false
		}
		if o.away.Swap(false) {
			o.report(fmt.Errorf("%s takes call records again", o.sink.Name()))
		}
	}
}

// putAside makes the records that wait those that are sent.
func (o *Outbox) putAside() error {
	if err := o.remove(o.path + ".sent"); err != nil && !os.IsNotExist(err) { // of the file before
		return err
	}
	o.w.disk.Lock()
	defer o.w.disk.Unlock()
	return o.rename(o.path, o.path+".sending")
}

// send gives over the file that was put aside, and goes on where an earlier try ended.
func (o *Outbox) send() error {
	f, err := os.Open(o.path + ".sending")
	if err != nil {
		return err
	}
	defer f.Close()
	m, err := o.marked()
	if err != nil {
		return err
	}
	r := bufio.NewReader(f)
	if _, err := readLines(r, m.sent); err != nil {
		return err
	}
	for {
		lines, err := readLines(r, batch)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			break
		}
		if err := o.write(&m, lines); err != nil {
			return err
		}
	}
	if err := o.remove(f.Name()); err != nil {
		return err
	}
	_ = o.remove(o.path + ".sent") // else the next file has it removed
	return nil
}

// marked reads how far the file is given over, and asks the database what became of a transaction that was not seen to end.
func (o *Outbox) marked() (m mark, err error) {
	b, err := os.ReadFile(o.path + ".sent")
	if os.IsNotExist(err) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	_, _ = fmt.Sscan(string(b), &m.sent, &m.of, &m.tx) // what is not there stays 0
	if m.tx == "" {
		return m, nil
	}
	taken, err := o.sink.Taken(m.tx)
	if err != nil {
		return m, err
	}
	if taken {
		o.wrote.Add(uint64(m.of))
		m.sent += m.of
	}
	m.tx, m.of = "", 0
	return m, o.put(&m)
}

// put writes down how far the file is given over: all of it or, where the process is killed, nothing.
func (o *Outbox) put(m *mark) error {
	path := o.path + ".sent"
	text := strconv.Itoa(m.sent)
	if m.tx != "" {
		text = fmt.Sprint(m.sent, m.of, " ", m.tx)
	}
	if err := os.WriteFile(path+".new", []byte(text), 0o644); err != nil {
		return err
	}
	return o.rename(path+".new", path)
}

// readLines reads so many lines, or those that are left.
func readLines(r *bufio.Reader, n int) (out [][]byte, err error) {
	for range n {
		l, err := r.ReadBytes('\n')
		if len(l) > 0 {
			out = append(out, bytes.TrimSuffix(l, []byte("\n")))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// write gives over some lines. Those that the database refuses are tried one by one, so
// that a bad one takes no other with it, and put into a file of their own.
func (o *Outbox) write(m *mark, lines [][]byte) error {
	entries := make([]Entry, len(lines))
	var bad error
	for i, l := range lines {
		if bad = json.Unmarshal(l, &entries[i]); bad != nil {
			break
		}
	}
	if bad == nil {
		bad = o.give(m, entries)
	}
	switch {
	case bad == nil || errors.Is(bad, ErrAway):
		return bad
	case len(lines) == 1:
		o.refused(lines[0], bad)
		m.sent++
		return o.put(m)
	}
	for i := range lines {
		if err := o.write(m, lines[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// give gives entries over in one transaction.
func (o *Outbox) give(m *mark, entries []Entry) error {
	noted := func(tx string) error {
		at := mark{m.sent, tx, len(entries)}
		if err := o.put(&at); err != nil {
			return fmt.Errorf("%w: %w", ErrAway, err)
		}
		return nil
	}
	if err := o.sink.Write(entries, noted); err != nil {
		return err
	}
	o.wrote.Add(uint64(len(entries)))
	m.sent += len(entries)
	if err := o.put(m); err != nil {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return nil
}

func (o *Outbox) refused(line []byte, err error) {
	o.report(fmt.Errorf("%s refuses a call record, which is kept in %s.refused: %w", o.sink.Name(), o.path, err))
	o.w.submit(o.path+".refused", string(line)+"\n")
}
