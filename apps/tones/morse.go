package tones

import (
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

const morseUsage = `Morsecode(text)
  MORSEDITLEN is the length of a dot in milliseconds (80), MORSETONE its pitch in Hz (800),
  MORSESPACETONE the pitch between them (0, silence). MORSETYPE is INTERNATIONAL; the code of
  American railways is not here`

// morse is the international code (ITU-R M.1677-1).
var morse = map[byte]string{
	'A': ".-", 'B': "-...", 'C': "-.-.", 'D': "-..", 'E': ".", 'F': "..-.", 'G': "--.", 'H': "....", 'I': "..", 'J': ".---", 'K': "-.-",
	'L': ".-..", 'M': "--", 'N': "-.", 'O': "---", 'P': ".--.", 'Q': "--.-", 'R': ".-.", 'S': "...", 'T': "-", 'U': "..-", 'V': "...-",
	'W': ".--", 'X': "-..-", 'Y': "-.--", 'Z': "--..", '1': ".----", '2': "..---", '3': "...--", '4': "....-", '5': ".....", '6': "-....",
	'7': "--...", '8': "---..", '9': "----.", '0': "-----", '.': ".-.-.-", ',': "--..--", ':': "---...", '?': "..--..", '\'': ".----.",
	'-': "-....-", '/': "-..-.", '(': "-.--.", ')': "-.--.-", '"': ".-..-.", '=': "-...-", '+': ".-.-.", '@': ".--.-.",
}

func morseCode(c *pbx.Channel, args string) dialplan.Result {
	if args == "" {
		c.Warn("Syntax: Morsecode(<string>) - no argument found")
		return dialplan.Continue
	}
	number := func(name string, usual, most int) int {
		if n, err := strconv.Atoi(strings.TrimSpace(c.Variable(name))); err == nil && n >= 0 && n <= most {
			return n
		}
		return usual
	}
	if strings.EqualFold(c.Variable("MORSETYPE"), "AMERICAN") {
		c.Warn("Morsecode: the code of American railways is not here; it is the international one")
	}
	return play(c, morseOf(args, number("MORSEDITLEN", 80, 10_000), number("MORSETONE", 800, 4000), number("MORSESPACETONE", 0, 4000)))
}

// morseOf are the tones of a text: a dash is three dots long, the space between the signs of a
// letter one, between letters three, between words seven.
func morseOf(text string, dot, tone, between int) (list media.Tone) {
	step := func(hz, n int) {
		s := media.ToneStep{MS: n * dot}
		if hz > 0 {
			s.Hz = []float64{float64(hz)}
		}
		list = append(list, s)
	}
	for _, letter := range []byte(strings.ToUpper(text)) {
		if len(list) > mostSteps {
			break
		}
		if letter == ' ' {
			step(between, 4)
			continue
		}
		code := morse[letter]
		if code == "" {
			continue
		}
		for _, sign := range code {
			step(tone, map[rune]int{'.': 1, '-': 3}[sign])
			step(between, 1)
		}
		step(between, 2)
	}
	return list
}
