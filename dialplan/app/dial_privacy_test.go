package app

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/fn"
	"obelisk/internal/rehearse"
	"obelisk/internal/store"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/sounds"
)

// answering is a phone that answers, and presses a key after a while.
type answering struct {
	*phone
	key   byte
	after time.Duration
	early bool // it has progress before
}

func (a answering) Call(pbx.CallInfo) {
	ch := a.Channel()
	if a.early {
		ch.Post(pbx.Event{Kind: pbx.EventProgress})
		time.AfterFunc(time.Second, func() { ch.Post(pbx.Event{Kind: pbx.EventAnswered}) })
		return
	}
	ch.Post(pbx.Event{Kind: pbx.EventAnswered})
	if a.key != 0 {
		time.AfterFunc(a.after, func() { ch.Post(pbx.Event{Kind: pbx.EventDigit, Digit: a.key}) })
	}
}

type answerings struct{ a *answering }

func (answerings) Name() string                           { return "Other" }
func (t answerings) Request(pbx.Request) (pbx.Leg, error) { return t.a, nil }

// Who is called decides by a key, which is kept with P; the caller's name goes with n.
func TestPrivacy(t *testing.T) {
	const plan = "[in]\nexten => s,1,Dial(Other/x,20,${OPT})\nsame => n,Set(GLOBAL(T)=${DIALSTATUS} ${DB(privacy/fam/7)})\n"
	for _, c := range []struct {
		name, options, before string
		key                   byte
		want, intro           string
	}{
		{"wanted", "gP(fam)", "", '1', "ANSWER allow", "there"}, {"not now", "gP(fam)", "", '2', "NOANSWER deny", "there"},
		{"torture", "P(fam)", "", '3', "TORTURE torture", "there"}, {"never", "P(fam)", "", '4', "DONTCALL kill", "there"},
		{"this once", "P(fam)", "", '5', "NOANSWER allow", "there"}, {"screening has no 5", "p", "", '5', "ANSWER ", "there"},
		{"screening", "p", "", '4', "DONTCALL ", "there"}, {"no key", "p", "", 0, "ANSWER ", "there"},
		{"n deletes the name of who is wanted", "gpn", "", '1', "ANSWER ", ""}, {"and only his", "pn", "", '2', "NOANSWER ", "there"},
		{"n(1) that of everybody", "pn(1)", "", '2', "NOANSWER ", ""}, {"denied before", "P(fam)", "deny", 0, "NOANSWER deny", ""},
		{"killed before", "P(fam)", "kill", 0, "DONTCALL kill", ""}, {"allowed before", "gP(fam)", "allow", 0, "ANSWER allow", ""},
		{"N: he has a number", "gpN", "", 0, "ANSWER ", ""},
	} {
		dir := t.TempDir()
		os.Mkdir(filepath.Join(dir, "priv-callerintros"), 0o755)
		for _, name := range []string{"priv-recordintro", "beep", "auth-thankyou", "vm-dialout", "priv-callpending", "priv-callee-options",
			"screen-callee-options", "vm-sorry"} {
			os.WriteFile(filepath.Join(dir, name+".sln"), make([]byte, 16000), 0o644)
		}
		onBoard(t, plan, func(t *testing.T, b *rehearse.Board) {
			db := store.Memory()
			fn.Database(b.Core, db)
			if c.before != "" {
				db.Put("privacy", "fam/7", c.before)
			}
			Register(b.Core, &sounds.Library{Dirs: []string{dir}, Extensions: soundfile.Extensions})
			a := &answering{phone: newPhone(b), key: c.key, after: time.Second}
			b.Core.RegisterTech(answerings{a})
			b.Core.SetGlobal("OPT", c.options)
			p := newPhone(b)
			p.calls(t, b, "s")
			time.Sleep(30 * time.Second)
			if ch := a.Channel(); ch != nil {
				ch.SoftHangup(pbx.CauseNormal)
			}
			time.Sleep(time.Second)
			if got := global(b, "T"); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "priv-callerintros", "7.sln")); (err == nil) != (c.intro != "") {
				t.Errorf("%s: the name: %v", c.name, err)
			}
		})
	}
}

// D presses keys for both before they are connected.
func TestKeysAfterTheAnswer(t *testing.T) {
	onBoard(t, "[in]\nexten => s,1,Dial(Other/x,20,gD(1w2:34))\nsame => n,Set(GLOBAL(T)=${DIALSTATUS})\n",
		func(t *testing.T, b *rehearse.Board) {
			a := &answering{phone: newPhone(b)}
			b.Core.RegisterTech(answerings{a})
			p := newPhone(b)
			var mu sync.Mutex
			var sent []string
			for who, far := range map[string]*media.Stream{"callee": a.Far(), "caller": p.Far()} {
				far.OnDigit(func(key byte) {
					mu.Lock()
					defer mu.Unlock()
					sent = append(sent, who+string(key))
				})
			}
			p.calls(t, b, "s")
			time.Sleep(10 * time.Second)
			a.Channel().SoftHangup(pbx.CauseNormal)
			time.Sleep(time.Second)
			mu.Lock()
			defer mu.Unlock()
			if got := strings.Join(sent, " "); got != "callee1 callee2 caller3 caller4" || global(b, "T") != "ANSWER" {
				t.Errorf("%q, then %s", got, global(b, "T"))
			}
		})
}

// The fourth and the sixth part of D are digits of MF and SF signalling for who is called, at the
// first progress.
func TestSignallingAtTheFirstProgress(t *testing.T) {
	onBoard(t, "[in]\nexten => s,1,Dial(Other/x,20,gD(:::*987#:1:42))\n", func(t *testing.T, b *rehearse.Board) {
		a := &answering{phone: newPhone(b), early: true}
		b.Core.RegisterTech(answerings{a})
		var got []string
		for _, name := range []string{"SendMF", "SendSF"} {
			b.Core.RegisterApp(pbx.App{Name: name, Exec: func(c *pbx.Channel, args string) dialplan.Result {
				got = append(got, c.Name()+" "+name+" "+args)
				return dialplan.Continue
			}})
		}
		newPhone(b).calls(t, b, "s")
		time.Sleep(10 * time.Second)
		name := a.Channel().Name()
		a.Channel().SoftHangup(pbx.CauseNormal)
		time.Sleep(time.Second)
		if want := name + " SendMF *987#|" + name + " SendSF 42"; strings.Join(got, "|") != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
