package moh

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/internal/config"
)

// What a program is begun with: the command of application=, or mpg123 with the options of the mode;
// then the files of the folder, in which it works, or the address that stands in the folder's place.

// mostFiles are given to a program.
const mostFiles = 256

// programmed prepares the program of a class; it says why there is none.
func (c *class) programmed(instead string) (text string, severity config.Severity) {
	argv := strings.Fields(c.application)
	endings := []string{".mp3", ".raw", ".sln"}
	if c.Mode != "custom" {
		argv = append(mpg123(c.Mode), strings.FieldsFunc(c.application, func(r rune) bool { return r == ',' || r == ' ' })...)
		endings = endings[:1]
	}
	if len(argv) == 0 {
		return instead + "mode 'custom' needs an application", config.Warning
	}
	dir, heard, err := c.given(endings)
	switch {
	case err != nil:
		return fmt.Sprintf(instead+"%v", err), config.Warning
	case len(heard) == 0 && c.Dir != "":
		return instead + "no file in '" + c.folder + "' ends in " + strings.Join(endings, ", "), config.Note
	case len(heard) == 0 && c.Mode != "custom":
		return instead + "mode '" + c.Mode + "' needs a directory", config.Warning
	}
	if _, err := os.Stat(argv[0]); err != nil && filepath.IsAbs(argv[0]) {
		return fmt.Sprintf(instead+"%v", err), config.Warning
	}
	c.program = newProgram(append(argv, heard...), dir, formats[c.format], c.escalation, c.one)
	return "", config.Note
}

// given are the folder in which the program works, "" for ours, and what it is to play.
func (c *class) given(endings []string) (dir string, heard []string, err error) {
	if c.Dir == "" {
		return "", nil, nil
	}
	if elsewhere(c.Dir) {
		return "", []string{c.Dir}, nil
	}
	list, err := os.ReadDir(c.folder)
	for _, e := range list {
		if !e.IsDir() && slices.Contains(endings, strings.ToLower(filepath.Ext(e.Name()))) && len(heard) < mostFiles {
			heard = append(heard, e.Name())
		}
	}
	return c.folder, heard, err
}

// elsewhere says whether a folder is an address that mpg123 plays.
func elsewhere(dir string) bool { return len(dir) > 7 && strings.EqualFold(dir[:7], "http://") }

// mpg123 is how Asterisk runs it.
func mpg123(mode string) []string {
	out := []string{"/usr/bin/mpg123", "-q", "-s", "--mono", "-r", "8000"}
	for _, place := range []string{"/usr/local/bin/mpg123", "/usr/bin/mpg123"} {
		if _, err := exec.LookPath(place); err == nil {
			out[0] = place
			break
		}
	}
	if !strings.HasSuffix(mode, "nb") {
		out = append(out, "-b", "2048")
	}
	if strings.HasPrefix(mode, "quiet") {
		return append(out, "-f", "4096")
	}
	return append(out, "-f", "8192")
}
