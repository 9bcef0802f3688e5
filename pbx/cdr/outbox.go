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
	// Write takes all entries or none. An error that is ErrAway asks to try again later;
	// any other means that they are refused.
	Write([]Entry) error
	Close() error
}

// ErrAway says that a database cannot be reached.
var ErrAway = errors.New("the database cannot be reached")

// Outbox keeps records in a file until a database has taken them. A record may get there
// twice when the process is killed in between; it is never lost.
type Outbox struct {
	w          *Writer
	path       string // records that wait; path.sending: those that are being given over
	sink       Sink
	report     func(error)
	retry      time.Duration
	away       atomic.Bool
	wrote      atomic.Uint64
	kick, done chan struct{}
	stop       chan struct{}
	once       sync.Once
}

// batch is how many entries are written in one transaction.
const batch = 500

// NewOutbox makes one that keeps records in the file path.
func NewOutbox(w *Writer, path string, sink Sink, report func(error)) *Outbox {
	o := &Outbox{w: w, path: path, sink: sink, report: report, retry: 5 * time.Second, kick: make(chan struct{}, 1),
		done: make(chan struct{}), stop: make(chan struct{})}
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
	o.w.disk.Lock()
	defer o.w.disk.Unlock()
	return os.Rename(o.path, o.path+".sending")
}

// send gives over the file that was put aside, and goes on where an earlier try ended.
func (o *Outbox) send() error {
	f, err := os.Open(o.path + ".sending")
	if err != nil {
		return err
	}
	defer f.Close()
	sent, n := o.path+".sent", 0
	if b, err := os.ReadFile(sent); err == nil {
		n, _ = strconv.Atoi(string(b))
	}
	r := bufio.NewReader(f)
	if _, err := readLines(r, n); err != nil {
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
		if err := o.write(lines); err != nil {
			return err
		}
		n += len(lines)
		if err := os.WriteFile(sent, []byte(strconv.Itoa(n)), 0o644); err != nil {
			return err
		}
	}
	os.Remove(sent) // first: of a file that is sent twice nothing is lost
	return os.Remove(f.Name())
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
func (o *Outbox) write(lines [][]byte) error {
	var entries []Entry
	var of [][]byte
	for _, l := range lines {
		var e Entry
		if err := json.Unmarshal(l, &e); err != nil {
			o.refused(l, err)
			continue
		}
		entries, of = append(entries, e), append(of, l)
	}
	if len(entries) == 0 {
		return nil
	}
	err := o.sink.Write(entries)
	if err == nil {
		o.wrote.Add(uint64(len(entries)))
		return nil
	}
	if errors.Is(err, ErrAway) {
		return err
	}
	for i, e := range entries {
		switch err := o.sink.Write([]Entry{e}); {
		case err == nil:
			o.wrote.Add(1)
		case errors.Is(err, ErrAway):
			return err
		default:
			o.refused(of[i], err)
		}
	}
	return nil
}

func (o *Outbox) refused(line []byte, err error) {
	o.report(fmt.Errorf("%s refuses a call record, which is kept in %s.refused: %w", o.sink.Name(), o.path, err))
	o.w.submit(o.path+".refused", string(line)+"\n")
}
