package cdr

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"obelisk/internal/printable"
)

// Writer appends records to Master.csv and the accounts' own files, and other lines to
// other files. Submit never waits for the disk; what could not be written is kept and
// tried again.
type Writer struct {
	dir    string
	spool  string // where what the disk refuses is kept over a restart; "": nowhere
	spare  Spare  // likewise, allocated beforehand; nil: there is none
	report func(error)
	open   func(path string) (io.WriteCloser, error)
	retry  time.Duration
	disk   sync.Mutex // held while a file is appended to, or put aside by an Outbox

	mu      sync.Mutex // guards all below
	cfg     Config
	pending []*chunk
	lines   int // of pending
	failed  bool
	short   bool // the spare room is used up, which was reported
	dropped int
	closed  bool
	waiters []chan struct{}
	taken   map[string]func() // told that a file has new lines
	kick    chan struct{}
	done    chan struct{}
}

// Spare is room on the disk that is there even when the disk is full.
type Spare interface {
	Append(record []byte) error
	Rewrite(list [][]byte) error
	Each(func(record []byte)) error
	Sync() error
	Close() error
}

// chunk is what waits for one file.
type chunk struct {
	path  string
	text  []byte
	lines int
	saved int // bytes of text, from its beginning, that are in the spare room
}

// maxPending bounds the lines kept while the disk refuses.
const maxPending = 100_000

// NewWriter writes below dir (astlogdir/cdr-csv), and what it refuses at the end into spool
// (astspooldir/cdr), from where the next one takes it. report is told when writing begins to
// fail and when it works again.
func NewWriter(dir, spool string, cfg Config, report func(error)) *Writer {
	w := &Writer{dir: dir, spool: spool, report: report, cfg: cfg, retry: 5 * time.Second, taken: map[string]func(){},
		kick: make(chan struct{}, 1), done: make(chan struct{})}
	w.open = func(path string) (io.WriteCloser, error) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	}
	return w
}

// SetSpare gives it room for what the disk refuses; before Start.
func (w *Writer) SetSpare(s Spare) { w.spare = s }

// Start begins writing.
func (w *Writer) Start() {
	w.recall()
	go w.run()
	if w.spool != "" {
		go w.takeBack()
	}
}

// SetConfig applies a reloaded cdr.conf.
func (w *Writer) SetConfig(c Config) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cfg = c
}

// SetDebug has each record be told in the log, or not, until cdr.conf is read anew.
func (w *Writer) SetDebug(on bool) (was bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	was, w.cfg.Debug = w.cfg.Debug, on
	return was
}

// Config is the one in force.
func (w *Writer) Config() Config {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cfg
}

// Waiting is how many lines are not on disk yet.
func (w *Writer) Waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lines
}

// Submit queues a record; false when none is to be made of it.
func (w *Writer) Submit(r Record) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.cfg.Enable || w.closed {
		return false
	}
	if r.DstChannel == "" && !w.cfg.Unanswered && r.unanswered() {
		return false
	}
	text := w.cfg.Line(&r)
	w.queue(filepath.Join(w.dir, "Master.csv"), text)
	if w.cfg.AccountLogs && r.AccountCode != "" && !strings.ContainsAny(r.AccountCode, "/") && r.AccountCode[0] != '.' {
		w.queue(filepath.Join(w.dir, printable.Name(r.AccountCode)+".csv"), text)
	}
	return true
}

// SubmitLine queues a line for a file in a folder beside cdr-csv: cdr-custom, cel-custom.
// Whatever it holds, it is one.
func (w *Writer) SubmitLine(folder, file, text string) {
	w.submit(filepath.Join(w.dir, "..", folder, file), printable.Line(text)+"\n")
}

func (w *Writer) submit(path, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.queue(path, text)
	}
}

// queue is called with mu held. It returns what waits for the file now.
func (w *Writer) queue(path, text string) *chunk {
	n := strings.Count(text, "\n")
	if w.lines >= maxPending {
		w.dropped += n
		return &chunk{}
	}
	w.lines += n
	w.wake()
	for _, c := range w.pending {
		if c.path == path {
			c.text, c.lines = append(c.text, text...), c.lines+n
			return c
		}
	}
	c := &chunk{path: path, text: []byte(text), lines: n}
	w.pending = append(w.pending, c)
	return c
}

func (w *Writer) wake() {
	select {
	case w.kick <- struct{}{}:
	default:
	}
}

// Sync waits until what was submitted before is written. It waits no longer than limit,
// and not at all while the disk refuses.
func (w *Writer) Sync(limit time.Duration) {
	w.mu.Lock()
	if w.failed || w.closed {
		w.mu.Unlock()
		return
	}
	done := make(chan struct{})
	w.waiters = append(w.waiters, done)
	w.wake()
	w.mu.Unlock()
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}

func (w *Writer) run() {
	defer close(w.done)
	for range w.kick {
		for !w.flush() {
			w.mu.Lock()
			closed := w.closed
			w.mu.Unlock()
			if closed {
				return
			}
			time.Sleep(w.retry)
		}
	}
}

// flush writes what waits, file by file, and stops at the first failure.
func (w *Writer) flush() bool {
	for {
		w.mu.Lock()
		list, waiters := w.pending, w.waiters
		w.pending, w.waiters = nil, nil
		recovered, dropped := w.failed && len(list) == 0, w.dropped
		if recovered {
			w.failed, w.dropped = false, 0
		}
		w.mu.Unlock()
		if recovered {
			w.forgetSaved()
			w.report(fmt.Errorf("call records are written again; %d were lost", dropped))
		}
		for i, c := range list {
			if err := w.append(c); err != nil {
				if first, lines := w.putBack(list[i:]); first {
					w.report(fmt.Errorf("call records cannot be written to %s, %d kept in memory: %w", c.path, lines, err))
				}
				w.save()
				release(waiters)
				return false
			}
			w.wrote(c)
		}
		release(waiters)
		if len(list) == 0 {
			return true
		}
	}
}

func release(waiters []chan struct{}) {
	for _, done := range waiters {
		close(done)
	}
}

func (w *Writer) wrote(c *chunk) {
	w.mu.Lock()
	w.lines -= c.lines
	tell := w.taken[c.path]
	w.mu.Unlock()
	if tell != nil {
		tell()
	}
}

// putBack keeps what could not be written, before what came meanwhile. It says whether this
// is the first failure, and how many lines wait.
func (w *Writer) putBack(list []*chunk) (first bool, lines int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	later := w.pending
	w.pending = list
next:
	for _, c := range later {
		for _, old := range w.pending {
			if old.path == c.path {
				old.text, old.lines = append(old.text, c.text...), old.lines+c.lines
				continue next
			}
		}
		w.pending = append(w.pending, c)
	}
	first, w.failed = !w.failed, true
	return first, w.lines
}

// append writes a chunk. Of one that was written in part the rest is left, so that what is
// tried again goes on where the disk stopped.
func (w *Writer) append(c *chunk) error {
	w.disk.Lock()
	defer w.disk.Unlock()
	f, err := w.open(c.path)
	if err != nil {
		return err
	}
	n, err := f.Write(c.text)
	c.text, c.saved = c.text[n:], max(c.saved-n, 0)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// Close writes what is queued and ends. What the disk refuses is in the spare room, or goes
// into the spool; what finds no place there either is reported and lost.
func (w *Writer) Close() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	close(w.kick)
	w.mu.Unlock()
	<-w.done
	if w.flush() {
		return
	}
	list, lines := w.unsaved()
	if w.spare != nil {
		w.spare.Sync()
		defer w.spare.Close()
		if lines < w.Waiting() {
			w.report(fmt.Errorf("%d call records wait for the next start in the reserve on disk", w.Waiting()-lines))
		}
	}
	if lines == 0 {
		return
	}
	if err := w.putAway(list, lines); err != nil {
		w.report(fmt.Errorf("%d call records are lost: %w", lines, err))
	}
}

// leftName is the file in the spool of what the last process could not write.
const leftName = "unwritten.json"

// left is that: a text for the end of each file.
type left struct{ Path, Text string }

// putAway writes what waits into the spool.
func (w *Writer) putAway(list []left, lines int) error {
	if w.spool == "" {
		return errors.New("there is no spool")
	}
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(w.spool, 0o755); err != nil {
		return err
	}
	path := filepath.Join(w.spool, leftName)
	if err := os.WriteFile(path, b, 0o640); err != nil {
		return err
	}
	w.report(fmt.Errorf("%d call records wait for the next start in %s", lines, path))
	return nil
}

// takeBack queues what the last process could not write.
func (w *Writer) takeBack() {
	path := filepath.Join(w.spool, leftName)
	b, err := os.ReadFile(path)
	if err != nil {
		return
	}
	var list []left
	if err := json.Unmarshal(b, &list); err != nil {
		w.report(fmt.Errorf("%s cannot be read and is left alone: %w", path, err))
		return
	}
	for _, l := range list {
		w.submit(l.Path, l.Text)
	}
	w.Sync(time.Minute)
	if w.Waiting() == 0 { // else they are read again; rather twice than lost
		os.Remove(path)
	}
}
