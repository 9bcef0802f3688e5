package boot

import (
	"cmp"
	"obelisk/apps/stasis"
	"obelisk/channels/chansip"
	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/cluster"
	"obelisk/internal/config"
	"obelisk/internal/store"
	"obelisk/internal/store/realtime"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/sounds"
)

// equipment is what applications and functions stand on.
type equipment struct {
	lib    *sounds.Library
	dirs   config.Directories
	db     *store.DB
	tables *realtime.Tables // nil without any
	values func(file, category, variable string) ([]string, error)
	driver func() *chansip.Driver // nil, or it returns nil: there is none
	// media and endpoints are for programs; nil: there are none
	media     func() *media.Engine
	endpoints func() []stasis.Endpoint
	cluster   cluster.House // empty where nothing is run
	flock     bool          // mailboxes are locked by flock(2)
	// rehearsal: nothing leaves the house, no program is run
	rehearsal bool
}

// equipped is what others than the dialplan ask for as well.
type equipped struct {
	modules  []pbx.Module
	custom   *fn.CustomDevices
	presence *fn.CustomPresence
}

// equip gives a core all applications and functions: of the switchboard, of a linter that runs
// nothing, of a rehearsal.
func equip(core *pbx.Core, e equipment) (out equipped) {
	if e.driver == nil {
		e.driver = func() *chansip.Driver { return nil }
	}
	app.Register(core, e.lib)
	out.modules = features(e)
	furnish(core, out.modules)
	fn.Register(core)
	chansip.Register(core, e.driver)
	out.custom = fn.Devices(core, e.db)
	fn.Database(core, e.db)
	out.presence = fn.Presences(core, e.db)
	fn.Configuration(core, e.values)
	fn.Realtime(core, e.tables)
	return out
}

// builtIns are the variables that a dialplan has from asterisk.conf.
func builtIns(a *config.Asterisk) map[string]string {
	out := a.Dirs.DirVars()
	out["ENTITYID"] = cmp.Or(a.EntityID, stasis.EntityID())
	return out
}
