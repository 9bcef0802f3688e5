package logs

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/rs/zerolog/diode"
)

// openSink opens a file, or the system's log for "syslog.facility". Nothing waits for what
// is written there; file is nil for the system's log.
func openSink(dir, name string, keep rotation) (w io.WriteCloser, f *file, err error) {
	if w, ok, err := openSyslog(name); ok {
		return w, nil, err
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	f = &file{path: name, keep: keep}
	if f.f, err = f.open(); err != nil {
		return nil, nil, err
	}
	return diode.NewWriter(f, fileLines, 0, func(int) {}), f, nil
}

// fileLines are kept while a disk does not keep up; the oldest go first.
const fileLines = 512

// file is one that may be put aside while it is written.
type file struct {
	path string
	keep rotation

	mu sync.Mutex // guards f
	f  *os.File
}

func (l *file) open() (*os.File, error) {
	return os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
}

// Write implements io.Writer.
func (l *file) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Write(b)
}

// Close implements io.Closer.
func (l *file) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Close()
}

// rotate puts the file aside and begins a new one.
func (l *file) rotate() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.keep.aside(l.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := l.open()
	if err != nil {
		return err
	}
	l.f.Close()
	l.f = f
	return nil
}
