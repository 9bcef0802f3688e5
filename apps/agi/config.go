package agi

import (
	"fmt"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// limits are agi.conf, a file that Asterisk does not have: how long a program may keep a call.
//
// Differs: with Asterisk there is no such limit; a program that says nothing keeps its call for
// ever, and one that has been hung up as well.
type limits struct {
	connect time.Duration // connecttimeout: for each address of a server
	notice  time.Duration // a program that says nothing for so long is named in the log
	silence time.Duration // silencetimeout: and one for so long is ended
	hangup  time.Duration // hanguptimeout: how long one may go on after the call
}

var usualLimits = limits{connect: 2 * time.Second, notice: 30 * time.Second, silence: 10 * time.Minute, hangup: 5 * time.Minute}

// longest is the bound of each of them in seconds: nothing is for ever.
const longest = 24 * 60 * 60

var table = config.Table[limits]{File: "agi.conf", Section: "general", Options: []config.Option[limits]{
	{Name: "connecttimeout", Takes: "1 to 86400 s", Default: "2", Help: "how long each address of a FastAGI server is tried",
		Set: seconds(func(l *limits) *time.Duration { return &l.connect })},
	{Name: "notice", Takes: "1 to 86400 s", Default: "30",
		Help: "a program that says nothing for so long is named in the log with its last command",
		Set:  seconds(func(l *limits) *time.Duration { return &l.notice })},
	{Name: "silencetimeout", Takes: "1 to 86400 s", Default: "600", Help: "and one for so long is ended: AGISTATUS is FAILURE",
		Set: seconds(func(l *limits) *time.Duration { return &l.silence })},
	{Name: "hanguptimeout", Takes: "1 to 86400 s", Default: "300", Help: "how long a program may go on after its call has been hung up",
		Set: seconds(func(l *limits) *time.Duration { return &l.hangup })},
}}

func seconds(field func(*limits) *time.Duration) func(*limits, string) error {
	return config.SetTime(time.Second, 1, longest, field)
}

// Options implements pbx.Optioned.
func (m *Module) Options() []config.OptionRow { return table.Rows() }

// readConfig reads agi.conf; f may be nil.
func readConfig(f *config.File) (l limits, diags []config.Diagnostic) {
	l = usualLimits
	if f == nil {
		return l, nil
	}
	for _, s := range f.Visible() {
		if !strings.EqualFold(s.Name, "general") {
			diags = append(diags, config.Diagnostic{Pos: s.Pos, Text: fmt.Sprintf("[%s] is not read: agi.conf has [general] only", s.Name)})
			continue
		}
		diags = append(diags, table.Read(s, &l, nil)...)
	}
	return l, diags
}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	l, diags := readConfig(src.File("agi.conf"))
	return &next{m, l}, diags
}

// next is an agi.conf that is not in force yet.
type next struct {
	m *Module
	l limits
}

// Changes implements pbx.Next.
func (n *next) Changes() []string {
	if *n.m.limits.Load() == n.l {
		return nil
	}
	return []string{"agi.conf changes"}
}

// Commit implements pbx.Next: for programs that begin from now on.
func (n *next) Commit() { n.m.limits.Store(&n.l) }

// Discard implements pbx.Next.
func (n *next) Discard() {}
