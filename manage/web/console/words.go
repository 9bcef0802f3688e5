package console

import (
	"embed"
	"fmt"
	"net/http"
	"strings"
)

// The texts of the pages are files of a language each: lines "key = text".
//
//go:embed words
var wordFiles embed.FS

// words are those of a language.
type words struct {
	Lang  string
	texts map[string]string
}

var languages = func() map[string]words {
	out := map[string]words{}
	list, err := wordFiles.ReadDir("words")
	if err != nil {
		panic(err)
	}
	for _, e := range list {
		text, err := wordFiles.ReadFile("words/" + e.Name())
		if err != nil {
			panic(err)
		}
		lang := strings.TrimSuffix(e.Name(), ".txt")
		out[lang] = words{lang, readWords(string(text))}
	}
	return out
}()

func readWords(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(line, "="); ok {
			out[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	return out
}

// T is the text of a key: in English where the language lacks it, else the key.
func (w words) T(key string) string {
	if t, ok := w.texts[key]; ok {
		return t
	}
	if t, ok := languages["en"].texts[key]; ok {
		return t
	}
	return key
}

// F is the text of a key with values in it, as fmt has them; a list of any is taken as its members.
func (w words) F(key string, args ...any) string {
	if len(args) == 1 {
		if list, ok := args[0].([]any); ok {
			args = list
		}
	}
	if len(args) == 0 {
		return w.T(key)
	}
	return fmt.Sprintf(w.T(key), args...)
}

// Has says whether there is a text of a key.
func (w words) Has(key string) bool { return w.T(key) != key }

// wordsFor are those of the first language of Accept-Language that is there.
func wordsFor(r *http.Request) words {
	for _, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		lang, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		lang, _, _ = strings.Cut(lang, "-")
		if w, ok := languages[strings.ToLower(lang)]; ok {
			return w
		}
	}
	return languages["en"]
}
