package boot

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/etc"
	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
	"obelisk/pbx"
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
	tables   *realtime.Tables                        // of extconfig.conf, once they are in use; nil without one
	ahead    map[string]func() (*config.File, error) // files that are read while others are
}

// readAhead reads the two large files at once, each on a processor of its own.
func (c *configuration) readAhead() {
	c.ahead = map[string]func() (*config.File, error){}
	for _, name := range []string{"sip.conf", "extensions.conf"} {
		load := sync.OnceValues(func() (*config.File, error) { return config.Load(c.src, name, c.opt) })
		c.ahead[name] = load
		go load()
	}
}

const defaultConf = "/etc/asterisk/asterisk.conf"

// locate finds the configuration: the file given with -C, else /etc/asterisk,
// else, or where that has no file of a configuration, the embedded default with its state below home.
func locate(confFile, home string) (*configuration, error) {
	explicit := confFile != ""
	if !explicit {
		if bare(filepath.Dir(defaultConf)) {
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

// bare says whether a folder has no file of a configuration, as one that a package left behind. One that may
// not be read has.
func bare(dir string) bool {
	list, err := os.ReadDir(dir)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return !slices.ContainsFunc(list, func(e fs.DirEntry) bool { return filepath.Ext(e.Name()) == ".conf" })
}

// embedded is the built-in default; all state lies below home.
func embedded(home string) *configuration {
	c := &configuration{embedded: true, ast: &config.Asterisk{Dirs: config.DefaultDirectories(), SpareFiles: config.DefaultSpareFiles,
		SpareRoom: config.DefaultSpareRoom}}
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
	load := c.ahead[name]
	if load == nil {
		load = func() (*config.File, error) { return config.Load(c.src, name, c.opt) }
	}
	f, err := load()
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
