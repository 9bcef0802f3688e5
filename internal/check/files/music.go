package files

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// music judges musiconhold.conf.
func music(l *look.Look) {
	f := l.File("musiconhold.conf")
	if f == nil {
		return
	}
	hasDefault := false
	for _, s := range f.Visible() {
		n := strings.ToLower(s.Name)
		hasDefault = hasDefault || n == "default"
		switch n {
		case "general":
			continue
		case "classes", "moh_files":
			l.Say("music-old", s.Pos, "[name] with mode and directory",
				"section [%s] is the form of Asterisk 1.2: it is taken as a class of that name, and what it lists is ignored", s.Name)
			continue
		}
		class(l, s)
	}
	if !hasDefault && len(f.Visible()) > 0 {
		l.SayAs(config.Note, "music-no-default", config.Pos{File: f.Path, Line: 1}, "[default]",
			"there is no class [default]: whoever names no class hears nothing")
	}
}

func class(l *look.Look, s *config.Section) {
	mode, has := s.Lookup("mode")
	directory, dir := s.Lookup("directory")
	_, app := s.Lookup("application")
	_, entry := s.Lookup("entry")
	switch {
	case !has:
		l.Say("music-mode", s.Pos, "mode=files", "class [%s] has no mode: it is not loaded, and nothing is heard", s.Name)
	case strings.EqualFold(mode.Value, "files") && !dir:
		l.Say("music-directory", s.Pos, "directory=moh", "class [%s] of mode files has no directory: it is not loaded, and nothing is heard",
			s.Name)
	case strings.EqualFold(mode.Value, "custom") && !app:
		l.Say("music-application", s.Pos, "application=...",
			"class [%s] of mode custom has no application: it is not loaded, and nothing is heard", s.Name)
	case strings.EqualFold(mode.Value, "playlist") && !entry:
		l.Say("music-entry", s.Pos, "entry=/path/to/file", "class [%s] of mode playlist has no entry: nothing is heard", s.Name)
	case strings.EqualFold(mode.Value, "files") && app:
		v, _ := s.Lookup("application")
		l.SayAs(config.Note, "music-application", v.Pos, "mode=custom", "application of [%s] has no effect in mode files", s.Name)
	}
	if v, ok := s.Lookup("random"); ok {
		l.SayAs(config.Note, "file-option-old", v.Pos, "sort=random", "random is the old form of sort=random")
	}
	if v, ok := s.Lookup("sort"); ok && strings.EqualFold(v.Value, "yes") {
		l.Say("file-value", v.Pos, "sort=alpha", "sort takes random, alpha or randstart")
	}
	if dir {
		path := strings.TrimSpace(directory.Value)
		if end := strings.ToLower(filepath.Ext(path)); slices.Contains([]string{".mp3", ".wav", ".gsm", ".ulaw", ".alaw", ".sln"}, end) {
			l.SayAs(config.Warning, "music-folder", directory.Pos, "directory="+filepath.Dir(path), "directory=%s of [%s] is a file: a folder is "+
				"asked for, all "+
				"files of which are played, and nothing is heard", path, s.Name)
			return
		}
		if !filepath.IsAbs(path) {
			return
		}
		if _, err := os.Stat(filepath.Dir(l.Folder())); err == nil && strings.HasPrefix(path, "/var/lib/asterisk") {
			return // not this machine's, perhaps
		}
		l.SayAs(config.Note, "music-folder", directory.Pos, "",
			"the music of class [%s] is expected in %s: is it there on the machine that this is for?", s.Name, path)
	}
}
