package dialplan

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/dialplan/expr"
	"obelisk/internal/config"
	"obelisk/internal/testkit"
)

// rows reads a golden table taken from a running Asterisk 20.
func rows(t *testing.T, name string, columns int) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out [][]string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if strings.HasPrefix(sc.Text(), "#") || sc.Text() == "" {
			continue
		}
		c := strings.Split(sc.Text(), "\t")
		for len(c) < columns {
			c = append(c, "")
		}
		for i := range c {
			c[i] = testkit.Unescape(c[i])
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		t.Fatalf("%s holds no rows", name)
	}
	return out
}

// tableEnv has the channel variables of the golden tables.
type tableEnv map[string]string

func goldenEnv() tableEnv {
	e := tableEnv{"CONTEXT": "gvars"}
	for _, kv := range []string{"NUM=42", "NEG=-7", "ZERO=0", "FLT=2.5", "EMPTY=", "WORD=telephone", "DIGITS=0123456789",
		"LONG=The quick brown fox jumps over it", "LIST=alpha&beta&gamma&delta", "CSV=one,two,three,four", "PIPES=a|b|c|d",
		"DASHES=2026-11-20", "PHONE=+49 (30) 123-456", "SIPURI=SIP/trunk-0000001a", "ADDR=sip:bob@192.0.2.7:5060",
		"MIXED=AbCdEf123xYz", "SPACES=  padded  ", "NAME=WORD", "IDX=3", "CNT=2", `QUOTED="quoted text"`, "STATUS=ANSWER",
		"ARR1=first", "ARR2=second", "DOLLAR=5$", "COLON=a:b:c", "T0=0", "T1=1", "AT=user@host", "Lower=case-kept"} {
		k, v, _ := strings.Cut(kv, "=")
		e[k] = v
	}
	return e
}

func (e tableEnv) Variable(n string) string { return e[n] }
func (e tableEnv) Warn(string)              {}
func (e tableEnv) Function(name, args string) (string, bool) {
	switch name {
	case "LEN":
		return strconv.Itoa(len(args)), true
	case "TOUPPER":
		return strings.ToUpper(args), true
	case "ISNULL":
		return map[bool]string{true: "1", false: "0"}[args == ""], true
	case "IF":
		cond, rest, _ := strings.Cut(args, "?")
		yes, no, _ := strings.Cut(rest, ":")
		if expr.Condition(cond) {
			return yes, true
		}
		return no, true
	}
	return "", false
}

func TestExpressionsAsAsterisk(t *testing.T) {
	env := goldenEnv()
	for _, r := range rows(t, "expr.tsv", 2) {
		if got := Expand("$["+r[0]+"]", env); got != r[1] {
			t.Errorf("$[%s] = %q, want %q", r[0], got, r[1])
		}
	}
}

func TestSubstitutionAsAsterisk(t *testing.T) {
	env := goldenEnv()
	for _, r := range rows(t, "vars.tsv", 2) {
		if strings.Contains(r[0], "CUT(") || strings.Contains(r[0], "EVAL(") {
			continue // functions of dialplan/fn, tested there
		}
		if got := Expand(r[0], env); got != r[1] {
			t.Errorf("%s = %q, want %q", r[0], got, r[1])
		}
	}
}

func planOf(t testing.TB, text string) *Plan {
	t.Helper()
	p, _ := compileText2(t, text)
	return p
}

func compileText2(t testing.TB, text string) (*Plan, []config.Diagnostic) {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"extensions.conf": {Data: []byte(text)}}}, "extensions.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Compile(f, nil)
}

func TestMatchingAsAsterisk(t *testing.T) {
	for _, r := range rows(t, "match.tsv", 4) {
		var b strings.Builder
		groups := strings.Split(r[0], " | ")
		for i, g := range groups {
			fmt.Fprintf(&b, "[c%d]\n", i)
			if i == 0 {
				for j := range groups[1:] {
					fmt.Fprintf(&b, "include => c%d\n", j+1)
				}
			}
			for _, name := range strings.Fields(g) {
				fmt.Fprintf(&b, "exten => %s,1,NoOp(%s)\n", name, name)
			}
		}
		h, ok := planOf(t, b.String()).Find("c0", r[2], 1, Query{CallerID: r[1]})
		got := "-"
		if ok {
			got = h.Priority.Args.Raw()
		}
		if got != r[3] {
			t.Errorf("[%s] cid %q dialled %q: %s, want %s", r[0], r[1], r[2], got, r[3])
		}
	}
}

func TestTimeSpecAsAsterisk(t *testing.T) {
	for _, r := range rows(t, "timespec.tsv", 3) {
		at, err := time.ParseInLocation("2006/01/02 15:04:05", r[1], time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		spec, _ := ParseTimeSpec(r[0])
		if spec.Matches(at) != (r[2] == "1") {
			t.Errorf("%s at %s: want %s", r[0], r[1], r[2])
		}
	}
}

// TestIndexEqualsLinearWalk holds the trie against the definition: walk the
// sorted list, take the first match.
func TestIndexEqualsLinearWalk(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"X", "Z", "N", "1", "2", "9", "[13]", "[2-5]", "[*#]", ".", "!", "a"}
	for range 300 {
		var b strings.Builder
		b.WriteString("[c]\n")
		for range 1 + rnd.IntN(12) {
			name := "_"
			if rnd.IntN(4) == 0 {
				name = ""
			}
			for range 1 + rnd.IntN(4) {
				name += alphabet[rnd.IntN(len(alphabet))]
			}
			fmt.Fprintf(&b, "exten => %s,1,NoOp(%s)\n", name, name)
		}
		c := planOf(t, b.String()).Contexts["c"]
		for range 40 {
			data := ""
			for range rnd.IntN(5) {
				data += string("123459*#a"[rnd.IntN(9)])
			}
			var want, got *Extension
			for _, e := range c.Extensions {
				if e.match.matches(data) {
					want = e
					break
				}
			}
			var found candidates
			c.index.match(data, &found)
			if len(found.list()) > 0 {
				got = found.list()[0]
			}
			if got != want {
				t.Fatalf("%q in\n%s\nindex %v, walk %v", data, b.String(), got, want)
			}
		}
	}
}

func TestMatchModes(t *testing.T) {
	for _, c := range []struct {
		pattern, data      string
		match, can, longer bool
	}{
		{"100", "1", false, true, true}, {"100", "100", true, true, false}, {"100", "1000", false, false, false},
		{"_1XX", "", false, true, true}, {"_1XX", "12", false, true, true}, {"_1XX", "123", true, true, false},
		{"_1X.", "12", false, true, true}, {"_1X.", "123", true, true, true}, {"_1!", "1", true, true, false},
	} {
		p := planOf(t, "[c]\nexten => "+c.pattern+",1,NoOp()\n")
		if m, k, l := p.Exists("c", c.data, Query{}), p.CanMatch("c", c.data, Query{}), p.MatchMore("c", c.data, Query{}); m != c.match ||
			k != c.can || l != c.longer {
			t.Errorf("%s %q: %v %v %v, want %v %v %v", c.pattern, c.data, m, k, l, c.match, c.can, c.longer)
		}
	}
}

func TestPrioritiesMergeAcrossPatternsAndIncludes(t *testing.T) {
	p := planOf(t, "[a]\ninclude => b\nexten => 100,1,A()\nexten => _1XX,2,B()\nexten => _1.,3,C()\n[b]\nexten => 100,4,D()\n")
	got := ""
	for n := 1; n <= 4; n++ {
		h, ok := p.Find("a", "100", n, Query{})
		if !ok {
			t.Fatalf("no priority %d", n)
		}
		got += h.Priority.App
	}
	if got != "ABCD" {
		t.Errorf("got %s", got)
	}
}

func TestDiagnostics(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[c]\nexten => 1,n,NoOp()", "extensions.conf:2: WARNING: Can't use 'next' priority on the first entry"},
		{"[c]\nsame => n,NoOp()", "extensions.conf:2: WARNING: No previous pattern in the first entry of this section; 'n,NoOp()' is left out"},
		{"[c]\nexten => 1,1,NoOp()\nexten => 1,1,Hangup()",
			"extensions.conf:3: WARNING: Unable to register extension '1' priority 1 in 'c', already in use"},
		{"[c]\nexten => 1,x,NoOp()", "extensions.conf:2: WARNING: Invalid priority/label 'x'; the line is left out"},
		{"[c]\nexten => 1,1,NoOp()\nsame => N,NoOp()", "extensions.conf:3: WARNING: Invalid priority/label 'N'; the line is left out"},
		{"[c]\nexten => 1,1,NoOp()\nsame => n (x),NoOp()", "extensions.conf:3: WARNING: Invalid priority/label 'n '; the line is left out"},
		{"[c]\nexten => 1,hint,SIP/a\nexten => 1,n,NoOp()", "extensions.conf:3: WARNING: Invalid priority 0 for extension '1' (a hint resets " +
			"the count: the first line after it must be 1); the line is left out"},
		{"[c]\nexten => 1,1,NoOp(a", "extensions.conf:2: WARNING: No closing parenthesis found? 'NoOp(a'"},
		{"[c]\ninclude => dd\n[d]\n", "extensions.conf:2: WARNING: Context 'c' tries to include nonexistent context 'dd' (did you mean 'd'?)"},
		{"[c]\ninclude => d\ninclude => D\n[d]\n[D]\n", "extensions.conf:3: WARNING: Context 'D' already included in 'c' context on include"},
		{"[c]\nfoo => 1", "extensions.conf:2: WARNING: ==!!== Unknown directive: foo at line 2 of extensions.conf -- IGNORING!!!"},
		{"[c]\nexten => ,1,NoOp()", "extensions.conf:2: WARNING: extension without a name; the line is left out"},
	} {
		_, diags := compileText2(t, c.text)
		if len(diags) != 1 || diags[0].String() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.text, diags, c.want)
		}
	}
	p := planOf(t, "[c]\nexten => 1,1,Dail(SIP/x)\n")
	if d := p.CheckApps([]string{"Dial", "NoOp"}, func(string) bool { return false }); len(d) != 1 ||
		!strings.Contains(d[0].String(), "extensions.conf:2: WARNING: application 'Dail' is not there (did you mean 'Dial'?)") {
		t.Errorf("got %v", d)
	}
}

// walk runs a machine with every application continuing, and returns the path.
func walk(p *Plan, at Location, result func(app, args string, m *Machine) Result) (path []string, last Step) {
	m := NewMachine(p, at)
	for range 50 {
		s := m.Next(Query{})
		if s.Kind != StepRun {
			return path, s
		}
		a := s.Hit.Priority
		path = append(path, fmt.Sprintf("%s@%d:%s", m.At().Exten, m.At().Priority, a.App))
		m.Done(result(a.App, a.Args.Raw(), m))
	}
	return path, Step{}
}

func goer(app, args string, m *Machine) Result {
	switch app {
	case "Goto":
		to, err := m.Target(args, Query{})
		if err != nil {
			return End
		}
		m.Goto(to)
	case "Hangup":
		return End
	}
	return Continue
}

func TestMachine(t *testing.T) {
	p := planOf(t, `[c]
exten => 1,1,NoOp()
same => n(here),NoOp()
same => n,Goto(2,end)
exten => 2,1,NoOp()
same => n(end),Hangup()
exten => 3,1,Goto(99,1)
exten => 4,1,NoOp()
same => 3,NoOp()
exten => 5,1,Goto(nolabel)
exten => i,1,NoOp()
[d]
exten => 1,1,Goto(c,4,+2)
`)
	for _, c := range []struct {
		at   Location
		path string
		kind StepKind
	}{
		{Location{"c", "1", 1}, "1@1:NoOp 1@2:NoOp 1@3:Goto 2@2:Hangup", StepEnd},
		{Location{"c", "3", 1}, "3@1:Goto i@1:NoOp", StepFallthrough},
		{Location{"c", "4", 1}, "4@1:NoOp", StepFallthrough},
		{Location{"c", "5", 1}, "5@1:Goto", StepEnd},
		{Location{"d", "1", 1}, "1@1:Goto 4@3:NoOp", StepFallthrough},
		{Location{"nope", "1", 1}, "", StepEnd},
		{Location{"c", "", 0}, "i@1:NoOp", StepFallthrough},
	} {
		path, last := walk(p, c.at, goer)
		if got := strings.Join(path, " "); got != c.path || last.Kind != c.kind {
			t.Errorf("%v: %q %v (%s)", c.at, got, last.Kind, last.Reason)
		}
	}
}

func TestInheritance(t *testing.T) {
	var v, child, grand Vars
	v.Set("_one", "1")
	v.Set("__two", "2")
	v.Set("three", "3")
	v.InheritTo(&child)
	child.InheritTo(&grand)
	check := func(v *Vars, want string) {
		got := ""
		for _, n := range []string{"one", "two", "three"} {
			if _, ok := v.Get(n); ok {
				got += n + " "
			}
		}
		if got != want {
			t.Errorf("got %q want %q", got, want)
		}
	}
	check(&v, "one two three ")
	check(&child, "one two ")
	check(&grand, "two ")
}

func TestSplitArgs(t *testing.T) {
	for _, c := range []struct {
		text string
		max  int
		want string
	}{
		{`a,b,c`, 0, "a|b|c"}, {`a,"b,c",d`, 0, "a|b,c|d"}, {`a(1,2),b`, 0, "a(1,2)|b"}, {`a\,b,c`, 0, "a,b|c"},
		{`1,"q, x" \, y`, 2, `1|"q, x" \, y`}, {`a,`, 0, "a|"}, {``, 0, ""}, {`SIP/a,20,tT(x,y)`, 3, "SIP/a|20|tT(x,y)"},
	} {
		if got := strings.Join(SplitArgs(c.text, c.max), "|"); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func bigPlan(b testing.TB, lines int) *Plan {
	var t strings.Builder
	t.WriteString("[perf]\ninclude => bulk\n[bulk]\n")
	for i := 0; i < lines/3; i++ {
		if i%10 < 8 {
			fmt.Fprintf(&t, "exten => 7%06d,1,NoOp(line %d)\n same => n,Dial(SIP/u%05d,20)\n same => n,Hangup()\n", i, i, i%10000)
		} else {
			fmt.Fprintf(&t, "exten => _8%06dX.,1,Set(A=${EXTEN:2})\n same => n,NoOp()\n same => n,Dial(SIP/callee/${A},20)\n", i)
		}
	}
	t.WriteString("exten => _9XXXXX,1,Dial(SIP/callee/${EXTEN},30)\n")
	return planOf(b, t.String())
}

func BenchmarkFindBehind50000Lines(b *testing.B) {
	p := bigPlan(b, 50000)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := p.Find("perf", "912345", 1, Query{}); !ok {
			b.Fatal("not found")
		}
	}
}

func BenchmarkCompile50000Lines(b *testing.B) {
	for b.Loop() {
		bigPlan(b, 50000)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add("[c]\nexten => _X[1-3]!/_X.,n(l)+2,App(${A:1}$[1+1])\nsame => hint,SIP/a\ninclude => d,9:00-17:00,mon-fri")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := config.Load(config.FS{FS: fstest.MapFS{"e": {Data: []byte(text)}}}, "e", config.Options{})
		if err != nil {
			return
		}
		p, _ := Compile(file, nil)
		for _, c := range p.Order {
			p.Find(c.Name, "123", 1, Query{CallerID: "1"})
			p.MatchMore(c.Name, "12", Query{})
		}
		p.EachStep(func(at Place) { p.CheckTarget(at, at.Step.Args.Raw()) })
	})
}

func FuzzExpand(f *testing.F) {
	f.Add("${A:1:2}$[1 + \"x\" : \"(a)\"]${LEN(x)}")
	f.Add("$[1e9 % 3 * 999999999999999999999]")
	f.Fuzz(func(t *testing.T, text string) { Expand(text, goldenEnv()) })
}

func BenchmarkExpression(b *testing.B) {
	text := CompileText(`$[${A} + 5 * 2 > 10 & "${B}" = "yes"]`)
	env := loopEnv{map[string]string{"A": "3", "B": "yes"}}
	b.ReportAllocs()
	for b.Loop() {
		if text.Expand(env) != "1" {
			b.Fatal("it is not true")
		}
	}
}

func BenchmarkSubstitution(b *testing.B) {
	text := CompileText(`SIP/${PREFIX}${EXTEN:1}@${TRUNK},60,tT`)
	env := loopEnv{map[string]string{"PREFIX": "49", "EXTEN": "0301234567", "TRUNK": "itsp"}}
	b.ReportAllocs()
	for b.Loop() {
		text.Expand(env)
	}
}

// An expression that asks for nothing is computed when the text is read; one that has a
// problem complains at each use.
func TestExpressionsKnownBeforehand(t *testing.T) {
	env := &countingEnv{}
	for text, want := range map[string]string{"a$[1 + 2]b": "a3b", "$[2 > 1]$[ ]x": "1x", "$[LEN(abc)]": "7", "$[1 +]": "0"} {
		c := CompileText(text)
		if got := c.Expand(env); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if c.Raw() != text {
			t.Errorf("%s reads %s", text, c.Raw())
		}
	}
	if env.asked != 1 || env.warned != 1 {
		t.Errorf("asked %d, warned %d times", env.asked, env.warned)
	}
	text := CompileText("$[1 + 2]")
	if n := testing.AllocsPerRun(100, func() { text.Expand(env) }); n > 1 {
		t.Errorf("%v allocations for what is known", n)
	}
}

type countingEnv struct{ asked, warned int }

func (*countingEnv) Variable(string) string { return "" }
func (e *countingEnv) Function(string, string) (string, bool) {
	e.asked++
	return "7", true
}
func (e *countingEnv) Warn(string) { e.warned++ }

// Patterns of callers keep the dot at their end and the dashes in brackets; names their backslashes.
func TestCallerPatterns(t *testing.T) {
	const text = "[c]\nexten => 4/_+1NX.,1,A()\nexten => 4/_[5-]X,1,B()\nexten => 4/(555) 12-34,1,C()\nexten => 4/_555-12XX,1,D()\nexten " +
		"=> 4,1,E()\nexten => _i[\\n]fo[\\n].,1,F()\n"
	p := planOf(t, text)
	for caller, want := range map[string]string{"+12125550100": "A", "5-1": "B", "51": "B", "5551234": "C", "5551299": "D", "77": "E",
		"": "E"} {
		if h, ok := p.Find("c", "4", 1, Query{CallerID: caller}); !ok || h.Priority.App != want {
			t.Errorf("%q: %+v", caller, h.Priority)
		}
	}
	if _, ok := p.Find("c", `i\fo\1`, 1, Query{}); !ok {
		t.Error("the backslash in brackets is gone")
	}
}
