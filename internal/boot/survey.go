package boot

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/internal/store"
	"obelisk/internal/trace"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// Vocabulary is a core that knows every application and function, and runs nothing.
func Vocabulary() *pbx.Core {
	core, _ := knowing(config.Directories{})
	return core
}

// knowing is that, with its modules, which may read their files.
func knowing(dirs config.Directories) (*pbx.Core, []pbx.Module) {
	core := pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(1)})
	return core, modules(nil, core, equip(core, equipment{lib: &sounds.Library{}, dirs: dirs, db: store.Memory()}).modules)
}

// Survey is a configuration that was read and is not in force: what tools look at. Nothing that
// it names is run, and no file but those of the configuration is opened.
type Survey struct {
	conf   *configuration
	files  *reading
	core   *pbx.Core
	tabled bool // there are phones in a database
	diags  []config.Diagnostic
}

// ReadOnly reads the files of a configuration, or the dialplan alone. where is an asterisk.conf or
// a folder; "" is /etc/asterisk. home is where the built-in default keeps its state.
func ReadOnly(where, home string, plan bool) (*Survey, error) {
	conf, err := locateAny(where, home)
	if err != nil {
		return nil, err
	}
	return conf.survey(plan)
}

// readOver is ReadOnly of all files, one of which is to have another text; "" for none.
func readOver(where, name string, text []byte) (*Survey, error) {
	conf, err := locateAny(where, "")
	if err != nil {
		return nil, err
	}
	if name != "" {
		conf.src = overlay{Source: conf.src, name: name, data: text}
	}
	return conf.survey(false)
}

func (conf *configuration) survey(plan bool) (*Survey, error) {
	conf.opt.Check = true
	s := &Survey{conf: conf}
	s.core, conf.modules = knowing(conf.ast.Dirs)
	if plan {
		s.files = conf.read([]string{"pbx_config", "res_parking"}) // which has extensions of its own
		s.diags = slices.Concat(conf.diags, s.files.diags)
		return s, nil
	}
	conf.readAhead()
	s.files = conf.read(nil)
	conf.ahead = nil
	s.diags = slices.Concat(conf.diags, s.files.findings(nil, nil))
	tables, d := conf.openTables(func(string, bool) {})
	s.tabled = tables.Has("sippeers")
	tables.Close()
	s.diags = append(s.diags, d...)
	return s, nil
}

// Close frees what was prepared.
func (s *Survey) Close() { s.files.discard() }

// Folder is where the files are.
func (s *Survey) Folder() string { return s.conf.ast.Dirs.Etc }

// Findings are what was found while the files were read, and what modules have to say of what
// they have prepared.
func (s *Survey) Findings() []config.Diagnostic {
	out := slices.Clone(s.diags)
	for _, n := range s.files.next {
		if c, ok := n.Next.(pbx.Checked); ok {
			out = append(out, c.Check(s)...)
		}
	}
	return out
}

// Error is the first finding for which a reload would be refused; nil without any.
func (s *Survey) Error() error { return firstError(s.diags) }

// Core knows all applications and functions; it runs nothing.
func (s *Survey) Core() *pbx.Core { return s.core }

// SIP is sip.conf; nil without one that can be used.
func (s *Survey) SIP() *sipconf.Directory { return s.files.sip }

// Tabled says whether there are endpoints in a database.
func (s *Survey) Tabled() bool { return s.tabled }

// Text is a file as it stands; nil where it cannot be read.
func (s *Survey) Text(path string) []byte {
	data, _ := s.conf.src.ReadFile(path)
	return data
}

// UserMailboxes are the sections of users.conf that have a mailbox.
func (s *Survey) UserMailboxes() (out []string) {
	people := readUsers(s.File("users.conf"))
	for _, x := range people.list {
		if people.has(x, "hasvoicemail", false) {
			out = append(out, x.Name)
		}
	}
	return out
}

// File implements pbx.Whole. What is wrong with a file is told elsewhere.
func (s *Survey) File(name string) *config.File {
	if f := s.files.loaded[name]; f != nil {
		return f
	}
	f, err := s.conf.optional(name)
	if err != nil {
		return nil
	}
	return f
}

// Plan implements pbx.Whole.
func (s *Survey) Plan() *dialplan.Plan { return s.files.plan }

// Devices implements pbx.Whole.
func (s *Survey) Devices() (out []string) {
	if s.files.sip != nil {
		for _, p := range s.files.sip.Peers {
			out = append(out, "SIP/"+p.Name)
		}
	}
	return out
}

// HasDevice implements pbx.Whole.
func (s *Survey) HasDevice(name string) bool {
	tech, resource, _ := strings.Cut(name, "/")
	sip := strings.EqualFold(tech, "SIP") || strings.EqualFold(tech, "PJSIP") && s.files.plan != nil && s.files.plan.PJSIPNames
	if !sip || s.tabled || s.files.sip == nil || strings.ContainsAny(resource, "/@.:$") {
		return true
	}
	return s.files.sip.Lookup(resource) != nil
}

// Named implements pbx.Whole.
func (s *Survey) Named(kind string) (out []pbx.Reference) {
	if s.files.sip != nil {
		for _, p := range s.files.sip.Peers {
			out = append(out, namedBy(p, kind)...)
		}
	}
	for _, n := range s.files.next {
		if x, ok := n.Next.(pbx.Naming); ok {
			out = append(out, x.Names(kind)...)
		}
	}
	return out
}

// namedBy is what an endpoint of sip.conf names.
func namedBy(p *sipconf.Peer, kind string) (out []pbx.Reference) {
	add := func(option string, names ...string) {
		for _, name := range slices.DeleteFunc(names, func(n string) bool { return n == "" || strings.Contains(n, "${") }) {
			out = append(out, pbx.Reference{Name: name, Pos: p.Line(option), By: "endpoint '" + p.Name + "'"})
		}
	}
	switch kind {
	case pbx.NamedMailbox:
		add("mailbox", slices.Clone(p.MailboxTexts)...)
	case pbx.NamedMusic:
		add("mohinterpret", p.MOHInterpret)
		add("mohsuggest", p.MOHSuggest)
	case pbx.NamedParking:
		add("parkinglot", p.ParkingLot)
	case pbx.NamedContext:
		add("context", p.Context)
	}
	return out
}

// locateAny is locate for a folder too, for tools that only read: no #exec is run, since
// the folder may be somebody else's.
func locateAny(where, home string) (c *configuration, err error) {
	stat, statErr := os.Stat(where)
	if where != "" && statErr != nil {
		return nil, fmt.Errorf("%s: there is no such file or folder", where)
	}
	folder, file := where != "" && statErr == nil && stat.IsDir(), where
	if folder {
		file = filepath.Join(where, "asterisk.conf")
	}
	if _, err := os.Stat(file); folder && err != nil {
		c = &configuration{ast: &config.Asterisk{Dirs: config.DefaultDirectories()}}
	} else if c, err = locate(file, home); err != nil {
		return nil, err
	}
	c.opt.Exec, c.opt.Etc = nil, c.ast.Dirs.Etc
	if folder { // the files meant are those beside it
		if abs, _ := filepath.Abs(where); c.opt.Etc == abs {
			c.opt.Etc = config.DefaultDirectories().Etc
		}
		c.ast.Dirs.Etc, c.src = where, config.Dir(where)
	}
	return c, nil
}

// Copied says that the folder is a copy of the one that the files mean.
func (s *Survey) Copied() bool {
	if s.conf.opt.Etc == "" {
		return false
	}
	here, _ := filepath.Abs(s.Folder())
	there, _ := filepath.Abs(s.conf.opt.Etc)
	return here != there
}

// Mode is the permission bits of a file; false where it is not there, or not on a disk.
func (s *Survey) Mode(path string) (uint32, bool) {
	src := s.conf.src
	if o, over := src.(overlay); over {
		src = o.Source
	}
	if _, disk := src.(config.Dir); !disk {
		return 0, false
	}
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return 0, false
	}
	return uint32(st.Mode().Perm()), true
}
