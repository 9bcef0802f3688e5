package boot

import (
	"fmt"
	"io"

	"obelisk/internal/check/judge"
	"obelisk/internal/check/tell"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// colleague judges the files of the running switchboard as obelisk check does: at the start and
// after each reload the log has what is new, and the console's config check has all.
type colleague struct{ s *System }

func (colleague) Name() string     { return "config_check" }
func (colleague) Synopsis() string { return "What is wrong with the files of the configuration" }

// Commands implements pbx.Commander.
func (c colleague) Commands() []pbx.Command {
	return []pbx.Command{
		{Name: "config check", Usage: "[all]: judges the files as they are now, and changes nothing; all has each finding", Run: c.check},
		{Name: "config list", Usage: ": the files that are read, and which module reads them", Run: c.list},
		{Name: "config reload", Usage: "<file>: read anew what a file is for", Complete: c.completeFile, Run: c.reload},
	}
}

func (c colleague) check(w io.Writer, args []string) bool {
	if len(args) > 1 || len(args) == 1 && args[0] != "all" {
		return pbx.Misused(w, "config check [all]")
	}
	if c.s.conf.embedded {
		fmt.Fprintln(w, "The built-in configuration is in force; there are no files to judge.")
		return true
	}
	view, err := ReadOnly(c.s.opt.ConfFile, "", false)
	if err != nil {
		fmt.Fprintln(w, err)
		return false
	}
	defer view.Close()
	list := tell.Findings(view.Folder(), judge.All(view, view.Findings()))
	return tell.Report{All: len(args) == 1, Totals: true}.Write(w, list) == nil
}

// mostJudged is how many lines a start or a reload writes into the log.
const mostJudged = 20

// judge logs what is new among what rules say of the files in force. What readers found is in the
// log already. It takes its time beside the calls.
func (s *System) judge(r *reading) {
	if s.conf.embedded {
		return
	}
	c := *s.conf
	c.opt.Check = true
	seen := &reading{configuration: &c, plan: s.core.Plan(), sip: r.sip}
	if s.driver != nil {
		seen.sip = s.driver.Directory()
	}
	s.judging.Go(func() { s.tellNew(seen) })
}

func (s *System) tellNew(r *reading) {
	view := &Survey{conf: r.configuration, files: r, core: s.core, tabled: s.tables.Has("sippeers")}
	list := judge.All(view, nil)
	s.judged.Lock()
	defer s.judged.Unlock()
	known := s.judged.known
	s.judged.known = map[string]bool{}
	told := 0
	for _, d := range list {
		key := d.Code + d.Text
		s.judged.known[key] = true
		if known[key] || d.Severity == config.Note {
			continue
		}
		if told++; told > mostJudged {
			continue
		}
		text := fmt.Sprintf("%s: %s", d.Pos, d.Text)
		if d.Hint != "" {
			text += " (" + d.Hint + ")"
		}
		s.log.Warn().Msg(text + " [" + d.Code + "]")
	}
	if told > mostJudged {
		s.log.Warn().Msgf("%d more findings about the files: config check has them", told-mostJudged)
	}
}
