package confbridge

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// whole is a configuration that is looked at.
type whole struct {
	oneFile
	plan *dialplan.Plan
}

func (w whole) Plan() *dialplan.Plan          { return w.plan }
func (whole) Devices() []string               { return nil }
func (whole) HasDevice(string) bool           { return true }
func (whole) Named(string) []pbx.Reference    { return nil }
func (w whole) File(name string) *config.File { return w.oneFile.File(name) }

// Each mistake is told, with its line and what would be right.
func TestMistakes(t *testing.T) {
	h := &house{t: t}
	f := h.file(`[general]
foo=1
[a]
type=user
admn=yes
quiet=perhaps
pin=12a
marked=yes
wait_marked=yes
denoise=yes
[b]
type=bridge
max_members=many
video_mode=sfu
regcontext=nowhere
sound_joined=x
[m]
type=menu
1=toggle_mut
12=no_op
2=dialplan_exec(in,7,1)
3=playback
X=no_op
1=no_op
4=toggle_mute,playback(a
[n]
quiet=yes
[o]
type=room
`)
	plan, _ := dialplan.Compile(h.file("[in]\nexten => 1,1,ConfBridge(1,bb,a,m)\nexten => 2,1,ConfBridge(${X},${Y},,n)\n"), nil)
	c, diags := ReadConfig(f)
	n := &next{c: c}
	diags = append(diags, n.Check(whole{oneFile{f}, plan})...)
	var got []string
	for _, d := range diags {
		got = append(got, d.String())
	}
	text := strings.Join(got, "\n")
	for _, want := range []string{
		"x:2: WARNING: option 'foo' of [general]", "x:5: WARNING: unknown option 'admn' in [a] (did you mean 'admin'?)",
		"x:6: WARNING: 'perhaps' is not a valid value of 'quiet'",
		"x:13: WARNING: 'many' is not a valid value of 'max_members'", "x:16: WARNING: unknown option 'sound_joined' in [b]",
		"there is no action 'toggle_mut' (did you mean 'toggle_mute'?); 1 does nothing", "playback takes something in parentheses",
		"'X' is no sequence", "')' is missing",
		"[n] has no type", "'room' is no type",
		"nobody can type the PIN '12a'", "wait_marked has no effect", "denoise has no effect", "video_mode = sfu is not here",
		"there is no context 'nowhere'",
		"12 never comes: 1 is done as soon as it is pressed", "there is no priority 1 of extension '7' in context 'in'",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if len(got) != 18 {
		t.Errorf("%d findings\n%s", len(got), text)
	}
}

// What the console shows of profiles is what Asterisk shows.
func TestProfilesOnTheConsole(t *testing.T) {
	h := &house{t: t}
	m := New(nil, "", "")
	c, _ := ReadConfig(h.file("[q]\ntype=user\nquiet=yes\nannounce_join_leave_review=yes\nannounce_user_count_all=3\n[b]\ntype=bridge\n" +
		"sound_join=beep\nvideo_mode=follow_talker\nmax_members=7\n[m]\ntype=menu\n*=playback_and_continue(conf-usermenu)\n1=toggle_mute , " +
		"no_op\n"))
	m.config.Store(c)
	var out bytes.Buffer
	for _, k := range m.Commands() {
		args := map[string][]string{"confbridge show profile user": {"q"}, "confbridge show profile bridge": {"b"},
			"confbridge show menu": {"m"}, "confbridge show menus": {}, "confbridge show profile users": {}, "confbridge show profile bridges": {},
			"confbridge list": {}, "confbridge mute": {"x", "all"}, "confbridge lock": {"x"}}
		if a, ok := args[k.Name]; ok {
			out.WriteString("> " + k.Name + "\n")
			k.Run(&out, a)
		}
	}
	path := filepath.Join("testdata", "console.txt")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		os.MkdirAll("testdata", 0o755)
		os.WriteFile(path, out.Bytes(), 0o644)
	}
	want, _ := os.ReadFile(path)
	if out.String() != string(want) {
		t.Errorf("%s", out.String())
	}
}

// Profiles of the channel's own begin with what they are told to, and what is wrong changes nothing.
func TestOwnProfiles(t *testing.T) {
	h := &house{t: t}
	m := New(nil, "", "")
	c, _ := ReadConfig(h.file("[boss]\ntype=user\nadmin=yes\npin=1\n[tm]\ntype=menu\n5=no_op\n6=no_op\n"))
	m.config.Store(c)
	var o own
	set := func(kind, option, value string, well bool) {
		t.Helper()
		next, err := m.set(o, kind, option, value)
		if (err == nil) != well {
			t.Errorf("%s, %s = %s: %v", kind, option, value, err)
		}
		if err == nil {
			o = next
		}
	}
	set("user", "template", "boss", true)
	set("user", "quiet", "yes", true)
	set("user", "nonsense", "yes", false)
	set("user", "quiet", "perhaps", false)
	set("user", "template", "nobody", false)
	set("cat", "quiet", "yes", false)
	set("menu", "template", "tm", true)
	set("menu", "5", "toggle_mute", true)
	set("menu", "x", "toggle_mute", false)
	set("bridge", "max_members", "3", true)
	if !o.user.admin || !o.user.quiet || o.user.pin != "1" || c.user("boss").quiet {
		t.Errorf("%+v", o.user)
	}
	if e, _ := o.menu.entry("5"); len(o.menu.entries) != 2 || e.text != "toggle_mute" || c.menu("tm").entries[0].text != "no_op" {
		t.Errorf("%+v", o.menu)
	}
	if o.bridge.maxMembers != 3 || o.bridge.name != defaultBridge {
		t.Errorf("%+v", o.bridge)
	}
	set("user", "clear", "", true)
	if o.user != nil {
		t.Error("it was not cleared")
	}
	for i := range mostEntries + 5 {
		if next, err := m.set(o, "menu", strings.Repeat("1", i/8+1)+string("0123456789"[i%8]), "no_op"); err == nil {
			o = next
		}
	}
	if len(o.menu.entries) > mostEntries {
		t.Errorf("%d entries", len(o.menu.entries))
	}
}

// MeetMe's words.
func TestMeetMe(t *testing.T) {
	got := strings.Join(checkMeet("1234,aMqGz"), "; ")
	if want := "it is ConfBridge(1234) here, with a user of confbridge.conf of which a is 'admin = yes', M is 'music_on_hold_when_empty = " +
		"yes', q is 'quiet = yes'; option G has no effect"; !strings.HasPrefix(got, want) {
		t.Error(got)
	}
	h := &house{t: t}
	rooms, diags := readMeetMe(h.file("[general]\nschedule=yes\n[rooms]\nconf => 1234,11,22\nconf => 99\n"))
	if len(diags) != 0 || rooms.pins["1234"] != [2]string{"11", "22"} || rooms.pins["99"] != [2]string{"", ""} {
		t.Errorf("%v %v", rooms, diags)
	}
}

// No text breaks the reading of a menu.
func FuzzActions(f *testing.F) {
	for _, s := range []string{"toggle_mute", "playback(a&b),no_op", "dialplan_exec(a,b,1)", "playback((x)),", "a(,)", ")("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := readActions(text)
		if err == nil && (len(list) == 0 || len(list) > mostActions) {
			t.Errorf("%q: %d actions", text, len(list))
		}
		for _, a := range list {
			if _, known := words[a.word]; !known {
				t.Errorf("%q has %q", text, a.word)
			}
		}
	})
}
