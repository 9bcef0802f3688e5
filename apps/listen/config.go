package listen

import (
	"strconv"
	"strings"

	"obelisk/internal/config"
	"obelisk/pbx/hear"
)

// settings are those of AMD: milliseconds, but for Words and Level.
type settings struct {
	InitialSilence, Greeting, AfterGreeting, Total, MinWord, BetweenWords, Words, Level, MaxWord int
	File                                                                                         string
}

var usualSettings = settings{InitialSilence: 2500, Greeting: 1500, AfterGreeting: 800, Total: 5000, MinWord: 100, BetweenWords: 50,
	Words: 2, Level: hear.Threshold, MaxWord: 5000}

// numbers are the settings that are numbers, by their names in amd.conf.
func (s *settings) numbers() map[string]*int {
	return map[string]*int{"initial_silence": &s.InitialSilence, "greeting": &s.Greeting, "after_greeting_silence": &s.AfterGreeting,
		"total_analysis_time": &s.Total, "min_word_length": &s.MinWord, "between_words_silence": &s.BetweenWords,
		"maximum_number_of_words": &s.Words, "silence_threshold": &s.Level, "maximum_word_length": &s.MaxWord}
}

// override takes what AMD's arguments say, in their order.
func (s *settings) override(args []string) {
	for i, to := range []*int{&s.InitialSilence, &s.Greeting, &s.AfterGreeting, &s.Total, &s.MinWord, &s.BetweenWords, &s.Words, &s.Level,
		&s.MaxWord} {
		if i < len(args) && strings.TrimSpace(args[i]) != "" {
			*to, _ = strconv.Atoi(strings.TrimSpace(args[i]))
		}
	}
	if len(args) > 9 && args[9] != "" {
		s.File = args[9]
	}
}

// mostSetting bounds a setting.
const mostSetting = 1 << 30

// readSettings reads amd.conf; nil is one that is not there.
func readSettings(f *config.File) (settings, []config.Diagnostic) {
	s := usualSettings
	if f == nil {
		return s, nil
	}
	var diags []config.Diagnostic
	note := func(pos config.Pos, text string) { diags = append(diags, config.Diagnostic{Pos: pos, Text: text}) }
	var names []string
	for name := range s.numbers() {
		names = append(names, name)
	}
	for _, sec := range f.Visible() {
		if !strings.EqualFold(sec.Name, "general") {
			note(sec.Pos, "section '"+sec.Name+"' means nothing in amd.conf")
			continue
		}
		for _, v := range sec.Vars {
			name := strings.ToLower(v.Name)
			to, ok := s.numbers()[name]
			n, err := strconv.Atoi(strings.TrimSpace(v.Value))
			switch {
			case name == "playback_file":
				s.File = v.Value
			case !ok:
				note(v.Pos, "unknown option '"+v.Name+"'"+config.DidYouMean(name, append(names, "playback_file")))
			case err != nil || n < 0 || n > mostSetting:
				note(v.Pos, "'"+v.Value+"' is not a valid value of '"+v.Name+"'")
			default:
				*to = n
			}
		}
	}
	return s, diags
}

// amdOptions are those of amd.conf, with their help.
var amdOptions = [][2]string{
	{"initial_silence", "silence before the first word that only a machine keeps, in ms"},
	{"greeting", "longer talk is that of a machine, in ms"},
	{"after_greeting_silence", "who waits so long after his words is a person, in ms"},
	{"total_analysis_time", "after this it is not sure, in ms"}, {"min_word_length", "a shorter sound is no word, in ms"},
	{"between_words_silence", "a shorter pause is within a word, in ms"}, {"maximum_number_of_words", "more are those of a machine"},
	{"maximum_word_length", "a longer sound is that of a machine, in ms"},
	{"silence_threshold", "mean level, of 32767, below which it is silent"},
}

// Options implements pbx.Optioned.
func (m *Module) Options() (out []config.OptionRow) {
	usual := usualSettings
	values := usual.numbers()
	for _, o := range amdOptions {
		out = append(out, config.OptionRow{File: "amd.conf", Section: "general", Name: o[0], Takes: "number",
			Default: strconv.Itoa(*values[o[0]]), Help: o[1], Status: "in effect"})
	}
	return append(out, config.OptionRow{File: "amd.conf", Section: "general", Name: "playback_file", Takes: "prompt",
		Help: "is played meanwhile", Status: "in effect"})
}
