package agi

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"obelisk/pbx/prompt"
	"obelisk/pbx/record"
)

var recordCommands = []command{
	{name: "record file", synopsis: "Record what the caller says.",
		syntax: "RECORD FILE <file> <format> <keys> <milliseconds> [<first sample>] [BEEP] [s=<seconds>]",
		help: "Records until one of the keys, the time, or so many seconds of silence: the number of the key's character with (dtmf), or " +
			"(timeout); -1 with (hangup) or (writefile). -1 milliseconds are for ever. endpos is the length in samples.", run: recordFile},
}

// keyTone is how much is taken off the end: of the key that ended it.
const keyTone = 200 * time.Millisecond

func recordFile(s *session, argv []string) outcome {
	if len(argv) < 6 {
		return misused
	}
	ms, ok := number(argv[5])
	if !ok {
		return misused
	}
	offset, plain := number(arg(argv, 6))
	silence, beep := recordOptions(argv, plain)
	if beep {
		h, err := s.play("beep", prompt.How{Stops: prompt.Keys(argv[4])}, false)
		result := s.pressed(h)
		if err != nil {
			result = -1
		}
		if result != 0 {
			s.say("200 result=%d (randomerror) endpos=%d", result, offset)
			return done
		}
	}
	begun := time.Now()
	r := record.Result{Why: record.ByHangup}
	path := s.soundPath(argv[2])
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		r = record.Result{Why: record.ByError, Err: err}
	} else if !s.c.Gone() {
		r = record.Run(s.c, record.Job{Path: path, Formats: []string{argv[3]}, Append: offset > 0, Limit: limit(ms), Silence: silence,
			Ends: prompt.Keys(argv[4]),
			Trim: func(r record.Result) time.Duration { return trimmed(r, silence) }})
	}
	end := offset + samples(r.Length)
	switch r.Why {
	case record.ByError:
		s.c.Warn("RECORD FILE: " + r.Err.Error())
		s.say("200 result=-1 (writefile)")
		return failed
	case record.ByHangup:
		s.say("200 result=-1 (hangup) endpos=%d", end)
		return failed
	case record.ByKey:
		s.say("200 result=%d (dtmf) endpos=%d", r.Key, end)
	case record.BySilence: // what was left of the time
		left := max(ms-int(time.Since(begun).Milliseconds()), 0)
		if ms < 0 {
			left = leftOfNone
		}
		s.say("200 result=%d (timeout) endpos=%d", left, end)
	default:
		s.say("200 result=0 (timeout) endpos=%d", end)
	}
	return done
}

// recordOptions are the silence that ends it, and whether there is a beep before it: anything
// that is neither a number in its place nor s=.
func recordOptions(argv []string, offset bool) (silence time.Duration, beep bool) {
	for i := 6; i < min(len(argv), 9); i++ {
		if at := strings.Index(argv[i], "s="); at >= 0 && silence == 0 {
			n, _ := number(argv[i][at+2:])
			silence = time.Duration(max(n, 0)) * time.Second
		}
	}
	beep = len(argv) > 6 && !offset && !strings.HasPrefix(argv[6], "s=") || len(argv) > 7 && !strings.HasPrefix(argv[7], "s=")
	return silence, beep
}

// leftOfNone is what is left of no time limit, as Asterisk says: 100 s, less the wait for the last packet.
const leftOfNone = 99981

// limit of a recording: 0 milliseconds are as good as none, below 0 there is no limit.
func limit(ms int) time.Duration {
	if ms == 0 {
		return time.Millisecond
	}
	return max(millis(ms), 0)
}

// trimmed is what is taken off the end: the key's tone, and the silence but for a second.
func trimmed(r record.Result, silence time.Duration) time.Duration {
	switch r.Why {
	case record.ByKey:
		return keyTone
	case record.BySilence:
		return silence - time.Second
	}
	return 0
}

// soundPath is a file among the sounds, where its name is not a whole path.
func (s *session) soundPath(name string) string {
	if dirs := s.m.Prompts.Lib.Dirs; !filepath.IsAbs(name) && len(dirs) > 0 {
		return filepath.Join(dirs[0], name)
	}
	return name
}
