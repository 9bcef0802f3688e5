package boot

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/internal/store"
	"obelisk/internal/trace"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// Finding is what obelisk check says about one line.
type Finding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Severity string `json:"severity"` // error, warning, note
	Message  string `json:"message"`
	Hint     string `json:"hint"`           // what to do about it, "" when there is nothing to say
	More     []int  `json:"more,omitempty"` // further lines of the file of which the same is to be said
}

// Vocabulary is a core that knows every application and function, and runs nothing.
func Vocabulary() *pbx.Core {
	core, _ := knowing(config.Directories{})
	return core
}

// knowing is that, with its modules, which may read their files.
func knowing(dirs config.Directories) (*pbx.Core, []pbx.Module) {
	core := pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(1)})
	return core, equip(core, equipment{lib: &sounds.Library{}, dirs: dirs, db: store.Memory()}).modules
}

// Check reads all files of a configuration and explains them, without starting
// anything. where is an asterisk.conf or a folder; "" is /etc/asterisk. Findings come
// in the order of files and lines.
func Check(where, home string) ([]Finding, error) {
	conf, err := locateAny(where, home)
	if err != nil {
		return nil, err
	}
	conf.opt.Check = true
	return conf.check()
}

// Explain tells which extension "number@context" runs for a caller, from the files of a
// configuration; false when none does.
func Explain(w io.Writer, where, home, target, caller string) (bool, error) {
	number, context, ok := strings.Cut(target, "@")
	if !ok {
		return false, errors.New("obelisk explain takes NUMBER@CONTEXT")
	}
	conf, err := locateAny(where, home)
	if err != nil {
		return false, err
	}
	conf.opt.Check = true
	f := conf.read("dialplan", Vocabulary())
	if f.plan == nil {
		return false, cmp.Or(firstError(f.diags), errors.New("there is no extensions.conf"))
	}
	return f.plan.Explain(w, context, number, dialplan.Query{CallerID: caller, Now: time.Now()}), nil
}

func (c *configuration) check() ([]Finding, error) {
	core, list := knowing(c.ast.Dirs)
	c.modules = list
	f := c.read("", core)
	defer f.discard()
	diags := slices.Concat(c.diags, f.diags, f.faults, crossCheck(f.sip, f.plan))
	tables, d := c.openTables(func(string, bool) {})
	tabled := tables.Has("sippeers")
	tables.Close()
	diags = append(diags, d...)
	diags = append(diags, certificates(f.http)...)
	if f.plan != nil {
		diags = append(diags, doubts(core, f.sip, f.plan)...)
		diags = append(diags, technologies(f.plan)...)
	}
	if f.sip != nil {
		diags = append(diags, dangers(f.sip, f.plan, tabled, jumpsOf(core))...)
		diags = append(diags, readable(f.sip)...)
		diags = append(diags, f.sip.Explain()...)
	}
	diags = append(diags, whole{c, f, tabled}.checkModules()...)
	diags = append(diags, c.advice(core, f.sip, f.plan)...)
	diags = append(diags, c.unread()...)
	return c.findings(diags), nil
}

// findings are diagnostics in order of files and lines, those of one rule in one file as one.
func (c *configuration) findings(diags []config.Diagnostic) (out []Finding) {
	slices.SortStableFunc(diags, func(a, b config.Diagnostic) int {
		return cmp.Or(strings.Compare(a.Pos.File, b.Pos.File), a.Pos.Line-b.Pos.Line)
	})
	type kind struct{ file, rule string }
	first := map[kind]int{}
	for _, d := range slices.Compact(diags) {
		k := kind{d.Pos.File, d.Rule}
		if at, told := first[k]; told && d.Rule != "" {
			out[at].More = append(out[at].More, d.Pos.Line)
			continue
		}
		first[k] = len(out)
		out = append(out, c.finding(d))
	}
	return out
}

// locateAny is locate for a folder too, for tools that only read: no #exec is run, since
// the folder may be somebody else's.
func locateAny(where, home string) (c *configuration, err error) {
	stat, statErr := os.Stat(where)
	folder, file := where != "" && statErr == nil && stat.IsDir(), where
	if folder {
		file = filepath.Join(where, "asterisk.conf")
	}
	if _, err := os.Stat(file); folder && err != nil {
		c = &configuration{ast: &config.Asterisk{Dirs: config.DefaultDirectories()}}
	} else if c, err = locate(file, home); err != nil {
		return nil, err
	}
	c.opt.Exec, c.opt.Etc = nil, c.ast.Dirs.Etc
	if folder { // the files meant are those beside it
		if abs, _ := filepath.Abs(where); c.opt.Etc == abs {
			c.opt.Etc = config.DefaultDirectories().Etc
		}
		c.ast.Dirs.Etc, c.src = where, config.Dir(where)
	}
	return c, nil
}

// finding parts the hint from the message, and names files as seen from the folder.
func (c *configuration) finding(d config.Diagnostic) Finding {
	if rel, err := filepath.Rel(c.ast.Dirs.Etc, d.Pos.File); err == nil && !strings.HasPrefix(rel, "..") {
		d.Pos.File = rel
	}
	f := Finding{File: d.Pos.File, Line: d.Pos.Line, Severity: d.Severity.Word(), Message: d.Text, Hint: d.Hint}
	if before, rest, ok := strings.Cut(f.Message, " (did you mean "); ok {
		name, after, _ := strings.Cut(rest, "?)")
		f.Message, f.Hint = before+after, "did you mean "+name+"?"
	}
	return f
}

// WriteFindings prints findings as "file:line: severity: message", or as a JSON array.
func WriteFindings(w io.Writer, list []Finding, asJSON bool) error {
	if asJSON {
		if list == nil {
			list = []Finding{}
		}
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(list)
	}
	for _, f := range list {
		text := fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Severity, f.Message)
		if f.Hint != "" {
			text += " (" + f.Hint + ")"
		}
		if n := len(f.More); n > 0 {
			text += fmt.Sprintf("; the same in %d more lines: %s", n, fewLines(f.More))
		}
		if _, err := fmt.Fprintln(w, text); err != nil {
			return err
		}
	}
	return nil
}

// fewLines lists the first few.
func fewLines(list []int) string {
	const shown = 5
	var out []string
	for _, n := range list[:min(shown, len(list))] {
		out = append(out, strconv.Itoa(n))
	}
	if len(list) > shown {
		out = append(out, "...")
	}
	return strings.Join(out, ", ")
}

// CheckStatus is the exit status: 2 for errors, 1 for warnings where they count, 0
// otherwise.
func CheckStatus(list []Finding, strict bool) int {
	status := 0
	for _, f := range list {
		switch {
		case f.Severity == "error":
			return 2
		case f.Severity == "warning" && strict:
			status = 1
		}
	}
	return status
}

// readable notes files with secrets that everybody may read.
func readable(d *sipconf.Directory) (out []config.Diagnostic) {
	secrets := map[string]bool{}
	for _, p := range d.Peers {
		for _, option := range p.SecretLines() {
			secrets[p.Line(option).File] = true
		}
	}
	for _, file := range d.Files {
		if s, err := os.Stat(file); err == nil && secrets[file] && s.Mode().Perm()&0o004 != 0 {
			out = append(out, config.Diagnostic{Pos: config.Pos{File: file, Line: 1}, Severity: config.Note,
				Text: "everybody on this machine may read the secrets in this file", Hint: "chmod o-r " + filepath.Base(file)})
		}
	}
	return out
}
