package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// What we write of a caller who does not want to be known, or is nobody, as Asterisk 20.20.1
// with chan_sip writes it.
func TestFromOfTheUnknown(t *testing.T) {
	const plan = "exten => _X,1,Set(CALLERID(name)=Bob)\nsame => n,GotoIf($[${EXTEN} = 2]?pres:num)\nsame => " +
		"n(num),Set(CALLERID(num)=${IF($[${EXTEN} = 4]?:5)})\nsame => n,Set(CALLERID(name)=${IF($[${EXTEN} = 4]?:Bob)})\n" +
		"same => n,ExecIf($[${EXTEN} = 3]?Set(CALLERID(pres)=unavailable))\nsame => n,ExecIf($[${EXTEN} = " +
		"1]?Set(CALLERID(num-pres)=prohib))\nsame => n,Dial(SIP/bare)\nsame => n(pres),Set(CALLERID(name-pres)=prohib)\nsame => " +
		"n,Dial(SIP/bare)\n" +
		"exten => 7,1,Dial(SIP/bare)\n"
	const nobody = `"Anonymous" <sip:anonymous@anonymous.invalid>`
	for name, c := range map[string]struct{ number, options, from, contact string }{
		"number":               {"1", "", nobody, "anonymous"},
		"name":                 {"2", "", nobody, "anonymous"},
		"unavailable":          {"3", "", nobody, "anonymous"},
		"empty":                {"4", "", `"asterisk" <sip:asterisk@10.0.0.1>`, "asterisk"},
		"known":                {"5", "", `"Bob" <sip:5@10.0.0.1>`, "5"},
		"number, fromuser":     {"1", "fromuser=fu\n", `"Anonymous" <sip:fu@anonymous.invalid>`, "fu"},
		"number, fromdomain":   {"1", "fromdomain=fd.example\n", `"Anonymous" <sip:anonymous@fd.example>`, "anonymous"},
		"empty, fromuser":      {"4", "fromuser=fu\n", `"asterisk" <sip:fu@10.0.0.1>`, "fu"},
		"originated":           {"", "", nobody, "anonymous"},
		"through Local":        {"Local", "", nobody, "anonymous"},
		"originated, fromuser": {"", "fromuser=fu\n", `"Anonymous" <sip:fu@anonymous.invalid>`, "fu"},
	} {
		t.Run(name, func(t *testing.T) {
			planWorld(t, plan, func(w *world, a *testkit.Phone, u *bareUA) {
				w.write("sip.conf", w.read("sip.conf")+"[bare](+)\n"+c.options)
				if err := w.sys.Reload("sip"); err != nil {
					t.Fatal(err)
				}
				switch c.number {
				case "":
					w.console("channel originate SIP/bare application Wait 1")
				case "Local":
					w.console("channel originate Local/7@inside application Wait 1")
				default:
					a.Dial(c.number)
				}
				invite := u.next("INVITE", time.Second)
				from, _, _ := strings.Cut(lineOf(invite, "From"), ";tag=")
				if contact := "<sip:" + c.contact + "@10.0.0.1:5060>"; from != c.from || lineOf(invite, "Contact") != contact {
					t.Errorf("From: %s, Contact: %s", from, lineOf(invite, "Contact"))
				}
				u.answer(invite, "486 Busy Here", "", "")
			})
		})
	}
}
