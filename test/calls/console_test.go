package calls

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/testkit"
)

// What the console says of variables, functions and applications; the lines of Asterisk's
// that scripts read are the same.
func TestConsoleOfTheDialplan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, "[globals]\nWAS=there\n[inside]\nexten => 1,1,Answer()\nsame => n,Set(L=a)\nsame => n,Set(X=${PUSH(L)}.)\n"+
			"same => n,Wait(20)\nsame => n,Set(GLOBAL(END)=${X}${Y})\n", testkit.Faults{})
		p := w.registered("1001", "one", "10.0.0.11:5060")
		call := p.Dial("1")
		call.Wait("200", time.Second)
		time.Sleep(time.Second)
		name := w.sys.Core().Channels()[0].Name()
		for _, row := range []struct{ command, want string }{
			{"dialplan show globals", "   WAS=there\n\n    -- 1 variable(s)\n"},
			{"dialplan set global FOO bar and more", "\n    -- Global variable 'FOO' set to 'bar and more'\n"},
			{"dialplan eval function GLOBAL(FOO)", "Return Value: Success (0)\nResult: bar and more\n"},
			{"dialplan eval function LEN(abc)", "Return Value: Success (0)\nResult: 3\n"},
			{"dialplan eval function LEN", "Return Value: Success (0)\nResult: 0\n"},
			{"dialplan eval function NOSUCH(x)", "Return Value: Failure (-1)\nResult: \nThere is no function 'NOSUCH'.\n"},
			{"dialplan eval function PUSH(x)", "Return Value: Failure (-1)\nResult: \nFunction PUSH cannot be read\n"},
			{"dialplan set chanvar SIP/x-1 A b", "Channel 'SIP/x-1' not found\nCommand 'dialplan set chanvar SIP/x-1 A b' failed.\n"},
			{"dialplan set chanvar " + name + " Y yes", "\n    -- Channel variable 'Y' set to 'yes' for '" + name + "'\n"},
			{"dialplan show chanvar " + name, "Y=yes\nX=.\nL=a\nSIPCALLID=" + call.Response().Get("Call-ID") +
				"\nSIPDOMAIN=10.0.0.1\nSIPURI=sip:1001@10.0.0.11:5060\n"},
			{"dialplan explain 7@inside", "Context 'inside' (extensions.conf:3)\n  other numbers: 1\nNo extension matches '7'.\nCommand " +
				"'dialplan explain 7@inside' failed.\n"},
			{"core show applications like gosub", "    -= Matching Asterisk Applications =-\n                 Gosub: Jump to a subroutine\n     " +
				"          GosubIf: Jump to a subroutine on a condition\n    -= 2 Applications Matching =-\n"},
			{"core show application nosuch", "Your application(s) is (are) not registered\nCommand 'core show application nosuch' failed.\n"},
			{"core show application return", "\n  -= Info about Application 'Return' =- \n\n[Synopsis]\nReturn from a subroutine \n\n[Syntax]\n" +
				"Return([value])\n\n[Description]\nGOSUB_RETVAL is the value\n"},
			{"core show function CUT", "\n  -= Info about Function 'CUT' =- \n\n[Synopsis]\nFields of a variable \n\n[Syntax]\n" +
				"CUT(variable,delimiter,range)\n\n[Description]\na range is 2, 2-, -2, 2-3 or several with &\n"},
			{"core show function NOSUCH", "No function by that name registered.\nCommand 'core show function NOSUCH' failed.\n"},
		} {
			var b strings.Builder
			w.sys.Console().Run(&b, row.command)
			if b.String() != row.want {
				t.Errorf("%s:\n%s, want:\n%s", row.command, b.String(), row.want)
			}
		}
		if n := len(w.sys.Core().Channels()); n != 1 {
			t.Errorf("%d channels are left", n)
		}
		time.Sleep(time.Minute)
		if end, _ := w.sys.Core().Global("END"); end != ".yes" {
			t.Errorf("END is %q", end)
		}
		p.Close()
		w.stop()
	})
}

// Every function can be read and written without a call, whatever its arguments; none of
// them brings the console or a call down.
func TestEveryFunctionBearsAnyArguments(t *testing.T) {
	t.Chdir(t.TempDir()) // FILE() writes
	words := []string{"", "x", "1", "-1", "99999999999999999999", `\`, `"`, "%", "%0q", "[", "(", "a-", "2-1", "&", "@", "/", ":", "?", "=",
		"*", "A", "num", "all", "state", "peerip", "rtp", "dest", "uri", "c", "mon-fri", "1.5"}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, "[inside]\n", testkit.Faults{})
		core := w.sys.Core()
		c := core.Bare(dialplan.Location{Context: "inside", Exten: "s", Priority: 1})
		c.SetVar("x", "a,b,c")
		for _, f := range core.Funcs() {
			if slices.Contains([]string{"SHELL", "ENV", "CURL", "SRVQUERY"}, f.Name) {
				continue
			}
			call := func(args string) {
				defer func() {
					if r := recover(); r != nil {
						t.Errorf("%s(%s): %v", f.Name, args, r)
					}
				}()
				f.Value(c, args)
				if f.Write != nil {
					f.Write(c, args, args)
				}
			}
			for _, one := range words {
				call(one)
				for _, two := range words {
					call(one + "," + two)
					call("x," + one + "," + two)
					call(one + "," + two + ",x,1")
				}
			}
		}
		core.Drop(c)
		w.stop()
	})
}
