package boot

import (
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"

	"obelisk/apps/stasis"
	"obelisk/channels/chansip/sipconf"
	"obelisk/channels/websocket"
	"obelisk/internal/auth"
	"obelisk/internal/store"
	"obelisk/manage/ari"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// ariModule is ari.conf: the interface of programs, which hangs in the HTTP server, as the page does to
// which they connect for audio.
func (s *System) ariModule(features []pbx.Module) []pbx.Module {
	for _, m := range features {
		if audio, ok := m.(*websocket.Module); ok && s != nil {
			audio.Hang(programHouse{s}.Serve)
		}
	}
	for _, m := range features {
		if programs, ok := m.(*stasis.Module); ok {
			return []pbx.Module{ari.New(programHouse{s}, programs)}
		}
	}
	return nil
}

// AccessLists are those of acl.conf, for modules that name them.
func (r *reading) AccessLists() map[string]auth.ACL { return r.accessLists() }

// programHouse is the system as programs ask of it.
type programHouse struct{ s *System }

func (h programHouse) Version() string { return sipconf.Version }
func (h programHouse) Booted() bool    { return h.s.up() }

// Info implements ari.House.
func (h programHouse) Info() map[string]stasis.Object {
	s := h.s
	name, kernel := operatingSystem()
	system := stasis.Object{"version", sipconf.Version, "entity_id", s.programs().EntityID()}
	if node := s.core.Node(); node != "" {
		system = append(system, "node", node)
	}
	return map[string]stasis.Object{
		"build":  {"os", name, "kernel", kernel, "machine", machineName(), "options", "OPTIONAL_API", "date", buildDate(), "user", "obelisk"},
		"system": system,
		"config": {"name", s.core.SystemName(), "default_language", s.core.Language(), "max_channels", positive(s.core.MaxCalls()),
			"setid", stasis.Object{"user", s.conf.ast.RunUser, "group", s.conf.ast.RunGroup}},
		"status": {"startup_time", stasis.Time(s.core.Begun()), "last_reload_time", stasis.Time(s.LastReload())},
	}
}

// positive is a number, or nothing where it is none.
func positive(n int) any {
	if n <= 0 {
		return stasis.Absent
	}
	return n
}

// operatingSystem is its name and that of its kernel.
func operatingSystem() (name, kernel string) {
	name = strings.ToUpper(runtime.GOOS[:1]) + runtime.GOOS[1:]
	if b, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		kernel = strings.TrimSpace(string(b))
	}
	return name, kernel
}

// machineName is that of the processor, as uname has it.
func machineName() string {
	if m, ok := map[string]string{"amd64": "x86_64", "arm64": "aarch64", "386": "i686"}[runtime.GOARCH]; ok {
		return m
	}
	return runtime.GOARCH
}

// buildDate is when the binary was written.
func buildDate() string {
	if path, err := os.Executable(); err == nil {
		if info, err := os.Stat(path); err == nil {
			return info.ModTime().UTC().Format("2006-01-02 15:04:05 MST")
		}
	}
	return time.Time{}.UTC().Format("2006-01-02 15:04:05 MST")
}

// programs is the module that holds what programs have.
func (s *System) programs() *stasis.Module {
	m, _ := s.core.ModuleNamed("res_stasis").(*stasis.Module)
	return m
}

// Modules implements ari.House: those that were taken away are not among them.
func (h programHouse) Modules() (out [][2]string) {
	for _, m := range (operation{managed{h.s}}).Modules() {
		if app := h.s.core.AppIn(strings.TrimSuffix(m[0], ".so")); app == "" || !h.s.core.Unloaded(app) {
			out = append(out, m)
		}
	}
	return out
}

// ReloadModule implements ari.House. What has no files is read anew at once, as with Asterisk's
// applications.
func (h programHouse) ReloadModule(name string) error {
	known, err := (managed{h.s}).ReloadPart(name)
	if known && err == pbx.ErrNoReload && strings.HasPrefix(name, "app_") && h.s.core.ModuleNamed(name) == nil {
		return nil
	}
	return err
}

// LogChannels implements ari.House.
func (h programHouse) LogChannels() (out []ari.LogChannel) {
	if h.s.logs == nil {
		return nil
	}
	for _, c := range h.s.logs.Channels() {
		out = append(out, ari.LogChannel{Name: c.Name, Type: c.Type, Status: "Enabled", Levels: c.Levels})
	}
	return out
}

func (h programHouse) AddLog(name, levels string) error { return h.s.logs.AddChannel(name, levels) }
func (h programHouse) DeleteLog(name string) bool       { return h.s.logs.DeleteChannel(name) }
func (h programHouse) RotateLog(name string) bool       { return h.s.logs.RotateChannel(name) }

// Serve implements ari.House.
func (h programHouse) Serve(path string, x http.Handler) { h.s.web.Handle(path, x) }

// Log implements ari.House.
func (h programHouse) Log() *zerolog.Logger {
	l := h.s.logFor("res_ari.c")
	return &l
}

// endpoints are those of SIP, as programs see them.
func (s *System) endpoints() (out []stasis.Endpoint) {
	if s.driver == nil {
		return nil
	}
	for _, p := range s.driver.Peers() {
		e := stasis.Endpoint{Tech: "SIP", Resource: p.Name, State: "unknown"}
		switch {
		case p.Health.Monitored && p.Health.Known && p.Health.Reachable:
			e.State = "online"
		case p.Health.Monitored && p.Health.Known:
			e.State = "offline"
		case p.Binding != nil:
			e.State = "online"
		}
		out = append(out, e)
	}
	return out
}

// keptStates keeps the states of devices of programs in the astdb.
type keptStates struct{ *store.DB }

// Keys implements stasis.Store.
func (k keptStates) Keys(family string) (out []string) {
	for _, e := range k.List(family) {
		out = append(out, strings.TrimPrefix(e.Key, "/"+family+"/"))
	}
	return out
}
