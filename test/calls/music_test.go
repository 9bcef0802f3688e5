package calls

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// tones are the classes of the test: each plays one frequency.
var tones = map[string]float64{"default": 500, "jazz": 700, "rock": 900}

// musical is a world with these classes.
func musical(t *testing.T, sip, extensions string, f func(w *world, a, b *testkit.Phone)) {
	t.Helper()
	dir, conf := t.TempDir(), ""
	for class, hz := range tones {
		folder := filepath.Join(dir, class)
		os.MkdirAll(folder, 0o755)
		conf += "[" + class + "]\nmode=files\ndirectory=" + folder + "\n"
		for _, name := range []string{"one.sln", "two.sln"} {
			var b []byte
			for i := range 8000 {
				b = binary.LittleEndian.AppendUint16(b, uint16(int16(8000*math.Sin(2*math.Pi*hz*float64(i)/8000))))
			}
			os.WriteFile(filepath.Join(folder, name), b, 0o644)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": sip, "extensions.conf": extensions, "musiconhold.conf": conf})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		f(w, a, b)
		synctest.Wait()
		w.stop()
		a.Close()
		b.Close()
	})
}

// Who is held hears music until he is taken back: the class that the dialplan chose,
// else the one that the holding phone suggests, else what he likes, else the default.
func TestMusicForWhoIsHeld(t *testing.T) {
	for name, c := range map[string]struct{ holder, held, plan, want string }{
		"default":              {"", "", "", "default"},
		"his own taste":        {"", "mohinterpret=rock\n", "", "rock"},
		"suggested":            {"mohsuggest=jazz\n", "mohinterpret=rock\n", "", "jazz"},
		"the dialplan's":       {"mohsuggest=jazz\n", "", "exten => 1002,1,Set(CHANNEL(musicclass)=rock)\nsame => n,Dial(SIP/1002)\n", "rock"},
		"a class there is not": {"mohsuggest=polka\n", "", "", "default"},
	} {
		t.Run(name, func(t *testing.T) {
			sip := strings.Replace(baseSIP, "secret=one\n", "secret=one\n"+c.holder, 1)
			sip = strings.Replace(sip, "secret=two\n", "secret=two\n"+c.held, 1)
			plan := strings.Replace(baseExtensions, "[inside]\n", "[inside]\n"+c.plan, 1)
			musical(t, sip, plan, func(w *world, a, b *testkit.Phone) {
				call, in := connected(t, a, b, "1002")
				if s := call.Hold("sendonly"); s != 200 {
					t.Fatalf("hold answered %d", s)
				}
				time.Sleep(3 * time.Second) // more than one file
				_, n := in.Media.Counts()
				if _, back := call.Media.Counts(); back != 0 || n < 145 {
					t.Errorf("%d packets of music, %d to the holding phone", n, back)
				}
				for class, hz := range tones {
					if l := in.Media.Level(hz); (l > 6000) != (class == c.want) {
						t.Errorf("%s has %.0f", class, l)
					}
				}
				call.Hold("sendrecv")
				time.Sleep(100 * time.Millisecond)
				_, n = in.Media.Counts()
				time.Sleep(time.Second)
				if _, more := in.Media.Counts(); more != n {
					t.Errorf("%d packets after he was taken back", more-n)
				}
				if !heardAt(call, in) {
					t.Error("they do not hear each other")
				}
				call.Hangup()
				in.Wait("BYE", time.Second)
			})
		})
	}
}

// Dial's m plays to the caller until somebody answers; MusicOnHold for its time.
func TestMusicOfTheDialplan(t *testing.T) {
	plan := "[inside]\nexten => 1,1,Dial(SIP/1002,20,m(jazz))\nexten => 2,1,Answer()\nsame => n,MusicOnHold(rock,2)\nsame => " +
		"n,StartMusicOnHold()\nsame => n,Wait(2)\nsame => n,StopMusicOnHold()\nsame => n,Wait(60)\n"
	musical(t, baseSIP, plan, func(w *world, a, b *testkit.Phone) {
		call := a.Dial("1")
		in := answered(t, b)
		in.Ring()
		if !call.Wait("183", time.Second) {
			t.Error("no 183")
		}
		time.Sleep(2 * time.Second)
		if l := call.Media.Level(tones["jazz"]); l < 6000 {
			t.Errorf("jazz has %.0f", l)
		}
		in.Answer()
		call.Wait("200", time.Second)
		_, n := call.Media.Counts()
		time.Sleep(time.Second)
		if _, more := call.Media.Counts(); more > n+1 {
			t.Errorf("%d packets of music after the answer", more-n)
		}
		call.Hangup()
		in.Wait("BYE", time.Second)

		call = a.Dial("2")
		call.Wait("200", time.Second)
		time.Sleep(5 * time.Second)
		if rock, plain := call.Media.Level(tones["rock"]), call.Media.Level(tones["default"]); rock < 3000 || plain < 3000 {
			t.Errorf("rock has %.0f, the default %.0f", rock, plain)
		}
		if _, n := call.Media.Counts(); n < 195 || n > 205 {
			t.Errorf("%d packets", n)
		}
		call.Hangup()
	})
}
