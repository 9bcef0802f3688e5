package confbridge

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"obelisk/media"
	"obelisk/media/soundfile"
)

// tape is the recording of a conference. It is a media.Sink at the mixer that the bridge has, and
// stays when that gets another one.
type tape struct {
	r    *room
	file *soundfile.Recorder
	at   *media.Mixer // guarded by the room's mu
	tap  *media.Tap
	over atomic.Bool // it is stopped
	dead atomic.Bool // what it heard has ended
}

// Rate implements media.Sink.
func (k *tape) Rate() int { return k.file.Rate() }

// Put implements media.Sink.
func (k *tape) Put(pcm []int16) { k.file.Put(pcm) }

// End implements media.Sink: nothing comes any more. The file ends where the recording was stopped;
// where the mixer has ended it waits for the next.
func (k *tape) End() {
	k.dead.Store(true)
	if k.over.Load() {
		k.file.End()
	}
}

// Patience implements media.Patient.
func (k *tape) Patience() time.Duration { return k.file.Patience() }

// safe is a name as a part of that of a file.
func safe(name string) string {
	return strings.Map(func(c rune) rune {
		if c == '/' || c == '\\' || c < ' ' {
			return '_'
		}
		return c
	}, name)
}

// tapePath is where a recording goes that was asked for as file, "" for no name; mu is held.
func (r *room) tapePath(file string) string {
	if file == "" {
		file = r.p.recordFile
	}
	now := time.Now().Unix()
	switch {
	case r.p.append && r.file != "" && r.taped == file:
		return r.file
	case file == "":
		r.file = fmt.Sprintf("confbridge-%s-%d.wav", safe(r.name), now)
	default:
		ext := filepath.Ext(file)
		stem := strings.TrimSuffix(file, ext)
		if ext == "" {
			ext = ".raw"
		}
		if r.file = stem + ext; r.p.timestamp {
			r.file = fmt.Sprintf("%s-%d%s", stem, now, ext)
		}
	}
	r.taped = file
	if !filepath.IsAbs(r.file) {
		r.file = filepath.Join(r.m.folder, r.file)
	}
	return r.file
}

// startTape begins to record; false: it is recorded already, or cannot be.
func (r *room) startTape(file string) bool {
	r.mu.Lock()
	if r.tape != nil || r.over {
		r.mu.Unlock()
		return false
	}
	path := r.tapePath(file)
	k := &tape{r: r}
	r.tape = k
	r.mu.Unlock()
	f, err := k.open(path)
	if err != nil {
		r.m.core.Log().Warn().Msgf("conference %s cannot be recorded: %v", r.name, err)
		r.mu.Lock()
		r.tape = nil
		r.mu.Unlock()
		return false
	}
	r.mu.Lock()
	k.file = f
	r.mu.Unlock()
	r.recount()
	r.retape()
	r.tell("ConfbridgeRecord")
	return true
}

// open makes the file, or goes on with it.
func (k *tape) open(path string) (*soundfile.Recorder, error) {
	f := soundfile.ByName(strings.TrimPrefix(filepath.Ext(path), "."))
	if f == nil {
		return nil, fmt.Errorf("'%s' is no format that can be written", filepath.Ext(path))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	p, log, name := k.r.p, k.r.m.core.Log(), k.r.name
	more := p.append || strings.ContainsRune(letters(p.recordOptions), 'a')
	how := soundfile.Recording{
		Trouble: func(err error) {
			if err != nil {
				log.Warn().Msgf("the recording of conference %s to %s waits for the disk: %v", name, path, err)
			}
		},
		Done: func(err error) {
			if err != nil {
				log.Error().Msgf("the recording of conference %s is not whole: %v", name, err)
			}
			go afterTape(p, path, func(err error) { log.Warn().Msgf("the command after the recording of conference %s: %v", name, err) })
		},
	}
	return soundfile.Record(path, f, more, how)
}

// letters are options without what is in parentheses.
func letters(options string) string {
	var out strings.Builder
	depth := 0
	for _, c := range options {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0:
			out.WriteRune(c)
		}
	}
	return out.String()
}

// afterTape is what is done with a recording that has ended.
func afterTape(p *bridge, path string, wrong func(error)) {
	if p.recordCommand != "" {
		command := strings.ReplaceAll(p.recordCommand, "^{MIXMONITOR_FILENAME}", path)
		if err := exec.Command("/bin/sh", "-c", command).Run(); err != nil {
			wrong(err)
		}
	}
	if strings.ContainsRune(letters(p.recordOptions), 'd') {
		os.Remove(path)
	}
}

// retape has the recording hear the mixer that the bridge has now.
func (r *room) retape() {
	m := r.bridge.Mixer()
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.tape
	if k == nil || k.file == nil || m == nil || k.at == m {
		return
	}
	k.dead.Store(false)
	k.at, k.tap = m, m.Tap(k)
}

// stopTape ends the recording; false: there is none.
func (r *room) stopTape() bool {
	r.mu.Lock()
	k := r.tape
	if k == nil || k.file == nil {
		r.mu.Unlock()
		return false
	}
	r.tape = nil
	tap := k.tap
	r.mu.Unlock()
	r.tell("ConfbridgeStopRecord")
	k.over.Store(true)
	if tap != nil {
		tap.Stop()
	}
	if tap == nil || k.dead.Load() {
		k.file.End()
	}
	r.recount()
	return true
}
