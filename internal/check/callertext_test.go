package check

import (
	"strings"
	"testing"
)

// What a caller says is followed through variables to where it does harm; what FILTER has been over is not.
func TestTextsOfCallers(t *testing.T) {
	const shell, text, dial = "plan-shell-injection", "plan-caller-text", "plan-dial-unfiltered"
	for name, c := range map[string]struct {
		plan, code string
		line       int // 0: nothing is said
	}{
		"a variable":   {"exten => 5,1,Set(N=${CALLERID(name)})\n same => n,System(notify \"${N}\")\n", shell, 3},
		"a part of it": {"exten => 5,1,Set(N=caller ${CALLERID(name):0:20} here)\n same => n,System(notify ${N:0:9})\n", shell, 3},
		"over two":     {"exten => 5,1,Set(__A=${SIP_HEADER(X-Who)})\n same => n,Set(B=${A})\n same => n,TrySystem(n ${B})\n", shell, 4},
		"filtered":     {"exten => 5,1,Set(N=${FILTER(a-z,${CALLERID(name)})})\n same => n,System(notify ${N})\n", shell, 0},
		"filtered later": {"exten => 5,1,Set(N=${CALLERID(name)})\n same => n,Set(N=${FILTER(a-z,${N})})\n" +
			" same => n,System(n ${N})\n", shell, 0},
		"filtered at use":   {"exten => 5,1,Set(N=${CALLERID(name)})\n same => n,System(n ${FILTER(a-z,${N})})\n", shell, 0},
		"quoted":            {"exten => 5,1,Set(N=${CALLERID(name)})\n same => n,System(n ${QUOTE(${N})})\n", shell, 3},
		"the name is ours":  {"exten => 5,1,Set(CALLERID(name)=Door)\n same => n,System(n ${CALLERID(name)})\n", shell, 0},
		"all of it is ours": {"exten => 5,1,Set(CALLERID(all)=Door <5>)\n same => n,System(n ${CALLERID(name)})\n", shell, 0},
		"a subroutine": {"exten => 5,1,Gosub(tell,s,1(${CALLERID(name)},7))\n same => n,Hangup()\n[tell]\n" +
			"exten => s,1,System(n ${ARG1})\n same => n,Return()\n", shell, 5},
		"the other argument": {"exten => 5,1,Gosub(tell,s,1(${CALLERID(name)},7))\n same => n,Hangup()\n[tell]\n" +
			"exten => s,1,System(n ${ARG2})\n same => n,Return()\n", shell, 0},
		"filtered argument": {"exten => 5,1,Gosub(tell,s,1(${FILTER(a-z,${CALLERID(name)})}))\n same => n,Hangup()\n[tell]\n" +
			"exten => s,1,System(n ${ARG1})\n same => n,Return()\n", shell, 0},
		"a macro": {"exten => 5,1,Macro(tell,${CALLERID(name)})\n same => n,Hangup()\n[macro-tell]\n" +
			"exten => s,1,System(n ${ARG1})\n", shell, 5},
		"a subroutine leaves it": {"exten => 5,1,Gosub(who,s,1)\n same => n,System(n ${WHO})\n[who]\nexten => s,1,Set(WHO=${CALLERID(name)})\n" +
			" same => n,Return()\n", shell, 3},
		"a subroutine cleans it": {"exten => 5,1,Set(WHO=${CALLERID(name)})\n same => n,Gosub(who,s,1)\n same => n,System(n ${WHO})\n[who]\n" +
			"exten => s,1,Set(WHO=${FILTER(a-z,${WHO})})\n same => n,Return()\n", shell, 0},
		"another context": {"exten => 5,1,Set(N=${CALLERID(name)})\n same => n,Goto(next,s,1)\n[next]\nexten => s,1,System(n ${N})\n", shell, 5},
		"cleaned before it goes on": {"exten => 5,1,Set(CALLERID(name)=x)\n same => n,Goto(next,s,1)\n[next]\nexten => s,1,System(n " +
			"${CALLERID(name)})\n", shell, 0},
		"an include": {"include => more\nexten => 5,1,Set(GLOBAL(LAST)=${CALLERID(name)})\n[more]\nexten => 6,1,System(n ${LAST})\n", shell, 5},
		"a global":   {"exten => 5,1,Set(GLOBAL(LAST)=${CALLERID(name)})\n[other]\nexten => 6,1,System(n ${GLOBAL(LAST)})\n", shell, 4},
		"Local": {"exten => 5,1,Set(__N=${CALLERID(name)})\n same => n,Dial(Local/7@more/n,20)\n[more]\nexten => 7,1,System(n ${N})\n",
			shell, 5},
		"on a condition": {"exten => 5,1,ExecIf($[\"${X}\" = \"\"]?Set(N=${CALLERID(name)}))\n same => n,System(n ${N})\n", shell, 3},
		"what is called": {"exten => _9.,1,Set(NUM=${EXTEN:1})\n same => n,System(n ${NUM})\n", shell, 3},
		"digits alone":   {"exten => _9XXX,1,Set(NUM=${EXTEN:1})\n same => n,System(n ${NUM})\n", shell, 0},
		"a sum":          {"exten => 5,1,Set(N=$[\"${CALLERID(name)}\" : \"([a-z]+)\"])\n same => n,System(n ${N})\n", shell, 0},
		"SHELL":          {"exten => 5,1,Set(N=${CALLERID(name)})\n same => n,Set(X=${SHELL(look ${N})})\n", shell, 3},
		"CURL":           {"exten => 5,1,Set(N=${CALLERID(name)})\n same => n,Set(X=${CURL(http://127.0.0.1/?n=${N})})\n", text, 3},
		"beside ENV":     {"exten => 5,1,Set(F=${ENV(HOME)}/${CALLERID(num)}.wav)\n", text, 0},
		"within ENV":     {"exten => 5,1,Set(F=${ENV(${CALLERID(name)})})\n", text, 2},
		"encoded": {"exten => 5,1,Set(N=${CALLERID(name)})\n same => n,Set(X=${CURL(http://127.0.0.1/?n=${URIENCODE(${N})})})\n",
			text, 0},
		"EVAL":           {"exten => 5,1,Set(N=${CALLERID(name)})\n same => n,Set(X=${EVAL(${N})})\n", text, 3},
		"FILE":           {"exten => 5,1,Set(N=${CALLERID(name)})\n same => n,Set(FILE(/tmp/${N})=x)\n", text, 3},
		"Dial":           {"exten => 5,1,Set(N=${CALLERID(num)})\n same => n,Dial(SIP/${N},20)\n", dial, 3},
		"a number":       {"exten => _9.,1,Set(NUM=${EXTEN:1})\n same => n,Dial(SIP/201/${NUM},20)\n", dial, 3},
		"a clean number": {"exten => _9.,1,Set(NUM=${FILTER(0-9,${EXTEN:1})})\n same => n,Dial(SIP/201/${NUM},20)\n", dial, 0},
	} {
		list := checked(t, map[string]string{"sip.conf": cleanSIP, "extensions.conf": "[a]\n" + c.plan})
		line := 0
		for _, f := range list {
			if f.Code == c.code && line == 0 {
				line = f.Line
			}
		}
		if line != c.line {
			var b strings.Builder
			Write(&b, list, false)
			t.Errorf("%s: line %d, want %d\n%s", name, line, c.line, b.String())
		}
	}
}
