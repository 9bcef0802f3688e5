package boot

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/sipshow"
	"obelisk/manage/ami"
	"obelisk/manage/cli"
	"obelisk/pbx"
)

// managerModule is the manager interface: manager.conf and cdr_manager.conf.
func (s *System) managerModule() pbx.Module {
	return own{name: "manager", synopsis: "Asterisk Manager Interface", measure: func(m *pbx.Measures) { s.manageMetrics(m) },
		read: func(r *reading) step {
			c := r.manager()
			return step{commit: func() {
				if s.ami == nil {
					s.ami = s.newManager(c)
				} else {
					s.ami.SetConfig(c)
				}
				s.ami.Listen()
			}}
		}, close: func() {
			if s.ami != nil {
				s.ami.Close()
			}
		}}
}

// manager reads manager.conf.
func (r *reading) manager() ami.Config {
	f := r.file("manager.conf")
	r.people().addManagers(f)
	m, d := ami.ReadConfig(f, r.accessLists())
	r.note(d)
	if v, ok := r.file("cdr_manager.conf").Section("general").Lookup("enabled"); ok {
		m.Records, _ = config.Bool(v.Value)
	}
	return m
}

// newManager makes the interface, over HTTP too.
func (s *System) newManager(c ami.Config) *ami.Server {
	rooms := ami.Rooms{Core: s.core, System: managed{s}, DB: database{s.db}, Log: s.logFor("manager.c"), Modules: s.conf.modules,
		Security: s.logs.Security}
	if s.driver != nil {
		rooms.SIP = sipshow.Manager{Driver: s.driver}
	}
	m := ami.New(rooms, c)
	for _, form := range []string{"rawman", "mxml", "manager"} {
		s.web.Handle("/"+form, m.Web(form))
		s.web.Handle("/a"+form, m.WebDigest(form))
	}
	return m
}

// refusedHelp is what the metric obelisk_manage_refused_total tells.
const refusedHelp = "Who had to make room or was not let in, at the manager interface and the HTTP server"

// manageMetrics tells who was kept out of the manager interface.
func (s *System) manageMetrics(m *pbx.Measures) {
	const help = refusedHelp
	strangers, visitors, refused, cut, left := s.ami.Counts()
	m.Count("obelisk_manage_refused_total", help, float64(strangers), "what", "stranger")
	m.Count("obelisk_manage_refused_total", help, float64(visitors), "what", "web_session")
	m.Count("obelisk_manage_refused_total", help, float64(refused), "what", "login")
	m.Count("obelisk_manage_refused_total", help, float64(cut), "what", "slow_reader")
	m.Count("obelisk_manage_events_unfetched_total", "Events of sessions over HTTP that nobody fetched in time", float64(left))
}

// managed is the system as the manager interface asks of it.
type managed struct{ *System }

// Version implements ami.System.
func (m managed) Version() string { return sipconf.Version }

// ReloadPart implements ami.System.
func (m managed) ReloadPart(part string) (known bool, err error) {
	part = strings.TrimSuffix(strings.ToLower(part), ".so")
	if part == "" {
		return true, m.Reload("")
	}
	name := moduleNamed(m.conf.modules, part)
	switch {
	case name != "" && hasFiles(m.conf.modules, name):
		return true, m.Reload(name)
	case name != "" || m.core.HasModule(part):
		return true, pbx.ErrNoReload
	}
	return false, nil
}

// reloadModule is that for the dialplan and features, of a module that is there.
func (s *System) reloadModule(name string) error {
	_, err := (managed{s}).ReloadPart(name)
	return err
}

// Command implements ami.System.
func (m managed) Command(w io.Writer, line string) bool { return m.console().Run(w, line) }

// CommandNeeds implements ami.System.
func (m managed) CommandNeeds(line string) (lists []string, possible bool) {
	return m.console().Needs(line)
}

// RotateLogs implements ami.System.
func (m managed) RotateLogs() error {
	return m.logs.Rotate()
}

// Records, Web and Realtime implement ami.System.
func (m managed) Records() bool  { return true }
func (m managed) Realtime() bool { return m.tables != nil }
func (m managed) Web() bool      { return m.web.Listens() }

// Options implements ami.System.
func (m managed) Options() (maxLoad float64, customSounds bool) {
	return m.conf.ast.MaxLoad, m.conf.ast.CustomSounds
}

// ConfigFile implements ami.System: files of the configuration's own folder only.
func (m managed) ConfigFile(name string) ([]ami.ConfigSection, error) {
	if name != filepath.Base(name) {
		return nil, fmt.Errorf("'%s' is not in the configuration's folder", name)
	}
	f, err := m.conf.optional(name)
	if err != nil || f == nil {
		return nil, errors.Join(err, errors.New("there is no such file"))
	}
	var out []ami.ConfigSection
	for _, s := range f.Sections {
		c := ami.ConfigSection{Name: s.Name, Template: s.Template, Bases: s.Bases}
		for _, v := range s.Vars {
			c.Lines = append(c.Lines, [2]string{v.Name, v.Value})
		}
		out = append(out, c)
	}
	return out, nil
}

// errNotHere is Asterisk's word for a file outside of the configuration's folder.
var errNotHere = errors.New("file requires escalated privileges")

// ownFile is the path of a file of the configuration's own folder.
func (m managed) ownFile(name string) (string, error) {
	dir, ok := m.conf.src.(config.Dir)
	if !ok || name != filepath.Base(name) || !strings.HasSuffix(name, ".conf") {
		return "", errNotHere
	}
	return filepath.Join(string(dir), name), nil
}

// CreateConfig implements ami.System.
func (m managed) CreateConfig(name string) error {
	path, err := m.ownFile(name)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if errors.Is(err, os.ErrExist) {
		return errors.New("file exists")
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// UpdateConfig implements ami.System.
func (m managed) UpdateConfig(from, to string, edits []config.Edit, keep bool) error {
	src, err := m.ownFile(from)
	if err != nil {
		return err
	}
	dst, err := m.ownFile(to)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(src)
	if err != nil {
		return errors.New("config file not found")
	}
	var known []*config.Section // of files that it includes
	if f, err := m.conf.optional(from); err == nil && f != nil {
		known = slices.DeleteFunc(slices.Clone(f.Sections), func(s *config.Section) bool { return s.Pos.File == src })
	}
	changed, err := config.ApplyEdits(string(text), edits, known, keep)
	if err != nil {
		return err
	}
	mode := os.FileMode(0o640)
	if info, err := os.Stat(dst); err == nil {
		mode = info.Mode().Perm()
	}
	next := dst + ".new"
	if err := os.WriteFile(next, []byte(changed), mode); err != nil {
		return errors.New("save of config failed")
	}
	if err := os.Rename(next, dst); err != nil {
		return errors.New("save of config failed")
	}
	m.log.Info().Msgf("%s is changed through the manager interface", to)
	return nil
}

// managerView shows the manager interface to the console.
type managerView struct{ s *System }

// Users implements cli.Manager.
func (v managerView) Users() []string { return v.s.ami.Config().Names }

// User implements cli.Manager.
func (v managerView) User(name string) (u cli.ManagerUser, ok bool) {
	m := v.s.ami.Config().Users[name]
	if m == nil {
		return u, false
	}
	return cli.ManagerUser{Name: m.Name, Secret: m.Secret != "", ACL: m.Access.Any(), Read: shownClasses(m.Read),
		Write: shownClasses(m.Write), DisplayConnects: m.DisplayConnects, AllowMultiple: m.AllowMultiple, Variables: m.SetVars,
		Rules: shownRules(m.Access.ACL)}, true
}

// Sessions implements cli.Manager.
func (v managerView) Sessions() (out []cli.ManagerSession) {
	for _, s := range v.s.ami.Sessions() {
		out = append(out, cli.ManagerSession{User: s.User, Remote: address(s.Remote), Since: s.Since, Read: shownBits(s.Read),
			Write: shownBits(s.Write), Number: s.Number})
	}
	return out
}

// address is a remote end without its port.
func address(remote string) string {
	if a, err := netip.ParseAddrPort(remote); err == nil {
		return a.Addr().String()
	}
	return remote
}

// shownBits are rights as a number; "all" is every bit with Asterisk, of classes too that
// there are none of.
func shownBits(c ami.Class) uint32 {
	if c.All() {
		return math.MaxInt32
	}
	return uint32(c)
}

// Actions implements cli.Manager.
func (v managerView) Actions() [][3]string { return v.s.ami.Actions() }

// Settings implements cli.Manager.
func (v managerView) Settings() [][2]string {
	c := v.s.ami.Config()
	return [][2]string{{"Manager (AMI)", yes(c.Enabled)}, {"Web Manager (AMI/HTTP)", yes(c.Enabled && c.WebEnabled)},
		{"TCP Bindaddress", c.Bind.String()}, {"HTTP Timeout (seconds)", fmt.Sprint(int(c.HTTPTimeout.Seconds()))},
		{"TLS Enable", yes(c.TLSEnabled)}, {"TLS Bindaddress", cmp.Or(shownBind(c), "Disabled")},
		{"TLS Certfile", cmp.Or(c.Cert, "asterisk.pem")}, {"TLS Privatekey", c.Key}, {"TLS Cipher", ""},
		{"Allow multiple login", yes(c.AllowMultiple)}, {"Display connects", yes(c.DisplayConnects)},
		{"Timestamp events", yes(c.TimestampEvents)}, {"Channel vars", strings.Join(c.ChannelVars, ",")},
		{"Disabled events", strings.Join(slices.Sorted(maps.Keys(c.Disabled)), ",")}, {"Debug", yes(v.Debug())}}
}

// Events implements cli.Manager.
func (v managerView) Events() [][]string { return v.s.ami.Events() }

// Kick implements cli.Manager.
func (v managerView) Kick(number int) bool { return v.s.ami.Kick(number) }

// Debug implements cli.Manager.
func (v managerView) Debug() bool { return v.s.ami.Debug() }

// SetDebug implements cli.Manager.
func (v managerView) SetDebug(on bool) { v.s.ami.SetDebug(on) }

func shownBind(c *ami.Config) string {
	if c.TLSEnabled {
		return c.TLSBind.String()
	}
	return ""
}
