package boot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/itchyny/timefmt-go"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/diode"
)

// logFiles are what other programs read of the log, in Asterisk's form: the channels of
// logger.conf, or without one "messages" with warnings and errors, and "security" with the
// security events. Nothing waits for them to be written.
type logFiles struct {
	conf     logConfig
	channels []logChannel
	files    []*logFile
}

// logChannel is one of them.
type logChannel struct {
	levels map[string]bool
	json   bool
	io.WriteCloser
}

// logFileLines are kept while a disk does not keep up; the oldest go first.
const logFileLines = 512

func openLogFiles(dir string, conf logConfig) (*logFiles, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	l := &logFiles{conf: conf}
	for _, c := range conf.channels {
		w, err := l.open(dir, c.name)
		if err != nil {
			l.close()
			return nil, err
		}
		l.channels = append(l.channels, logChannel{c.levels, c.json, w})
	}
	return l, nil
}

// open opens a file, or the system's log for "syslog.facility".
func (l *logFiles) open(dir, name string) (io.WriteCloser, error) {
	if w, ok, err := openSyslog(name); ok {
		return w, err
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	f, err := openLogFile(name)
	if err != nil {
		return nil, err
	}
	f.keep = l.conf.strategy
	l.files = append(l.files, f)
	return diode.NewWriter(f, logFileLines, 0, func(int) {}), nil
}

// logFile is a file that may be put aside while it is written.
type logFile struct {
	path string
	keep rotation

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

// rotate puts the file aside and begins a new one.
func (l *logFile) rotate() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.keep.aside(l.path); err != nil && !errors.Is(err, os.ErrNotExist) {
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

func (l *logFiles) close() error {
	for _, c := range l.channels {
		c.Close() // writes what is left
	}
	return nil
}

// levelWords are Asterisk's words for levels.
var levelWords = map[zerolog.Level]string{zerolog.DebugLevel: "DEBUG", zerolog.InfoLevel: "NOTICE", zerolog.WarnLevel: "WARNING", zerolog.ErrorLevel: "ERROR", zerolog.FatalLevel: "ERROR",
	zerolog.PanicLevel: "ERROR"}

// from is a hook for the logger of one source, such as "chan_sip.c".
func (l *logFiles) from(source string) zerolog.Hook {
	return zerolog.HookFunc(func(_ *zerolog.Event, level zerolog.Level, text string) {
		if word := levelWords[level]; word != "" {
			l.write(word, source, text)
		}
	})
}

// event writes a security event.
func (l *logFiles) event(text string) { l.write("SECURITY", "res_security_log.c", text) }

// write gives a line to the channels that want its level.
func (l *logFiles) write(word, source, text string) {
	var plain, asJSON []byte
	for i := range l.channels {
		c := &l.channels[i]
		switch {
		case !c.levels[word]:
		case c.json:
			if asJSON == nil {
				asJSON = l.jsonLine(word, source, text)
			}
			c.Write(asJSON)
		default:
			if plain == nil {
				plain = fmt.Appendf(nil, "[%s] %s[%d]: %s: %s\n", l.stamp(), word, os.Getpid(), source, text)
			}
			c.Write(plain)
		}
	}
}

// stamp is the time as dateformat wants it.
func (l *logFiles) stamp() string {
	if l.conf.dateFormat == "" {
		return time.Now().Format(time.DateTime)
	}
	return timefmt.Format(time.Now(), l.conf.dateFormat)
}

// jsonLine is a line in the form of Asterisk's [json] channels.
func (l *logFiles) jsonLine(word, source, text string) []byte {
	b, _ := json.Marshal(map[string]any{"hostname": l.conf.host, "timestamp": l.stamp(), "identifiers": map[string]any{"lwp": os.Getpid(), "callid": nil},
		"logmsg": map[string]any{"location": map[string]any{"filename": source, "function": nil, "line": nil}, "level": word, "message": text}})
	return append(b, '\n')
}
