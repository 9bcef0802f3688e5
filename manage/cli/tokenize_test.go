package cli

import (
	"io"
	"strings"
	"testing"
)

func TestWordsOfALine(t *testing.T) {
	c := &Console{aliases: [][2]string{{"h", "help"}, {"h x", `say "a b"`}}}
	for line, want := range map[string]string{
		"":                     "",
		"  a  b ":              "a|b",
		`put k "two  words"`:   "put|k|two  words",
		`as "" x`:              "as||x",
		`a\ b c\"d "e\"f"`:     `a b|c"d|e"f`,
		`"core" show`:          "core|show",
		`one"two three"four`:   "onetwo threefour",
		"h y":                  "help|y",
		"h x z":                "say|a b|z",
		`never "closed at all`: "never|closed at all",
		"hx":                   "hx",
		`trailing \`:           "trailing|",
	} {
		if got := strings.Join(c.words(line), "|"); got != want {
			t.Errorf("%s: %q, not %q", line, got, want)
		}
	}
}

// What a line is called in quotes does not get it past who may not run it.
func TestQuotesDoNotEvadePermissions(t *testing.T) {
	c := &Console{}
	c.SetPermissions(Permissions{Users: map[string][]PermitOne{"al": {{Command: "core stop", Permit: false}}}})
	for _, line := range []string{"core stop now", `"core" stop now`, `co"re" "stop" now`, `\core stop`} {
		if c.Allows("al", nil, line) {
			t.Errorf("%s is allowed", line)
		}
	}
}

// A command that failed is named as it was typed.
func TestFailedCommandAsTyped(t *testing.T) {
	c := &Console{commands: []*Command{{Name: "fail", Run: func(io.Writer, []string) bool { return false }}},
		aliases: [][2]string{{"f", "fail"}}}
	for line, want := range map[string]string{`fail "a  b"`: `Command 'fail "a  b"' failed.`, "f x": "Command 'fail x' failed."} {
		var out strings.Builder
		if c.Run(&out, line); strings.TrimSpace(out.String()) != want {
			t.Errorf("%s: %q", line, out.String())
		}
	}
}
