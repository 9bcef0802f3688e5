package boot

import (
	"errors"
	"fmt"
	"slices"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// reading is one pass over the files of some modules, or all: what they come to, and what was
// found. A file that cannot be read is an error among the findings, and counts as one that is
// not there.
type reading struct {
	*configuration
	diags  []config.Diagnostic // about the files: an error among them refuses a reload
	faults []config.Diagnostic // about the world around: these refuse nothing
	next   []prepared
	loaded map[string]*config.File // by name, where Check keeps them for the rules
	reader string                  // the module that reads now
	used   []usedFile
	before *inForce // what a reload reads anew; nil at a start
	kept   []string // modules whose own file is gone: what they have stays in force

	// What several modules are about; nil where it was not read.
	lists map[string]auth.ACL // of acl.conf
	users *users              // of users.conf
	tones *pbx.Tones          // of indications.conf
	sip   *sipconf.Directory  // of sip.conf
	plan  *dialplan.Plan      // of extensions.conf
}

// usedFile is a file that a module has asked for, and whether it was there.
type usedFile struct {
	module, path string
	there        bool
}

// inForce is what was read last.
type inForce struct {
	files []usedFile
	lists map[string]auth.ACL
}

// gone says of a file that is not there whether a reload misses it.
func (r *reading) gone(name string) bool {
	if r.before == nil {
		return false
	}
	path := r.src.Resolve(name)
	return slices.ContainsFunc(r.before.files, func(u usedFile) bool { return u.there && u.path == path })
}

// isMain says whether a file is the first that the module asks for: the one that it is about.
func (r *reading) isMain() bool {
	return !slices.ContainsFunc(r.used, func(u usedFile) bool { return u.module == r.reader })
}

// miss has a module whose own file is gone keep what is in force, as Asterisk does.
func (r *reading) miss(name string) {
	r.kept = append(r.kept, r.reader)
	r.faults = append(r.faults, config.Diagnostic{Pos: config.Pos{File: r.src.Resolve(name)}, Severity: config.Warning,
		Text: "the file is gone; what it said stays in force until the next start (an empty one takes it back)"})
}

// prepared is what a module has read.
type prepared struct {
	pbx.Next
	module string
}

// read has the modules named read their files, or all for nil. What is wrong with a file is among
// the findings; the others are read all the same.
func (c *configuration) read(names []string) *reading {
	return c.readOver(names, nil)
}

// readOver is read with what is in force, which stays where a file is gone.
func (c *configuration) readOver(names []string, before *inForce) *reading {
	r := &reading{configuration: c, before: before}
	for _, m := range c.modules {
		if x, ok := m.(pbx.Configured); ok && (names == nil || slices.Contains(names, m.Name())) {
			r.reader = m.Name()
			next, diags := x.Prepare(r)
			r.note(diags)
			if slices.Contains(r.kept, r.reader) {
				next.Discard()
				continue
			}
			r.next = append(r.next, prepared{next, m.Name()})
		}
	}
	return r
}

// changes tells what the files change.
func (r *reading) changes() (out []string) {
	for _, n := range r.next {
		for _, line := range n.Changes() {
			if _, named := n.Next.(step); !named { // those name the file
				line = n.module + ": " + line
			}
			out = append(out, line)
		}
	}
	return out
}

// commit puts everything in force.
func (r *reading) commit() {
	for _, n := range r.next {
		n.Commit()
	}
}

// discard frees what was prepared and is not wanted.
func (r *reading) discard() {
	for _, n := range r.next {
		n.Discard()
	}
}

// File implements pbx.Files.
func (r *reading) File(name string) *config.File { return r.file(name) }

// file loads a file and notes what is found in it; nil when it is not there or cannot be
// read.
func (r *reading) file(name string) *config.File {
	f, err := r.optional(name)
	if f == nil && err == nil && r.isMain() && r.gone(name) {
		r.miss(name)
	}
	r.used = append(r.used, usedFile{r.reader, r.src.Resolve(name), f != nil})
	switch {
	case err != nil:
		r.note([]config.Diagnostic{unreadable(r.src.Resolve(name), err)})
		return nil
	case f != nil:
		r.note(f.Diags)
		if r.opt.Check {
			if r.loaded == nil {
				r.loaded = map[string]*config.File{}
			}
			r.loaded[name] = f
		}
	}
	return f
}

func (r *reading) note(d []config.Diagnostic) { r.diags = append(r.diags, d...) }

// people reads users.conf, once.
func (r *reading) people() users {
	if r.users == nil {
		u := readUsers(r.file("users.conf"))
		r.users = &u
	}
	return *r.users
}

// findings are all that was found, and what one file says about another; plan and dir stand for
// files that were not read.
func (r *reading) findings(plan *dialplan.Plan, dir *sipconf.Directory) []config.Diagnostic {
	if r.plan != nil {
		plan = r.plan
	}
	if r.sip != nil {
		dir = r.sip
	}
	return slices.Concat(r.diags, r.faults, crossCheck(dir, plan))
}

// crossCheck finds what one file says about another.
func crossCheck(d *sipconf.Directory, p *dialplan.Plan) []config.Diagnostic {
	if d == nil || p == nil {
		return nil
	}
	var names []string
	for _, c := range p.Order {
		names = append(names, c.Name)
	}
	var out []config.Diagnostic
	for _, peer := range d.Peers {
		if p.Contexts[peer.Context] == nil {
			text := fmt.Sprintf("context '%s' of '%s' is not in extensions.conf%s; its calls find no extension", peer.Context, peer.Name,
				config.DidYouMean(peer.Context, names))
			out = append(out, config.Diagnostic{Pos: peer.Line("context"), Text: text})
		}
	}
	return out
}

// unreadable is the finding about a file that cannot be used as a whole.
func unreadable(path string, err error) config.Diagnostic {
	var se *config.SyntaxError
	if errors.As(err, &se) {
		return config.Diagnostic{Pos: se.Pos, Severity: config.Error, Text: se.Text}
	}
	return config.Diagnostic{Pos: config.Pos{File: path}, Severity: config.Error, Text: err.Error()}
}

// firstError is the first finding for which a reload is refused; nil without any.
func firstError(diags []config.Diagnostic) error {
	for _, d := range diags {
		if d.Severity == config.Error {
			return fmt.Errorf("%s: %s", d.Pos, d.Text)
		}
	}
	return nil
}
