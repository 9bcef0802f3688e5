package mail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Bounds of the queue: callers fill it while no mail can be delivered.
const (
	mostLetters = 2000
	mostBytes   = 512 << 20
	atOnce      = 4 // deliveries at a time
)

// Times of the queue.
const (
	deliveryTime = time.Minute // that one attempt may take
	firstPause   = 30 * time.Second
	longestPause = time.Hour
)

// Envelope is what is known of a letter in the queue.
type Envelope struct {
	What  string    // for people: "voicemail of 100@default"
	Line  string    // letters of one line are delivered one after the other
	From  string    // address
	To    []string  // addresses
	Until time.Time // when it is given up
}

// Deliver hands a letter over, within the time of the context.
type Deliver func(Envelope, []byte) error

// Queue is the letters that are to be delivered, one file each.
type Queue struct {
	dir     string
	log     zerolog.Logger
	deliver func() Deliver
	now     func() time.Time

	mu      sync.Mutex
	waiting map[string]*entry // by file
	bytes   int64
	busy    int // deliveries under way
	closed  bool
	wake    chan struct{}
	done    chan struct{}
}

// entry is one letter.
type entry struct {
	file     string
	envelope Envelope
	size     int64
	tries    int
	due      time.Time
	working  bool
	last     error
	told     []func(error)
}

// ErrFull is a queue that takes no more.
var ErrFull = errors.New("too many mails wait to be delivered")

// Open reads the queue of a folder, which is made when it is needed, and begins to deliver what is
// there. deliver gives the way that is in force.
func Open(dir string, log zerolog.Logger, deliver func() Deliver) *Queue {
	q := &Queue{dir: dir, log: log, deliver: deliver, now: time.Now, waiting: map[string]*entry{}}
	q.wake, q.done = make(chan struct{}, 1), make(chan struct{})
	files, _ := filepath.Glob(filepath.Join(dir, "*.mail"))
	for _, f := range files {
		if e, _, err := load(f); err == nil {
			q.waiting[f] = &entry{file: f, envelope: e, size: sizeOf(f), due: q.now()}
			q.bytes += sizeOf(f)
		} else {
			log.Warn().Msgf("voicemail: a mail in the queue cannot be read and stays there: %v", err)
		}
	}
	news, _ := filepath.Glob(filepath.Join(dir, "*.new"))
	for _, f := range news { // a crash has left it before it was in the queue
		os.Remove(f)
	}
	go q.run()
	return q
}

func sizeOf(file string) int64 {
	if stat, err := os.Stat(file); err == nil {
		return stat.Size()
	}
	return 0
}

// load reads a file of the queue: the envelope in its first line, then the letter.
func load(file string) (e Envelope, letter []byte, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return e, nil, err
	}
	head, letter, ok := bytes.Cut(data, []byte("\n"))
	if !ok {
		return e, nil, fmt.Errorf("%s is not whole", file)
	}
	return e, letter, json.Unmarshal(head, &e)
}

// Add puts a letter into the queue. told, which may be nil, hears once what has become of it: nil
// when it was handed over.
func (q *Queue) Add(e Envelope, letter []byte, told func(error)) error {
	head, err := json.Marshal(e)
	if err != nil {
		return err
	}
	data := append(append(head, '\n'), letter...)
	q.mu.Lock()
	full := len(q.waiting) >= mostLetters || q.bytes+int64(len(data)) > mostBytes
	q.mu.Unlock()
	if full {
		return ErrFull
	}
	file, err := q.write(data)
	if err != nil {
		return err
	}
	n := &entry{file: file, envelope: e, size: int64(len(data)), due: q.now()}
	if told != nil {
		n.told = append(n.told, told)
	}
	q.mu.Lock()
	q.waiting[file] = n
	q.bytes += n.size
	q.mu.Unlock()
	q.stir()
	return nil
}

// write makes a file of the queue: whole, or not there.
func (q *Queue) write(data []byte) (string, error) {
	if err := os.MkdirAll(q.dir, 0o700); err != nil {
		return "", err
	}
	name := filepath.Join(q.dir, fmt.Sprintf("%d-%08x", q.now().UnixMicro(), rand.Uint32()))
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(name + ".new")
		return "", err
	}
	return name + ".mail", os.Rename(name+".new", name+".mail")
}

func (q *Queue) stir() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run delivers what is due.
func (q *Queue) run() {
	for {
		next := q.start()
		timer := time.NewTimer(next)
		select {
		case <-q.wake:
		case <-timer.C:
		case <-q.done:
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// start begins the deliveries that are due, and says when to look again.
func (q *Queue) start() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	next := longestPause
	lines := map[string]bool{}
	for _, e := range q.waiting {
		if e.working {
			lines[e.envelope.Line] = true
		}
	}
	for _, e := range q.inOrder() {
		switch wait := e.due.Sub(q.now()); {
		case e.working || q.closed || q.busy >= atOnce || lines[e.envelope.Line]:
		case wait > 0:
			next = min(next, wait)
		default:
			e.working, lines[e.envelope.Line] = true, true
			q.busy++
			go q.try(e)
		}
	}
	return next
}

// inOrder are the letters as they came. Callers hold mu.
func (q *Queue) inOrder() (out []*entry) {
	for _, e := range q.waiting {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *entry) int { return strings.Compare(a.file, b.file) })
	return out
}

// try delivers one letter, once.
func (q *Queue) try(e *entry) {
	_, letter, err := load(e.file)
	if err == nil {
		err = q.deliver()(e.envelope, letter)
	}
	q.mu.Lock()
	e.tries++
	e.working, e.last = false, err
	q.busy--
	over := err == nil || q.now().After(e.envelope.Until)
	if over {
		delete(q.waiting, e.file)
		q.bytes -= e.size
	} else {
		e.due = q.now().Add(min(firstPause<<min(e.tries-1, 10), longestPause))
	}
	told := e.told
	q.mu.Unlock()
	q.report(e, err, over)
	if over {
		os.Remove(e.file)
		for _, f := range told {
			f(err)
		}
	}
	q.stir()
}

// report tells of an attempt.
func (q *Queue) report(e *entry, err error, over bool) {
	to := strings.Join(e.envelope.To, ", ")
	switch {
	case err == nil && e.tries == 1:
		q.log.Debug().Msgf("voicemail: %s is sent to %s", e.envelope.What, to)
	case err == nil:
		q.log.Info().Msgf("voicemail: %s is sent to %s, at attempt %d", e.envelope.What, to, e.tries)
	case over:
		q.log.Error().Msgf("voicemail: %s is not sent to %s, after %d attempts, and given up: %v", e.envelope.What, to, e.tries, err)
	default:
		next := time.Until(e.due).Round(time.Second)
		q.log.Warn().Msgf("voicemail: %s is not sent to %s yet (attempt %d, the next in %s): %v", e.envelope.What, to, e.tries, next, err)
	}
}

// Waiting is a letter as people see it.
type Waiting struct {
	Envelope
	Tries int
	Next  time.Time
	Last  string // why the last attempt has failed
}

// Waiting lists the letters that are to be delivered.
func (q *Queue) Waiting() (out []Waiting) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.waiting {
		w := Waiting{Envelope: e.envelope, Tries: e.tries, Next: e.due}
		if e.last != nil {
			w.Last = e.last.Error()
		}
		out = append(out, w)
	}
	return out
}

// Close ends it; what was not delivered is there at the next start.
func (q *Queue) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		close(q.done)
	}
}
