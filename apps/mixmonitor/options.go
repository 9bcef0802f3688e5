package mixmonitor

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media/soundfile"
	"obelisk/pbx/record"
)

// letters are MixMonitor's options.
const letters = "abBcdDimnpPrstSvVW"

// plan is what MixMonitor was asked for.
type plan struct {
	file, receive, transmit string // "": none
	more                    bool   // a: go on with files that are there
	bridged                 bool   // b: only while it is with somebody
	beeps                   time.Duration
	atStart, atStop         bool
	remove                  bool // d
	interleaved             bool // D
	id                      string
	boxes                   string
	ownID                   bool // c
	skip                    time.Duration
	gain                    [2]int // of what it says and hears; doublings
	command                 string // as written, with ^{}
}

// readPlan reads MixMonitor's arguments. problems are told, and cost the option.
func readPlan(args, folder string) (p plan, problems []string) {
	f := append(dialplan.SplitArgs(args, 3), "", "", "")
	o := dialplan.ParseOptions(f[1], letters)
	problems = o.Problems
	note := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	gain := func(letter byte, to ...*int) {
		if !o.Has(letter) {
			return
		}
		n, err := strconv.Atoi(strings.TrimSpace(o.Arg(letter)))
		if err != nil || n < -4 || n > 4 {
			note("option %c takes a volume of -4 to 4, not '%s'", letter, o.Arg(letter))
			return
		}
		for _, t := range to {
			*t = n
		}
	}
	gain('v', &p.gain[0])
	gain('V', &p.gain[1])
	gain('W', &p.gain[0], &p.gain[1])
	p.file, p.command = path(f[0], folder), f[2]
	for letter, to := range map[byte]*string{'r': &p.receive, 't': &p.transmit} {
		if o.Has(letter) {
			if *to = path(o.Arg(letter), folder); *to == "" {
				note("option %c takes the name of a file", letter)
			}
		}
	}
	p.more, p.bridged, p.remove, p.interleaved = o.Has('a'), o.Has('b'), o.Has('d'), o.Has('D')
	p.atStart, p.atStop, p.ownID = o.Has('p'), o.Has('P'), o.Has('c')
	p.id, p.boxes = o.Arg('i'), o.Arg('m')
	if o.Has('m') && p.boxes == "" {
		note("option m takes mailboxes")
	}
	if o.Has('B') {
		p.beeps = beepTime(o.Arg('B'), note)
	}
	if o.Has('s') {
		s, err := strconv.ParseFloat(strings.TrimSpace(o.Arg('s')), 64)
		if err != nil || !(s >= 0 && s < 1e6) {
			note("option s takes seconds, not '%s'", o.Arg('s'))
		} else {
			p.skip = time.Duration(s * float64(time.Second))
		}
	}
	return p, problems
}

// beepTime is how often it beeps: each 15 s, and not oftener than each 5.
func beepTime(text string, note func(string, ...any)) time.Duration {
	n := 15
	if text = strings.TrimSpace(text); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 0 || n > 1e6 {
			note("option B takes seconds, not '%s'", text)
			n = 15
		}
	}
	return time.Duration(max(n, 5)) * time.Second
}

// path is a file in the folder of recordings, where its name is not a whole path. The extension
// wav49 becomes WAV.
func path(name, folder string) string {
	if name = strings.TrimSpace(name); name == "" {
		return ""
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(folder, name)
	}
	if ext := filepath.Ext(name); ext == ".wav49" {
		name = strings.TrimSuffix(name, ext) + "." + record.Extension("wav49")
	}
	return name
}

// format is that of a file by its extension; one without has a raw one.
func format(name string) (path string, f *soundfile.Format) {
	ext := filepath.Ext(name)
	if ext == "" {
		name, ext = name+".raw", ".raw"
	}
	return name, soundfile.ByName(ext[1:])
}

// check finds problems in arguments as they are written.
func check(args string) []string {
	if strings.Contains(args, "$") {
		return nil
	}
	p, problems := readPlan(args, "/")
	if p.file == "" && p.receive == "" && p.transmit == "" {
		problems = append(problems, "it takes a file")
	}
	for _, name := range []string{p.file, p.receive, p.transmit} {
		if path, f := format(name); name != "" && f == nil {
			problems = append(problems, "'"+filepath.Ext(path)+"' is no format that can be written")
		}
	}
	return problems
}
