package agi

import (
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

// rate is that of prompts: positions in them are counted in samples.
const rate = 8000

var askCommands = []command{
	{name: "get data", synopsis: "Digits, with a prompt.", syntax: "GET DATA <file> [<milliseconds> [<most digits>]]",
		help: "Plays a file and takes digits up to #, the most, or a pause: the digits, and (timeout) behind them when a pause has ended it.",
		run:  getData},
}

var askOption = command{name: "get option", synopsis: "One key of some, with a prompt.",
	syntax: "GET OPTION <file> <keys> [<milliseconds>]",
	help:   "As STREAM FILE, and after the file a key is waited for, 5000 ms or what is said.", run: getOption}

var playCommands = []command{
	{name: "stream file", synopsis: "Play a file.", syntax: "STREAM FILE <file> <keys> [<first sample>]",
		help: "Plays a file, without its extension, until one of the keys is pressed: the number of the key's character, 0 at the end, -1 " +
			"when there is no such file or the call is gone; endpos is the sample where it has ended.", run: streamFile},
	{name: "control stream file", synopsis: "Play a file that the listener steers.",
		syntax: "CONTROL STREAM FILE <file> <stop keys> [<skip milliseconds> [<forward key> [<rewind key> [<pause key> [<first millisecond>]]]]]",
		help: "As STREAM FILE; # goes on and * back by 3000 ms. CPLAYBACKSTATUS, CPLAYBACKSTOPKEY and CPLAYBACKOFFSET tell of it; endpos " +
			"is in milliseconds, -1 at the end of the file.", run: controlStreamFile},
}

// samples is a time in samples.
func samples(d time.Duration) int { return int(d * rate / time.Second) }

// play plays a file until one of the keys; cut has another command of the program end it too.
func (s *session) play(file string, how prompt.How, cut bool) (prompt.Heard, error) {
	s.c.StopMusic()
	if cut {
		how.Also = s.cut()
	}
	h, err := s.m.Prompts.Play(s.c, file, how)
	if err != nil {
		s.c.Warn(err.Error())
	}
	if h.Also {
		s.uncut()
	}
	return h, err
}

// pressed is what is answered of a prompt: the key, 0, or -1 when the call is gone.
func (s *session) pressed(h prompt.Heard) int {
	if h.Key == 0 && s.c.Gone() {
		return -1
	}
	return int(h.Key)
}

func streamFile(s *session, argv []string) outcome {
	offset, ok := 0, true
	if len(argv) == 5 {
		offset, ok = number(argv[4])
	}
	if len(argv) < 4 || len(argv) > 5 || !ok {
		return misused
	}
	h, err := s.play(argv[2], prompt.How{Stops: prompt.Keys(argv[3]), From: time.Duration(offset) * time.Second / rate}, true)
	switch {
	case h.Also:
		return replaced
	case err != nil:
		s.say("200 result=-1 endpos=%d", offset)
		return failed
	}
	result, status := s.pressed(h), "SUCCESS"
	s.say("200 result=%d endpos=%d", result, samples(h.At))
	if result != 0 {
		status = "FAILED"
	}
	s.c.SetVar("PLAYBACKSTATUS", status)
	if result < 0 {
		return failed
	}
	return done
}

func getOption(s *session, argv []string) outcome {
	if len(argv) < 4 || len(argv) > 5 {
		return misused
	}
	digit, _, _ := s.c.Timeouts()
	wait := int(digit.Milliseconds())
	if len(argv) == 5 {
		wait, _ = number(argv[4])
	}
	h, err := s.play(argv[2], prompt.How{Stops: prompt.Keys(argv[3])}, true)
	switch {
	case h.Also:
		return replaced
	case err != nil:
		s.say("200 result=-1 endpos=0")
		return failed
	}
	result := s.pressed(h)
	if result == 0 {
		if key, _ := s.key(wait); strings.IndexByte(argv[3], key) >= 0 {
			result = int(key)
		}
	}
	s.say("200 result=%d endpos=%d", result, samples(h.At))
	if result < 0 {
		return failed
	}
	return done
}

// mostDigits is how many GET DATA takes, whatever it is asked for.
const mostDigits = 1024

// How long GET DATA waits for the first key and for the next ones.
const (
	firstKey = 6000
	nextKey  = 2000
)

func getData(s *session, argv []string) outcome {
	if len(argv) < 3 {
		return misused
	}
	first, next := firstKey, nextKey
	if ms, _ := number(arg(argv, 3)); ms > 0 {
		first, next = ms, ms
	} else if ms < 0 {
		first, next = -1, -1
	}
	most := mostDigits
	if len(argv) > 4 {
		most, _ = number(argv[4])
	}
	var key byte
	if argv[2] != "" && most != 0 {
		h, err := s.play(argv[2], prompt.How{Stops: prompt.AnyKey}, true)
		if h.Also {
			return replaced
		}
		if err != nil {
			s.say("200 result=-1")
			return done
		}
		key = h.Key
	}
	digits, end, cut := s.digits(key, first, next, min(most, mostDigits))
	if cut {
		return replaced
	}
	s.say("200 result=%s", digits+end)
	return done
}

// digits takes digits up to a #, of which the first one is there already unless key is 0. end is
// what is answered behind them.
func (s *session) digits(key byte, wait, next, most int) (digits, end string, cut bool) {
	if most == 0 {
		return "-1", "", false
	}
	for {
		if key == 0 {
			key, cut = s.key(wait)
		}
		switch {
		case cut:
			return "", "", true
		case key == 0 && s.c.Gone():
			return "-1", "", false
		case key == 0:
			return digits, " (timeout)", false
		case key == '#':
			return digits, "", false
		}
		if digits += string(key); len(digits) >= most {
			return digits, "", false
		}
		key, wait = 0, next
	}
}

func controlStreamFile(s *session, argv []string) outcome {
	if len(argv) < 5 || len(argv) > 10 {
		return misused
	}
	skip, offset, ok, also := 3000, 0, true, true
	if len(argv) > 5 {
		skip, ok = number(argv[5])
	}
	if len(argv) > 9 {
		offset, also = number(argv[9])
	}
	if !ok || !also {
		return misused
	}
	key := func(i int, usual string) string {
		if k := arg(argv, i); k != "" {
			return k
		}
		return usual
	}
	s.c.StopMusic()
	h, err := s.m.Prompts.Control(s.c, argv[3], prompt.Control{Forward: key(6, "#"), Rewind: key(7, "*"), Stop: argv[4], Pause: arg(argv, 8),
		Skip: millis(skip), From: millis(offset)})
	result, at, status := s.pressed(h), int(h.At.Milliseconds()), "SUCCESS"
	switch {
	case err != nil:
		s.c.Warn(err.Error())
		result, at, status = -1, -1, "ERROR"
	case h.Key != 0:
		status = "USERSTOPPED"
		s.c.SetVar("CPLAYBACKSTOPKEY", string(h.Key))
	case h.Order == pbx.PlayStop:
		status = "REMOTESTOPPED"
	case result < 0:
		status = "ERROR"
	case h.Whole:
		at = -1
	}
	s.c.SetVar("CPLAYBACKSTATUS", status)
	s.c.SetVar("CPLAYBACKOFFSET", strconv.Itoa(at))
	s.say("200 result=%d endpos=%d", result, at)
	if result < 0 {
		return failed
	}
	return done
}
