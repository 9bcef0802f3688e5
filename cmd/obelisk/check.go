package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

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

// values are the options of check that take one.
func (c *checking) values() map[string]*string {
	return map[string]*string{"--format": &c.format, "--baseline": &c.baseline, "--explain": &c.explain}
}

// option reads one long option of check and returns where it ends.
func (c *checking) option(args []string, i int) (int, error) {
	name, value, given := strings.Cut(args[i], "=")
	switch name {
	case "--strict":
		c.strict = true
		return i, nil
	case "--all":
		c.all = true
		return i, nil
	case "--fix":
		c.fix = true
		return i, nil
	case "--offline":
		c.resolve = false
		return i, nil
	case "--resolve":
		c.resolve = true
		return i, nil
	}
	to := c.values()[name]
	if to == nil {
		return i, fmt.Errorf("obelisk: unknown option %s\n%s", args[i], usage)
	}
	if !given {
		if i++; i >= len(args) {
			return i, fmt.Errorf("obelisk: %s needs a value", name)
		}
		value = args[i]
	}
	if name == "--format" && !slices.Contains(tell.Formats, value) {
		return i, fmt.Errorf("obelisk: --format is one of %s, not '%s'", strings.Join(tell.Formats, ", "), value)
	}
	*to = value
	return i, nil
}

// run reads the configuration and prints what it finds. The status is 2 for errors.
func (c *checking) run(confFile string) int {
	if c.explain != "" {
		return explainCode(c.explain)
	}
	where := c.where
	if confFile != "" {
		where = append([]string{confFile}, where...)
	}
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
