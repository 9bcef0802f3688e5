// Package sounds finds prompts: an installed Asterisk sound set first, then the
// ones built into the binary.
package sounds

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// The built-in prompts and music, made by make.sh.
//
//go:embed en moh
var embedded embed.FS

// Library looks prompts up.
type Library struct {
	// Dirs are sound directories, tried in order before the built-in prompts:
	// <astdatadir>/sounds.
	Dirs []string
	// Extensions that can be played, best first, with the dot.
	Extensions []string
	// Asked is told of each prompt that is looked up, for tests; one that is not there
	// is then a moment of silence. nil: nobody is.
	Asked func(name string)

	once   sync.Once
	voices []voice // in Dirs
}

// voice is a folder of a sound package that is named by its speaker, as Debian has them:
// en_US_f_Allison. Where its package makes no link en, it is the language's all the same.
type voice struct{ language, dir string }

var voiceName = regexp.MustCompile(`^([a-z]{2,3}_[A-Z]{2})_[fm]_`)

// voicesOf are the folders of a language, "en" or "en_US", by name. What is installed while
// the switchboard runs is found at the next start.
func (l *Library) voicesOf(language string) (dirs []string) {
	if language == "" {
		return nil
	}
	l.once.Do(func() {
		for _, d := range l.Dirs {
			entries, _ := os.ReadDir(d)
			for _, e := range entries {
				if m := voiceName.FindStringSubmatch(e.Name()); m != nil {
					l.voices = append(l.voices, voice{m[1], filepath.Join(d, e.Name())})
				}
			}
		}
	})
	for _, v := range l.voices {
		if v.language == language || strings.HasPrefix(v.language, language+"_") {
			dirs = append(dirs, v.dir)
		}
	}
	return dirs
}

// Find reads the prompt of that name (no extension) in a language: the
// language, its shorter forms ("en_GB", "en"), none, and English. Absolute
// names are looked up as they are.
func (l *Library) Find(name, language string) (file string, data []byte, err error) {
	if l.Asked == nil {
		return l.find(name, language)
	}
	l.Asked(name)
	if file, data, err = l.find(name, language); err != nil {
		return name + ".sln", make([]byte, 1600), nil
	}
	return file, data, err
}

// Has says whether there is a prompt of that name. In tests there are all (Asked).
func (l *Library) Has(name, language string) bool {
	if l.Asked != nil {
		return true
	}
	_, _, err := l.find(name, language)
	return err == nil
}

func (l *Library) find(name, language string) (file string, data []byte, err error) {
	if strings.Contains(name, "\x00") {
		return "", nil, fmt.Errorf("'%s' is no file name", name)
	}
	if filepath.IsAbs(name) {
		if file, data, ok := l.try(os.DirFS("/"), "/", strings.TrimPrefix(path.Clean(name), "/")); ok {
			return file, data, nil
		}
		return "", nil, fmt.Errorf("file %s does not exist in any format", name)
	}
	name = path.Clean(name)
	if strings.HasPrefix(name, "..") {
		return "", nil, fmt.Errorf("'%s' leaves the sound directory", name)
	}
	for _, prefix := range prefixes(language) {
		for _, d := range l.Dirs {
			if file, data, ok := l.try(os.DirFS(d), d, path.Join(prefix, name)); ok {
				return file, data, nil
			}
		}
		for _, d := range l.voicesOf(prefix) {
			if file, data, ok := l.try(os.DirFS(d), d, name); ok {
				return file, data, nil
			}
		}
		if file, data, ok := l.try(embedded, "", path.Join(prefix, name)); ok {
			return file, data, nil
		}
	}
	return "", nil, fmt.Errorf("file %s does not exist in any format", name)
}

func (l *Library) try(in fs.FS, base, name string) (string, []byte, bool) {
	for _, ext := range l.Extensions {
		if data, err := fs.ReadFile(in, name+ext); err == nil {
			return path.Join(base, name+ext), data, true
		}
	}
	return "", nil, false
}

func prefixes(language string) []string {
	var out []string
	for language != "" {
		out = append(out, language)
		i := strings.LastIndexByte(language, '_')
		if i < 0 {
			break
		}
		language = language[:i]
	}
	return append(out, "", "en")
}
