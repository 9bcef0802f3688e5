package files

import (
	"path/filepath"
	"slices"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// directories are those of asterisk.conf.
var directories = strings.Fields("astetcdir astmoddir astvarlibdir astdbdir astkeydir astdatadir astagidir astspooldir astrundir " +
	"astlogdir astsbindir astcachedir")

// machine judges asterisk.conf.
func machine(l *look.Look) {
	f := l.File("asterisk.conf")
	if f == nil {
		return
	}
	for _, s := range f.Sections {
		if !strings.EqualFold(s.Name, "directories") {
			continue
		}
		if s.Template && !moved(s) {
			continue // as the sample has it: these are the built-in ones
		}
		if s.Template {
			l.SayAs(config.Note, "asterisk-directories", s.Pos, "[directories]",
				"[directories](!) is a template: what stands in it has no effect, and the built-in folders are used")
			continue
		}
		for _, v := range s.Vars {
			switch {
			case !slices.Contains(directories, strings.ToLower(v.Name)):
				l.Say("asterisk-directory", v.Pos, look.Like(v.Name, directories),
					"unknown option '%s' in [directories]: there is no such folder, and it is ignored", v.Name)
			case !filepath.IsAbs(v.Value):
				l.Say("asterisk-directory", v.Pos, "/"+strings.TrimLeft(v.Value, "./"),
					"%s is not an absolute path: '%s' is looked for in whatever folder Asterisk is started in", v.Name, v.Value)
			}
		}
	}
	options(l, f.Section("options"))
	for _, s := range f.Visible() {
		if n := strings.ToLower(s.Name); !slices.Contains([]string{"directories", "options", "files", "compat", "general"}, n) {
			l.Say("asterisk-section", s.Pos, look.Like(n, []string{"directories", "options", "files", "compat"}),
				"[%s] of asterisk.conf is not read: there is no such section, and what stands in it is ignored", s.Name)
		} else if n == "general" {
			l.Say("asterisk-section", s.Pos, "[options]", "[general] of asterisk.conf is not read: options belong into [options]")
		}
	}
}

// moved says whether a section names other folders than the built-in ones.
func moved(s *config.Section) bool {
	for _, v := range s.Vars {
		if p := v.Value; !strings.HasPrefix(p, "/etc/asterisk") && !strings.HasPrefix(p, "/usr/") && !strings.HasPrefix(p, "/var/") {
			return true
		}
	}
	return false
}

func options(l *look.Look, s *config.Section) {
	if s == nil {
		return
	}
	if v, ok := s.Lookup("live_dangerously"); ok && on(s, "live_dangerously", false) {
		l.Say("asterisk-dangerous", v.Pos, "live_dangerously=no", "live_dangerously=yes: programs with access to the manager or ARI reach "+
			"the shell and files by way of dialplan functions")
	}
	if v, ok := s.Lookup("execincludes"); ok && on(s, "execincludes", false) {
		l.SayAs(config.Note, "asterisk-exec", v.Pos, "", "execincludes=yes: whoever may write a file of the configuration has commands run "+
			"by #exec, with the rights of the switchboard")
	}
	if v, ok := s.Lookup("maxcalls"); ok {
		if n, is := atoi(v.Value); is && n > 0 && n < 10 {
			l.Say("asterisk-maxcalls", v.Pos, "maxcalls=100",
				"maxcalls=%d: more than %d calls at a time are refused, each with both of its ends counted", n, n)
		}
	}
	if v, ok := s.Lookup("runuser"); ok && strings.EqualFold(v.Value, "root") {
		l.SayAs(config.Note, "asterisk-root", v.Pos, "runuser=asterisk",
			"runuser=root: whoever breaks into the switchboard has the whole machine")
	}
	if v, ok := s.Lookup("maxload"); ok && strings.TrimSpace(v.Value) != "" && !strings.HasPrefix(v.Value, "0.0") {
		if n := strings.TrimSpace(v.Value); n < "1" && strings.HasPrefix(n, "0") {
			l.Say("asterisk-maxload", v.Pos, "maxload=4.0",
				"maxload=%s: calls are refused while the load of the machine is above that, which it often is", n)
		}
	}
	if v, ok := s.Lookup("systemname"); ok && strings.ContainsAny(v.Value, " /") {
		l.SayAs(config.Note, "asterisk-systemname", v.Pos, "",
			"systemname '%s' is a part of the name of each call: blanks and slashes do harm in file names", v.Value)
	}
}
