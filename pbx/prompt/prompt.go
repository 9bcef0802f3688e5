// Package prompt plays prompts by name on a channel and reads the keys that are pressed
// meanwhile. All applications that speak stand on it.
package prompt

import (
	"cmp"
	"errors"
	"path"
	"strings"
	"time"

	"obelisk/dialplan/say"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/sounds"
)

// Player plays what a library has. Its methods are for the goroutine that works the channel.
type Player struct{ Lib *sounds.Library }

// How is how prompts are played. The zero value plays them to their end, in the channel's
// language.
type How struct {
	Language string              // "": the channel's
	Stops    func(key byte) bool // the keys that end it; nil: none
	From     time.Duration       // where the first prompt begins; below 0: counted from its end
	Forward  string              // keys that go on by Skip,
	Rewind   string              // and back by it
	Skip     time.Duration       // 0: three seconds
	Also     <-chan struct{}     // what ends it besides: another command of a program. nil: nothing
}

// Heard is what became of a prompt.
type Heard struct {
	Key   byte          // that ended it; 0: none
	Order string        // what the manager ended it with: pbx.PlayStop and its like; "": nothing
	At    time.Duration // how far it was played
	Whole bool          // to its end
	Also  bool          // How.Also has ended it, and was taken
}

// Stopped says whether somebody has ended it.
func (h Heard) Stopped() bool { return h.Key != 0 || h.Order != "" || h.Also }

// ErrNoAudio is a channel without sound: a message.
var ErrNoAudio = errors.New("a message has no audio")

// AnyKey is for How.Stops.
func AnyKey(byte) bool { return true }

// Keys is for How.Stops: those of a text.
func Keys(keys string) func(byte) bool {
	return func(key byte) bool { return strings.IndexByte(keys, key) >= 0 }
}

// Files reads "file&file".
func Files(text string) (out []string) {
	for _, name := range strings.Split(text, "&") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// Voice speaks the channel's language, or the one that is named, with the prompts that there
// are.
func (p *Player) Voice(c *pbx.Channel, language string) say.Voice {
	language = cmp.Or(language, c.View().Language)
	return say.Voice{Language: language, Has: func(name string) bool { return p.Lib.Has(name, language) }}
}

// Has says whether there is a prompt of that name for the channel.
func (p *Player) Has(c *pbx.Channel, name string) bool { return p.Lib.Has(name, c.View().Language) }

// Play plays one prompt, until its end, a key that stops it, or the end of the call. Keys typed
// ahead count; other keys are lost. Its name is looked up as Lib does it: the language's sounds, the others, those of
// the binary; or a whole path; each without an extension.
func (p *Player) Play(c *pbx.Channel, name string, how How) (Heard, error) {
	if how.Stops == nil {
		how.Stops = func(byte) bool { return false }
	}
	if key := c.TypedAhead(how.Stops); key != 0 {
		return Heard{Key: key}, nil
	}
	t, err := p.open(c, name, how.Language)
	if err != nil {
		return Heard{}, err
	}
	t.from(how.From)
	return p.run(c, t, how)
}

// Start plays a prompt while the application does something else: it ends the voice, unless the
// prompt has ended. done is closed then.
func (p *Player) Start(c *pbx.Channel, name string) (voice *media.Voice, done <-chan struct{}, err error) {
	s := c.Leg().Stream()
	if s == nil {
		return nil, nil, ErrNoAudio
	}
	t, err := p.open(c, name, "")
	if err != nil {
		return nil, nil, err
	}
	c.BeforeMedia()
	t.begins(c)
	over := make(chan struct{})
	return s.Play(t, func(bool) { c.TellPromptEnd(); close(over) }), over, nil
}

// Source is a prompt as something to be played, in a language.
func (p *Player) Source(name, language string) (media.Source, error) {
	file, data, err := p.Lib.Find(name, language)
	if err != nil {
		return nil, err
	}
	clip, err := soundfile.Decode(file, data)
	if err != nil {
		return nil, err
	}
	return &track{clip: clip}, nil
}

// open finds a prompt and tells those who watch that it is played.
func (p *Player) open(c *pbx.Channel, name, language string) (*track, error) {
	language = cmp.Or(language, c.View().Language)
	file, data, err := p.Lib.Find(name, language)
	if err != nil {
		return nil, err
	}
	clip, err := soundfile.Decode(file, data)
	if err != nil {
		return nil, err
	}
	c.Trace().Note("playing %s", file)
	c.Show(3, "file.c", "<%s> Playing '%s.%s' (language '%s')", c.Name(), name, formatOf(file), language)
	return &track{clip: clip, name: name, format: formatOf(file), language: language}, nil
}

// begins tells that a track is played.
func (t *track) begins(c *pbx.Channel) {
	c.TellPrompt(t.name, t.format, t.language)
}

// run plays a track from where it stands.
func (p *Player) run(c *pbx.Channel, t *track, how How) (h Heard, err error) {
	s := c.Leg().Stream()
	if s == nil {
		return h, ErrNoAudio
	}
	c.BeforeMedia()
	t.begins(c)
	defer c.TellPromptEnd()
	done := make(chan struct{})
	voice := s.Play(t, func(bool) { close(done) })
	ended := how.besides(voice, done)
	skip := cmp.Or(how.Skip, 3*time.Second)
	for {
		e, why := c.Await(pbx.Wait{Keys: true, Kinds: pbx.Kinds(pbx.EventPlay), Also: done})
		switch {
		case why == pbx.Also:
			also := ended()
			return Heard{At: t.at(), Whole: !also, Also: also}, nil
		case why != pbx.Came:
		case e.Kind == pbx.EventPlay && e.Text == pbx.PlayForward, e.Kind == pbx.EventDigit && strings.IndexByte(how.Forward, e.Digit) >= 0:
			t.skip(skip)
			continue
		case e.Kind == pbx.EventPlay && e.Text == pbx.PlayReverse, e.Kind == pbx.EventDigit && strings.IndexByte(how.Rewind, e.Digit) >= 0:
			t.skip(-skip)
			continue
		case e.Kind == pbx.EventPlay:
			h.Order = e.Text
		case !how.Stops(e.Digit): // it is lost, as in Asterisk
			continue
		default:
			h.Key = e.Digit
		}
		voice.Stop()
		<-done
		h.At, h.Also = t.at(), ended()
		return h, nil
	}
}

// besides has what is played end for Also as well; ended says, once it has, whether Also was taken.
func (how *How) besides(voice *media.Voice, done chan struct{}) (ended func() bool) {
	if how.Also == nil {
		return func() bool { return false }
	}
	also, over := false, make(chan struct{})
	go func() {
		defer close(over)
		select {
		case <-how.Also:
			also = true
			voice.Stop()
		case <-done:
		}
	}()
	return func() bool { <-over; return also }
}

// List plays prompts one after the other and returns the key that ended it, 0 for none. One that
// is not there is told of in the log and left out; err is the first such.
func (p *Player) List(c *pbx.Channel, names []string, how How) (key byte, err error) {
	for _, name := range names {
		h, e := p.Play(c, name, how)
		if e != nil {
			c.Warn(e.Error())
			err = cmp.Or(err, e)
		}
		if h.Stopped() || c.Gone() {
			return h.Key, err
		}
		how.From = 0
	}
	return 0, err
}

// formatOf names the format of a file as Asterisk's log does.
func formatOf(file string) string {
	switch ext := strings.TrimPrefix(path.Ext(file), "."); ext {
	case "wav", "sln", "raw":
		return "slin"
	case "sln16":
		return "slin16"
	case "ul", "pcm":
		return "ulaw"
	case "al":
		return "alaw"
	default:
		return ext
	}
}
