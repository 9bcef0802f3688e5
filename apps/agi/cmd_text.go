package agi

import (
	"obelisk/pbx"
)

var textCommands = []command{
	{name: "receive char", synopsis: "A character that the caller types.", syntax: "RECEIVE CHAR <milliseconds>",
		help: "The number of the character; -1 when none comes in time. It is for phones that send texts.", run: receiveChar},
	{name: "receive text", synopsis: "A text that the caller sends.", syntax: "RECEIVE TEXT <milliseconds>",
		help: "1 and the text; -1 when none comes in time.", run: receiveText},
}

var sendCommands = []command{
	{name: "send image", synopsis: "Send a picture.", syntax: "SEND IMAGE <file>",
		help: "No phone here takes one: 0, or -1 when the call is gone.", run: sendImage},
	{name: "send text", synopsis: "Send a text.", syntax: "SEND TEXT <text>", help: "Sends the caller a text: 0, or -1 when he takes none.",
		run: sendText},
}

// received is the next text, within some milliseconds; below 0 there is no limit.
func (s *session) received(ms int) (text string, ok bool) {
	if ms == 0 {
		ms = 1 // what is there already
	}
	e, why := s.c.Await(pbx.Wait{For: max(millis(ms), 0), Kinds: pbx.Kinds(pbx.EventText)})
	return e.Text, why == pbx.Came && e.From == s.c
}

func receiveChar(s *session, argv []string) outcome {
	if len(argv) != 3 {
		return misused
	}
	ms, _ := number(argv[2])
	text, ok := s.received(ms)
	switch {
	case !ok:
		s.say("200 result=-1 (hangup)")
		return failed
	case text == "":
		s.say("200 result=0 (timeout)")
	default:
		s.say("200 result=%d", text[0])
	}
	return done
}

func receiveText(s *session, argv []string) outcome {
	if len(argv) != 3 {
		return misused
	}
	ms, _ := number(argv[2])
	if text, ok := s.received(ms); ok {
		s.say("200 result=1 (%s)", text)
	} else {
		s.say("200 result=-1")
	}
	return done
}

func sendImage(s *session, argv []string) outcome {
	switch {
	case len(argv) != 3:
		return misused
	case s.c.Gone():
		return s.result(-1)
	}
	return s.zero()
}

func sendText(s *session, argv []string) outcome {
	if len(argv) != 3 {
		return misused
	}
	t, ok := s.c.Leg().(pbx.TextSender)
	if !ok || s.c.Gone() {
		return s.result(-1)
	}
	t.SendText(argv[2])
	return s.zero()
}

// speech recognition needs an engine, and there is none here: what needs one says so, as
// Asterisk does without one.
var speechCommands = []command{
	speech("speech create", false, 0, "Begin recognition.", "SPEECH CREATE <engine>"),
	speech("speech set", false, 4, "A setting of the engine.", "SPEECH SET <name> <value>"),
	speech("speech destroy", true, 0, "End recognition.", "SPEECH DESTROY"),
	speech("speech load grammar", false, 5, "Load a grammar.", "SPEECH LOAD GRAMMAR <name> <path>"),
	speech("speech unload grammar", true, 4, "Forget a grammar.", "SPEECH UNLOAD GRAMMAR <name>"),
	speech("speech activate grammar", false, 4, "Use a grammar.", "SPEECH ACTIVATE GRAMMAR <name>"),
	speech("speech deactivate grammar", false, 4, "Use a grammar no more.", "SPEECH DEACTIVATE GRAMMAR <name>"),
	speech("speech recognize", false, -4, "Recognize what is said.", "SPEECH RECOGNIZE <prompt> <timeout> [<offset>]"),
}

// speech makes one of them; count is how many words it has, below 0 at least, 0 any number.
func speech(name string, dead bool, count int, synopsis, syntax string) command {
	return command{name: name, dead: dead, synopsis: synopsis, syntax: syntax, help: "There is no engine that recognizes speech: 0.",
		run: func(s *session, argv []string) outcome {
			if count > 0 && len(argv) != count || len(argv) < -count {
				return misused
			}
			return s.zero()
		}}
}

var waitDigit = command{name: "wait for digit", synopsis: "A key that the caller presses.", syntax: "WAIT FOR DIGIT <milliseconds>",
	help: "The number of the key's character; 0 when none is pressed in time, -1 when the call is gone. Below 0 there is no limit.",
	run:  waitForDigit}

func waitForDigit(s *session, argv []string) outcome {
	if len(argv) != 4 {
		return misused
	}
	ms, ok := number(argv[3])
	if !ok {
		return misused
	}
	key, cut := s.key(ms)
	switch {
	case cut:
		return s.result(1)
	case key == 0 && s.c.Gone():
		return s.result(-1)
	}
	return s.result(int(key))
}

// key is the next key within some milliseconds, 0 for none; below 0 there is no limit. cut says
// that the program has said something else meanwhile.
func (s *session) key(ms int) (key byte, cut bool) {
	if s.c.Gone() {
		return 0, false
	}
	if ms == 0 {
		ms = 1
	}
	e, why := s.c.Await(pbx.Wait{For: max(millis(ms), 0), Keys: true, Also: s.cut()})
	if why == pbx.Also {
		s.uncut()
	}
	return e.Digit, why == pbx.Also
}

// cut tells that the program has said something while a command is carried out; who takes it
// gives it back with uncut.
func (s *session) cut() <-chan struct{} {
	if s.wire == nil {
		return nil
	}
	return s.wire.came
}

func (s *session) uncut() {
	select {
	case s.wire.came <- struct{}{}:
	default: // it is there
	}
}
