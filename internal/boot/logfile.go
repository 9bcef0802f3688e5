package boot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/rs/zerolog/diode"
)

// logFiles are the files of astlogdir that other programs read, in Asterisk's form:
// "messages" has warnings and errors, "security" the security events. Nothing waits
// for them to be written.
type logFiles struct {
	messages, security io.WriteCloser
	files              []*logFile
}

// logFile is a file that may be put aside while it is written.
type logFile struct {
	path string

	mu sync.Mutex // guards f
	f  *os.File
}

func openLogFile(path string) (*logFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, err
	}
	return &logFile{path: path, f: f}, nil
}

// Write implements io.Writer.
func (l *logFile) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Write(b)
}

// Close implements io.Closer.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Close()
}

// rotate puts the file aside under the next free number and begins a new one.
func (l *logFile) rotate() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, err := os.Lstat(fmt.Sprint(l.path, ".", n)); err == nil; _, err = os.Lstat(fmt.Sprint(l.path, ".", n)) {
		n++
	}
	if err := os.Rename(l.path, fmt.Sprint(l.path, ".", n)); err != nil && !os.IsNotExist(err) {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	l.f.Close()
	l.f = f
	return nil
}

// rotate puts all files aside ("logger rotate").
func (l *logFiles) rotate() (err error) {
	for _, f := range l.files {
		err = errors.Join(err, f.rotate())
	}
	return err
}

// logFileLines are kept while a disk does not keep up; the oldest go first.
const logFileLines = 512

func openLogFiles(dir string) (*logFiles, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	l := &logFiles{}
	open := func(name string) (io.WriteCloser, error) {
		f, err := openLogFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		l.files = append(l.files, f)
		return diode.NewWriter(f, logFileLines, 0, func(int) {}), nil
	}
	var err error
	if l.messages, err = open("messages"); err == nil {
		l.security, err = open("security")
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *logFiles) close() error {
	for _, w := range []io.WriteCloser{l.messages, l.security} {
		if w != nil {
			w.Close() // writes what is left
		}
	}
	return nil
}

// from is a hook for the logger of one source, such as "chan_sip.c".
func (l *logFiles) from(source string) zerolog.Hook {
	return zerolog.HookFunc(func(_ *zerolog.Event, level zerolog.Level, text string) {
		word := ""
		switch level {
		case zerolog.WarnLevel:
			word = "WARNING"
		case zerolog.ErrorLevel, zerolog.FatalLevel, zerolog.PanicLevel:
			word = "ERROR"
		default:
			return
		}
		l.messages.Write(line(word, source, text))
	})
}

// event writes a security event.
func (l *logFiles) event(text string) { l.security.Write(line("SECURITY", "res_security_log.c", text)) }

// line is what Asterisk writes with dateformat=%F %T.
func line(word, source, text string) []byte {
	return fmt.Appendf(nil, "[%s] %s[%d]: %s: %s\n", time.Now().Format(time.DateTime), word, os.Getpid(), source, text)
}
