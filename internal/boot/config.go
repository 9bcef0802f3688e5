package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/etc"
	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/manage/ami"
	"obelisk/manage/web"
	"obelisk/pbx"
	"obelisk/pbx/cel"
)

// configuration is where files come from and where state lies.
type configuration struct {
	src      config.Source
	opt      config.Options
	ast      *config.Asterisk
	names    *dnsmgr.Manager // nil: nothing is looked up
	embedded bool
	diags    []config.Diagnostic
	modules  []pbx.Module
}

const defaultConf = "/etc/asterisk/asterisk.conf"

// locate finds the configuration: the file given with -C, else /etc/asterisk,
// else the embedded default with its state below home.
func locate(confFile, home string) (*configuration, error) {
	explicit := confFile != ""
	if !explicit {
		if _, err := os.Stat(filepath.Dir(defaultConf)); err != nil {
			return embedded(home), nil
		}
		confFile = defaultConf
	}
	abs, err := filepath.Abs(confFile)
	if err != nil {
		return nil, err
	}
	f, err := config.Load(config.Dir(filepath.Dir(abs)), abs, config.Options{})
	switch {
	case err == nil:
	case !explicit && errors.Is(err, fs.ErrNotExist):
		f = &config.File{Path: abs} // /etc/asterisk without asterisk.conf: Asterisk's defaults
	default:
		return nil, err
	}
	c := &configuration{ast: config.ReadAsterisk(f)}
	c.diags = f.Diags
	c.src = config.Dir(c.ast.Dirs.Etc)
	if c.ast.ExecIncludes {
		c.opt.Exec = func(command string) ([]byte, error) { return exec.Command("/bin/sh", "-c", command).Output() }
	}
	return c, nil
}

// embedded is the built-in default; all state lies below home.
func embedded(home string) *configuration {
	c := &configuration{embedded: true, ast: &config.Asterisk{Dirs: config.DefaultDirectories(), SpareFiles: config.DefaultSpareFiles, SpareRoom: config.DefaultSpareRoom}}
	d := &c.ast.Dirs
	d.Etc = "(built in)"
	d.Run, d.Log, d.Spool = filepath.Join(home, "run"), filepath.Join(home, "log"), filepath.Join(home, "spool")
	d.DB, d.VarLib, d.Key = filepath.Join(home, "lib"), filepath.Join(home, "lib"), filepath.Join(home, "lib")
	c.src = config.FS{FS: etc.Files}
	return c
}

// StateHome is where the built-in default keeps its state.
func StateHome() string {
	if d := os.Getenv("XDG_STATE_HOME"); d != "" {
		return filepath.Join(d, "obelisk")
	}
	if h, err := os.UserHomeDir(); err == nil {
		return filepath.Join(h, ".local", "state", "obelisk")
	}
	return filepath.Join(os.TempDir(), "obelisk")
}

// overlay serves one file from memory before the files of a source.
type overlay struct {
	config.Source
	name string
	data []byte
}

func (o overlay) ReadFile(p string) ([]byte, error) {
	if p == o.Resolve(o.name) {
		return o.data, nil
	}
	return o.Source.ReadFile(p)
}

// optional loads a file that may be missing; nil then.
func (c *configuration) optional(name string) (*config.File, error) {
	f, err := config.Load(c.src, name, c.opt)
	if errors.Is(err, fs.ErrNotExist) {
		var se *config.SyntaxError
		if errors.As(err, &se) && se.Pos.Line == 0 {
			return nil, nil
		}
	}
	return f, err
}

// values are those of a variable in a category of a file of the configuration's folder.
func (c *configuration) values(file, category, variable string) (out []string, err error) {
	if file != filepath.Base(file) {
		return nil, fmt.Errorf("'%s' is not in the configuration's folder", file)
	}
	f, err := c.optional(file)
	if f == nil || err != nil {
		return nil, err
	}
	if s := f.Section(category); s != nil {
		for _, v := range s.Vars {
			if v.Name == variable {
				out = append(out, v.Value)
			}
		}
	}
	return out, nil
}

// files is everything that is read at once, compiled but not yet in force.
type files struct {
	sip     *sipconf.Directory
	tls     *tlsPair // of sip.conf; nil when its files cannot be used
	http    web.Config
	ami     ami.Config
	meter   web.MetricsConfig
	hep     hepConfig
	refresh time.Duration // of names, dnsmgr.conf
	pickup  string        // pickupexten of features.conf
	plan    *dialplan.Plan
	rtp     rtpConfig
	records recordFiles
	cel     cel.Config
	next    []prepared // of the modules
	tones   pbx.Tones
	lists   map[string]auth.ACL // of acl.conf; nil where they were not read
	diags   []config.Diagnostic // about the files: an error among them refuses a reload
	faults  []config.Diagnostic // about the world around: these refuse nothing
}

// reading is one pass over the files. One that cannot be read is an error among the
// findings, and counts as one that is not there.
type reading struct {
	*configuration
	diags []config.Diagnostic
	lists map[string]auth.ACL // of acl.conf; nil: not read yet
	users *users              // of users.conf; nil: not read yet
}

// file loads a file and notes what is found in it; nil when it is not there or cannot be
// read.
func (r *reading) file(name string) *config.File {
	f, err := r.optional(name)
	switch {
	case err != nil:
		r.note([]config.Diagnostic{unreadable(r.src.Resolve(name), err)})
		return nil
	case f != nil:
		r.note(f.Diags)
	}
	return f
}

func (r *reading) note(d []config.Diagnostic) { r.diags = append(r.diags, d...) }

// unreadable is the finding about a file that cannot be used as a whole.
func unreadable(path string, err error) config.Diagnostic {
	var se *config.SyntaxError
	if errors.As(err, &se) {
		return config.Diagnostic{Pos: se.Pos, Severity: config.Error, Text: se.Text}
	}
	return config.Diagnostic{Pos: config.Pos{File: path}, Severity: config.Error, Text: err.Error()}
}

// firstError is the first finding for which a reload is refused; nil without any.
func firstError(diags []config.Diagnostic) error {
	for _, d := range diags {
		if d.Severity == config.Error {
			return fmt.Errorf("%s: %s", d.Pos, d.Text)
		}
	}
	return nil
}

// read compiles the parts wanted: "sip", "dialplan", the name of a module, or "" for all. What is wrong
// with a file is among the findings; the others are read all the same.
func (c *configuration) read(part string, core *pbx.Core) *files {
	out, r := &files{}, &reading{configuration: c}
	if part == "" || part == "sip" {
		r.sip(out)
	}
	if part == "" || part == "dialplan" {
		if f := r.file("extensions.conf"); f != nil {
			r.people().addExtensions(f)
			p, d := dialplan.Compile(f, nil)
			out.plan = p
			r.note(append(d, core.CheckPlan(p)...))
		}
	}
	out.next = r.modules(part, c.modules)
	if part == "" {
		r.rest(out)
	}
	out.lists = r.lists
	out.diags = r.diags
	return out
}

// people reads users.conf, once.
func (r *reading) people() users {
	if r.users == nil {
		u := readUsers(r.file("users.conf"))
		r.users = &u
	}
	return *r.users
}

// sip reads sip.conf and what belongs to it.
func (r *reading) sip(out *files) {
	f := r.file("sip.conf")
	if f == nil {
		return
	}
	dir, d := sipconf.Compile(f, sipconf.Surroundings{Names: r.names, SystemName: r.ast.SystemName, ACLs: r.accessLists(), Notify: sipconf.ReadNotify(r.file("sip_notify.conf")),
		Ciphers: cipherSuites, Users: r.people().phones(), Registers: r.people().registrations()})
	out.sip = dir
	r.note(d)
	out.tls, out.faults = readTLS(dir)
	if r.names != nil {
		out.faults = append(out.faults, dir.Settle()...)
	}
}

// rest reads the files that only a whole reload reads.
func (r *reading) rest(out *files) {
	var d []config.Diagnostic
	out.rtp, d = readRTP(r.file("rtp.conf"))
	r.note(d)
	out.tones, d = readTones(r.file("indications.conf"))
	r.note(append(d, knownZones(out.sip, out.tones)...))
	out.records = r.records()
	events := r.file("cel.conf")
	out.cel, d = cel.ReadConfig(events, r.file("cel_custom.conf"))
	r.note(d)
	out.pickup = pickupExten(r.file("features.conf"))
	out.http, d = web.ReadConfig(r.file("http.conf"))
	r.note(d)
	out.meter, d = web.ReadMetricsConfig(r.file("prometheus.conf"))
	r.note(d)
	out.refresh, d = readRefresh(r.file("dnsmgr.conf"))
	r.note(d)
	out.hep, d = readHEP(r.file("hep.conf"))
	r.note(d)
	out.ami = r.manager()
}

// manager reads manager.conf.
func (r *reading) manager() ami.Config {
	f := r.file("manager.conf")
	r.people().addManagers(f)
	m, d := ami.ReadConfig(f, r.accessLists())
	r.note(d)
	if f = r.file("cdr_manager.conf"); f != nil && f.Section("general") != nil {
		if v, ok := f.Section("general").Lookup("enabled"); ok {
			m.Records, _ = config.Bool(v.Value)
		}
	}
	return m
}

// pickupExten reads features.conf; f may be nil.
func pickupExten(f *config.File) string {
	exten := "*8"
	if f != nil && f.Section("general") != nil {
		if v, ok := f.Section("general").Lookup("pickupexten"); ok {
			exten = v.Value
		}
	}
	return exten
}

// accessLists reads acl.conf, once. Of a file that cannot be read no list is there, and
// who names one lets nobody in.
func (r *reading) accessLists() map[string]auth.ACL {
	if r.lists != nil {
		return r.lists
	}
	r.lists = map[string]auth.ACL{}
	f := r.file("acl.conf")
	if f == nil {
		return r.lists
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		var list auth.ACL
		for _, v := range s.Vars {
			var err error
			switch strings.ToLower(v.Name) {
			case "permit", "deny":
				err = list.Add(strings.EqualFold(v.Name, "permit"), v.Value)
			default:
				err = fmt.Errorf("there is no option '%s'", v.Name)
			}
			if err != nil { // a list with a hole in it must not let anybody in
				r.note([]config.Diagnostic{{Pos: v.Pos, Severity: config.Error, Text: fmt.Sprintf("acl.conf [%s]: %v; the list denies everything", s.Name, err)}})
				list = auth.Nobody
				break
			}
		}
		r.lists[s.Name] = list
	}
	return r.lists
}

// crossCheck finds what one file says about another.
func crossCheck(d *sipconf.Directory, p *dialplan.Plan) []config.Diagnostic {
	if d == nil || p == nil {
		return nil
	}
	var names []string
	for _, c := range p.Order {
		names = append(names, c.Name)
	}
	var out []config.Diagnostic
	for _, peer := range d.Peers {
		if p.Contexts[peer.Context] == nil {
			out = append(out, config.Diagnostic{Pos: peer.Line("context"), Text: fmt.Sprintf("context '%s' of '%s' is not in extensions.conf%s; its calls find no extension", peer.Context, peer.Name, config.DidYouMean(peer.Context, names))})
		}
	}
	return out
}
