package cc

import (
	"io"
	"strconv"
	"strings"

	"obelisk/internal/config"
	"obelisk/internal/printable"
	"obelisk/pbx"
)

// Module implements pbx.Furnisher, pbx.Configured and pbx.Commander.
type Module struct{ desk *Desk }

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Commander  = (*Module)(nil)
)

// New makes the module.
func New() *Module { return &Module{} }

// Name implements pbx.Module.
func (m *Module) Name() string { return "ccss" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Call completion" }

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) { m.desk = Register(core) }

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	c, diags := ReadConfig(src.File("ccss.conf"))
	return &next{m.desk, c}, diags
}

// next is a ccss.conf that is not in force yet.
type next struct {
	desk   *Desk
	config Config
}

// Changes implements pbx.Next.
func (n *next) Changes() []string {
	if *n.desk.config.Load() == n.config {
		return nil
	}
	return []string{"ccss.conf changes"}
}

// Commit implements pbx.Next. Requests that are there go on.
func (n *next) Commit() { n.desk.SetConfig(n.config) }

// Discard implements pbx.Next.
func (n *next) Discard() {}

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	return []pbx.Command{
		{Name: "cc report status", Usage: "list the calls that may be completed", Run: m.report},
		{Name: "cc cancel", Usage: "core <id> | all: have nobody wait for them any more", Run: m.cancel},
	}
}

func (m *Module) report(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return pbx.Misused(w, "cc report status")
	}
	for _, line := range m.desk.Report() {
		printable.Fprintf(w, "%s\n", line)
	}
	return true
}

func (m *Module) cancel(w io.Writer, args []string) bool {
	if len(args) == 1 && strings.EqualFold(args[0], "all") {
		m.desk.Cancel(0, true)
		return true
	}
	if len(args) == 2 && strings.EqualFold(args[0], "core") {
		if id, err := strconv.ParseInt(args[1], 10, 64); err == nil {
			m.desk.Cancel(id, false)
			return true
		}
	}
	return pbx.Misused(w, "cc cancel core <id> | all")
}
