package moh

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"weak"

	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/sounds"
)

// Jukebox is the music on hold: the classes of musiconhold.conf, and a built-in
// piece where they have nothing to play.
type Jukebox struct {
	lib     *sounds.Library
	classes atomic.Pointer[map[string]pbx.MusicClass]

	mu     sync.Mutex                    // guards tracks
	tracks map[piece]weak.Pointer[track] // decoded once for all who hear it
}

// piece is a file at a rate in Hz; 0: the file's own, as far as somebody could hear it.
type piece struct {
	name string
	rate int
}

// track is a decoded file.
type track struct{ soundfile.Clip }

// Rates of what is played: more than a wide channel can hear is not kept.
const (
	narrow = 8000
	wide   = 16000
)

// builtIn is the piece in the binary.
const builtIn = "moh/holding"

// NewJukebox has the built-in piece only.
func NewJukebox(lib *sounds.Library) *Jukebox {
	j := &Jukebox{lib: lib, tracks: map[piece]weak.Pointer[track]{}}
	j.SetClasses(nil)
	return j
}

// SetClasses puts the classes of a musiconhold.conf in force. Who hears music goes on
// hearing what he does.
func (j *Jukebox) SetClasses(list []pbx.MusicClass) {
	m := map[string]pbx.MusicClass{}
	for _, c := range withDefault(list) {
		m[c.Name] = c
	}
	j.classes.Store(&m)
}

// withDefault has the class "default" too, and in each something to play.
func withDefault(list []pbx.MusicClass) []pbx.MusicClass {
	out := []pbx.MusicClass{{Name: "default", Mode: "files", Files: []string{builtIn}}}
	for _, c := range list {
		if len(c.Files) == 0 {
			c.Files = []string{builtIn}
		}
		out = append(slices.DeleteFunc(out, func(o pbx.MusicClass) bool { return o.Name == c.Name }), c)
	}
	return out
}

// Classes implements pbx.Music.
func (j *Jukebox) Classes() (out []pbx.MusicClass) {
	for _, c := range *j.classes.Load() {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b pbx.MusicClass) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Open implements pbx.Music.
func (j *Jukebox) Open(name string) (media.Source, string, error) {
	all := *j.classes.Load()
	class, ok := all[name]
	if !ok {
		class = all["default"]
	}
	m := &medley{box: j, files: class.Files}
	switch class.Sort {
	case "random":
		m.random = true
		m.at = rand.IntN(len(m.files))
	case "randstart":
		m.at = rand.IntN(len(m.files))
	}
	t, err := j.track(m.files[m.at], 0)
	if err != nil {
		return nil, "", err
	}
	m.playing, m.rate = t, t.Rate
	return m, class.Name, nil
}

// track reads a file, unless somebody hears it already.
func (j *Jukebox) track(name string, rate int) (*track, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at := piece{name, rate}
	if t := j.tracks[at].Value(); t != nil {
		return t, nil
	}
	file, data, err := j.lib.Find(name, "")
	if err != nil {
		return nil, err
	}
	clip, err := soundfile.Decode(file, data)
	if err != nil {
		return nil, err
	}
	if rate == 0 {
		if rate = narrow; clip.Rate > narrow {
			rate = wide
		}
	}
	t := &track{clip.At(rate)}
	j.tracks[at] = weak.Make(t)
	return t, nil
}

// medley plays the files of a class one after the other, for ever. It belongs to the
// loop of the stream that plays it; the next file is read meanwhile.
type medley struct {
	box     *Jukebox
	files   []string
	random  bool
	at      int // in files
	rate    int
	playing *track
	played  int // samples of it
	asked   bool
	next    atomic.Pointer[track]
}

// Rate implements media.Rated: it is that of the file with which the music began.
func (m *medley) Rate() int { return m.rate }

// Frame implements media.Source.
func (m *medley) Frame(dst []int16) int {
	n := copy(dst, m.playing.PCM[m.played:])
	m.played += n
	if len(m.files) == 1 && n < len(dst) {
		m.played = copy(dst[n:], m.playing.PCM)
		return len(dst)
	}
	if len(m.files) > 1 && !m.asked {
		m.asked = true
		go m.fetch(m.following())
	}
	if n < len(dst) {
		clear(dst[n:])
		if t := m.next.Swap(nil); t != nil { // else it is still being read
			m.playing, m.played, m.asked = t, 0, false
		}
	}
	return len(dst)
}

// following chooses the file to come.
func (m *medley) following() int {
	if m.random {
		m.at = (m.at + 1 + rand.IntN(len(m.files)-1)) % len(m.files)
	} else {
		m.at = (m.at + 1) % len(m.files)
	}
	return m.at
}

// fetch reads a file; where it cannot be read the one that plays is repeated.
func (m *medley) fetch(i int) {
	t, err := m.box.track(m.files[i], m.rate)
	if err != nil {
		t = m.playing
	}
	m.next.Store(t)
}

// musicFiles lists the music in a folder: paths without extension, sorted.
func musicFiles(dir string) (out []string, err error) {
	list, err := os.ReadDir(dir)
	for _, e := range list {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && slices.Contains(soundfile.Extensions, ext) {
			out = append(out, filepath.Join(dir, strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), err
}
