// Package config reads the .conf dialect of Asterisk: sections, templates,
// includes, block comments, repeated keys in order, and the file and line of
// every value.
//
// It owns nothing at run time: Load returns a value that never changes. The
// lexical layer (comments, includes, section modifiers) is ours, because a
// general INI reader has none of it; the key/value text below that layer is
// held and split by gopkg.in/ini.v1 (see document.go).
package config

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// Pos is where a value was written.
type Pos struct {
	File string // path as opened
	Line int    // 1-based
}

// String gives "file:line" with the base name of the file, as Asterisk prints it.
func (p Pos) String() string {
	if p.File == "" {
		return "-"
	}
	if p.Line == 0 { // not of a file
		return p.File
	}
	return p.File[strings.LastIndexByte(p.File, '/')+1:] + ":" + strconv.Itoa(p.Line)
}

// IsZero says whether the position is unknown.
func (p Pos) IsZero() bool { return p.File == "" }

// Severity of a diagnostic.
type Severity uint8

const (
	// Warning: the line was understood or skipped, loading went on.
	Warning Severity = iota
	// Error: something was lost (an included file, a section).
	Error
	// Note: good to know, nothing to mend.
	Note
	// Missing: the line is right, and what it asks for is not in this switchboard yet.
	Missing
)

func (s Severity) String() string {
	return [...]string{Warning: "WARNING", Error: "ERROR", Note: "NOTICE", Missing: "WARNING"}[s]
}

// Word is the severity in obelisk check.
func (s Severity) Word() string {
	return [...]string{Warning: "warning", Error: "error", Note: "note", Missing: "missing"}[s]
}

// Diagnostic is one finding about a configuration file.
type Diagnostic struct {
	Pos      Pos
	Severity Severity
	Text     string
	Hint     string // what to do about it, "" when there is nothing to say
	Rule     string // findings of one rule in one file are one for a reader; "": alone
	Code     string // names the kind of finding for good, as in sip-permit-without-deny; "": from the text
	Mend     *Mend  // what a machine may change for it elsewhere than at Pos, nil for nothing
}

// Mend is a change of one line of a file.
type Mend struct {
	Pos   Pos
	Value string // what its value becomes; "": it stays
	Below string // a line that comes under it; "" for none
}

func (d Diagnostic) String() string {
	return fmt.Sprintf("%s: %s: %s", d.Pos, d.Severity, d.Text)
}

// Unsupported says of an option of a section that it is not here.
func Unsupported(v Var, section string) Diagnostic {
	return Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("option '%s' of [%s] is not supported and has no effect", v.Name, section)}
}

// SyntaxError ends a load: the file, as a whole, cannot be used.
type SyntaxError struct {
	Pos  Pos
	Text string
	Err  error
}

func (e *SyntaxError) Error() string {
	if e.Pos.Line == 0 {
		return fmt.Sprintf("%s: %s", path.Base(e.Pos.File), e.Text)
	}
	return fmt.Sprintf("%s: %s", e.Pos, e.Text)
}

// Unwrap gives the cause, if one was known (a missing file, for example).
func (e *SyntaxError) Unwrap() error { return e.Err }

// Var is one "key = value" line.
type Var struct {
	Name, Value string
	Pos         Pos
	Object      bool // written with "=>"
}

// Section is one [name] block, an ordered multimap. Inherited variables stand
// first, in the order of the template list, then its own lines.
type Section struct {
	Name     string
	Pos      Pos
	Template bool
	Bases    []string // the sections that it goes on from
	Vars     []Var
}

// Get returns the last value of a key, compared without case, or "".
func (s *Section) Get(key string) string {
	v, _ := s.Lookup(key)
	return v.Value
}

// Lookup returns the last variable of that name, compared without case.
func (s *Section) Lookup(key string) (Var, bool) {
	if s == nil {
		return Var{}, false
	}
	for i := len(s.Vars) - 1; i >= 0; i-- {
		if strings.EqualFold(s.Vars[i].Name, key) {
			return s.Vars[i], true
		}
	}
	return Var{}, false
}

// File is one loaded configuration file with everything it includes.
type File struct {
	Path     string
	Sections []*Section // file order; templates included, see Visible
	Diags    []Diagnostic
	Read     []string // every file that was read, in order
}

// Visible lists the sections that option readers see: all but templates.
func (f *File) Visible() []*Section {
	out := make([]*Section, 0, len(f.Sections))
	for _, s := range f.Sections {
		if !s.Template {
			out = append(out, s)
		}
	}
	return out
}

// Section returns the first visible section of that name, compared without
// case, or nil; f may be nil. A second [general] is never seen, as in chan_sip.
func (f *File) Section(name string) *Section {
	if f == nil {
		return nil
	}
	for _, s := range f.Sections {
		if !s.Template && strings.EqualFold(s.Name, name) {
			return s
		}
	}
	return nil
}

// Source gives access to configuration files by name. Relative names are
// resolved against the configuration directory, never the including file.
type Source interface {
	// Resolve turns a name of the configuration into the path used in positions.
	Resolve(name string) string
	ReadFile(path string) ([]byte, error)
	// Glob expands shell wildcards; a name without any is returned as it is.
	Glob(pattern string) ([]string, error)
}

// Dir is a Source on the file system.
type Dir string

func (d Dir) Resolve(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(string(d), name)
}
func (d Dir) ReadFile(p string) ([]byte, error) { return os.ReadFile(p) }
func (d Dir) Glob(pattern string) ([]string, error) {
	if !hasMeta(pattern) {
		return []string{pattern}, nil
	}
	m, err := filepath.Glob(pattern)
	sort.Strings(m)
	return m, err
}

// FS is a Source on an fs.FS, used for the embedded default and in tests.
type FS struct{ fs.FS }

func (f FS) Resolve(name string) string        { return path.Clean(strings.TrimPrefix(name, "/")) }
func (f FS) ReadFile(p string) ([]byte, error) { return fs.ReadFile(f.FS, p) }
func (f FS) Glob(pattern string) ([]string, error) {
	if !hasMeta(pattern) {
		return []string{pattern}, nil
	}
	m, err := fs.Glob(f.FS, pattern)
	sort.Strings(m)
	return m, err
}

func hasMeta(s string) bool { return strings.ContainsAny(s, "*?[") }

// Options of a load.
type Options struct {
	// Exec runs the command of an "#exec" line and returns its output. nil
	// means execincludes=no in asterisk.conf: the line is skipped with a warning.
	Exec func(command string) ([]byte, error)
	// Check reads as a linter does: "#exec" is never run, and what would end the load
	// (a missing include, a line before any section, a broken header) is an Error among
	// File.Diags, and what follows is read all the same.
	Check bool
	// Etc is the folder that absolute includes mean where Check reads a copy of it: one
	// that is not on this machine is looked for at the same place in the Source.
	Etc string
}

// Load reads a file and everything it includes.
//
// The error is a *SyntaxError naming file and line, or wraps the reason a file
// could not be read (errors.Is(err, fs.ErrNotExist) tells a missing one).
// Findings that do not stop the load are in File.Diags.
func Load(src Source, name string, opt Options) (*File, error) {
	p := src.Resolve(name)
	data, err := src.ReadFile(p)
	if err != nil {
		return nil, &SyntaxError{Pos: Pos{File: p}, Text: "cannot read: " + reason(err), Err: err}
	}
	r := &reader{src: src, opt: opt, file: &File{Path: p}}
	if err := r.read(p, data, 1); err != nil {
		return nil, err
	}
	if err := r.finish(); err != nil {
		return nil, err
	}
	return r.file, nil
}

// reason strips the path from a file error: the position names it already.
func reason(err error) string {
	if pe, ok := err.(*fs.PathError); ok {
		return pe.Err.Error()
	}
	return err.Error()
}

// Bool reads a boolean of the dialect: yes/true/y/t/1/on and their opposites,
// any case. ok is false for anything else, which option readers take as no.
func Bool(s string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "yes", "true", "y", "t", "1", "on":
		return true, true
	case "no", "false", "n", "f", "0", "off":
		return false, true
	}
	return false, false
}
