package moh

import (
	"cmp"
	"math/rand/v2"
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

// Jukebox is the music on hold: the classes of musiconhold.conf and of the table, and a built-in
// piece where they have nothing to play.
type Jukebox struct {
	lib     *sounds.Library
	rows    *rows // of the table; nil: there is no database
	quiet   bool  // no program is run
	inForce atomic.Pointer[shelf]

	mu     sync.Mutex                    // guards tracks
	tracks map[piece]weak.Pointer[track] // decoded once for all who hear it
}

// shelf are the classes of a musiconhold.conf.
type shelf struct {
	general
	classes map[string]*class
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
	j.set(general{}, nil)
	return j
}

// set puts the classes of a musiconhold.conf in force. Who hears music goes on hearing what he does,
// but for programs: those of classes that are there no more end.
func (j *Jukebox) set(g general, list []*class) {
	m := map[string]*class{}
	for _, c := range withDefault(list) {
		m[c.Name] = c
	}
	old := j.inForce.Swap(&shelf{g, m})
	if old == nil {
		return
	}
	for _, c := range old.classes {
		if c.program == nil {
			continue
		}
		if now := m[c.Name]; now != nil && now.program != nil && now.same(c) {
			now.program = c.program // it plays on
			continue
		}
		c.program.close()
	}
}

// withDefault has the class "default" too, with something to play, and leaves out classes that have
// nothing: who is to hear one of those hears the default one, as with Asterisk.
func withDefault(list []*class) []*class {
	first := newClass("default")
	first.Mode, first.Files = "files", []string{builtIn}
	out := []*class{first}
	for _, c := range list {
		if len(c.Files) == 0 && c.program == nil {
			if c.Name != "default" {
				continue
			}
			c.Files = []string{builtIn}
		}
		out = append(slices.DeleteFunc(out, func(o *class) bool { return o.Name == c.Name }), c)
	}
	return out
}

// all are the classes by name, those of the table that are known too.
func (j *Jukebox) all() (out []*class) {
	for _, c := range j.inForce.Load().classes {
		out = append(out, c)
	}
	out = append(out, j.rows.known()...)
	slices.SortFunc(out, func(a, b *class) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Classes implements pbx.Music.
func (j *Jukebox) Classes() (out []pbx.MusicClass) {
	for _, c := range j.all() {
		out = append(out, c.MusicClass)
	}
	return out
}

// find is a class of that name: of the file, else of the table, else the default one.
func (j *Jukebox) find(name string) *class {
	s := j.inForce.Load()
	if c := s.classes[name]; c != nil {
		return c
	}
	if c := j.rows.find(name, s.keep); c != nil {
		return c
	}
	return s.classes["default"]
}

// Choose implements pbx.Music.
func (j *Jukebox) Choose(own, suggested string) string {
	if j.inForce.Load().others {
		return cmp.Or(suggested, own)
	}
	return cmp.Or(own, suggested)
}

// Answered implements pbx.Music.
func (j *Jukebox) Answered(name string) bool { return j.find(name).answered }

// keyed is the class that a key leads to, "" for none.
func (j *Jukebox) keyed(key byte) string {
	for _, c := range j.all() {
		if c.digit == key && key != 0 {
			return c.Name
		}
	}
	return ""
}

// Open implements pbx.Music.
func (j *Jukebox) Open(name string) (media.Source, string, error) {
	c := j.find(name)
	var ahead *track
	if c.announcement != "" {
		ahead, _ = j.track(c.announcement, 0)
	}
	if c.program != nil && j.quiet {
		c = &class{MusicClass: pbx.MusicClass{Name: c.Name, Files: []string{builtIn}}}
	}
	if c.program != nil {
		return announced(c.program.listen(), ahead), c.Name, nil
	}
	m := &medley{box: j, files: c.Files, loopLast: c.loopLast, ahead: ahead}
	switch c.Sort {
	case "random":
		m.random = true
		m.at = rand.IntN(len(m.files))
	case "randstart":
		m.at = rand.IntN(len(m.files))
	}
	t, at, err := j.readable(m.files, m.at, 0)
	switch {
	case err != nil && c.Name != "default":
		return j.Open("default")
	case err != nil:
		if t, err = j.track(builtIn, 0); err != nil {
			return nil, "", err
		}
		m.files, at = []string{builtIn}, 0
	}
	m.at = at
	if m.playing, m.rate = t, t.Rate; ahead != nil && ahead.Rate != t.Rate {
		m.ahead, _ = j.track(c.announcement, t.Rate)
	}
	return m, c.Name, nil
}

// readable is the first file from one on, and round, that can be read, and which it is.
func (j *Jukebox) readable(files []string, from, rate int) (t *track, at int, err error) {
	for i := range files {
		at = (from + i) % len(files)
		if t, err = j.track(files[at], rate); err == nil {
			return t, at, nil
		}
	}
	return nil, 0, err
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
