package pbx

import (
	"cmp"

	"obelisk/media"
	"obelisk/pbx/event"
)

// Music gives music on hold.
type Music interface {
	// Open begins a class of music; where there is none of that name, the class
	// "default". It may read files.
	Open(class string) (src media.Source, played string, err error)
	// Classes lists what there is, by name.
	Classes() []MusicClass
	// Choose says which is heard of a channel's own class and the one that an application or the
	// other side suggests; either may be "".
	Choose(own, suggested string) string
	// Answered says whether a class is for channels that are up only.
	Answered(class string) bool
}

// Resumed is a piece of music that wants to know that it is heard again, before it is.
type Resumed interface{ Resumes() }

// MusicClass is a section of musiconhold.conf.
type MusicClass struct {
	Name  string
	Mode  string // files, playlist or custom
	Dir   string
	Sort  string   // "" or alpha, random, randstart
	Files []string // what is played, without their extensions
}

// MusicTaste is a leg that knows which music its endpoint wants to hear when it is
// held (mohinterpret), and which those shall hear whom it holds (mohsuggest).
type MusicTaste interface {
	MusicClasses() (interpret, suggest string)
}

// music is what a channel hears while it waits. It goes on where it stopped.
type music struct {
	class  string
	played string // the name of what is heard
	src    media.Source
	voice  *media.Voice // that plays it
	plays  bool
}

// SetMusic gives the core its music on hold.
func (c *Core) SetMusic(m Music) { c.music = m }

// Music is the music on hold; nil when there is none.
func (c *Core) Music() Music { return c.music }

// StartMusic plays music to the channel until StopMusic: of its own class, else
// the one suggested, else what its endpoint likes. It says whether there is any.
func (c *Channel) StartMusic(suggested string) bool {
	stream := c.Leg().Stream()
	if c.core.music == nil || stream == nil {
		return false
	}
	v := c.View()
	class := cmp.Or(c.core.music.Choose(v.MusicClass, suggested), c.taste(), "default")
	if v.State != StateUp && c.core.music.Answered(class) {
		return false
	}
	if c.hears == nil || c.hears.class != class {
		src, played, err := c.core.music.Open(class)
		if err != nil {
			c.Warn("music on hold: " + err.Error())
			return false
		}
		c.trace.Note("%s hears the music '%s'", c.Name(), played)
		c.hears = &music{class: class, played: played, src: src}
	}
	if r, ok := c.hears.src.(Resumed); ok {
		r.Resumes()
	}
	c.BeforeMedia()
	c.hears.voice, c.hears.plays = stream.Play(c.hears.src, nil), true
	c.Show(3, "res_musiconhold.c", "Started music on hold, class '%s', on channel '%s'", c.hears.played, c.Name())
	c.tell(func(s *Snapshot) event.Event { return event.Music{Channel: s, On: true, Class: c.hears.played} })
	return true
}

// taste is the mohinterpret of the endpoint.
func (c *Channel) taste() string {
	if t, ok := c.Leg().(MusicTaste); ok {
		likes, _ := t.MusicClasses()
		return likes
	}
	return ""
}

// hearsMusic says whether it is played.
func (c *Channel) hearsMusic() bool { return c.hears != nil && c.hears.plays }

// StopMusic ends it.
func (c *Channel) StopMusic() {
	if c.hearsMusic() {
		c.hears.plays = false
		c.tell(func(s *Snapshot) event.Event { return event.Music{Channel: s} })
		c.Show(3, "res_musiconhold.c", "Stopped music on hold on %s", c.Name())
		c.hears.voice.Stop()
	}
}

// holdMusic plays to a channel whose partner holds the call, until he takes it back.
func holdMusic(e Event, held *Channel) {
	switch e.Kind {
	case EventHeld:
		suggested := ""
		if t, ok := e.From.Leg().(MusicTaste); ok {
			_, suggested = t.MusicClasses()
		}
		held.StartMusic(suggested)
	case EventUnheld:
		held.StopMusic()
	}
}
