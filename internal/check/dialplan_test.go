package check

import (
	"fmt"
	"strings"
	"testing"
)

// What is well formed in a dialplan and will hardly do what was meant, and its like that
// is in order.
func TestCheckDoubts(t *testing.T) {
	for name, c := range map[string]struct{ plan, want string }{
		"a gap": {"exten => 5,1,NoOp()\nexten => 5,3,NoOp()\n",
			"3: warning: no call reaches priority 3 of extension '5' in 'a': there is no priority 2 before it"},
		"a gap that a pattern fills": {"exten => 5,1,NoOp()\nexten => 5,3,NoOp()\nexten => _X,2,NoOp()\n", ""},
		"a gap that is jumped over":  {"exten => 5,1,Goto(3)\nexten => 5,3,NoOp()\n", ""},
		"a gap and a label":          {"exten => 5,1,NoOp()\nexten => 5,3(l),NoOp()\n", ""},
		"behind the end": {"exten => 5,1,Hangup()\nsame => n,NoOp()\n",
			"3: warning: no call reaches priority 2 of extension '5' in 'a': Hangup before it does not go on"},
		"behind the end, a label": {"exten => 5,1,Goto(x)\nsame => n,Hangup()\nsame => n(x),NoOp()\n",
			"3: note: no call reaches priority 2 of extension '5' in 'a': Goto before it does not go on"},
		"no beginning": {"exten => 5,2,NoOp()\n",
			"2: warning: extension '5' of 'a' begins with priority 2: without a priority 1 no call reaches it"},
		"includes itself": {"include => b\nexten => 5,1,NoOp()\n[b]\ninclude => c\n[c]\ninclude => a\n",
			"7: note: context 'a' includes itself through 'b', 'c'; the second time it is not searched"},
		"overlapping patterns": {"exten => _1X,1,NoOp()\nexten => _X1,1,NoOp()\nexten => _X.,1,NoOp()\n",
			"3: note: '_X1' and '_1X' (extensions.conf:2) of 'a' both match some numbers; those run '_1X': at position 1 it takes 0-9, '_1X' " +
				"takes 1"},
		"an include that is hidden": {"include => b\nexten => _X.,1,NoOp()\n[b]\nexten => _9X.,1,NoOp()\nexten => 911,1,NoOp()\nexten => " +
			"5,1,NoOp()\n", "2: warning: through this include '911' (extensions.conf:6), an emergency number, never runs: '_X.' " +
			"(extensions.conf:3) takes all its numbers first; 1 more like it"},
		"an include behind another": {"include => b\ninclude => c\n[b]\nexten => _9X.,1,NoOp()\n[c]\nexten => 914,1,NoOp()\n",
			"3: note: through this include '914' (extensions.conf:7) never runs: '_9X.' (extensions.conf:5) takes all its numbers first"},
		"a bracket":        {"exten => 5,1,NoOp(${X)\n", "2: warning: NoOp: '${' is never closed in '${X'"},
		"a bracket within": {"exten => 5,1,GotoIf($[\"${X\" = \"\"]?5,1)\n", "2: warning: GotoIf: '${' is never closed"},
		"parentheses":      {"exten => 5,1,Set(X=${LEN(a})\n", "2: note: Set: the parentheses of 'X=${LEN(a}' do not match"},
		"a variable that nobody sets": {"exten => 5,1,NoOp(${CALLED} ${Y} ${DIALSTATUS} ${EXTEN:1} ${ARG1})\nexten => 6,1,Set(Y=1)\n",
			"2: note: ${CALLED} is set nowhere in the dialplan: unless a program or the console sets it, it reads as nothing"},
		"a variable that is gone": {"exten => 5,1,NoOp(${CALLERIDNUM})\n",
			"2: warning: ${CALLERIDNUM} reads as nothing since Asterisk 1.4: it is ${CALLERID(num)} now"},
	} {
		list := checked(t, map[string]string{"sip.conf": cleanSIP, "extensions.conf": "[a]\n" + c.plan})
		var got []string
		for _, f := range list {
			if strings.Contains(f.Message, "context 'guests'") || strings.Contains(f.Message, "context 'inside'") ||
				strings.Contains(f.Message, "context 'from-itsp'") || f.File != "extensions.conf" {
				continue
			}
			got = append(got, fmt.Sprintf("%d: %s: %s", f.Line, strings.ToLower(f.Severity), f.Message))
		}
		all := strings.Join(got, "\n")
		switch {
		case c.want == "" && all != "":
			t.Errorf("%s: %s", name, all)
		case !strings.Contains(all, c.want), strings.Count(all, "includes itself") > 1:
			t.Errorf("%s:\n%s\nwant\n%s", name, all, c.want)
		}
	}
}
