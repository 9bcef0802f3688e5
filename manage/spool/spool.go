package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// look is how often the folder is looked at. A file with a time to come waits for it.
const look = time.Second

// mostSize of a call file.
const mostSize = 64 << 10

// Spool works a folder of call files.
type Spool struct {
	core      *pbx.Core
	dir, done string
	log       zerolog.Logger
	stop      chan struct{}
	working   sync.WaitGroup

	mu   sync.Mutex // guards busy
	busy map[string]bool
}

// Start begins with <dir>/outgoing; what is done with and to be kept goes to
// <dir>/outgoing_done.
func Start(core *pbx.Core, dir string, log zerolog.Logger) (*Spool, error) {
	s := &Spool{core: core, dir: filepath.Join(dir, "outgoing"), done: filepath.Join(dir, "outgoing_done"), log: log,
		stop: make(chan struct{}), busy: map[string]bool{}}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, fmt.Errorf("call files: %w", err)
	}
	s.working.Go(s.run)
	return s, nil
}

// Close stops looking. Calls that were begun go on.
func (s *Spool) Close() {
	close(s.stop)
	s.working.Wait()
}

func (s *Spool) run() {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		s.scan()
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
	}
}

// scan begins what is due.
func (s *Spool) scan() {
	list, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn().Msgf("call files cannot be read: %v", err)
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || e.Name()[0] == '.' || info.ModTime().After(time.Now()) {
			continue
		}
		path := filepath.Join(s.dir, e.Name())
		s.mu.Lock()
		busy := s.busy[path]
		s.busy[path] = true
		s.mu.Unlock()
		if !busy {
			go func() {
				s.work(path, info)
				s.mu.Lock()
				delete(s.busy, path)
				s.mu.Unlock()
			}()
		}
	}
}

// work makes one try of a file.
func (s *Spool) work(path string, info fs.FileInfo) {
	if info.Size() > mostSize {
		s.refuse(path, true, "it is larger than a call file can be")
		return
	}
	text, err := os.ReadFile(path)
	if err != nil {
		s.log.Warn().Msgf("a call file cannot be read; it is tried again: %v", err)
		return
	}
	f, notes, err := parse(string(text))
	for _, n := range notes {
		s.log.Warn().Msgf("call file %s: %s", path, n)
	}
	if err != nil {
		s.refuse(path, f.archive, err.Error())
		return
	}
	if f.tries > f.maxRetries {
		s.finish(path, f, "Expired")
		return
	}
	if f.open { // the switchboard ended meanwhile
		s.append(path, "\nAbortRetry: %d %d (%d)\n", os.Getpid(), f.tries+1, time.Now().Unix())
	}
	if !s.append(path, "\nStartRetry: %d %d (%d)\n", os.Getpid(), f.tries+1, time.Now().Unix()) {
		return
	}
	s.log.Info().Msgf("Attempting call on %s/%s for %s (Retry %d)", f.call.Tech, f.call.Resource, s.goal(f), f.tries+1)
	r := s.core.Originate(f.call)
	if r.Reason == pbx.OriginateAnswered {
		s.log.Info().Msgf("Call completed to %s/%s", f.call.Tech, f.call.Resource)
		s.finish(path, f, "Completed")
		return
	}
	s.log.Info().Msgf("Call failed to go through, reason (%d) %v", r.Reason, r.Err)
	if f.tries >= f.maxRetries {
		s.log.Info().Msgf("Queued call to %s/%s expired without completion after %d attempts", f.call.Tech, f.call.Resource, f.tries+1)
		s.finish(path, f, "Expired")
		return
	}
	s.append(path, "\nEndRetry: %d %d (%d)\n", os.Getpid(), f.tries+1, time.Now().Unix())
	again := time.Now().Add(f.retryTime)
	os.Chtimes(path, again, again)
}

func (s *Spool) goal(f *callFile) string {
	if f.call.App != "" {
		return f.call.App + "(" + f.call.Data + ")"
	}
	return fmt.Sprintf("%s@%s:%d", f.call.At.Exten, f.call.At.Context, f.call.At.Priority)
}

// append writes a line into the file itself, so that a restart knows the tries; false,
// and no call, when that cannot be done: it would be made for ever.
func (s *Spool) append(path, format string, args ...any) bool {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = fmt.Fprintf(f, format, args...)
		err = errors.Join(err, f.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Warn().Msgf("a call file cannot be written; its call is not made: %v", err)
	}
	return err == nil
}

// finish is the end of a file: it is kept where that is asked for, and deleted otherwise.
func (s *Spool) finish(path string, f *callFile, status string) {
	if f.keep { // not deleted: it is due again when somebody touches it
		later := time.Now().Add(24 * 365 * time.Hour)
		s.append(path, "Status: %s\n", status)
		os.Chtimes(path, later, later)
		return
	}
	if f.archive {
		s.append(path, "Status: %s\n", status)
		os.MkdirAll(s.done, 0o755)
		if os.Rename(path, filepath.Join(s.done, filepath.Base(path))) == nil {
			return
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Error().Msgf("a call file cannot be deleted: %v", err)
	}
}

// refuse takes a file away that cannot be used; one that is to be archived is seen there.
func (s *Spool) refuse(path string, archive bool, why string) {
	s.log.Warn().Msgf("call file %s is not used: %s", path, why)
	s.finish(path, &callFile{archive: archive}, "Failed")
}
