// Package dictate is a dictation machine: a caller records and hears a file, and goes back and
// forth in it by keys.
package dictate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/pbx/record"
	"obelisk/sounds"
)

// Module implements pbx.Furnisher.
type Module struct {
	player *prompt.Player
	folder string // <astspooldir>/dictate
}

var (
	_ pbx.Furnisher = (*Module)(nil)
	_ pbx.Described = (*Module)(nil)
)

// New makes the module. Files without a folder lie in this one.
func New(lib *sounds.Library, folder string) *Module {
	return &Module{player: &prompt.Player{Lib: lib}, folder: folder}
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_dictate" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Virtual Dictation Machine" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	core.RegisterApp(pbx.App{Name: "Dictate", Synopsis: "Virtual Dictation Machine", Usage: usage, Exec: m.dictate})
}

const usage = `Dictate([folder[,file]])
  a caller records file.raw of the folder, or <astspooldir>/dictate, and hears it; without a file its number is asked for
  *  pause, and on again      1  from hearing to recording, and back      0  help      #  the end
  while hearing: 2 faster, up to four times    7 back, 8 on, by three seconds
  while recording: 8 throws away what there is`

// asks is the prompt that asks for the number of a file.
const asks = "dictate/enter_filename"

// skip is how far keys 7 and 8 go.
const skip = 3 * time.Second

// fastest is how often a frame in so many is heard.
const fastest = 4

// machine is a call at work.
type machine struct {
	c       *pbx.Channel
	player  *prompt.Player
	path    string // without extension
	records bool
	runs    bool
	at      time.Duration // where it is heard
	speed   int
	next    byte // a key that ended a prompt
}

func (m *Module) dictate(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	folder, name := strings.TrimSpace(f[0]), strings.TrimSpace(f[1])
	if folder == "" {
		folder = m.folder
	}
	c.Answer()
	if name == "" {
		ask := prompt.Ask{Most: 40, Ends: "#"}
		if m.player.Has(c, asks) {
			ask.Prompts = []string{asks}
		}
		a := m.player.Digits(c, ask)
		if name = strings.Trim(a.Digits, "*"); name == "" {
			return after(c)
		}
	}
	x := &machine{c: c, player: m.player, path: filepath.Join(folder, name), speed: 1}
	x.open()
	x.say("dictate/forhelp")
	x.mode()
	for !c.Gone() {
		key := x.work()
		if key == 0 || key == '#' {
			break
		}
		x.press(key)
	}
	return after(c)
}

// open makes the file, which is there from the beginning.
func (x *machine) open() {
	err := os.MkdirAll(filepath.Dir(x.path), 0o755)
	if err == nil {
		var f *os.File
		if f, err = os.OpenFile(x.path+".raw", os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
			err = f.Close()
		}
	}
	if err != nil {
		x.c.Warn("Dictate: " + err.Error())
	}
}

func after(c *pbx.Channel) dialplan.Result {
	if c.Gone() {
		return dialplan.End
	}
	return dialplan.Continue
}

// say plays prompts until a key, which counts then; those that are not there are passed over.
func (x *machine) say(names ...string) {
	for _, n := range names {
		if x.next == 0 && x.player.Has(x.c, n) {
			h, _ := x.player.Play(x.c, n, prompt.How{Stops: prompt.Keys(keys)})
			x.next = h.Key
		}
	}
}

// pressed is a key that was pressed already, 0 for none.
func (x *machine) pressed() (key byte) {
	if key, x.next = x.next, 0; key == 0 {
		key = x.c.TypedAhead(prompt.Keys(keys))
	}
	return key
}

const keys = "012789*#"

// work records, plays or waits until a key, which it returns; 0 at the end of the call.
func (x *machine) work() byte {
	switch {
	case x.runs && x.records:
		if key := x.pressed(); key != 0 {
			return key
		}
		r := record.Run(x.c, record.Job{Path: x.path, Formats: []string{"raw"}, Append: true, Ends: prompt.Keys(keys)})
		if r.Why == record.ByError {
			x.c.Warn("Dictate: " + r.Err.Error())
			x.runs = false
			return x.wait(nil)
		}
		return r.Key
	case x.runs:
		return x.hear()
	}
	return x.wait(nil)
}

// wait waits for a key, or for done: ended then.
func (x *machine) wait(done <-chan struct{}) byte {
	if key := x.pressed(); key != 0 {
		return key
	}
	for {
		e, why := x.c.Await(pbx.Wait{Keys: true, Also: done})
		switch {
		case why == pbx.Also:
			return ended
		case why != pbx.Came:
			return 0
		case strings.IndexByte(keys, e.Digit) >= 0:
			return e.Digit
		}
	}
}

// ended is in place of a key: all was heard.
const ended = 'e'

// hear plays from where it is.
func (x *machine) hear() byte {
	data, err := os.ReadFile(x.path + ".raw")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		x.c.Warn("Dictate: " + err.Error())
	}
	clip, _ := soundfile.Decode("x.raw", data)
	s := x.c.Leg().Stream()
	if s == nil {
		return x.wait(nil)
	}
	pcm := faster(clip.PCM[min(int(x.at*8/time.Millisecond), len(clip.PCM)):], x.speed)
	if len(pcm) == 0 {
		return ended
	}
	over := make(chan struct{})
	begun := time.Now()
	voice := s.Play(media.NewClip(pcm), func(bool) { close(over) })
	key := x.wait(over)
	voice.Stop()
	x.at += time.Since(begun) * time.Duration(x.speed)
	return key
}

// faster is one frame of 20 ms in so many.
func faster(pcm []int16, speed int) (out []int16) {
	if speed == 1 {
		return pcm
	}
	const frame = 160
	for i := 0; i < len(pcm); i += frame * speed {
		out = append(out, pcm[i:min(i+frame, len(pcm))]...)
	}
	return out
}

// press does what a key means.
func (x *machine) press(key byte) {
	switch {
	case key == '*':
		x.runs = !x.runs
		x.tell()
	case key == ended:
		x.runs, x.at = false, 0
		x.tell()
	case key == '1':
		x.records, x.runs = !x.records, false
		x.mode()
	case key == '0':
		x.help()
	case x.records && key == '8':
		if err := os.Remove(x.path + ".raw"); err == nil {
			x.say("dictate/truncating_audio")
		}
		x.at = 0
	case x.records:
	case key == '2':
		x.speed = x.speed%fastest + 1
		x.say(x.player.Voice(x.c, "").Number(x.speed, "")...)
	case key == '7':
		x.at = max(x.at-skip, 0)
	case key == '8':
		x.at += skip
	}
}

// mode says which of the two it is in, where it stands still.
func (x *machine) mode() {
	if x.records {
		x.say("dictate/record_mode", "dictate/paused")
	} else {
		x.say("dictate/playback_mode", "dictate/paused")
	}
}

// tell says what it does now.
func (x *machine) tell() {
	switch {
	case !x.runs:
		x.say("dictate/pause")
	case x.records:
		x.say("dictate/record")
	default:
		x.say("dictate/playback")
	}
}

// help says which keys there are; it stops meanwhile.
func (x *machine) help() {
	x.runs = false
	x.say("dictate/paused")
	if x.records {
		x.say("dictate/record_help", "dictate/both_help")
	} else {
		x.say("dictate/play_help", "dictate/both_help")
	}
}
