package ami

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// configActions write configuration files.
var configActions = []action{
	{"CreateConfig", "Creates an empty file in the configuration directory.", ClassConfig, false, createConfig},
	{"UpdateConfig", "Update basic configuration.", ClassConfig, false, updateConfig},
	{"ModuleLoad", "Module management.", ClassSystem, false, moduleLoad},
}

// tameFiles are those of which no line runs a program, or gives somebody rights here. A user
// who has the class config alone may write these; for the dialplan, manager.conf and all
// others he needs the class system as well.
var tameFiles = map[string]bool{"sip.conf": true, "sip_notify.conf": true, "rtp.conf": true, "indications.conf": true}

// elsewhere is what is said of files that are not the user's to work on.
const elsewhere = "File requires escalated privileges"

var errHidden = errors.New("it has the secrets of others")

// mayWrite says whether the user may write a file; if not, that is told.
func (a *act) mayWrite(name string) bool {
	if a.may(ClassSystem) || tameFiles[name] {
		return true
	}
	a.o.srv.rooms.Log.Warn().Msgf("manager user '%s' may not write %s: that needs write=config,system", a.o.account().Name, name)
	a.fail(elsewhere)
	return false
}

// hidden says whether a file holds users of the manager interface, whose secrets are no
// affair of a user without the class system.
func (a *act) hidden(name string) bool {
	if a.may(ClassSystem) {
		return false
	}
	for _, u := range a.o.srv.Config().Users {
		if filepath.Base(u.Pos.File) == name {
			return true
		}
	}
	return name == "manager.conf"
}

func createConfig(a *act) {
	name := a.m.get("Filename")
	if name == "" {
		a.fail("Filename not specified")
		return
	}
	if !a.mayWrite(name) {
		return
	}
	if err := a.o.srv.rooms.System.CreateConfig(name); err != nil {
		a.fail(sentence(err))
		return
	}
	a.ok("New configuration file created successfully")
}

// updateConfig changes a file, or makes another one of it: Action-000000 and so on.
func updateConfig(a *act) {
	from, to := a.m.get("SrcFilename"), a.m.get("DstFilename")
	if from == "" || to == "" {
		a.fail("Filename not specified")
		return
	}
	if !a.mayWrite(from) || !a.mayWrite(to) {
		return
	}
	var edits []config.Edit
	for i := 0; ; i++ {
		get := func(name string) string { return a.m.get(fmt.Sprintf("%s-%06d", name, i)) }
		if get("Action") == "" {
			break
		}
		edits = append(edits, config.Edit{Action: get("Action"), Category: get("Cat"), Name: get("Var"), Value: get("Value"),
			Match: get("Match"), Line: get("Line"), Options: get("Options")})
	}
	keep, ok := config.Bool(a.m.get("PreserveEffectiveContext"))
	if err := a.o.srv.rooms.System.UpdateConfig(from, to, edits, keep || !ok && a.m.get("PreserveEffectiveContext") == ""); err != nil {
		a.fail(sentence(err))
		return
	}
	switch part := a.m.get("Reload"); lower(part) {
	case "", "no", "false", "0", "off":
	case "yes", "true", "1", "on":
		a.o.srv.rooms.System.ReloadPart("")
	default:
		a.o.srv.rooms.System.ReloadPart(part)
	}
	a.respond("Success")
}

// moduleLoad reads the configuration of a module anew; there is nothing to load or unload.
func moduleLoad(a *act) {
	module, kind := a.m.get("Module"), lower(a.m.get("LoadType"))
	switch {
	case kind == "reload":
		known, err := a.o.srv.rooms.System.ReloadPart(module)
		switch {
		case !known:
			a.fail("No such module.")
		case errors.Is(err, pbx.ErrNoReload):
			a.fail("Module does not support reload action.")
		case err != nil:
			a.fail("An unknown error occurred")
		case module == "":
			a.ok("All modules reloaded")
		default:
			a.ok("Module reloaded.")
		}
	case module == "":
		a.fail("Need module name")
	case kind == "load":
		a.fail("Could not load module.")
	case kind == "unload":
		a.fail("Could not unload module.")
	default:
		a.fail("Incomplete ModuleLoad action.")
	}
}

// sentence is an error as clients are told of it.
func sentence(err error) string {
	s := err.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}
