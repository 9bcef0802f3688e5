package listen

import (
	"errors"
	"strings"
	"sync"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

const talkDetectUsage = `Set(TALK_DETECT(set)=[milliseconds[,level]]), Set(TALK_DETECT(remove)=)
  the manager is told when the channel begins and ends to talk: ChannelTalkingStart, ChannelTalkingStop
  milliseconds of silence end it (2500); level is from which on it is talk (256)`

// talkers are the channels whose talk is told of.
type talkers struct {
	mu   sync.Mutex // guards taps
	taps map[*pbx.Channel]talker
}

type talker struct {
	tap *media.Tap
	by  *media.TalkDetector
}

func talkDetect() pbx.Func {
	t := &talkers{taps: map[*pbx.Channel]talker{}}
	return pbx.Func{Name: "TALK_DETECT", Synopsis: "Tell the manager when a channel talks", Usage: talkDetectUsage, Write: t.write}
}

func (t *talkers) write(c *pbx.Channel, args, value string) error {
	switch strings.ToLower(strings.TrimSpace(args)) {
	case "set":
		return t.set(c, value)
	case "remove":
		if !t.remove(c) {
			return errors.New("Cannot remove TALK_DETECT from " + c.Name() + ": TALK_DETECT not currently enabled")
		}
		return nil
	case "":
		return errors.New("TALK_DETECT requires an argument")
	}
	return errors.New("TALK_DETECT: unknown option " + args)
}

func (t *talkers) set(c *pbx.Channel, value string) error {
	f := append(dialplan.SplitArgs(value, 2), "", "")
	ms, ok := count(f[0], 1, 2500)
	if !ok {
		return errors.New("Failed to parse " + f[0] + " for dsp_silence_threshold")
	}
	level, ok := count(f[1], 1, 256)
	if !ok {
		return errors.New("Failed to parse " + f[1] + " for dsp_talking_threshold")
	}
	s := c.Leg().Stream()
	if s == nil {
		return errors.New("a message has no audio")
	}
	t.remove(c)
	d := &media.TalkDetector{Threshold: level, Silence: time.Duration(ms) * time.Millisecond,
		On: func(talking bool, lasted time.Duration) { tellTalk(c, talking, lasted) }}
	d.Ended = func() { t.forget(c, d) }
	t.mu.Lock()
	defer t.mu.Unlock()
	t.taps[c] = talker{s.Tap(media.In, d), d}
	return nil
}

// tellTalk makes known that a channel begins or ends to talk.
func tellTalk(c *pbx.Channel, talking bool, lasted time.Duration) {
	word := "talking"
	if !talking {
		word = "silent"
	}
	c.Show(4, "func_talkdetect.c", "%s is now %s", c.Name(), word)
	if core := c.Core(); core.Heard() {
		core.Tell(event.Talking{Channel: c.Snapshot(), On: talking, Lasted: lasted})
	}
}

func (t *talkers) remove(c *pbx.Channel) bool {
	t.mu.Lock()
	was, is := t.taps[c]
	delete(t.taps, c)
	t.mu.Unlock()
	if is {
		was.tap.Stop()
	}
	return is
}

// forget is for when nothing comes any more.
func (t *talkers) forget(c *pbx.Channel, d *media.TalkDetector) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taps[c].by == d {
		delete(t.taps, c)
	}
}
