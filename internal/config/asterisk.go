package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// Directories of asterisk.conf [directories], with Asterisk's defaults.
type Directories struct {
	Etc, Mod, VarLib, DB, Key, Data, AGI, Spool, Run, Log, Sbin, Cache string
}

// DefaultDirectories are those of an Asterisk installed under /.
func DefaultDirectories() Directories {
	return Directories{
		Etc: "/etc/asterisk", Mod: "/usr/lib/asterisk/modules", VarLib: "/var/lib/asterisk", DB: "/var/lib/asterisk",
		Key: "/var/lib/asterisk", Data: "/var/lib/asterisk", AGI: "/var/lib/asterisk/agi-bin", Spool: "/var/spool/asterisk",
		Run: "/var/run/asterisk", Log: "/var/log/asterisk", Sbin: "/usr/sbin", Cache: "/var/cache/asterisk",
	}
}

// DefaultSpareFiles is what reservedfiles is where it is not written: enough for the console,
// a few programs and the files that are written meanwhile.
const DefaultSpareFiles = 64

// DefaultSpareRoom is what reserveddisk is where it is not written: room for some ten thousand
// call records, and for as many registrations.
const DefaultSpareRoom = 4 << 20

// Asterisk is asterisk.conf.
type Asterisk struct {
	Dirs           Directories
	SystemName     string  // [options] systemname
	EntityID       string  // [options] entityid, "" for the address of the first network card
	Language       string  // [options] defaultlanguage, "en" without it
	ExecIncludes   bool    // [options] execincludes
	Dangerously    bool    // [options] live_dangerously
	Verbose        int     // [options] verbose
	Debug          int     // [options] debug
	Flock          bool    // [options] lockmode=flock: folders of mailboxes are locked by flock(2)
	MaxCalls       int     // [options] maxcalls, 0 = no limit
	MaxLoad        float64 // [options] maxload: load average above which no call is taken, 0 = any
	MinMemFree     int     // [options] minmemfree: MB of free memory below which none is, 0 = any
	CustomSounds   bool    // [options] sounds_search_custom_dir: <astdatadir>/sounds/custom is looked in first
	AutoSystemName bool    // [options] autosystemname: without systemname it is the host's
	SpareFiles     int     // [options] reservedfiles: descriptors that calls do not get, 0 = none
	SpareRoom      int64   // [options] reserveddisk, MB: bytes of each reserve on disk, 0 = none
	RunUser        string  // [options] runuser
	RunGroup       string  // [options] rungroup
	File           *File
}

// DirVars gives the built-in dialplan variables ASTETCDIR and so on.
func (d Directories) DirVars() map[string]string {
	return map[string]string{
		"ASTETCDIR": d.Etc, "ASTMODDIR": d.Mod, "ASTVARLIBDIR": d.VarLib, "ASTDBDIR": d.DB, "ASTKEYDIR": d.Key,
		"ASTDATADIR": d.Data, "ASTAGIDIR": d.AGI, "ASTSPOOLDIR": d.Spool, "ASTRUNDIR": d.Run, "ASTLOGDIR": d.Log,
		"ASTSBINDIR": d.Sbin, "ASTCACHEDIR": d.Cache,
	}
}

// ReadAsterisk interprets a loaded asterisk.conf. The configuration directory
// defaults to the one the file lies in.
func ReadAsterisk(f *File) *Asterisk {
	a := &Asterisk{Dirs: DefaultDirectories(), SpareFiles: DefaultSpareFiles, SpareRoom: DefaultSpareRoom, File: f}
	a.Dirs.Etc = filepath.Dir(f.Path)
	fields := map[string]*string{
		"astetcdir": &a.Dirs.Etc, "astmoddir": &a.Dirs.Mod, "astvarlibdir": &a.Dirs.VarLib, "astdbdir": &a.Dirs.DB,
		"astkeydir": &a.Dirs.Key, "astdatadir": &a.Dirs.Data, "astagidir": &a.Dirs.AGI, "astspooldir": &a.Dirs.Spool,
		"astrundir": &a.Dirs.Run, "astlogdir": &a.Dirs.Log, "astsbindir": &a.Dirs.Sbin, "astcachedir": &a.Dirs.Cache,
	}
	if s := f.Section("directories"); s != nil {
		for _, v := range s.Vars {
			if p := fields[v.Name]; p != nil {
				*p = v.Value
				continue
			}
			f.Diags = append(f.Diags, Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("unknown directory '%s'", v.Name)})
		}
	}
	opt := f.Section("options")
	a.SystemName = opt.Get("systemname")
	a.EntityID = opt.Get("entityid")
	a.Flock = strings.EqualFold(opt.Get("lockmode"), "flock")
	a.Language = cmp.Or(opt.Get("defaultlanguage"), "en")
	a.RunUser, a.RunGroup = opt.Get("runuser"), opt.Get("rungroup")
	a.ExecIncludes, _ = Bool(opt.Get("execincludes"))
	a.Dangerously, _ = Bool(opt.Get("live_dangerously"))
	a.CustomSounds, _ = Bool(opt.Get("sounds_search_custom_dir"))
	a.AutoSystemName, _ = Bool(opt.Get("autosystemname"))
	a.MaxLoad, _ = strconv.ParseFloat(opt.Get("maxload"), 64)
	for key, p := range map[string]*int{"verbose": &a.Verbose, "debug": &a.Debug, "maxcalls": &a.MaxCalls, "reservedfiles": &a.SpareFiles,
		"minmemfree": &a.MinMemFree} {
		fmt.Sscanf(opt.Get(key), "%d", p)
	}
	if mb, err := strconv.Atoi(opt.Get("reserveddisk")); err == nil && mb >= 0 && mb <= 1024 {
		a.SpareRoom = int64(mb) << 20
	}
	if opt != nil {
		f.Diags = append(f.Diags, unmet(opt)...)
	}
	return a
}

// fixed are options of [options] that change what calls are in Asterisk, and the value that is the one here.
var fixed = map[string]string{"languageprefix": "yes", "mindtmfduration": "80", "transmit_silence": "no",
	"transmit_silence_during_record": "no",
	"cache_record_files":             "no", "stdexten": "gosub", "lockconfdir": "no", "hide_messaging_ami_events": "no"}

// unmet tells of options that want what is not here.
func unmet(opt *Section) (diags []Diagnostic) {
	for _, v := range opt.Vars {
		want, known := fixed[strings.ToLower(v.Name)]
		if !known || strings.EqualFold(v.Value, want) {
			continue
		}
		if on, is := Bool(v.Value); is {
			if same, ok := Bool(want); ok && same == on {
				continue
			}
		}
		diags = append(diags, Unsupported(v, opt.Name))
	}
	return diags
}
