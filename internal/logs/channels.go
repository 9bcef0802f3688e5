package logs

import (
	"errors"
	"path/filepath"
	"slices"

	"obelisk/internal/config"
)

var (
	// ErrChannel is a log channel that is there already.
	ErrChannel = errors.New("there is such a log channel")
	// ErrChannelName is a name that leads out of the folder of logs.
	ErrChannelName = errors.New("the file does not lie in the folder of logs")
)

// AddChannel begins a log file of some levels ("notice,warning"), until logger.conf is read anew. The
// file lies in the folder of logs.
func (l *Logs) AddChannel(name, levels string) error {
	if !filepath.IsLocal(name) {
		return ErrChannelName
	}
	var wrong error
	l.mu.Lock()
	defer l.mu.Unlock()
	c := readChannel(config.Var{Name: name, Value: levels}, l.conf.own,
		func(config.Var, string, ...any) { wrong = errors.New("unknown level") })
	if wrong != nil {
		return wrong
	}
	if slices.ContainsFunc(l.sinks, func(s sink) bool { return s.is(name) }) {
		return ErrChannel
	}
	w, f, err := openSink(l.dir, name, l.conf.strategy)
	if err != nil {
		return err
	}
	if c.verbose == asRoot {
		c.verbose = l.root
	}
	l.sinks = append(slices.Clone(l.sinks), sink{c, w, f, true})
	l.reckon()
	return nil
}

// is says whether a log file has a name: as logger.conf writes it, or with its folder.
func (s *sink) is(name string) bool {
	return s.name == name || s.file != nil && s.file.path == name
}

// DeleteChannel ends one; false: there is none.
func (l *Logs) DeleteChannel(name string) bool {
	return l.drop(func(s sink) bool { return s.is(name) })
}

// DeleteAdded ends one that AddChannel began; false: there is none.
func (l *Logs) DeleteAdded(name string) bool {
	return l.drop(func(s sink) bool { return s.added && s.is(name) })
}

// drop ends the first that is meant; false: there is none.
func (l *Logs) drop(meant func(sink) bool) bool {
	l.mu.Lock()
	i := slices.IndexFunc(l.sinks, meant)
	if i < 0 {
		l.mu.Unlock()
		return false
	}
	gone := l.sinks[i]
	l.sinks = slices.Delete(slices.Clone(l.sinks), i, i+1)
	l.reckon()
	l.mu.Unlock()
	gone.Close()
	return true
}

// RotateChannel puts its file aside and begins a new one; false: there is none.
func (l *Logs) RotateChannel(name string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, s := range l.sinks {
		if s.is(name) && s.file != nil {
			return s.file.rotate() == nil
		}
	}
	return false
}
