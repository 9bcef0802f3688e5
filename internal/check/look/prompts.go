package look

import (
	_ "embed"
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

// LikePrompt is a hint at the prompt of the sound sets that a name differs from by a slip of the
// pen; "" where there is none, and for what is one.
func LikePrompt(name string) string {
	list, set := SoundSet()
	if set[name] || len(name) <= 5 || !Slip(name, config.Nearest(name, list)) {
		return ""
	}
	return Like(name, list)
}
