package voicemail

import (
	"fmt"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// Check implements pbx.Checked: whether what mailboxes name is in the dialplan, and what makes
// them open to everybody.
func (n *next) Check(w pbx.Whole) (out []config.Diagnostic) {
	plan := w.Plan()
	for _, b := range n.s.Boxes {
		say := func(severity config.Severity, format string, args ...any) {
			out = append(out, config.Diagnostic{Pos: b.Pos, Severity: severity, Text: "mailbox " + b.String() + ": " + fmt.Sprintf(format,
				args...)})
		}
		if plan != nil {
			b.contexts(plan, say)
		}
		switch {
		case b.Password == "":
			say(config.Note, "it has no password: whoever dials it hears its messages")
		case b.Password == b.Box && !b.ForceName && !b.ForceGreetings:
			say(config.Note, "its password is its number, which is what strangers try first")
		}
	}
	return out
}

// contexts looks whether those that a mailbox names are there.
func (b *Box) contexts(plan *dialplan.Plan, say func(config.Severity, string, ...any)) {
	for _, c := range [][2]string{{"callback", b.Callback}, {"dialout", b.Dialout}, {"exitcontext", b.ExitContext}} {
		if c[1] != "" && plan.Contexts[c[1]] == nil {
			say(config.Warning, "%s: there is no context '%s' in extensions.conf", c[0], c[1])
		}
	}
	if b.Operator && b.ExitContext != "" && plan.Contexts[b.ExitContext] != nil && !plan.Exists(b.ExitContext, "o", dialplan.Query{}) {
		say(config.Warning, "operator=yes, but [%s] has no extension o: key 0 does nothing", b.ExitContext)
	}
}

// checkOptions finds letters that an application does not know.
func checkOptions(known string) func(args string) []string {
	return func(args string) []string {
		f := dialplan.SplitArgs(args, 2)
		if len(f) < 2 || strings.Contains(args, "$") {
			return nil
		}
		return dialplan.ParseOptions(f[1], known).Problems
	}
}
