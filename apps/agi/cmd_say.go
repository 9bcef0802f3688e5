package agi

import (
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/say"
	"obelisk/pbx/prompt"
)

const sayHelp = "Until one of the keys is pressed: the number of the key's character, 0 at the end, -1 when the call is gone."

var sayCommands = []command{
	{name: "say alpha", synopsis: "Spell a text.", syntax: "SAY ALPHA <text> <keys> [a|l|n|u]",
		help: sayHelp + "\na tells of capitals and small letters, u of capitals, l of small ones.", run: sayAlpha},
	{name: "say digits", synopsis: "Say digits one by one.", syntax: "SAY DIGITS <number> <keys>", help: sayHelp, run: sayDigits},
	{name: "say number", synopsis: "Say a number.", syntax: "SAY NUMBER <number> <keys> [<gender>]", help: sayHelp, run: sayNumber},
	{name: "say phonetic", synopsis: "Spell a text as alpha, bravo.", syntax: "SAY PHONETIC <text> <keys>", help: sayHelp, run: sayPhonetic},
	{name: "say date", synopsis: "Say a date.", syntax: "SAY DATE <seconds since 1970> <keys>", help: sayHelp, run: sayMoment(say.Voice.Day)},
	{name: "say time", synopsis: "Say a time of day.", syntax: "SAY TIME <seconds since 1970> <keys>", help: sayHelp,
		run: sayMoment(say.Voice.Clock)},
	{name: "say datetime", synopsis: "Say a moment.", syntax: "SAY DATETIME <seconds since 1970> <keys> [<format> [<zone>]]",
		help: sayHelp + "\nThe format is that of SayUnixTime.", run: sayDateTime},
}

// voice is how the channel is spoken to.
func (s *session) voice() say.Voice { return s.m.Prompts.Voice(s.c, "") }

// speak says prompts until one of the keys; cut has another command of the program end it too.
func (s *session) speak(names []string, keys string, cut bool) outcome {
	for _, name := range names {
		h, err := s.play(name, prompt.How{Stops: prompt.Keys(keys)}, cut)
		switch {
		case h.Also:
			return replaced
		case err != nil:
			return s.result(-1)
		}
		if n := s.pressed(h); n != 0 {
			return s.result(n)
		}
	}
	return s.result(0)
}

func sayAlpha(s *session, argv []string) outcome {
	if len(argv) < 4 || len(argv) > 5 {
		return misused
	}
	which := say.CaseNone
	if letter := strings.ToLower(arg(argv, 4)); letter != "" {
		if strings.IndexByte("alnu", letter[0]) < 0 {
			return misused
		}
		which = say.Case(letter[0])
	}
	return s.speak(s.voice().Alpha(argv[2], which), argv[3], true)
}

func sayDigits(s *session, argv []string) outcome {
	if len(argv) != 4 {
		return misused
	}
	if _, ok := number(argv[2]); !ok {
		return misused
	}
	return s.speak(s.voice().Digits(argv[2]), argv[3], true)
}

func sayNumber(s *session, argv []string) outcome {
	if len(argv) < 4 || len(argv) > 5 {
		return misused
	}
	n, ok := number(argv[2])
	if !ok {
		return misused
	}
	return s.speak(s.voice().Number(n, strings.ToLower(arg(argv, 4))), argv[3], true)
}

func sayPhonetic(s *session, argv []string) outcome {
	if len(argv) != 4 {
		return misused
	}
	return s.speak(s.voice().Phonetic(argv[2]), argv[3], true)
}

// sayMoment says a part of a moment.
func sayMoment(names func(say.Voice, time.Time) []string) func(*session, []string) outcome {
	return func(s *session, argv []string) outcome {
		if len(argv) != 4 {
			return misused
		}
		at, ok := number(argv[2])
		if !ok {
			return misused
		}
		return s.speak(names(s.voice(), time.Unix(int64(at), 0)), argv[3], false)
	}
}

func sayDateTime(s *session, argv []string) outcome {
	if len(argv) < 4 {
		return misused
	}
	at, ok := number64(argv[2])
	if !ok {
		return misused
	}
	v, now := s.voice(), time.Now()
	zone := time.Local
	if name := arg(argv, 5); name != "" {
		zone = dialplan.Zone(name)
	}
	names, err := v.Date(time.Unix(at, 0).In(zone), now, arg(argv, 4))
	if err != nil {
		s.c.Warn(err.Error())
	}
	return s.speak(names, argv[3], false)
}
