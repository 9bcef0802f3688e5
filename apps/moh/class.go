package moh

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

// class is a section of musiconhold.conf, or a row of the table. It is never changed, only replaced by
// a reload.
type class struct {
	pbx.MusicClass
	folder       string // Dir as a whole path
	announcement string // prompt before the music, and between two files; "": none
	application  string // of the mode custom
	format       string // in which that writes
	escalation   time.Duration
	one          bool // only the process itself is ended, not its group
	digit        byte // 0: none
	loopLast     bool
	answered     bool // only for who has answered

	program *program // nil: it plays files
}

// The defaults of Asterisk.
const (
	defaultEscalation = 100 * time.Millisecond
	noFolder          = "nodir" // how it writes that there is none
)

// modes are those there are; false: another program plays.
var modes = map[string]bool{"files": true, "playlist": true, "custom": false, "mp3": false, "mp3nb": false, "quietmp3": false,
	"quietmp3nb": false}

// formats of programs, with their rates.
var formats = map[string]media.Codec{"slin": media.Slin, "slin16": media.Slin16, "ulaw": media.ULaw, "alaw": media.ALaw}

type table = config.Table[class]

var options = table{File: "musiconhold.conf", Section: "a class", Options: []config.Option[class]{
	{Name: "mode", Takes: "files, playlist, custom, mp3 ...",
		Help: "files of a folder, entries, or what a program writes (mp3 and its like: with mpg123)", Set: func(c *class, v string) error {
			v = strings.ToLower(v)
			if _, known := modes[v]; !known {
				return errors.New("it takes files, playlist, custom, mp3, mp3nb, quietmp3 or quietmp3nb")
			}
			c.Mode = v
			return nil
		}},
	{Name: "directory", Takes: "a folder, below astdatadir", Help: "its files are played; a program works there",
		Set: config.SetText(func(c *class) *string { return &c.Dir })},
	{Name: "entry", Takes: "a file", Help: "of a playlist, several lines in their order", Set: func(c *class, v string) error {
		if strings.Contains(v, "://") {
			return errors.New("what is elsewhere is not fetched: name a file")
		}
		c.Files = append(c.Files, v)
		return nil
	}},
	{Name: "sort", Takes: "alpha, random, randstart", Help: "order of the files; randstart begins anywhere",
		Set: func(c *class, v string) error {
			v = strings.ToLower(v)
			if v != "" && v != "alpha" && v != "random" && v != "randstart" {
				return errors.New("it takes alpha, random or randstart")
			}
			c.Sort = v
			return nil
		}},
	{Name: "random", Takes: "yes|no", Default: "no", Help: "the same as sort=random", Set: func(c *class, v string) error {
		if yes, ok := config.Bool(v); !ok {
			return errors.New("it takes yes or no")
		} else if yes {
			c.Sort = "random"
		}
		return nil
	}},
	{Name: "announcement", Takes: "a prompt", Help: "heard whenever the music begins, and between two files",
		Set: config.SetText(func(c *class) *string { return &c.announcement })},
	{Name: "loop_last", Takes: "yes|no", Default: "no", Help: "the last file is played again and again",
		Set: config.SetBool(func(c *class) *bool { return &c.loopLast })},
	{Name: "digit", Takes: "a key", Help: "who hears music by MusicOnHold() comes to this class by it", Set: func(c *class, v string) error {
		if len(v) != 1 || !strings.Contains("0123456789*#ABCD", v) {
			return errors.New("it takes one key")
		}
		c.digit = v[0]
		return nil
	}},
	{Name: "answeredonly", Takes: "yes|no", Default: "no", Help: "not before the channel is answered",
		Set: config.SetBool(func(c *class) *bool { return &c.answered })},
	{Name: "application", Takes: "a command", Help: "writes the music of the mode custom to its output",
		Set: config.SetText(func(c *class) *string { return &c.application })},
	{Name: "format", Takes: "slin, slin16, ulaw, alaw", Default: "slin", Help: "in which it writes", Set: func(c *class, v string) error {
		v = strings.ToLower(v)
		if _, known := formats[v]; !known {
			return errors.New("it takes slin, slin16, ulaw or alaw")
		}
		c.format = v
		return nil
	}},
	{Name: "kill_escalation_delay", Takes: "0 to 60000 ms", Default: "100", Help: "between the signals HUP, TERM and KILL that end it",
		Set: config.SetTime(time.Millisecond, 0, 60_000, func(c *class) *time.Duration { return &c.escalation })},
	{Name: "kill_method", Takes: "process_group, process", Default: "process_group", Help: "whom they are sent to",
		Set: func(c *class, v string) error {
			if v = strings.ToLower(v); v != "process_group" && v != "process" {
				return errors.New("it takes process_group or process")
			}
			c.one = v == "process"
			return nil
		}},
}}

// general are the options of all classes.
type general struct {
	keep   bool // cachertclasses
	others bool // what is suggested goes before a channel's own class (preferchannelclass=no)
}

var generalOptions = config.Table[general]{File: "musiconhold.conf", Section: "general", Options: []config.Option[general]{
	{Name: "preferchannelclass", Takes: "yes|no", Default: "yes",
		Help: "CHANNEL(musicclass) goes before what an application or the other side suggests", Set: func(g *general, v string) error {
			yes, ok := config.Bool(v)
			if !ok {
				return errors.New("it takes yes or no")
			}
			g.others = !yes
			return nil
		}},
	{Name: "cachertclasses", Takes: "yes|no", Default: "no", Help: "classes of the table are kept until the next reload, else for a second",
		Set: config.SetBool(func(g *general) *bool { return &g.keep })},
}}

func newClass(name string) *class {
	return &class{MusicClass: pbx.MusicClass{Name: name}, escalation: defaultEscalation, format: "slin"}
}

// readConfig reads musiconhold.conf; f may be nil. data is astdatadir, in which relative folders
// lie.
func readConfig(f *config.File, data string) (g general, out []*class, diags []config.Diagnostic) {
	if f == nil {
		return g, nil, nil
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			diags = append(diags, generalOptions.Read(s, &g, nil)...)
			continue
		}
		c := newClass(s.Name)
		diags = append(diags, options.Read(s, c, nil)...)
		if text, severity := c.complete(data); text != "" {
			pos := s.Pos
			for _, v := range s.Vars {
				if strings.EqualFold(v.Name, "directory") || strings.EqualFold(v.Name, "application") {
					pos = v.Pos
				}
			}
			diags = append(diags, config.Diagnostic{Pos: pos, Severity: severity, Text: "music class '" + s.Name + "': " + text})
		}
		out = append(out, c)
	}
	return g, out, diags
}

// complete finds what a class plays; it says why that is nothing of its own.
func (c *class) complete(data string) (text string, severity config.Severity) {
	instead := "the class default is played: "
	if c.Name == "default" {
		instead = "the built-in music is played: "
	}
	if c.folder = c.Dir; c.Dir != "" {
		c.folder = absolute(data, c.Dir)
	}
	switch files, known := modes[c.Mode]; {
	case c.Mode == "":
		return instead + "it has no mode", config.Warning
	case c.Mode == "files":
		list, err := musicFiles(c.folder)
		switch c.Files = list; {
		case err != nil:
			return fmt.Sprintf(instead+"%v", err), config.Note
		case len(list) == 0:
			return instead + "no file in " + c.folder + " can be", config.Note
		}
	case files:
		for i, name := range c.Files {
			c.Files[i] = strings.TrimSuffix(absolute(data, name), filepath.Ext(name))
		}
		if len(c.Files) == 0 {
			return instead + "the playlist has no entry", config.Warning
		}
	case known:
		return c.programmed(instead)
	}
	return "", config.Note
}

// programmed prepares the program of a class.
func (c *class) programmed(instead string) (text string, severity config.Severity) {
	argv := strings.Fields(c.application)
	if c.Mode != "custom" {
		list := mp3Files(c.folder)
		if argv = append(argv, list...); c.application == "" {
			argv = append(slices.Clone(mpg123(c.Mode)), list...)
		}
		if len(list) == 0 {
			return instead + "there is no mp3 file in '" + c.folder + "'", config.Note
		}
	}
	if len(argv) == 0 {
		return instead + "mode 'custom' needs an application", config.Warning
	}
	if _, err := os.Stat(argv[0]); err != nil && filepath.IsAbs(argv[0]) {
		return fmt.Sprintf(instead+"%v", err), config.Warning
	}
	c.program = newProgram(argv, c.folder, formats[c.format], c.escalation, c.one)
	return "", config.Note
}

// mpg123 is how Asterisk runs it.
func mpg123(mode string) []string {
	out := []string{"/usr/bin/mpg123", "-q", "-s", "--mono", "-r", "8000"}
	if !strings.HasSuffix(mode, "nb") {
		out = append(out, "-b", "2048")
	}
	if strings.HasPrefix(mode, "quiet") {
		out = append(out, "-f", "8192")
	}
	return out
}

// mostFiles are given to a program.
const mostFiles = 256

func mp3Files(dir string) (out []string) {
	list, _ := os.ReadDir(dir)
	for _, e := range list {
		if !e.IsDir() && strings.EqualFold(filepath.Ext(e.Name()), ".mp3") && len(out) < mostFiles {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	return out
}

// same says whether two classes play the same in the same way.
func (c *class) same(o *class) bool {
	a, b := *c, *o
	a.program, b.program, a.Files, b.Files, a.MusicClass, b.MusicClass = nil, nil, nil, nil, pbx.MusicClass{}, pbx.MusicClass{}
	x, y := c.MusicClass, o.MusicClass
	return fmt.Sprint(a) == fmt.Sprint(b) && x.Mode == y.Mode && x.Dir == y.Dir && x.Sort == y.Sort && slices.Equal(x.Files, y.Files)
}

// absolute is a path in astdatadir, or one that begins with a slash.
func absolute(data, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(data, name)
}

// musicFiles lists the music in a folder: paths without extension, sorted.
func musicFiles(dir string) (out []string, err error) {
	list, err := os.ReadDir(dir)
	for _, e := range list {
		ext := strings.ToLower(filepath.Ext(e.Name()))
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && slices.Contains(soundfile.Extensions, ext) {
			out = append(out, filepath.Join(dir, strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), err
}
