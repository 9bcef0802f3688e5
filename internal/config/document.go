package config

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"gopkg.in/ini.v1"
)

// document is the value layer on gopkg.in/ini.v1. ini.v1 keeps a map of keys
// per section and so would lose repeated keys and the order between different
// keys; every variable is therefore written with its ordinal in front, and its
// value between two guard bytes, which keeps ini.v1 from reading quotes,
// back-quotes and trailing backslashes as syntax of its own.
type document struct{}

const (
	guard = "\x1f"
	// block is how many variables, of whatever section, one section of ini.v1
	// holds. Its insertion is linear in the keys that a section has and in the
	// sections that there are: 50,000 lines in one took 3 s, 10,000 peers in as
	// many 0.2 s.
	block = 64
	// piece is how many variables ini.v1 reads at a time; pieces are read side by side.
	piece = 64 * block
)

var iniOptions = ini.LoadOptions{
	IgnoreContinuation:      true,
	IgnoreInlineComment:     true,
	PreserveSurroundedQuote: true,
	KeyValueDelimiters:      "=",
}

// canonical writes variables as plain INI text, in blocks.
func (document) canonical(vars []*Var) []byte {
	var b bytes.Buffer
	for n, v := range vars {
		if n%block == 0 {
			b.WriteByte('[')
			b.Write(strconv.AppendInt(b.AvailableBuffer(), int64(n/block), 10))
			b.WriteString("]\n")
		}
		b.Write(strconv.AppendInt(b.AvailableBuffer(), int64(n), 10))
		b.WriteString(guard)
		b.WriteString(v.Name)
		b.WriteByte('=')
		b.WriteString(guard)
		b.WriteString(v.Value)
		b.WriteString(guard)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// load has names and values of all variables come from ini.v1. What stands in many places, as the lines
// that sections have of their template, goes through it once.
func (d document) load(sections []*Section) error {
	type text struct{ name, value string }
	total := 0
	for _, s := range sections {
		total += len(s.Vars)
	}
	vars := make([]*Var, 0, total)
	first := map[text]*Var{}
	var again, as []*Var
	for _, s := range sections {
		for i := range s.Vars {
			v := &s.Vars[i]
			if f := first[text{v.Name, v.Value}]; f != nil {
				again, as = append(again, v), append(as, f)
				continue
			}
			first[text{v.Name, v.Value}] = v
			vars = append(vars, v)
		}
	}
	if err := d.passAll(vars); err != nil {
		return err
	}
	for i, v := range again {
		v.Name, v.Value = as[i].Name, as[i].Value
	}
	return nil
}

// passAll has variables go through ini.v1, in pieces side by side.
func (d document) passAll(vars []*Var) error {
	if len(vars) <= piece {
		return d.pass(vars)
	}
	faults := make([]error, (len(vars)+piece-1)/piece)
	var next atomic.Int64
	var work sync.WaitGroup
	for range min(len(faults), runtime.GOMAXPROCS(0)) {
		work.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(faults); i = int(next.Add(1)) - 1 {
				faults[i] = d.pass(vars[i*piece : min((i+1)*piece, len(vars))])
			}
		})
	}
	work.Wait()
	return errors.Join(faults...)
}

// pass has variables go through ini.v1.
func (d document) pass(vars []*Var) error {
	f, err := ini.LoadSources(iniOptions, d.canonical(vars))
	if err != nil {
		return err
	}
	var keys []*ini.Key
	for n, v := range vars {
		if n%block == 0 {
			keys = f.Section(strconv.Itoa(n / block)).Keys()
		}
		if n%block >= len(keys) {
			return fmt.Errorf("%s: %d of %d values read", v.Pos, n, len(vars))
		}
		k := keys[n%block]
		_, v.Name, _ = strings.Cut(k.Name(), guard)
		v.Value = strings.TrimSuffix(strings.TrimPrefix(k.Value(), guard), guard)
	}
	return nil
}

// unreadable says whether a text holds what would break the canonical form.
func unreadable(s string) bool { return strings.ContainsAny(s, guard+"\r\x00") }

// finish moves the values into their final form.
func (r *reader) finish() error {
	for _, s := range r.file.Sections {
		kept := s.Vars[:0]
		for _, v := range s.Vars {
			if unreadable(v.Name) || unreadable(v.Value) {
				r.warn(v.Pos, "control characters in the line, ignored")
				continue
			}
			kept = append(kept, v)
		}
		s.Vars = kept
	}
	if err := r.doc.load(r.file.Sections); err != nil {
		return &SyntaxError{Pos: Pos{File: r.file.Path}, Text: err.Error(), Err: err}
	}
	return nil
}
