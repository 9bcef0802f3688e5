package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"obelisk/channels/chansip"
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
	resolve  chansip.Resolver
	embedded bool
	diags    []config.Diagnostic
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
	c := &configuration{embedded: true, ast: &config.Asterisk{Dirs: config.DefaultDirectories()}}
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
	sip     *chansip.Directory
	tls     *tlsPair // of sip.conf; nil when its files cannot be used
	http    web.Config
	ami     ami.Config
	meter   web.MetricsConfig
	hep     hepConfig
	pickup  string // pickupexten of features.conf
	plan    *dialplan.Plan
	rtp     rtpConfig
	records recordFiles
	cel     cel.Config
	music   []pbx.MusicClass
	tones   pbx.Tones
	diags   []config.Diagnostic
}

// read compiles the parts wanted: "sip", "dialplan", "moh" or "" for all.
func (c *configuration) read(part string, core *pbx.Core) (*files, error) {
	out := &files{}
	take := func(f *config.File, d []config.Diagnostic) {
		if f != nil {
			out.diags = append(out.diags, f.Diags...)
		}
		out.diags = append(out.diags, d...)
	}
	if part == "" || part == "sip" {
		f, err := c.optional("sip.conf")
		if err != nil {
			return nil, err
		}
		if f != nil {
			lists, d, err := c.accessLists()
			if err != nil {
				return nil, err
			}
			take(nil, d)
			notify, err := c.optional("sip_notify.conf")
			if err != nil {
				return nil, err
			}
			take(notify, nil)
			dir, d := chansip.Compile(f, chansip.Surroundings{Resolve: c.resolve, SystemName: c.ast.SystemName, ACLs: lists, Notify: chansip.ReadNotify(notify)})
			out.sip = dir
			take(f, d)
			pair, d := readTLS(dir)
			out.tls = pair
			take(nil, d)
		}
	}
	if part == "" || part == "dialplan" {
		f, err := c.optional("extensions.conf")
		if err != nil {
			return nil, err
		}
		if f != nil {
			p, d := dialplan.Compile(f, nil)
			out.plan = p
			take(f, append(d, core.CheckPlan(p)...))
		}
	}
	if part == "" || part == "moh" {
		f, err := c.optional("musiconhold.conf")
		if err != nil {
			return nil, err
		}
		classes, d := readMusic(f, c.ast.Dirs.Data)
		out.music = classes
		take(f, d)
	}
	if part == "" {
		f, err := c.optional("rtp.conf")
		if err != nil {
			return nil, err
		}
		rtp, d := readRTP(f)
		out.rtp = rtp
		take(f, d)
		if f, err = c.optional("indications.conf"); err != nil {
			return nil, err
		}
		tones, d := readTones(f)
		out.tones = tones
		take(f, append(d, knownZones(out.sip, tones)...))
		if out.records, err = c.readRecords(take); err != nil {
			return nil, err
		}
		if out.cel, err = c.readEvents(take); err != nil {
			return nil, err
		}
		if f, err = c.optional("features.conf"); err != nil {
			return nil, err
		}
		out.pickup = pickupExten(f)
		if f, err = c.optional("http.conf"); err != nil {
			return nil, err
		}
		server, d := web.ReadConfig(f)
		out.http = server
		take(f, d)
		if f, err = c.optional("prometheus.conf"); err != nil {
			return nil, err
		}
		meter, d := web.ReadMetricsConfig(f)
		out.meter = meter
		take(f, d)
		if f, err = c.optional("hep.conf"); err != nil {
			return nil, err
		}
		capture, d := readHEP(f)
		out.hep = capture
		take(f, d)
		if out.ami, err = c.readManager(take); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readEvents reads cel.conf and cel_custom.conf.
func (c *configuration) readEvents(take func(*config.File, []config.Diagnostic)) (cel.Config, error) {
	f, err := c.optional("cel.conf")
	if err != nil {
		return cel.Config{}, err
	}
	custom, err := c.optional("cel_custom.conf")
	if err != nil {
		return cel.Config{}, err
	}
	events, d := cel.ReadConfig(f, custom)
	take(f, d)
	take(custom, nil)
	return events, nil
}

// readManager reads manager.conf.
func (c *configuration) readManager(take func(*config.File, []config.Diagnostic)) (ami.Config, error) {
	f, err := c.optional("manager.conf")
	if err != nil {
		return ami.Config{}, err
	}
	lists, _, err := c.accessLists()
	if err != nil {
		return ami.Config{}, err
	}
	m, d := ami.ReadConfig(f, lists)
	take(f, d)
	if f, err = c.optional("cdr_manager.conf"); err != nil {
		return ami.Config{}, err
	}
	if f != nil && f.Section("general") != nil {
		if v, ok := f.Section("general").Lookup("enabled"); ok {
			m.Records, _ = config.Bool(v.Value)
		}
	}
	return m, nil
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

// accessLists reads acl.conf.
func (c *configuration) accessLists() (map[string]auth.ACL, []config.Diagnostic, error) {
	f, err := c.optional("acl.conf")
	if f == nil || err != nil {
		return nil, nil, err
	}
	out, diags := map[string]auth.ACL{}, f.Diags
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
				diags = append(diags, config.Diagnostic{Pos: v.Pos, Severity: config.Error, Text: fmt.Sprintf("acl.conf [%s]: %v; the list denies everything", s.Name, err)})
				list = auth.Nobody
				break
			}
		}
		out[s.Name] = list
	}
	return out, diags, nil
}

// crossCheck finds what one file says about another.
func crossCheck(d *chansip.Directory, p *dialplan.Plan) []config.Diagnostic {
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
