// Package reload is the application Reload: a call has files of the configuration read anew.
package reload

import (
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Module implements pbx.Furnisher.
type Module struct{}

var (
	_ pbx.Furnisher = Module{}
	_ pbx.Described = Module{}
)

// New makes the module.
func New() Module { return Module{} }

// Name implements pbx.Module.
func (Module) Name() string { return "app_reload" }

// Synopsis implements pbx.Described.
func (Module) Synopsis() string { return "Reloads by the dialplan" }

// Furnish implements pbx.Furnisher.
func (Module) Furnish(core *pbx.Core) {
	core.RegisterApp(pbx.App{Name: "Reload", Synopsis: "Read the files of modules anew, or all files", Usage: usage, Exec: reload})
}

const usage = "Reload([module[,module...]])\n" +
	"  each by its whole name, as in module show: chan_sip, pbx_config, features ...; none: all files\n" +
	"  The call waits until that is done. RELOADSTATUS is SUCCESS, or FAILURE: a file has an error, or a module has no files,\n" +
	"  or is not here; the others are read all the same"

// reload is Reload. As with Asterisk a name is a whole one, in any case and with ".so" or without.
func reload(c *pbx.Channel, args string) dialplan.Result {
	status := "SUCCESS"
	for name := range strings.SplitSeq(args, ",") {
		name = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(name)), ".so")
		err := pbx.ErrNoReload
		if name == "" && args == "" || c.Core().ModuleNamed(name) != nil {
			err = c.Core().Reload(name)
		}
		if err != nil {
			c.Warn("Reload(" + args + "): " + name + ": " + err.Error())
			status = "FAILURE"
		}
	}
	c.SetVar("RELOADSTATUS", status)
	return dialplan.Continue
}
