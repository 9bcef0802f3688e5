package moh

import (
	"fmt"
	"path/filepath"
	"strings"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// readConfig reads musiconhold.conf; f may be nil. data is astdatadir, in which
// relative folders lie.
func readConfig(f *config.File, data string) (out []pbx.MusicClass, diags []config.Diagnostic) {
	if f == nil {
		return nil, nil
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		c, d := readClass(s, data)
		out, diags = append(out, c), append(diags, d...)
	}
	return out, diags
}

func readClass(s *config.Section, data string) (c pbx.MusicClass, diags []config.Diagnostic) {
	note := func(pos config.Pos, severity config.Severity, format string, args ...any) {
		diags = append(diags, config.Diagnostic{Pos: pos, Severity: severity, Text: fmt.Sprintf("music class '%s': ", s.Name) + fmt.Sprintf(format, args...)})
	}
	c = pbx.MusicClass{Name: s.Name}
	where := s.Pos
	for _, v := range s.Vars {
		switch strings.ToLower(v.Name) {
		case "mode":
			if c.Mode = strings.ToLower(v.Value); c.Mode != "files" && c.Mode != "playlist" {
				note(v.Pos, config.Warning, "mode '%s' needs another program and is not supported; the built-in music is played", v.Value)
			}
		case "directory":
			c.Dir, where = absolute(data, v.Value), v.Pos
		case "entry":
			c.Files = append(c.Files, strings.TrimSuffix(absolute(data, v.Value), filepath.Ext(v.Value)))
		case "sort":
			switch c.Sort = strings.ToLower(v.Value); c.Sort {
			case "random", "alpha", "randstart", "":
			default:
				note(v.Pos, config.Warning, "'%s' is not a valid value of 'sort' (random, alpha, randstart)", v.Value)
			}
		case "random":
			if yes, _ := config.Bool(v.Value); yes {
				c.Sort = "random"
			}
		case "format", "application", "digit", "announcement", "kill_escalation_delay", "kill_method", "answeredonly", "loop_last":
		default:
			note(v.Pos, config.Warning, "there is no option '%s'", v.Name)
		}
	}
	if c.Mode != "files" {
		return c, diags
	}
	files, err := musicFiles(c.Dir)
	switch c.Files = files; {
	case err != nil:
		note(where, config.Note, "the built-in music is played: %v", err)
	case len(files) == 0:
		note(where, config.Note, "the built-in music is played: no file in %s can be", c.Dir)
	}
	return c, diags
}

// absolute is a path in astdatadir, or one that begins with a slash.
func absolute(data, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(data, name)
}
