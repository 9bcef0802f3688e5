package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"obelisk/internal/boot"
	"obelisk/internal/check"
	"obelisk/internal/check/codes"
	"obelisk/internal/check/tell"
)

// checking is the command line of obelisk check.
type checking struct {
	where    []string // folders or asterisk.conf files; none is /etc/asterisk
	format   string   // of tell.Formats
	strict   bool     // warnings count for the status
	all      bool     // each finding, in text
	resolve  bool     // names are looked up
	baseline string   // a file of findings that are known
	explain  string   // a code, or "all"
	fix      bool     // a diff of what is safe
}

// checkPercent is how much garbage there may be, of what lives; checkMemory is from how much memory on
// room is made for more, in bytes.
const (
	checkPercent = 200
	checkMemory  = 512 << 20
)

// run reads the configuration and prints what it finds. The status is 2 for errors.
func (c *checking) run(confFile string) int {
	if c.explain != "" {
		return explainCode(c.explain)
	}
	where := c.where
	if confFile != "" {
		where = append([]string{confFile}, where...)
	}
	// It reads, tells and is gone: more room than usual. Without any collection it would take longer by
	// the half, since each page is taken from the kernel anew.
	debug.SetGCPercent(checkPercent)
	debug.SetMemoryLimit(checkMemory)
	list, err := check.Options{Home: boot.StateHome(), Resolve: c.resolve}.Run(where...)
	if err == nil && c.baseline != "" {
		var known tell.Baseline
		if known, err = tell.ReadBaseline(c.baseline); err == nil {
			list = known.New(list)
		}
	}
	if err != nil {
		fmt.Println(err)
		return 2
	}
	if c.fix {
		return status(check.Fix(os.Stdout, list))
	}
	if err := (tell.Report{Format: c.format, All: c.all, Totals: true}).Write(os.Stdout, list); err != nil {
		return status(err)
	}
	return check.Status(list, c.strict)
}

// explainCode tells the story of a kind of finding, or lists them.
func explainCode(code string) int {
	if code == "all" {
		fmt.Print(codes.Page())
		return 0
	}
	text, ok := codes.Explain(code)
	if !ok {
		return status(errors.New("obelisk: there is no code '" + code + "'" + codes.Like(code)))
	}
	fmt.Print(text)
	return 0
}
