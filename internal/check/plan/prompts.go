package plan

import (
	"strconv"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// prompts looks at Playback and Background.
func (s *step) prompts() {
	if s.args == "" {
		s.say("plan-arguments-missing", s.Step.App+"(file)", "no prompt: nothing is played")
		return
	}
	for _, name := range strings.Split(s.arg(0), "&") {
		s.prompt(strings.TrimSpace(name))
	}
	if list := s.Extension.Priorities(); s.app == "background" && list[len(list)-1] == s.Step && s.chooses() {
		s.say("plan-no-wait", "same => n,WaitExten(10)", "nothing stands behind it: the call ends as soon as the prompt is over, and who has "+
			"not pressed a key by then cannot any more")
	}
	if next := s.Extension.Priority(s.Step.N + 1); s.app == "background" && next != nil && next.Label == "" &&
		strings.EqualFold(next.App, "Hangup") && s.chooses() {
		s.say("plan-no-wait", "same => n,WaitExten(10)", "Hangup stands behind it: the call ends as soon as the prompt is over, and who "+
			"has not "+
			"pressed a key by then cannot any more")
	}
	if options := s.arg(1); (s.app == "playback" || s.app == "background") && known(options) && strings.Contains(options, "/") {
		s.say("plan-prompt-comma", s.Step.App+"("+s.arg(0)+"&"+options+")",
			"'%s' stands where the options are: several prompts are parted by &, and this one is not played", options)
	} else if _, set := look.SoundSet(); set[options] {
		s.say("plan-prompt-comma", s.Step.App+"("+s.arg(0)+"&"+options+")",
			"'%s' stands where the options are: several prompts are parted by &, and this one is not played", options)
	}
}

// chooses says whether a context has extensions of one key, and calls end where the steps do.
func (s *step) chooses() bool {
	for _, v := range s.j.SetIn("extensions.conf", "general") {
		if yes, ok := config.Bool(v.Value); strings.EqualFold(v.Name, "autofallthrough") && ok && !yes {
			return false
		}
	}
	for _, e := range s.Context.Extensions {
		if len(e.Name) == 1 && strings.Contains("0123456789*#", e.Name) {
			return true
		}
	}
	return false
}

// prompt looks at the name of a sound file.
func (s *step) prompt(name string) {
	name = strings.Trim(name, `"`) // which Asterisk takes away from an argument
	if !known(name) {
		return
	}
	if end := look.SoundEnding(name); end != "" {
		s.say("plan-prompt-ending", strings.TrimSuffix(name, end),
			"'%s' is looked for as '%s%s': a prompt is named without its ending, and so it does not exist and nothing is "+
				"heard", name, name, ".wav")
		return
	}
	if _, set := look.SoundSet(); set[name] || strings.HasPrefix(name, "/") || strings.HasPrefix(name, "http") ||
		strings.Contains(name, "/") && !strings.HasPrefix(name, "digits/") && !strings.HasPrefix(name, "letters/") {
		return
	}
	if strings.Contains(name, " ") {
		s.say("plan-prompt-blank", "", "'%s' has a blank in it: no sound file has such a name, several prompts are parted by &", name)
		return
	}
	if near := look.LikePrompt(name); near != "" {
		s.say("plan-prompt-missing", near, "no sound set has a prompt '%s': unless it is a recording of your own, it does not exist and "+
			"nothing is heard", name)
		return
	}
	s.note("plan-prompt-own", "", "'%s' is not among the usual prompts: it must be a recording of your own", name)
}

// read looks at Read(variable,prompt,digits,options,attempts,timeout).
func (s *step) read() {
	name := s.arg(0)
	if known(name) && strings.ContainsAny(name, "/-& ") {
		s.say("plan-arguments-swapped", "Read(DIGITS,"+name+")",
			"'%s' stands where the name of the variable is: the order is variable, prompt, number of digits", name)
	} else if strings.HasPrefix(name, "${") {
		s.say("plan-set-dollar", "Read("+strings.Trim(name, "${}")+",...)",
			"'%s' is replaced by its value before the step runs: a variable is named without ${ }", name)
	}
	if t, err := strconv.Atoi(s.arg(5)); err == nil && t >= 1000 {
		s.say("plan-timeout", strconv.Itoa(t/1000), "the timeout is in seconds: after %d of them, which are %s, who presses nothing goes on", t,
			look.Long(t))
	}
	if d := s.arg(2); known(d) && !number(d) {
		s.say("plan-arguments-swapped", "Read("+name+","+s.arg(1)+",4)", "'%s' stands where the number of digits is", d)
	}
}
