package chanspy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

// session is one spy at work, on his channel's goroutine.
type session struct {
	m      *Module
	c      *pbx.Channel
	w      *wish
	failed bool
	early  byte // a key that was pressed before there was somebody to listen to
	record *soundfile.Recorder
}

// what follows after a channel was listened to.
type next byte

const (
	toNext  next = iota // another one
	toTyped             // the one whose digits were typed
	over
)

// listen listens to one channel until it ends, or a key is pressed.
func (s *session) listen(of *pbx.Channel) (n next, typed string) {
	own, theirs := s.c.Leg().Stream(), of.Leg().Stream()
	if own == nil || theirs == nil {
		return toNext, ""
	}
	s.c.Show(2, "app_chanspy.c", "Spying on channel %s", of.Name())
	s.c.Trace().Note("spying on %s", of.Name())
	s.tell("ChanSpyStart", of)
	s.c.BeforeMedia()
	heard := newEar(s)
	var voice *media.Voice
	if !s.w.private {
		voice = own.Start(heard.out, media.Play{})
	}
	tap := theirs.TapBoth(heard)
	mouth := newMouth(own, of)
	mouth.be(s.w.mode)
	if s.w.switches && !s.w.exitExten {
		mouth.turn(s.early)
	}
	s.early = 0
	n, typed = s.keys(of, heard, mouth)
	mouth.close()
	tap.Stop()
	if voice != nil {
		voice.Stop()
	}
	s.c.Show(2, "app_chanspy.c", "Done Spying on channel %s", of.Name())
	s.tell("ChanSpyStop", of)
	return n, typed
}

// lastPatience is how long the end of a channel that is hung up may take.
const lastPatience = 2 * time.Second

// partsWith waits until a channel that is hung up is over: whom it has called is so by then, and is not
// the next one to be heard.
func (s *session) partsWith(of *pbx.Channel) {
	if of.View().Gone {
		s.c.Await(pbx.Wait{For: lastPatience, Also: of.Ended()})
	}
}

// keys takes keys until one of them, or the end of either channel, ends it.
func (s *session) keys(of *pbx.Channel, heard *ear, mouth *mouth) (n next, typed string) {
	for {
		e, why := s.c.Await(pbx.Wait{Keys: true, Also: heard.over})
		switch {
		case why == pbx.Also:
			s.partsWith(of)
			return toNext, ""
		case why != pbx.Came:
			return over, ""
		case s.w.exitExten && s.leaves(e.Digit, of.Name()):
			return over, ""
		case e.Digit >= '0' && e.Digit <= '9' && s.w.switches && !s.w.exitExten:
			mouth.turn(e.Digit)
		case e.Digit >= '0' && e.Digit <= '9' && !s.w.exitExten && len(typed) < 24:
			typed += string(e.Digit)
		}
		switch e.Digit {
		case s.w.cycle:
			return toNext, ""
		case s.w.exit:
			return over, ""
		case '#':
			if typed != "" && strings.Trim(typed, "0") != "" && typed != "1" {
				return toTyped, typed
			} else if typed != "" {
				return toNext, ""
			}
			if s.w.volume++; s.w.volume > 4 {
				s.w.volume = -4
			}
			heard.volume.Store(int64(s.w.volume))
			s.c.Show(3, "app_chanspy.c", "Setting spy volume on %s to %d", s.c.Name(), s.w.volume)
		}
	}
}

// leaves goes to an extension of one key, if there is one.
func (s *session) leaves(key byte, of string) bool {
	context := s.c.Variable("SPY_EXIT_CONTEXT")
	if context == "" {
		context = s.c.View().At.Context
	}
	if !s.c.Machine().Plan().Exists(context, string(key), s.c.Query()) {
		return false
	}
	if of != "" {
		s.c.SetVar("SPY_CHANNEL", of)
	}
	s.c.Machine().Goto(dialplan.Location{Context: context, Exten: string(key), Priority: 1})
	return true
}

// tell makes known who listens to whom.
func (s *session) tell(name string, of *pbx.Channel) {
	if core := s.c.Core(); core.Heard() {
		core.Tell(pbx.News{Name: name, Class: "call", Parts: []pbx.Part{{Prefix: "Spyer", Chan: s.c.Snapshot()},
			{Prefix: "Spyee", Chan: of.Snapshot()}}})
	}
}

// recorder is the file of option r, made when there is something to hear; nil without it.
func (s *session) recorder() *soundfile.Recorder {
	if s.w.record == "" || s.record != nil {
		return s.record
	}
	path := filepath.Join(s.m.folder, fmt.Sprintf("%s.%d.raw", s.w.record, time.Now().Unix()))
	s.record = soundfile.NewRecorder(rate, soundfile.Recording{
		Open: func() (soundfile.Output, error) {
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				return nil, err
			}
			return soundfile.Create(path, soundfile.ByName("sln"))
		},
		Trouble: func(err error) {
			if err != nil {
				s.c.Core().Log().Warn().Msgf("ChanSpy: Cannot open '%s' for recording: %v", path, err)
			}
		},
	})
	return s.record
}

func (s *session) closeRecord() {
	if s.record != nil {
		s.record.End()
	}
}
