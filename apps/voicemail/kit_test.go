package voicemail

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/apps/voicemail/spool"
	"obelisk/dialplan/say"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// fake is a call without sound: it notes what would be heard, and presses keys when it hears the
// prompts of a script.
type fake struct {
	d      *desk
	script []string // "prompt keys": keys are pressed when the prompt is heard; "hangup" hangs up
	keys   string   // pressed already
	heard  []string
	over   bool
	vars   map[string]string
	exts   string // context/exten, separated by blanks
	at     place
	went   string // where the dialplan goes on
	state  string
	id     pbx.CallerID
	said   []string // in the log
	length time.Duration
	fails  error // of recordings
	lang   string
}

func newFake(d *desk, script ...string) *fake {
	return &fake{d: d, script: script, vars: map[string]string{}, at: place{context: "phones", exten: "98", priority: 1},
		id: pbx.CallerID{Num: "102", Name: "Bob"}, length: 5 * time.Second, lang: "en"}
}

// next presses what the script has for a prompt.
func (f *fake) next(prompt string) {
	if len(f.script) == 0 {
		return
	}
	name, keys, _ := strings.Cut(f.script[0], " ")
	if name != prompt {
		return
	}
	f.script = f.script[1:]
	if keys == "hangup" {
		f.over = true
	} else {
		f.keys += keys
	}
}

func (f *fake) short(name string) string {
	if r, err := filepath.Rel(f.d.store.Root(), name); err == nil && filepath.IsAbs(name) {
		return r
	}
	return name
}

func (f *fake) play(stops string, names ...string) key {
	for _, n := range names {
		if f.over {
			return gone
		}
		n = f.short(n)
		f.heard = append(f.heard, n)
		f.next(n)
		if f.keys != "" && strings.IndexByte(stops, f.keys[0]) >= 0 {
			k := f.keys[0]
			f.keys = f.keys[1:]
			return key(k)
		}
	}
	if f.over {
		return gone
	}
	return none
}

func (f *fake) wait(time.Duration) key {
	if f.over {
		return gone
	}
	if f.keys == "" {
		return none
	}
	k := f.keys[0]
	f.keys = f.keys[1:]
	return key(k)
}

func (f *fake) ask(_ reading, prompts ...string) (string, key) {
	f.play("", prompts...)
	if f.over {
		return "", gone
	}
	typed, rest, ended := strings.Cut(f.keys, "#")
	f.keys = rest
	if !ended {
		f.keys = ""
	}
	return typed, none
}

func (f *fake) listen(path string, _ Keys, _ time.Duration) key { return f.play(anyKey, path) }

func (f *fake) record(r recording) recorded {
	if r.prompt != "" {
		f.play("", r.prompt)
	}
	if r.prompt != "" || r.beep {
		f.play("", "beep")
	}
	if f.over {
		return recorded{key: gone}
	}
	f.heard = append(f.heard, "(recording)")
	os.WriteFile(r.path+".wav", []byte(fmt.Sprint("take ", len(f.heard))), 0o666)
	f.next("(recording)")
	out := recorded{key: '#', length: f.length, sound: f.length, err: f.fails}
	if f.keys != "" {
		out.key, f.keys = key(f.keys[0]), f.keys[1:]
	}
	if f.over {
		out.key = gone
	}
	return out
}

func (f *fake) has(string) bool             { return true }
func (f *fake) voice() say.Voice            { return say.Voice{Language: f.lang} }
func (f *fake) spell(text string) []string  { return f.voice().Alpha(text, say.CaseNone) }
func (f *fake) setLanguage(language string) { f.lang = language }
func (f *fake) gone() bool                  { return f.over }
func (f *fake) answer()                     { f.state += "answered " }
func (f *fake) progress()                   { f.state += "progress " }
func (f *fake) up() bool                    { return strings.Contains(f.state, "answered") }
func (f *fake) place() place                { return f.at }
func (f *fake) caller() pbx.CallerID        { return f.id }
func (f *fake) rdnis() string               { return "" }
func (f *fake) variable(name string) string { return f.vars[name] }
func (f *fake) setVar(name, value string)   { f.vars[name] = value }
func (f *fake) name() string                { return "SIP/b-00000001" }
func (f *fake) address() string             { return "192.0.2.7" }
func (f *fake) warn(text string)            { f.said = append(f.said, text) }
func (f *fake) verbose(format string, args ...any) {
	f.said = append(f.said, fmt.Sprintf(format, args...))
}
func (f *fake) exists(context, exten string) bool {
	return strings.Contains(" "+f.exts+" ", " "+context+"/"+exten+" ")
}
func (f *fake) begins(context string, k byte) bool { return f.exists(context, string(k)) }
func (f *fake) goTo(context, exten string)         { f.went = context + "/" + exten }

// hears compares what was heard, and looks whether the script was played to its end.
func (f *fake) hears(t *testing.T, want string) {
	t.Helper()
	if got := strings.Join(f.heard, " "); got != want {
		t.Errorf("heard:\n%s\nwant:\n%s", got, want)
	}
	if len(f.script) > 0 {
		t.Errorf("not played: %q", f.script)
	}
}

// logged is a log that is looked at.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

const usualConf = `[general]
envelope = no
sayduration = no
mailcmd = cat >/dev/null
%s
[default]
100 => 4321,Alice Archer%s
102 => 1111,Bob Baker
103 => 2222,Carol Cook
105 => 105,Ned Newman
`

// office is a desk with mailboxes in a folder of its own: 100's options may be given.
func office(t *testing.T, general, own string) (*desk, *logged) {
	t.Helper()
	dir, log := t.TempDir(), &logged{}
	file := filepath.Join(dir, "voicemail.conf")
	if err := os.WriteFile(file, []byte(fmt.Sprintf(usualConf, general, own)), 0o644); err != nil {
		t.Fatal(err)
	}
	core := pbx.NewCore(pbx.Config{Log: zerolog.New(log)})
	m := New(Config{Spool: dir})
	m.Furnish(core)
	next, diags := m.Prepare(folder(dir))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	next.Commit()
	m.Start()
	t.Cleanup(m.Close)
	return m.desk, log
}

// seed puts a message there.
func seed(t *testing.T, d *desk, f spool.Folder, n int, caller string) {
	t.Helper()
	r := spool.Ref{Context: "default", Box: "100"}
	if err := d.store.Make(r, f); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(d.store.Path(r, f), fmt.Sprintf("msg%04d", n))
	text := fmt.Sprintf("[message]\ncontext=phones\ncallerid=%s\norigtime=%d\nmsg_id=%s-%d\nduration=200\n", caller, 1795938000+n, f, n)
	if f == spool.Urgent {
		text += "flag=Urgent\n"
	}
	for _, e := range [][2]string{{".wav", "sound"}, {".txt", text}} {
		if err := os.WriteFile(path+e[0], []byte(e[1]), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// visitOf is a visit to mailbox 100, whose password was right.
func visitOf(d *desk, f *fake) *visit {
	s := d.settings()
	return &visit{call: f, desk: d, settings: s, box: s.Find("default", "100")}
}

// in lists the messages of a mailbox, "folder id ..." for each folder that has some.
func in(d *desk, box string) string {
	var out []string
	for _, f := range spool.Folders() {
		for _, m := range d.store.List(spool.Ref{Context: "default", Box: box}, f) {
			out = append(out, f.String()+":"+m.ID())
		}
	}
	return strings.Join(out, " ")
}
