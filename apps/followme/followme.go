// Package followme is FollowMe: somebody is looked for at several numbers, one after the other, and
// says there whether he takes the call. followme.conf as Asterisk reads it.
package followme

import (
	"reflect"
	"slices"
	"strings"
	"sync/atomic"

	"obelisk/internal/config"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/sounds"
)

// Module implements pbx.Furnisher, pbx.Configured, pbx.Optioned and pbx.Described.
type Module struct {
	play     *prompt.Player
	folder   string // of the callers' names
	profiles atomic.Pointer[[]*profile]
}

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Optioned   = (*Module)(nil)
	_ pbx.Described  = (*Module)(nil)
)

// New makes the module. spool is astspooldir, where the names of callers are kept while somebody is
// looked for.
func New(lib *sounds.Library, spool string) *Module {
	m := &Module{play: &prompt.Player{Lib: lib}, folder: spool}
	m.profiles.Store(&[]*profile{})
	return m
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_followme" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Find-Me/Follow-Me Application" }

const usage = `FollowMe(profile[,options])
  The numbers of a section of followme.conf are called, step after step, until somebody takes the call.
  a  record the caller's name first, which those who are called hear
  B  run a subroutine before anybody is called: B(context^extension^priority(argument^...))
  b  run one on each channel that is about to be called
  d  do not ask the caller to wait
  I  do not tell either side who the other is
  l  Local channels stay
  N  do not answer before somebody has taken the call; without a and s then
  n  say at the end that nobody was found
  s  say at the beginning that who is called is not at his desk
  The dialplan goes on when nobody has taken the call`

const options = "aBbdIlNns"

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	core.RegisterApp(pbx.App{Name: "FollowMe", Synopsis: "Look for somebody at several numbers", Usage: usage, Check: check, Exec: m.exec})
}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	list, diags := readConfig(src.File("followme.conf"))
	return &next{m, list}, diags
}

// Options implements pbx.Optioned.
func (m *Module) Options() []config.OptionRow { return append(general.Rows(), one.Rows()...) }

// find is a profile by its name, any case; nil: there is none.
func find(list []*profile, name string) *profile {
	if i := slices.IndexFunc(list, func(p *profile) bool { return strings.EqualFold(p.name, name) }); i >= 0 {
		return list[i]
	}
	return nil
}

// next is a followme.conf that is not in force yet. It implements pbx.Checked and pbx.Naming.
type next struct {
	m    *Module
	list []*profile
}

// Changes implements pbx.Next.
func (n *next) Changes() (out []string) {
	old := *n.m.profiles.Load()
	for _, p := range n.list {
		switch was := find(old, p.name); {
		case was == nil:
			out = append(out, "+ profile "+p.name)
		case !was.same(p):
			out = append(out, "~ profile "+p.name)
		}
	}
	for _, p := range old {
		if find(n.list, p.name) == nil {
			out = append(out, "- profile "+p.name)
		}
	}
	return out
}

// same says whether two are alike but for where they stand.
func (p *profile) same(o *profile) bool {
	a, b := *p, *o
	a.pos, a.musicPos, a.contextPos = b.pos, b.musicPos, b.contextPos
	return reflect.DeepEqual(a, b)
}

// Commit implements pbx.Next. Who is looked for goes on being looked for as before.
func (n *next) Commit() { n.m.profiles.Store(&n.list) }

// Discard implements pbx.Next.
func (n *next) Discard() {}
