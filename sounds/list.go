package sounds

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Sound is a prompt by its name, with the languages and formats in which it is there: each is a language
// ("" where it is in none) and an extension without its dot.
type Sound struct {
	Name  string
	Forms [][2]string
}

// mostSounds are listed.
const mostSounds = 20000

// Sounds lists what there is, by name. It reads the folders.
func (l *Library) Sounds() []Sound {
	all := map[string][][2]string{}
	for _, d := range l.Dirs {
		l.walk(os.DirFS(d), ".", all)
	}
	l.walk(embedded, "en", all)
	out := make([]Sound, 0, len(all))
	for name, forms := range all {
		slices.SortFunc(forms, func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
		out = append(out, Sound{name, slices.Compact(forms)})
	}
	slices.SortFunc(out, func(a, b Sound) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// walk adds the files of a folder. The first part of a path is its language, where it looks like one.
func (l *Library) walk(in fs.FS, root string, all map[string][][2]string) {
	fs.WalkDir(in, root, func(p string, e fs.DirEntry, err error) error {
		ext := path.Ext(p)
		if err != nil || e.IsDir() || !slices.Contains(l.Extensions, ext) || len(all) >= mostSounds {
			return nil
		}
		language, name, found := strings.Cut(strings.TrimSuffix(p, ext), "/")
		if m := voiceName.FindStringSubmatch(language + "_"); m != nil {
			language = m[1]
		}
		if !found || !isLanguage(language) {
			language, name = "", strings.TrimSuffix(p, ext)
		}
		all[name] = append(all[name], [2]string{language, ext[1:]})
		return nil
	})
}

// isLanguage says whether the name of a folder is that of a language: en, en_GB, or one that a speaker
// follows.
func isLanguage(name string) bool {
	word, _, _ := strings.Cut(name, "_")
	return (len(word) == 2 || len(word) == 3) && strings.ToLower(word) == word && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == ""
}
