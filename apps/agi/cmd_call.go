package agi

import (
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
)

var callCommands = []command{
	{name: "answer", synopsis: "Answer the call.", syntax: "ANSWER",
		help: "Answers the call if it is not answered yet: 0, or -1 when it is gone.", run: answer},
	{name: "asyncagi break", dead: true, synopsis: "End AsyncAGI.", syntax: "ASYNCAGI BREAK",
		help: "The dialplan goes on behind AGI(agi:async). It means nothing to other programs.",
		run:  func(s *session, _ []string) outcome { s.say("200 result=0"); return breaks }},
	{name: "channel status", synopsis: "State of a channel.", syntax: "CHANNEL STATUS [<channel>]",
		help: "0 down, 4 ring, 5 ringing, 6 up, 7 busy; -1 when there is no such channel.", run: channelStatus},
}

var endCommands = []command{
	{name: "hangup", synopsis: "Hang a channel up.", syntax: "HANGUP [<channel>]",
		help: "Ends the call, or another channel: 1, or -1 when there is no such channel.", run: hangup},
	{name: "noop", dead: true, synopsis: "Nothing.", syntax: "NOOP",
		help: "Does nothing, with whatever follows.", run: func(s *session, _ []string) outcome { return s.zero() }},
}

var setCommands = []command{
	{name: "set autohangup", synopsis: "End the call after a time.", syntax: "SET AUTOHANGUP <seconds>",
		help: "The call ends in so many seconds; 0 takes that back.", run: autoHangup},
	{name: "set callerid", synopsis: "Who calls.", syntax: "SET CALLERID <number or \"name\" <number>>",
		help: "Changes number and name of the caller.", run: setCallerID},
	{name: "set context", synopsis: "Where the dialplan goes on: context.", syntax: "SET CONTEXT <context>",
		help: "The dialplan goes on in that context when the program has ended.", run: setPlace(func(p *place, to string) bool {
			p.context = to
			return true
		})},
	{name: "set extension", synopsis: "Where the dialplan goes on: extension.", syntax: "SET EXTENSION <extension>",
		help: "The dialplan goes on at that extension when the program has ended.", run: setPlace(func(p *place, to string) bool {
			p.exten = to
			return true
		})},
	{name: "set music", synopsis: "Music on hold.", syntax: "SET MUSIC ON|OFF [<class>]",
		help: "The caller hears music until it is switched off or something else is played.", run: setMusic},
	{name: "set priority", synopsis: "Where the dialplan goes on: priority.", syntax: "SET PRIORITY <number or label>",
		help: "The dialplan goes on at that priority when the program has ended.", run: setPlace((*place).setPriority)},
	{name: "set variable", dead: true, synopsis: "Set a variable.", syntax: "SET VARIABLE <name> <value>",
		help: "Sets a variable of the channel, or writes a function: NAME(arguments).", run: setVariable},
}

// zero is the answer of what cannot fail.
func (s *session) zero() outcome {
	s.say("200 result=0")
	return done
}

func answer(s *session, _ []string) outcome {
	if s.c.Answer(); s.c.Gone() {
		s.say("200 result=-1")
		return failed
	}
	return s.zero()
}

func channelStatus(s *session, argv []string) outcome {
	of := s.c
	switch len(argv) {
	case 2:
	case 3:
		of = s.m.core.Channel(argv[2])
	default:
		return misused
	}
	state := -1
	if of != nil {
		state = int(of.View().State)
	}
	s.say("200 result=%d", state)
	return done
}

func hangup(s *session, argv []string) outcome {
	of := s.c
	switch len(argv) {
	case 1:
	case 2:
		of = s.m.core.Channel(argv[1])
	default:
		return misused
	}
	if of == nil {
		s.say("200 result=-1")
		return done
	}
	of.SoftHangup(pbx.CauseNormal)
	s.say("200 result=1")
	return done
}

func autoHangup(s *session, argv []string) outcome {
	if len(argv) != 3 {
		return misused
	}
	text := strings.TrimSpace(argv[2])
	for text != "" {
		if seconds, err := strconv.ParseFloat(text, 64); err == nil {
			s.c.SetTimeouts(-1, -1, time.Duration(max(seconds, 0)*float64(time.Second)))
			return s.zero()
		}
		text = text[:len(text)-1] // what follows a number is passed over
	}
	return misused
}

func setCallerID(s *session, argv []string) outcome {
	if len(argv) > 2 {
		said, id := pbx.ParseCallerID(argv[2]), s.c.View().CallerID
		id.Num, id.Name = said.Num, said.Name
		s.c.SetCallerID(id)
	}
	s.say("200 result=1")
	return done
}

func setMusic(s *session, argv []string) outcome {
	if len(argv) < 3 {
		return misused
	}
	switch word := strings.ToLower(argv[2]); {
	case strings.HasPrefix(word, "on"):
		s.c.StartMusic(arg(argv, 3))
	case strings.HasPrefix(word, "off"):
		s.c.StopMusic()
	}
	return s.zero()
}
