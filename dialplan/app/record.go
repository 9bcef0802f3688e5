package app

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/pbx/record"
)

const recordUsage = `Record(file.format[,silence[,seconds[,{a k n o q s t u x y}]]])
  silence  seconds of it end the recording; seconds is the longest recording; 0 for neither
  %d in the name counts up to the first that there is not
  a  go on with a file that is there
  k  keep the file when the caller hangs up
  n  do not answer
  o  0 ends it with the status OPERATOR
  q  no beep
  s  skip when the channel is not up
  t  * ends it in place of #
  u  keep the silence that ends it
  x  no key ends it
  y  any key ends it
  RECORDED_FILE; RECORD_STATUS is DTMF, SILENCE, TIMEOUT, HANGUP, SKIP, OPERATOR or ERROR`

// recordApp and recordingInfo are Record and what it leaves.
func (p player) recordApp() pbx.App {
	return pbx.App{Name: "Record", Synopsis: "Record to a file", Usage: recordUsage, Dangerous: true, Exec: p.record}
}

var recordingInfo = pbx.Func{Name: "RECORDING_INFO", Synopsis: "About the last Record", Usage: "RECORDING_INFO(duration): milliseconds",
	Read: func(c *pbx.Channel, args string) (string, error) {
		ms, ok := c.Fact("record.duration")
		switch {
		case !strings.EqualFold(strings.TrimSpace(args), "duration"):
			return "", errors.New("Invalid property type: " + args)
		case !ok:
			return "", errors.New("nothing was recorded")
		}
		return ms, nil
	}}

// ends of a recording by how it ended.
var recordStatus = map[record.Why]string{record.ByHangup: "HANGUP", record.ByKey: "DTMF", record.BySilence: "SILENCE",
	record.ByLimit: "TIMEOUT", record.ByError: "ERROR"}

// record records what the caller says.
func (p player) record(c *pbx.Channel, args string) dialplan.Result {
	const status = "RECORD_STATUS"
	f := append(dialplan.SplitArgs(args, 4), make([]string, 4)...)
	name, format := cutFormat(f[0])
	if format == "" {
		c.Warn("Record requires a file with a format: Record(file.format)")
		c.SetVar(status, "ERROR")
		return dialplan.End
	}
	o := dialplan.ParseOptions(f[3], "aknoqstuxy")
	name = counted(name, func(name string) bool { return exists(p.soundPath(name) + "." + record.Extension(format)) })
	c.SetVar("RECORDED_FILE", name)
	switch up := c.View().State == pbx.StateUp; {
	case up:
	case o.Has('s'):
		c.SetVar(status, "SKIP")
		return dialplan.Continue
	case !o.Has('n'):
		c.Answer()
	}
	if !o.Has('q') {
		p.List(c, []string{"beep"}, prompt.How{})
	}
	begun := time.Now()
	r := record.Result{}
	if !c.Gone() {
		r = record.Run(c, record.Job{Path: p.soundPath(name), Formats: []string{format}, Append: o.Has('a'),
			Limit: recordTime(c, "maximum", f[2]), Silence: recordTime(c, "silence", f[1]), Ends: recordKeys(o),
			Trim: func(r record.Result) time.Duration { return recordTrim(r, o) }})
	}
	c.SetFact("record.duration", strconv.FormatInt(time.Since(begun).Milliseconds(), 10))
	word := recordStatus[r.Why]
	switch {
	case r.Err != nil:
		c.Warn("Record: " + r.Err.Error())
		word = "ERROR"
	case r.Why == record.ByHangup && !o.Has('k'):
		os.Remove(p.soundPath(name) + "." + record.Extension(format))
	case r.Key == '0' && o.Has('o'):
		word = "OPERATOR"
	}
	c.SetVar(status, word)
	return after(c)
}

// cutFormat reads "file.format" or "file:format".
func cutFormat(text string) (name, format string) {
	i := strings.LastIndexByte(text, '.')
	if i < 0 {
		i = strings.IndexByte(text, ':')
	}
	if i < 0 {
		return text, ""
	}
	return text[:i], text[i+1:]
}

// mostCounted bounds how many files are looked for.
const mostCounted = 1_000_000

// counted puts the first number for %d with which there is no file.
func counted(name string, exists func(string) bool) string {
	if !strings.Contains(name, "%d") {
		return name
	}
	for n := range mostCounted {
		if out := strings.ReplaceAll(name, "%d", strconv.Itoa(n)); !exists(out) {
			return out
		}
	}
	return name
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// soundPath is a file among the sounds, where its name is not a whole path.
func (p player) soundPath(name string) string {
	if filepath.IsAbs(name) || len(p.Lib.Dirs) == 0 {
		return name
	}
	return filepath.Join(p.Lib.Dirs[0], name)
}

// recordTime reads seconds.
func recordTime(c *pbx.Channel, what, text string) time.Duration {
	n, ok := seconds(text)
	if !ok || n < 0 {
		if strings.TrimSpace(text) != "" {
			c.Warn("'" + text + "' is not a valid " + what + " duration")
		}
		return 0
	}
	return time.Duration(min(n, 1<<31)) * time.Second
}

// recordKeys are those that end it.
func recordKeys(o dialplan.Options) func(byte) bool {
	return func(key byte) bool {
		switch {
		case key == '0' && o.Has('o'), o.Has('y'):
			return true
		case o.Has('x'):
			return false
		case o.Has('t'):
			return key == '*'
		}
		return key == '#'
	}
}

// recordTrim takes the silence off but for a second, and the tone of a key.
func recordTrim(r record.Result, o dialplan.Options) time.Duration {
	switch {
	case r.Why == record.BySilence && !o.Has('u'):
		return r.Trailing - time.Second
	case r.Why == record.BySilence, r.Why == record.ByKey:
		return 250 * time.Millisecond
	}
	return 0
}
