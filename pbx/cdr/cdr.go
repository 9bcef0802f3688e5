// Package cdr is the call record and its writers.
package cdr

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/internal/config"
)

// Dispositions of a record.
const (
	NoAnswer = "NO ANSWER"
	Answered = "ANSWERED"
	Busy     = "BUSY"
	Failed   = "FAILED"

	Congestion = "CONGESTION" // with congestion=yes only
)

// Record is one call record, the fields of Asterisk's CDR.
type Record struct {
	AccountCode, Src, Dst, DContext, CLID      string
	Channel, DstChannel, LastApp, LastData     string
	Start, Answer, End                         time.Time
	Disposition, AMAFlags, UniqueID, UserField string
	LinkedID, PeerAccount                      string
	Sequence                                   int
}

// Duration is whole seconds from start to end.
func (r *Record) Duration() int { return int(r.End.Sub(r.Start) / time.Second) }

// Billsec is whole seconds from answer to end, 0 when unanswered.
func (r *Record) Billsec() int {
	if r.Answer.IsZero() {
		return 0
	}
	return int(r.End.Sub(r.Answer) / time.Second)
}

// Config is cdr.conf.
type Config struct {
	Enable       bool // default yes
	Unanswered   bool // write records without destination channel and answer
	InitiatedSec bool // a second that was begun is billed (initiatedseconds)
	UseGMTime    bool // [csv] usegmtime
	LogUniqueID  bool // [csv] loguniqueid
	LogUserField bool // [csv] loguserfield
	AccountLogs  bool // [csv] accountlogs, default yes
}

// DefaultConfig is what an absent cdr.conf means.
func DefaultConfig() Config { return Config{Enable: true, AccountLogs: true} }

// ReadConfig reads cdr.conf; f may be nil. Keys that are not there yet are
// reported.
func ReadConfig(f *config.File) (Config, []config.Diagnostic) {
	c := DefaultConfig()
	if f == nil {
		return c, nil
	}
	var diags []config.Diagnostic
	keys := map[string]*bool{"general/enable": &c.Enable, "general/unanswered": &c.Unanswered, "general/initiatedseconds": &c.InitiatedSec, "csv/usegmtime": &c.UseGMTime,
		"csv/loguniqueid": &c.LogUniqueID, "csv/loguserfield": &c.LogUserField, "csv/accountlogs": &c.AccountLogs}
	for _, name := range []string{"general", "csv"} {
		s := f.Section(name)
		if s == nil {
			continue
		}
		for _, v := range s.Vars {
			if p := keys[name+"/"+strings.ToLower(v.Name)]; p != nil {
				*p, _ = config.Bool(v.Value)
				continue
			}
			if written[strings.ToLower(v.Name)] {
				continue
			}
			diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("option '%s' of [%s] is not supported yet and has no effect", v.Name, name)})
		}
	}
	return c, diags
}

// written are options of batches: records are written at once and cost calls nothing.
var written = map[string]bool{"batch": true, "size": true, "time": true, "scheduleronly": true, "safeshutdown": true}

// ReadCustom reads cdr_custom.conf: the files below cdr-custom and what is written into
// them; f may be nil.
func ReadCustom(f *config.File) (out [][2]string) {
	if f == nil || f.Section("mappings") == nil {
		return nil
	}
	for _, v := range f.Section("mappings").Vars {
		out = append(out, [2]string{filepath.Base(v.Name), v.Value})
	}
	return out
}

// billsec is Billsec as the configuration counts.
func (c *Config) billsec(r *Record) int {
	n := r.Billsec()
	if c.InitiatedSec && !r.Answer.IsZero() && r.End.Sub(r.Answer) > time.Duration(n)*time.Second {
		n++
	}
	return n
}

// Line writes the record as a line of Master.csv.
func (c *Config) Line(r *Record) string {
	var b strings.Builder
	for _, s := range []string{r.AccountCode, r.Src, r.Dst, r.DContext, r.CLID, r.Channel, r.DstChannel, r.LastApp, r.LastData} {
		b.WriteString(quote(s))
		b.WriteByte(',')
	}
	for _, t := range []time.Time{r.Start, r.Answer, r.End} {
		if !t.IsZero() {
			if c.UseGMTime {
				t = t.UTC()
			} else {
				t = t.Local()
			}
			b.WriteString(quote(t.Format(time.DateTime)))
		}
		b.WriteByte(',')
	}
	b.WriteString(strconv.Itoa(r.Duration()) + "," + strconv.Itoa(c.billsec(r)) + "," + quote(r.Disposition) + "," + quote(r.AMAFlags))
	if c.LogUniqueID {
		b.WriteString("," + quote(r.UniqueID))
	}
	if c.LogUserField {
		b.WriteString("," + quote(r.UserField))
	}
	b.WriteByte('\n')
	return b.String()
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// Writer appends records to Master.csv and the accounts' own files. Submit
// never waits for the disk; what could not be written is kept and tried again.
type Writer struct {
	dir    string
	report func(error)
	open   func(path string) (io.WriteCloser, error)
	retry  time.Duration

	mu      sync.Mutex // guards cfg, pending, failed, dropped, closed
	cfg     Config
	pending []line
	failed  bool
	dropped int
	closed  bool
	kick    chan struct{}
	done    chan struct{}
}

type line struct{ file, text string }

// maxPending bounds the memory kept while the disk refuses.
const maxPending = 100_000

// NewWriter writes below dir (astlogdir/cdr-csv). report is told when writing
// begins to fail and when it works again.
func NewWriter(dir string, cfg Config, report func(error)) *Writer {
	w := &Writer{dir: dir, report: report, cfg: cfg, retry: 5 * time.Second, kick: make(chan struct{}, 1), done: make(chan struct{})}
	w.open = func(path string) (io.WriteCloser, error) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	}
	return w
}

// Start begins writing.
func (w *Writer) Start() { go w.run() }

// SetConfig applies a reloaded cdr.conf.
func (w *Writer) SetConfig(c Config) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cfg = c
}

// Config is the one in force.
func (w *Writer) Config() Config {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cfg
}

// Submit queues a record; false when none is to be made of it.
func (w *Writer) Submit(r Record) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.cfg.Enable || w.closed {
		return false
	}
	if r.DstChannel == "" && r.Answer.IsZero() && !w.cfg.Unanswered {
		return false
	}
	text := w.cfg.Line(&r)
	w.queue("Master.csv", text)
	if w.cfg.AccountLogs && r.AccountCode != "" && !strings.ContainsAny(r.AccountCode, "/\x00") && r.AccountCode[0] != '.' {
		w.queue(r.AccountCode+".csv", text)
	}
	return true
}

// SubmitLine queues a line for a file in a folder beside cdr-csv: cdr-custom, cel-custom.
func (w *Writer) SubmitLine(folder, file, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.queue(filepath.Join("..", folder, file), text+"\n")
	}
}

// queue is called with mu held.
func (w *Writer) queue(file, text string) {
	if len(w.pending) >= maxPending {
		w.dropped++
		return
	}
	w.pending = append(w.pending, line{file, text})
	select {
	case w.kick <- struct{}{}:
	default:
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

// flush writes the queue in order and stops at the first failure.
func (w *Writer) flush() bool {
	for {
		w.mu.Lock()
		if len(w.pending) == 0 {
			recovered, dropped := w.failed, w.dropped
			w.failed, w.dropped = false, 0
			w.mu.Unlock()
			if recovered {
				w.report(fmt.Errorf("call records are written again; %d were lost", dropped))
			}
			return true
		}
		l := w.pending[0]
		w.mu.Unlock()
		if err := w.append(l); err != nil {
			w.mu.Lock()
			first := !w.failed
			w.failed = true
			n := len(w.pending)
			w.mu.Unlock()
			if first {
				w.report(fmt.Errorf("call records cannot be written to %s, %d kept in memory: %w", filepath.Join(w.dir, l.file), n, err))
			}
			return false
		}
		w.mu.Lock()
		w.pending = w.pending[1:]
		w.mu.Unlock()
	}
}

func (w *Writer) append(l line) error {
	f, err := w.open(filepath.Join(w.dir, l.file))
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, l.text)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// Close writes what is queued and ends. What the disk refuses is reported and
// lost.
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
	if !w.flush() {
		w.mu.Lock()
		n := len(w.pending)
		w.mu.Unlock()
		w.report(fmt.Errorf("%d call records are lost", n))
	}
}
