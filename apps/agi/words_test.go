package agi

import (
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for line, want := range map[string]string{
		"":                                "",
		"  noop \t now ":                  "noop|now",
		`SET VARIABLE X "a b"`:            "SET|VARIABLE|X|a b",
		`x "" y`:                          "x||y",
		`x "a \"q\" b" c\ d e\\f`:         `x|a "q" b|c d|e\f`,
		`GET VARIABLE "CALLERID(num)`:     "GET|VARIABLE|CALLERID(num)",
		`a"b c"d`:                         "ab cd",
		`x \`:                             "x",
		strings.Repeat("w ", 2*mostWords): strings.Repeat("w|", mostWords-1) + "w",
	} {
		if got := strings.Join(words(line), "|"); got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add(`SET VARIABLE "X \" " y\`)
	f.Fuzz(func(t *testing.T, line string) {
		total := 0
		for _, w := range words(line) {
			total += len(w)
		}
		if total > len(line) {
			t.Errorf("%q has more in its words than there is", line)
		}
	})
}

// The commands of Asterisk, in its order; those with a star may be said when the channel is hung
// up.
const asterisk = `answer, asyncagi break*, channel status, database del*, database deltree*, database get*, database put*, exec*, get data, get full variable*, get option, get variable*,
hangup, noop*, receive char, receive text, record file, say alpha, say digits, say number, say phonetic, say date, say time, say datetime, send image, send text, set autohangup, set callerid,
set context, set extension, set music, set priority, set variable*, stream file, control stream file, tdd mode, verbose*, wait for digit, speech create, speech set, speech destroy*,
speech load grammar, speech unload grammar*, speech activate grammar, speech deactivate grammar, speech recognize, gosub`

func TestCommands(t *testing.T) {
	var got []string
	for i := range commands {
		k := &commands[i]
		name := k.name
		if k.dead {
			name += "*"
		}
		got = append(got, name)
		if k.synopsis == "" || k.help == "" || !strings.HasPrefix(k.syntax, strings.ToUpper(k.name)) {
			t.Errorf("%s has no help, or its syntax is another's", k.name)
		}
		for _, l := range strings.Split(k.usage(), "\n") {
			if strings.HasPrefix(l, "520") || l == "" {
				t.Errorf("%s: a line of its usage is taken for the end: %q", k.name, l)
			}
		}
	}
	if want := strings.Split(strings.ReplaceAll(asterisk, ",\n", ", "), ", "); !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, ", "), strings.Join(want, ", "))
	}
	for line, want := range map[string]string{"noop extra": "noop", "Get Full Variable x": "get full variable", "say": "", "": "",
		"channel": "", "get": "", "speech load grammar x": "speech load grammar"} {
		name := ""
		if k := find(words(line)); k != nil {
			name = k.name
		}
		if name != want {
			t.Errorf("%q is %q", line, name)
		}
	}
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]int{"12": 12, " -3x": -3, "+7": 7, "1.9": 1, "3000000000": -1294967296,
		strings.Repeat("3", 1000): -1} {
		if n, ok := number(text); !ok || n != want {
			t.Errorf("%q: %d %v", text, n, ok)
		}
	}
	for _, text := range []string{"", "x1", "-"} {
		if n, ok := number(text); ok {
			t.Errorf("%q is %d", text, n)
		}
	}
}

func TestEncoded(t *testing.T) {
	if got := encoded("200 result=1 (-_.!~*'()+é)\n"); got != "200%20result%3D1%20(-_.!~*'()%2B%C3%A9)%0A" {
		t.Error(got)
	}
}
