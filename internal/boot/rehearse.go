package boot

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/synctest"

	"obelisk/channels/local"
	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/internal/rehearse"
	"obelisk/internal/store"
	"obelisk/internal/trace"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

// Rehearsal is what "obelisk test" is asked for.
type Rehearsal struct {
	Where    string // an asterisk.conf, a folder with extensions.conf, or a file of tests
	Home     string
	Only     string // a regular expression for the names of cases; "" for all
	JUnit    string // file for the results; "" for none
	Coverage bool
	// SoundHomes are as those of Options.
	SoundHomes []string
	Out        io.Writer
}

// Exit statuses of a rehearsal.
const (
	rehearsedWell = 0
	rehearsedBad  = 1 // a call went otherwise than expected
	notRehearsed  = 2 // the files cannot be read
)

// Test runs the dialplan's tests in virtual time and ends the process with the status: the
// only way into virtual time leads through package testing, which takes the process over.
func Test(r Rehearsal) {
	os.Args = os.Args[:1] // package testing reads them
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "obelisk", F: func(t *testing.T) { os.Exit(r.run(t)) }}}, nil, nil)
}

func (r Rehearsal) run(t *testing.T) int {
	results, plan, err := r.results(t)
	if err != nil {
		fmt.Fprintln(r.Out, err)
		return notRehearsed
	}
	rehearse.WriteText(r.Out, results)
	if r.Coverage {
		fmt.Fprintln(r.Out)
		rehearse.WriteCoverage(r.Out, plan, results)
	}
	if r.JUnit != "" {
		if err := writeJUnit(r.JUnit, results); err != nil {
			fmt.Fprintln(r.Out, err)
			return notRehearsed
		}
	}
	if rehearse.Failed(results) > 0 {
		return rehearsedBad
	}
	return rehearsedWell
}

func writeJUnit(path string, results []rehearse.Result) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return cmp.Or(rehearse.WriteJUnit(f, results), f.Close())
}

// results runs every case, each in a bubble and on a switchboard of its own.
func (r Rehearsal) results(t *testing.T) (out []rehearse.Result, plan *dialplan.Plan, err error) {
	conf, files, err := r.files()
	if err != nil {
		return nil, nil, err
	}
	only, err := regexp.Compile(r.Only)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range files {
		cases, err := readCases(name)
		if err != nil {
			return nil, nil, err
		}
		for _, c := range cases {
			if !only.MatchString(c.Name) {
				continue
			}
			result := rehearse.Result{Case: c}
			synctest.Test(t, func(t *testing.T) {
				result.Outcome = c.Run(func() (b *rehearse.Board, err error) {
					b, plan, err = conf.board(r.SoundHomes)
					return b, err
				})
			})
			result.Failures = c.Judge(result.Outcome)
			out = append(out, result)
		}
	}
	if len(out) == 0 {
		return nil, nil, errors.New("there is no test to run")
	}
	return out, plan, nil
}

// files finds the configuration and the files of tests: *.test beside extensions.conf.
func (r Rehearsal) files() (*configuration, []string, error) {
	where := r.Where
	var files []string
	if filepath.Ext(where) == ".test" {
		files, where = []string{where}, filepath.Dir(where)
	}
	conf, err := locateAny(where, r.Home)
	if err != nil {
		return nil, nil, err
	}
	if files == nil {
		if files, _ = filepath.Glob(filepath.Join(conf.ast.Dirs.Etc, "*.test")); len(files) == 0 {
			return nil, nil, fmt.Errorf("there are no tests (*.test) in %s", conf.ast.Dirs.Etc)
		}
	}
	return conf, files, nil
}

// words are those of modules for tests.
func words(list []pbx.Module) (out []pbx.Word) {
	for _, m := range list {
		if r, ok := m.(pbx.Rehearsed); ok {
			out = append(out, r.Words()...)
		}
	}
	return out
}

func readCases(path string) ([]*rehearse.Case, error) {
	f, err := config.Load(config.Dir(filepath.Dir(path)), filepath.Base(path), config.Options{})
	if err != nil {
		return nil, err
	}
	_, list := knowing(config.Directories{})
	cases, problems := rehearse.Read(f, words(list)...)
	for _, p := range problems {
		err = errors.Join(err, errors.New(p.String()))
	}
	return cases, err
}

// board makes a switchboard on the dialplan of a configuration, without network and disk. homes
// are where sound sets are looked for, as in Options.
func (c *configuration) board(homes []string) (*rehearse.Board, *dialplan.Plan, error) {
	nowhere := func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("a rehearsal has no network") }
	engine, err := media.New(media.Config{Listen: nowhere})
	if err != nil {
		return nil, nil, err
	}
	programs := &rehearse.Programs{}
	core := pbx.NewCore(pbx.Config{Outside: programs, Log: zerolog.Nop(), Book: trace.NewBook(keptCalls), SystemName: systemName(c.ast),
		Language: c.ast.Language,
		BuiltIns: builtIns(c.ast)})
	lib := &sounds.Library{Dirs: soundDirs(c.ast, homes), Extensions: soundfile.Extensions}
	dirs, own := c.ast.Dirs, *c
	if dirs.Spool, err = os.MkdirTemp("", "obelisk-test"); err != nil { // nothing that lies there is touched
		return nil, nil, err
	}
	own.modules = equip(core, equipment{lib: lib, dirs: dirs, db: store.Memory(), values: c.values, rehearsal: true,
		media: func() *media.Engine { return engine }}).modules
	plan := (*System)(nil).planModule(core)
	core.RegisterTech(local.New(core, engine))
	b := &rehearse.Board{Core: core, Media: engine, Prompts: func(tell func(string)) { lib.Asked = tell }, Words: words(own.modules),
		Programs: programs}
	b.Close = func() {
		closeAll(own.modules)
		engine.Close()
		os.RemoveAll(dirs.Spool)
	}
	r := &reading{configuration: &own}
	if plan.(pbx.Configured).Prepare(r); r.plan == nil {
		b.Close()
		return nil, nil, cmp.Or(firstError(r.diags), errors.New("there is no extensions.conf"))
	}
	core.SetPlan(r.plan)
	own.read(nil).commit()
	tones, _ := readTones(r.file("indications.conf"))
	core.SetTones(tones)
	startAll(own.modules)
	return b, r.plan, nil
}
