package agi

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// mostLine is how many octets a command may have. What is longer is not carried out, and
// passed over to its end.
const mostLine = 8192

// patience is how long a program may take to read what it is told.
const patience = 2 * time.Second

// errHasEnded is a wire that was closed from this side.
var errHasEnded = errors.New("the session has ended")

// pipe is a way for octets, with deadlines: a connection, or a pipe of the system.
type pipe interface {
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
	io.Closer
}

type reader interface {
	io.Reader
	pipe
}

type writer interface {
	io.Writer
	pipe
}

// wire is the way to a program and back. A goroutine reads one command ahead: what is being
// done may have to end for it.
type wire struct {
	in   reader
	out  writer
	came chan struct{} // one for each line, and one for the end; whoever takes it takes the line
	line chan said
	over chan struct{} // closed when no line is wanted any more
	once sync.Once
}

// said is a line, or the end.
type said struct {
	text string
	long bool  // it is longer than it may be
	err  error // io.EOF at the end
}

// run reads until the end.
func (w *wire) run() {
	in := bufio.NewReaderSize(w.in, mostLine)
	for {
		l := w.next(in)
		select {
		case w.line <- l:
		case <-w.over:
			return
		}
		select {
		case w.came <- struct{}{}:
		case <-w.over:
			return
		}
		if l.err != nil {
			return
		}
	}
}

// next reads a line. A last one that has no end counts.
func (w *wire) next(in *bufio.Reader) (l said) {
	b, err := in.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		l.long = true
		_, err = in.ReadSlice('\n')
	}
	if err != nil && (!errors.Is(err, io.EOF) || !l.long && len(b) == 0) {
		return said{err: err}
	}
	if !l.long {
		l.text = string(bytes.TrimSuffix(b, []byte("\n")))
	}
	return l
}

// newWire makes one of two directions, which may be the same.
func newWire(in reader, out writer) *wire {
	w := &wire{in: in, out: out, came: make(chan struct{}, 1), line: make(chan said, 1), over: make(chan struct{})}
	go w.run()
	return w
}

// take is the line that has come: only after came has said so.
func (w *wire) take() said {
	select {
	case l := <-w.line:
		return l
	default:
		return said{err: errHasEnded}
	}
}

// write tells the program something; it may block for as long as the patience lasts.
func (w *wire) write(text string) error {
	w.out.SetWriteDeadline(time.Now().Add(patience))
	_, err := io.WriteString(w.out, text)
	return err
}

// limit ends the wire's reading when nothing has come until then; the zero time lifts it.
func (w *wire) limit(at time.Time) { w.in.SetReadDeadline(at) }

// silent says whether it was a limit that has ended it.
func silent(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// close ends it. It may be called by anybody, and again.
func (w *wire) close() {
	w.once.Do(func() {
		close(w.over)
		w.out.Close()
		w.in.Close()
	})
}
