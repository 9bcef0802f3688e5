// Package convert turns the sip.conf of chan_sip into a pjsip.conf that means the same, and
// back, and follows the names SIP/x and PJSIP/x through the other files of a configuration.
//
// The two directions are pure: they read a config.Source and give texts and notes. What the
// other dialect cannot say is a Note with the file and line where it was said, what it did, and
// what to do; nothing is dropped without one. What the options mean is in the table of
// vocabulary.go, which both directions read; options that only one dialect has are in lost.go.
//
// Rules of pjsip.conf are those that Asterisk's documentation of res_pjsip tells.
package convert

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/internal/config"
)

// Note is something that the other dialect cannot say, or says in another way.
type Note struct {
	Pos config.Pos
	Did string // what stood there and what it did
	Do  string // what to do about it
}

func (n Note) String() string {
	if n.Do == "" {
		return fmt.Sprintf("%s: %s", n.Pos, n.Did)
	}
	return fmt.Sprintf("%s: %s; %s", n.Pos, n.Did, n.Do)
}

// File is a text to be written. Name is relative to the configuration's folder.
type File struct{ Name, Text string }

// Result is a configuration in the other dialect: the first file is sip.conf or pjsip.conf, the
// others are those in which names changed.
type Result struct {
	Files []File
	Notes []Note
}

// notes collects what is to be told; the same is told once.
type notes struct {
	told []Note
	seen map[Note]bool
}

func (n *notes) add(pos config.Pos, did, do string) {
	note := Note{pos, did, do}
	if n.seen == nil {
		n.seen = map[Note]bool{}
	}
	if !n.seen[note] {
		n.seen[note] = true
		n.told = append(n.told, note)
	}
}

// sorted has them by file and line; what is about no line stands last.
func (n *notes) sorted() []Note {
	slices.SortStableFunc(n.told, func(a, b Note) int {
		if x, y := a.Pos.IsZero(), b.Pos.IsZero(); x != y {
			if x {
				return 1
			}
			return -1
		}
		return cmp.Or(strings.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line))
	})
	return n.told
}

// read loads a file; nil where it is not there. What the reader says of it is noted.
func read(src config.Source, name string, n *notes) (*config.File, error) {
	f, err := config.Load(src, name, config.Options{Check: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, d := range f.Diags {
		n.add(d.Pos, d.Text, d.Hint)
	}
	return f, nil
}

// base finds the section that another one goes on from: the last of that name above it.
func base(f *config.File, s *config.Section, name string) (found *config.Section) {
	for _, t := range f.Sections {
		if t == s {
			break
		}
		if strings.EqualFold(t.Name, name) {
			found = t
		}
	}
	return found
}

// relative is the name of a file below the configuration's folder; false where it lies elsewhere.
func relative(src config.Source, path string) (string, bool) {
	root := src.Resolve(".")
	rel, err := filepath.Rel(root, path)
	if err != nil || !filepath.IsLocal(rel) {
		return path, false
	}
	return filepath.ToSlash(rel), true
}
