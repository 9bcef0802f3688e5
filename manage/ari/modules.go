package ari

import (
	"strings"

	"obelisk/internal/config"
)

// Modules of a switchboard in one binary: what can be taken away and given back are applications that
// are a module of Asterisk's by themselves (app_page: Page). noload of modules.conf takes them away at
// the start.

// appOf is the application of a module, "" where it is none.
func (a *ask) appOf(module string) string {
	return a.s.stasis.Core().AppIn(strings.TrimSuffix(module, ".so"))
}

func moduleLoad(a *ask) reply {
	if app := a.appOf(a.path["moduleName"]); app != "" && a.s.stasis.Core().Unloaded(app) {
		a.s.stasis.Core().Unload(app, false)
		return reply{status: 204}
	}
	if _, ok := a.module(); ok {
		return failure(409, "Module is already loaded")
	}
	return failure(409, "Module load declined")
}

func moduleUnload(a *ask) reply {
	_, ok := a.module()
	app := a.appOf(a.path["moduleName"])
	switch {
	case !ok:
		return failure(404, "Module not found in running modules")
	case app == "":
		return failure(409, "Module could not be unloaded")
	}
	a.s.stasis.Core().Unload(app, true)
	return reply{status: 204}
}

// noload reads what of modules.conf concerns applications: the names of their modules.
func noload(f *config.File) (apps []string) {
	if f == nil {
		return nil
	}
	s := f.Section("modules")
	if s == nil {
		return nil
	}
	for _, v := range s.Vars {
		if name := strings.TrimSuffix(v.Value, ".so"); strings.HasPrefix(name, "app_") && strings.EqualFold(v.Name, "noload") {
			apps = append(apps, name)
		}
	}
	return apps
}
