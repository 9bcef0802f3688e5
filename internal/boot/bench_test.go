package boot

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"obelisk/dialplan"
	"obelisk/internal/config"
)

// runner is a channel of no call on a dialplan.
func runner(b *testing.B, plan string) (run func(exten string)) {
	core := Vocabulary()
	file, err := config.Load(config.FS{FS: fstest.MapFS{"e": {Data: []byte(plan)}}}, "e", config.Options{})
	if err != nil {
		b.Fatal(err)
	}
	p, diags := dialplan.Compile(file, nil)
	if len(diags) > 0 {
		b.Fatal(diags)
	}
	core.SetPlan(p)
	ch := core.Bare(dialplan.Location{Context: "c", Exten: "s", Priority: 1})
	return func(exten string) {
		if !ch.RunSub(dialplan.Location{Context: "c", Exten: exten, Priority: 1}, nil) {
			b.Fatal("it did not return")
		}
	}
}

// A hundred steps that do nothing, in one subroutine: the cost of a step is a hundredth.
func BenchmarkNoOp100(b *testing.B) {
	run := runner(b, "[c]\nexten => s,1,NoOp()\n"+strings.Repeat("same => n,NoOp()\n", 98)+"same => n,Return()\n")
	b.ReportAllocs()
	for b.Loop() {
		run("s")
	}
}

// A subroutine of twenty lines as people write them: variables, conditions, functions.
func BenchmarkSubroutine20(b *testing.B) {
	var lines strings.Builder
	lines.WriteString("[c]\nexten => s,1,Set(LOCAL(number)=${CALLERID(num)})\n")
	for i := range 6 {
		fmt.Fprintf(&lines, "same => n,Set(x%d=${EXTEN:0:2}-${number}%d)\nsame => n,GotoIf($[\"${x%d}\" = \"\"]?end)\nsame => "+
			"n,ExecIf($[${LEN(${x%d})} > 50]?NoOp(long))\n", i, i, i, i)
	}
	lines.WriteString("same => n(end),Return(${x5})\n")
	run := runner(b, lines.String())
	b.ReportAllocs()
	for b.Loop() {
		run("s")
	}
}
