package look

import (
	_ "embed"
	"path"
	"slices"
	"strings"
	"sync"

	"obelisk/internal/config"
)

//go:embed prompts.txt
var promptList string

// SoundSet are the names of the prompts that the sound sets of Asterisk have.
var SoundSet = sync.OnceValues(func() (list []string, set map[string]bool) {
	set = map[string]bool{}
	list = strings.Fields(promptList)
	for _, n := range list {
		set[n] = true
	}
	return list, set
})

// soundEndings are those of sound files.
var soundEndings = strings.Fields(".wav .gsm .ulaw .alaw .sln .g722 .g729 .mp3 .wav49 .sln16 .ogg .opus")

// SoundEnding is the ending of a sound file that a name has, as it is written; "" without one.
func SoundEnding(name string) string {
	if end := path.Ext(name); slices.Contains(soundEndings, strings.ToLower(end)) {
		return end
	}
	return ""
}

// UsualPrompt says whether the sound sets have a prompt.
func UsualPrompt(name string) bool { _, set := SoundSet(); return set[name] }

// LikePrompt is a hint at the prompt of the sound sets that a name differs from by a slip of the
// pen; "" where there is none, and for what is one.
func LikePrompt(name string) string {
	list, set := SoundSet()
	if set[name] || len(name) <= 5 || !Slip(name, config.Nearest(name, list)) {
		return ""
	}
	return Like(name, list)
}
