package rehearse

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

func parsed(t *testing.T, text string) *config.File {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte(text)}}}, "x", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// boxWords are those of a module that keeps texts.
func boxWords() []pbx.Word {
	boxes := map[string]string{}
	begun := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of a bubble of virtual time
	return []pbx.Word{
		{Name: "box", Usage: "box NAME = TEXT", Look: func(what string) string { return boxes[what] }, Prepare: func(what, value string) error {
			if value == "full" {
				return errors.New("it is full")
			}
			boxes[what] = value
			return nil
		}},
		{Name: "door", Usage: "door = open", Look: func(string) string { return "open" }},
		{Name: "clock", Usage: "clock = SECONDS", Look: func(string) string { return strconv.Itoa(int(time.Since(begun).Seconds())) }},
		{Name: "key", Usage: "key = 1", Prepare: func(string, string) error { return nil }},
	}
}

func emptyBoard(t *testing.T, words []pbx.Word) *Board {
	nowhere := func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("there is no network") }
	engine, err := media.New(media.Config{Listen: nowhere})
	if err != nil {
		t.Fatal(err)
	}
	core := pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(1)})
	plan, _ := dialplan.Compile(parsed(t, "[in]\nexten => 1,1,NoOp()\nexten => 2,1,Idle()\n"), nil)
	core.RegisterApp(pbx.App{Name: "Idle", Exec: func(c *pbx.Channel, _ string) dialplan.Result { c.WaitHangup(); return dialplan.Continue }})
	core.SetPlan(plan)
	return &Board{Core: core, Media: engine, Prompts: func(func(string)) {}, Close: engine.Close, Words: words}
}

// Words of modules prepare what is there before a call, and look at it afterwards.
func TestWordsOfModules(t *testing.T) {
	for text, want := range map[string]string{
		"dial = 1@in\nbox a = one\nexpect box a = o*\nexpect door = open\n":                                           "",
		"dial = 1@in\nbox a = one\nexpect box a = two\n":                                                              "expect box a = two, not box a = one",
		"dial = 2@in\nhangup = after 9 s\nexpect clock = 2 after 2 s\nexpect clock = 5 after 5 s\nexpect clock = 9\n": "",
		"dial = 2@in\nhangup = after 9 s\nexpect clock = 4 after 3 s\n":                                               "expect clock = 4 after 3s, not clock = 3",
		"dial = 1@in\nexpect door = open after 3 s\n":                                                                 "expect door = open after 3s, not door = (the call was over by then)",
		"dial = 1@in\nexpect door = open after noon\n":                                                                "x:3: ERROR: ",
		"dial = 1@in\nexpect door = shut\n":                                                                           "expect door = shut, not door = open",
		"dial = 1@in\nbox a = full\n":                                                                                 "x:3: it is full",
		"dial = 1@in\ndoor = open\n":                                                                                  "x:3: ERROR: 'door' can be expected only: expect door = open",
		"dial = 1@in\nbx a = b\n":                                                                                     "x:3: ERROR: unknown word 'bx a' (did you mean 'box'?)",
		"dial = 1@in\nexpect bocks a = b\nexpect key = 1\nexpect no box = 1": "x:3: ERROR: 'bocks a' cannot be expected, " +
			"x:4: ERROR: 'key' cannot be expected, x:5: ERROR: 'expect no' goes with",
	} {
		words := boxWords()
		cases, problems := Read(parsed(t, "[c]\n"+text), words...)
		var got []string
		for _, p := range problems {
			got = append(got, p.String())
		}
		if len(problems) == 0 {
			var o *Outcome
			synctest.Test(t, func(t *testing.T) {
				o = cases[0].Run(func() (*Board, error) { return emptyBoard(t, words), nil })
			})
			for _, f := range cases[0].Judge(o) {
				got = append(got, strings.TrimSuffix(f.Text+", not "+strings.Join(f.Saw, " "), ", not "))
			}
		}
		if all := strings.Join(got, ", "); !strings.HasPrefix(all, want) || want == "" && all != "" {
			t.Errorf("%s\n%s\nwant\n%s", text, all, want)
		}
	}
}
