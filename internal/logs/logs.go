// Package logs tells what happens in the form of Asterisk's log: to the files and the
// system log that logger.conf names, and to the consoles that listen.
package logs

import (
	"cmp"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/internal/trace"

	"github.com/rs/zerolog"
)

// Logs are all that listens. Nobody who tells something waits for it.
type Logs struct {
	dir  string
	root int          // the level of verbosity that the process was started with
	want atomic.Int32 // the highest level that anybody listens to

	informed atomic.Bool

	mu       sync.RWMutex // guards all below
	conf     Config
	sinks    []sink
	consoles []*Console
}

// sink is a file or the system's log.
type sink struct {
	channelConfig
	io.WriteCloser
	file  *file // nil: the system's log
	added bool  // in operation, not by logger.conf
}

// Open opens what logger.conf names, files below dir. With an error there are none, and
// consoles only can listen.
func Open(dir string, conf Config, root int) (*Logs, error) {
	l := &Logs{dir: dir, root: root, conf: conf}
	return l, l.Apply(conf)
}

// Apply puts a logger.conf in force. On an error that before stays.
func (l *Logs) Apply(conf Config) (err error) {
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return err
	}
	var list []sink
	for _, c := range conf.channels {
		w, f, err := openSink(l.dir, c.name, conf.strategy)
		if err != nil {
			closeAll(list)
			return err
		}
		if c.verbose == asRoot {
			c.verbose = l.root
		}
		list = append(list, sink{c, w, f, false})
	}
	l.mu.Lock()
	old := l.sinks
	l.conf, l.sinks = conf, list
	l.reckon()
	l.mu.Unlock()
	closeAll(old)
	return nil
}

func closeAll(list []sink) {
	for _, s := range list {
		s.Close() // writes what is left
	}
}

// reckon notes up to which level there is somebody who listens; mu is held.
func (l *Logs) reckon() {
	most := 0
	for _, s := range l.sinks {
		if s.levels["VERBOSE"] {
			most = max(most, s.verbose)
		}
	}
	for _, c := range l.consoles {
		if c.takes("VERBOSE") {
			most = max(most, int(c.verbose.Load()))
		}
	}
	l.want.Store(int32(most))
	l.informed.Store(l.conf.written && (l.conf.console["SECURITY"] ||
		slices.ContainsFunc(l.consoles, func(c *Console) bool { return c.levels["SECURITY"] }) ||
		slices.ContainsFunc(l.sinks, func(s sink) bool { return s.levels["SECURITY"] })))
}

// Wants says whether anybody listens to messages of a level of verbosity.
func (l *Logs) Wants(level int) bool { return level <= int(l.want.Load()) }

// Say tells what a call does, to those whose verbosity is at least the level: 1 to 4 as
// Asterisk uses them, 0 for all. call is "C-00000001", or "".
func (l *Logs) Say(level int, call, source, text string) {
	if l.Wants(level) {
		l.tell(&Line{When: time.Now(), Level: "VERBOSE", Verbose: level, Call: call, Source: source, Text: text})
	}
}

// Security tells a security event.
func (l *Logs) Security(text string) {
	l.tell(&Line{When: time.Now(), Level: "SECURITY", Source: "res_security_log.c", Text: text})
}

// Own tells a text of one of custom_levels; false: there is no such level.
func (l *Logs) Own(level, call, source, text string) bool {
	for _, name := range l.OwnLevels() {
		if strings.EqualFold(name, level) {
			l.tell(&Line{When: time.Now(), Level: name, Call: call, Source: source, Text: text})
			return true
		}
	}
	return false
}

// OwnLevels are custom_levels.
func (l *Logs) OwnLevels() []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.conf.own
}

// Keys tells of a key that came in.
func (l *Logs) Keys(call, text string) {
	l.tell(&Line{When: time.Now(), Level: "DTMF", Call: call, Source: "channel.c", Text: text})
}

// Informed says whether security events are wanted that are no reason for concern: where
// logger.conf asks for the level.
func (l *Logs) Informed() bool { return l.informed.Load() }

// levelWords are Asterisk's words for levels.
var levelWords = map[zerolog.Level]string{zerolog.DebugLevel: "DEBUG", zerolog.InfoLevel: "NOTICE", zerolog.WarnLevel: "WARNING",
	zerolog.ErrorLevel: "ERROR", zerolog.FatalLevel: "ERROR",
	zerolog.PanicLevel: "ERROR"}

// Hook has what a logger says told, as from a source such as "chan_sip.c". The call is that
// of the event's context.
func (l *Logs) Hook(source string) zerolog.Hook {
	return zerolog.HookFunc(func(e *zerolog.Event, level zerolog.Level, text string) {
		word := levelWords[level]
		if word == "" {
			return
		}
		call := trace.IDOf(e.GetCtx())
		if call != "" {
			e.Str("call", call)
		}
		l.tell(&Line{When: time.Now(), Level: word, Source: cmp.Or(trace.SourceOf(e.GetCtx()), source), Call: call, Text: text})
	})
}

// tell gives a line to all who want its level.
func (l *Logs) tell(line *Line) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	line.dates = l.conf.dateFormat
	if !l.conf.callIDs {
		line.Call = ""
	}
	var plain, json []byte
	for i := range l.sinks {
		s := &l.sinks[i]
		switch {
		case !s.levels[line.Level] || line.Verbose > s.verbose && line.Level == "VERBOSE":
		case s.json:
			if json == nil {
				json = line.json(&l.conf)
			}
			s.Write(json)
		default:
			if plain == nil {
				plain = line.plain()
			}
			s.Write(plain)
		}
	}
	for _, c := range l.consoles {
		if c.takes(line.Level) && !c.muted.Load() && (line.Level != "VERBOSE" || line.Verbose <= int(c.verbose.Load())) {
			c.show(line)
		}
	}
}

// Console is one that listens.
type Console struct {
	logs    *Logs
	own     bool // it takes verbose messages whatever logger.conf says of consoles, and nothing else
	verbose atomic.Int32
	muted   atomic.Bool
	show    func(*Line)
	levels  map[string]bool // other than logger.conf says; under the mutex of logs
}

// takes says whether it is shown a level; the mutex of logs is held.
func (c *Console) takes(level string) bool {
	if on, said := c.levels[level]; said {
		return on
	}
	return c.own || c.logs.conf.console[level]
}

// SetLevel has this console shown a level (DEBUG, NOTICE, WARNING, ERROR, VERBOSE, SECURITY)
// or not, whatever logger.conf says.
func (c *Console) SetLevel(level string, on bool) {
	c.logs.mu.Lock()
	defer c.logs.mu.Unlock()
	if c.levels == nil {
		c.levels = map[string]bool{}
	}
	c.levels[level] = on
	c.logs.reckon()
}

// Listen has a console shown what logger.conf wants consoles to see, messages about calls
// up to a level of verbosity. show must not wait.
func (l *Logs) Listen(verbose int, show func(*Line)) *Console {
	return l.add(&Console{logs: l, show: show}, verbose)
}

// ListenVerbose has messages about calls shown, and no others.
func (l *Logs) ListenVerbose(verbose int, show func(*Line)) *Console {
	return l.add(&Console{logs: l, own: true, show: func(line *Line) {
		if line.Level == "VERBOSE" {
			show(line)
		}
	}}, verbose)
}

func (l *Logs) add(c *Console, verbose int) *Console {
	c.verbose.Store(int32(verbose))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.consoles = append(l.consoles, c)
	l.reckon()
	return c
}

// SetVerbose changes the level of verbosity and returns what it was.
func (c *Console) SetVerbose(level int) (was int) {
	was = int(c.verbose.Swap(int32(level)))
	c.logs.mu.Lock()
	defer c.logs.mu.Unlock()
	c.logs.reckon()
	return was
}

// Verbose is the level of verbosity.
func (c *Console) Verbose() int { return int(c.verbose.Load()) }

// Mute switches between telling it nothing and everything; it returns whether it is muted.
func (c *Console) Mute() bool {
	for {
		old := c.muted.Load()
		if c.muted.CompareAndSwap(old, !old) {
			return !old
		}
	}
}

// Close ends the listening.
func (c *Console) Close() {
	c.logs.mu.Lock()
	defer c.logs.mu.Unlock()
	c.logs.consoles = slices.DeleteFunc(c.logs.consoles, func(o *Console) bool { return o == c })
	c.logs.reckon()
}

// Rotate puts all files aside ("logger rotate").
func (l *Logs) Rotate() (err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, s := range l.sinks {
		if s.file != nil {
			err = errors.Join(err, s.file.rotate())
		}
	}
	if l.conf.queue != "" {
		if e := l.conf.strategy.aside(filepath.Join(l.dir, l.conf.queue)); !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// QueueFile is the name of the file of what queues do, "" for none.
func (l *Logs) QueueFile() string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.conf.queue
}

// Close writes what is left.
func (l *Logs) Close() error {
	l.mu.Lock()
	list := l.sinks
	l.sinks = nil
	l.mu.Unlock()
	closeAll(list)
	return nil
}

// Channel describes a file, the system's log, or the consoles, which have no name.
type Channel struct {
	Name, Type, Format string
	Levels             string // words with a blank behind each
}

// Channels lists them, the last of logger.conf first ("logger show channels").
func (l *Logs) Channels() (out []Channel) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for i, s := range l.sinks {
		if i == l.conf.before && l.conf.console != nil {
			out = append(out, l.consoleChannel())
		}
		c := Channel{Name: s.name, Type: "Syslog", Format: "default"}
		if s.file != nil {
			c.Name, c.Type = s.file.path, "File"
		}
		if s.json {
			c.Format = "json"
		}
		c.Levels = l.conf.listed(s.levels)
		out = append(out, c)
	}
	if l.conf.before >= len(l.sinks) && l.conf.console != nil {
		out = append(out, l.consoleChannel())
	}
	slices.Reverse(out)
	return out
}

func (l *Logs) consoleChannel() Channel {
	return Channel{Type: "Console", Format: "default", Levels: l.conf.listed(l.conf.console)}
}

// listed are levels with a blank behind each, in Asterisk's order.
func (c *Config) listed(on levels) (text string) {
	for _, w := range append([]string{"DEBUG", "NOTICE", "WARNING", "ERROR", "VERBOSE", "DTMF", "SECURITY", "FAX"}, c.own...) {
		if on[w] {
			text += w + " "
		}
	}
	return text
}
