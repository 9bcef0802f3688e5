package test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The pages of docs/guide are run. What stands between fences is told by the words behind the
// first fence:
//
//	```ini sip.conf      lines of that file; what stands later on the page goes behind them
//	```text office.test  any other file
//	```sh                commands, run in the folder of the files
//	```sh start          commands that start the switchboard, which runs on until the folder's end
//	```sh machine        commands that need root, a network or another machine: read, not run
//	```text              what the commands above it show; ... stands for anything
//
// A comment parts a page into folders, each with a switchboard of its own:
//
//	<!-- folder NAME [on PAGE/NAME] [finds CODE ...] -->
//
// on: with the files of another folder before its own; finds: what obelisk check tells of it
// beside notes.
type guideFolder struct {
	name   string            // page/name
	files  map[string]string // those of "on" too
	fences []guideFence
	finds  []string
}

// guideFence is what stands between two fences.
type guideFence struct {
	page       string
	line       int
	lang, word string
	text       string
}

func (f *guideFence) at() string { return fmt.Sprintf("%s:%d", f.page, f.line) }

var guideMark = regexp.MustCompile(`^<!-- folder ([a-z0-9-]+)(?: on ([a-z]+/[a-z0-9-]+))?(?: finds ([a-z0-9 -]+?))? -->$`)

// readGuide reads all pages, the folders in their order.
func readGuide(t *testing.T) (list []*guideFolder) {
	t.Helper()
	pages, _ := filepath.Glob("../docs/guide/*.md")
	if len(pages) == 0 {
		t.Fatal("there is no page")
	}
	bases := map[*guideFolder]string{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, readGuidePage(t, filepath.Base(page), string(text), bases)...)
	}
	byName := map[string]*guideFolder{}
	for _, f := range list {
		if byName[f.name] != nil {
			t.Errorf("two folders are called %s", f.name)
		}
		byName[f.name] = f
	}
	for f, on := range bases {
		if on == "" {
			continue
		}
		if byName[on] == nil || bases[byName[on]] != "" {
			t.Fatalf("%s is on %s, which is no folder with all its files", f.name, on)
		}
		for name, text := range byName[on].files {
			f.files[name] = text + f.files[name]
		}
	}
	return list
}

func readGuidePage(t *testing.T, page, text string, bases map[*guideFolder]string) (list []*guideFolder) {
	t.Helper()
	stem := strings.TrimSuffix(page, ".md")
	var folder *guideFolder
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		if m := guideMark.FindStringSubmatch(lines[i]); m != nil {
			folder = &guideFolder{name: stem + "/" + m[1], files: map[string]string{}, finds: strings.Fields(m[3])}
			bases[folder] = m[2]
			list = append(list, folder)
			continue
		}
		if strings.HasPrefix(lines[i], "<!-- folder") {
			t.Errorf("%s:%d: %s is not understood", page, i+1, lines[i])
		}
		rest, fenced := strings.CutPrefix(lines[i], "```")
		if !fenced {
			continue
		}
		lang, word, _ := strings.Cut(rest, " ")
		f := guideFence{page: page, line: i + 1, lang: lang, word: word}
		for i++; i < len(lines) && lines[i] != "```"; i++ {
			f.text += lines[i] + "\n"
		}
		if folder == nil {
			t.Errorf("%s: a fence above the first folder", f.at())
			continue
		}
		folder.fences = append(folder.fences, f)
		switch {
		case lang == "sh" && (word == "" || word == "start" || word == "machine"), lang == "text" && word == "":
		case lang == "" || word == "":
			t.Errorf("%s: ```%s %s says not what it is", f.at(), lang, word)
		default:
			folder.files[word] += f.text
		}
	}
	return list
}

// shown says what of the lines that were promised an output does not have, in their order.
func shown(promised, output string) string {
	have := strings.Split(output, "\n")
	for _, line := range strings.Split(strings.TrimSpace(promised), "\n") {
		parts := strings.Split(strings.Join(strings.Fields(line), " "), "...")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		want := regexp.MustCompile("^" + strings.Join(parts, ".*") + "$")
		n := 0
		for n < len(have) && !want.MatchString(strings.Join(strings.Fields(have[n]), " ")) {
			n++
		}
		if n == len(have) {
			return line
		}
		have = have[n+1:]
		if strings.TrimSpace(line) == "..." { // any number of lines
			have = append([]string{""}, have...)
		}
	}
	return ""
}
