package confbridge

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"obelisk/dialplan"
)

// taping is what record_options say, which are MixMonitor's. It is the conference that is heard: what
// MixMonitor calls spoken on the channel of a recorder is silence.
type taping struct {
	more, remove bool
	doubled      int    // so many times it is made twice as loud; below 0: half as loud
	sent         string // a file of what the recorder hears as well; "": none
	received     string // a file of what it says, which is as long
}

// tapeLetters are MixMonitor's options. Those that are not read have nothing to do here: a recorder is
// always in the bridge, hears no beep, and says nothing.
const tapeLetters = "abBcdDimnpPrstSvVW"

// readTaping reads them; problems cost their option. folder is where files are whose name is no path.
func readTaping(options, folder string) (k taping, problems []string) {
	o := dialplan.ParseOptions(options, tapeLetters)
	problems = o.Problems
	k.more, k.remove = o.Has('a'), o.Has('d')
	for _, letter := range []byte("VW") {
		if !o.Has(letter) {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(o.Arg(letter)))
		if err != nil || n < -4 || n > 4 {
			problems = append(problems, fmt.Sprintf("option %c takes a volume of -4 to 4, not '%s'", letter, o.Arg(letter)))
			continue
		}
		k.doubled = n
	}
	for letter, to := range map[byte]*string{'t': &k.sent, 'r': &k.received} {
		if !o.Has(letter) {
			continue
		}
		name := strings.TrimSpace(o.Arg(letter))
		switch {
		case name == "":
			problems = append(problems, fmt.Sprintf("option %c takes the name of a file", letter))
		case filepath.IsAbs(name):
			*to = name
		default:
			*to = filepath.Join(folder, name)
		}
	}
	return k, problems
}

// scaled are samples so many times doubled, or halved, in room that is there.
func scaled(room, pcm []int16, doubled int) []int16 {
	if doubled == 0 {
		return pcm
	}
	room = room[:0]
	for _, v := range pcm {
		n := int(v)
		if doubled > 0 {
			n <<= doubled
		} else {
			n /= 1 << -doubled
		}
		room = append(room, int16(min(max(n, -32768), 32767)))
	}
	return room
}
