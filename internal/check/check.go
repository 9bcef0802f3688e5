// Package check is obelisk check: it reads configurations without starting anything, has them
// judged, and tells people and programs of it.
package check

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"obelisk/internal/boot"
	"obelisk/internal/check/judge"
	"obelisk/internal/check/tell"
)

// Finding is what obelisk check says about one line.
type Finding = tell.Finding

// Options of a check.
type Options struct {
	Home    string // where the built-in default keeps its state
	Resolve bool   // names are looked up, over the network
}

// Run reads all files of a configuration and judges them, without starting anything. where is an
// asterisk.conf or a folder; "" is /etc/asterisk. Findings come in the order of files and lines.
func Run(where, home string) ([]Finding, error) { return Options{Home: home}.Run(where) }

// Run is Run for several folders, whose files are then named with them.
func (o Options) Run(where ...string) (out []Finding, err error) {
	if len(where) == 0 {
		where = []string{""}
	}
	for _, w := range where {
		list, err := o.one(w)
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			if len(where) > 1 && !filepath.IsAbs(f.File) {
				f.File = filepath.Join(w, f.File)
			}
			if len(where) > 1 && f.Mend != nil && !filepath.IsAbs(f.Mend.File) {
				f.Mend.File = filepath.Join(w, f.Mend.File)
			}
			out = append(out, f)
		}
	}
	return out, nil
}

func (o Options) one(where string) ([]Finding, error) {
	s, err := boot.ReadOnly(where, o.Home, false)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if where != "" && s.SIP() == nil && s.Plan() == nil && empty(s.Folder()) {
		return nil, fmt.Errorf("%s: there is no configuration in this folder", where)
	}
	list := judge.All(s, s.Findings())
	if d := s.SIP(); d != nil {
		for _, n := range d.Explain() {
			n.Code = "sip-endpoint"
			list = append(list, n)
		}
		if o.Resolve {
			list = append(list, unresolved(context.Background(), d)...)
		}
	}
	return tell.Findings(s.Folder(), list), nil
}

// empty says whether a folder has no file of a configuration.
func empty(folder string) bool {
	files, err := filepath.Glob(filepath.Join(folder, "*.conf"))
	return err == nil && len(files) == 0
}

// Status is the exit status: 2 for errors, 1 for warnings where they count, 0 otherwise.
func Status(list []Finding, strict bool) int {
	status := 0
	for _, f := range list {
		switch {
		case f.Severity == "error":
			return 2
		case (f.Severity == "warning" || f.Severity == "missing") && strict:
			status = 1
		}
	}
	return status
}

// Write prints findings as text, where what repeats is one line, or as a JSON array.
func Write(w io.Writer, list []Finding, asJSON bool) error {
	if asJSON {
		return tell.Report{Format: "json"}.Write(w, list)
	}
	return tell.Report{}.Write(w, list)
}
