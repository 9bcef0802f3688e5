package files

import (
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// tuning tells of settings of sound and fax in files that are not read. Asterisk's samples of these files set most
// of it to what is so anyhow, and are passed over.
func tuning(l *look.Look) {
	tell := func(file string, section func(string) bool, counts func(config.Var) bool, why string) {
		f := l.File(file)
		if f == nil {
			return
		}
		for _, s := range f.Visible() {
			for _, v := range s.Vars {
				if section(strings.ToLower(s.Name)) && counts(v) {
					l.Say("file-not-here", v.Pos, "", "%s is not read, and %s has no effect: %s", file, v.Name, why)
					return
				}
			}
		}
	}
	any := func(config.Var) bool { return true }
	tell("udptl.conf", is("general"), func(v config.Var) bool {
		return strings.EqualFold(v.Name, "udptlstart") && v.Value != "4000" || strings.EqualFold(v.Name, "udptlend") && v.Value != "4999"
	}, "fax over T.38 uses the ports of rtp.conf, which a firewall has to let through")
	tell("res_stun_monitor.conf", is("general"), any, "there is no STUN monitor here: externhost is looked up again by itself")
	tell("dsp.conf", is("default"), any, "what counts as silence and as a key is built in; silence thresholds of conferences and mailboxes "+
		"have options of their own files")
	tell("codecs.conf", is("plc"), func(v config.Var) bool {
		b, ok := config.Bool(v.Value)
		return strings.EqualFold(v.Name, "genericplc") && ok && !b
	}, "lost audio is always made up where it is decoded")
	tell("codecs.conf", func(string) bool { return true }, func(v config.Var) bool {
		return strings.EqualFold(v.Name, "type") && strings.EqualFold(v.Value, "opus")
	}, "Opus is written as the far side's description asks for it")
}

func is(name string) func(string) bool { return func(s string) bool { return s == name } }
