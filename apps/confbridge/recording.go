package confbridge

import (
	"fmt"
	"os"
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
	how  taping
	file *soundfile.Recorder
	also [2]*soundfile.Recorder // of what it hears and says; nil: not asked for
	room []int16                // of the loop: samples that are louder or softer
	none []int16                // silence
	at   *media.Mixer           // guarded by the room's mu
	tap  *media.Tap
	over atomic.Bool // it is stopped
	dead atomic.Bool // what it heard has ended
}

// Rate implements media.Sink.
func (k *tape) Rate() int { return k.file.Rate() }

// Put implements media.Sink.
func (k *tape) Put(pcm []int16) {
	if k.how.doubled != 0 {
		k.room = scaled(k.room, pcm, k.how.doubled)
		pcm = k.room
	}
	k.file.Put(pcm)
	if k.also[0] != nil {
		k.also[0].Put(pcm)
	}
	if k.also[1] != nil {
		for len(k.none) < len(pcm) {
			k.none = append(k.none, 0)
		}
		k.also[1].Put(k.none[:len(pcm)])
	}
}

// End implements media.Sink: nothing comes any more. The file ends where the recording was stopped;
// where the mixer has ended it waits for the next.
func (k *tape) End() {
	k.dead.Store(true)
	if k.over.Load() {
		k.close()
	}
}

// close ends its files.
func (k *tape) close() {
	for _, f := range []*soundfile.Recorder{k.file, k.also[0], k.also[1]} {
		if f != nil {
			f.End()
		}
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
	how, problems := readTaping(r.p.recordOptions, r.m.folder)
	k := &tape{r: r, how: how}
	r.tape = k
	r.mu.Unlock()
	for _, text := range problems {
		r.m.core.Log().Warn().Msgf("record_options of conference %s: %s", r.name, text)
	}
	f, err := k.open(path, func(error) { go k.after(path) })
	if err != nil {
		r.m.core.Log().Warn().Msgf("conference %s cannot be recorded: %v", r.name, err)
		r.mu.Lock()
		r.tape = nil
		r.mu.Unlock()
		return false
	}
	k.accompany(f.Rate())
	r.mu.Lock()
	k.file = f
	r.mu.Unlock()
	r.recount()
	r.retape()
	r.tell("ConfbridgeRecord")
	return true
}

// accompany opens the files of one direction each; one that cannot be costs itself.
func (k *tape) accompany(rate int) {
	for i, path := range []string{k.how.sent, k.how.received} {
		if path == "" {
			continue
		}
		f, err := k.open(path, func(error) {})
		if err == nil && f.Rate() != rate {
			f.End()
			err = fmt.Errorf("it is of another sampling rate than the recording, %d and not %d Hz", f.Rate(), rate)
		}
		if err != nil {
			k.r.m.core.Log().Warn().Msgf("record_options of conference %s: %s: %v", k.r.name, path, err)
			continue
		}
		k.also[i] = f
	}
}

// open makes the file, or goes on with it.
func (k *tape) open(path string, done func(error)) (*soundfile.Recorder, error) {
	f := soundfile.ByName(strings.TrimPrefix(filepath.Ext(path), "."))
	if f == nil {
		return nil, fmt.Errorf("'%s' is no format that can be written", filepath.Ext(path))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	log, name := k.r.m.core.Log(), k.r.name
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
			done(err)
		},
	}
	return soundfile.Record(path, f, k.r.p.append || k.how.more, how)
}

// after is what is done with a recording that has ended.
func (k *tape) after(path string) {
	p := k.r.p
	if p.recordCommand != "" {
		command := strings.ReplaceAll(p.recordCommand, "^{MIXMONITOR_FILENAME}", path)
		if _, err := k.r.m.core.Command(command); err != nil {
			k.r.m.core.Log().Warn().Msgf("the command after the recording of conference %s: %v", k.r.name, err)
		}
	}
	if k.how.remove {
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
		k.close()
	}
	r.recount()
	return true
}
