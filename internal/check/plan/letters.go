package plan

import (
	"regexp"
	"strings"

	"obelisk/internal/config"
)

// letters are the words within a pattern.
var letters = regexp.MustCompile(`[A-Za-z]{3,}`)

// globalInName is a global variable in the name of an extension: its value is what is matched.
var globalInName = regexp.MustCompile(`\$\{[^{}]*\}`)

// word finds a word in a pattern whose letters X, Z and N, small ones too, are read as digits. Signs at its
// end, as in userXX, are meant.
func (j *judge) word(v config.Var, name, outside string) {
	for _, word := range letters.FindAllString(globalInName.ReplaceAllString(outside, ""), -1) {
		begin := strings.TrimRight(word, "XZN")
		plain := strings.Trim(strings.ToUpper(begin), "XZN")
		if plain == "" || len(begin) < 2 {
			continue
		}
		if i := strings.IndexAny(begin, "XZNxzn"); i >= 0 {
			j.Say("plan-pattern-word", v.Pos, strings.TrimPrefix(name, "_")+" without _, or ["+begin[i:i+1]+"] for the letter",
				"the letter %s of '%s' is any digit in a pattern, as X, Z and N are: '%s' itself never matches", begin[i:i+1], name, word)
			return
		}
		if len(word)-len(begin) == 1 && strings.ToUpper(word) == word {
			j.SayAs(config.Note, "plan-pattern-word", v.Pos, strings.TrimPrefix(name, "_")+" without _, where the word is meant",
				"the %s at the end of '%s' is any digit in a pattern: '%s' itself does not match", word[len(begin):], name, word)
			return
		}
	}
}

// otherLanguage finds signs of other languages for patterns, which are signs as others here.
func (j *judge) otherLanguage(v config.Var, name string) {
	const code = "plan-pattern-set"
	outside := setInPattern.ReplaceAllString(name, "")
	switch i := strings.IndexAny(outside, `?^\()`); {
	case strings.Contains(name, "|"):
		j.Say(code, v.Pos, strings.ReplaceAll(name, "|", "")+" and ${EXTEN:n}", "the | in the pattern '%s' is a sign as others, which nobody "+
			"dials: it parts no prefix here, as it does in the dial patterns of web pages", name)
	case strings.ContainsAny(name, "{}") && !strings.Contains(name, "${"):
		j.Say(code, v.Pos, "[0-9][0-9][0-9] or XXX", "{ and } in the pattern '%s' are signs as others, not a count as in other "+
			"languages: it matches no number that was meant", name)
	case i >= 0:
		j.Say(code, v.Pos, "X for one digit, . for one or more, ! for any or none", "%c in the pattern '%s' is a sign as others, not what it "+
			"is in other languages: it matches no number that was meant", outside[i], name)
	case strings.Contains(name, "]+") || strings.Contains(name, "]*"):
		j.Say(code, v.Pos, "X. for one or more digits", "the sign behind ] in the pattern '%s' is one that is dialled, not a count as in other "+
			"languages", name)
	}
}
