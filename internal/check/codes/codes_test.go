package codes

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Each code that a rule names has its story, and each story a rule.
func TestEveryCodeHasAStory(t *testing.T) {
	named := map[string]bool{}
	code := regexp.MustCompile(
		"\"((?:sip|plan|file|acl|voicemail|queue|confbridge|features|parking|music|agents|followme|manager|http|ari|port|rtp|udptl|logger|cdr|cel|custom|modules|asterisk|extconfig|indications|users|cluster|read)-[a-z0-9-]+)\"")
	for _, folder := range []string{"..", "../sip", "../plan", "../files", "../judge", "../look", "../../cluster"} {
		list, _ := filepath.Glob(folder + "/*.go")
		for _, path := range list {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range code.FindAllStringSubmatch(string(text), -1) {
				named[m[1]] = true
			}
		}
	}
	if len(named) < 300 {
		t.Fatalf("only %d codes", len(named))
	}
	for c := range named {
		if !Known(c) && !notCodes[c] {
			t.Errorf("%s has no story", c)
		}
	}
	for _, k := range All() {
		if k.Title == "" || k.Story == "" || k.Example == "" {
			t.Errorf("%s lacks a title, a story or an example", k.Code)
		}
		if !named[k.Code] {
			t.Errorf("no rule has %s", k.Code)
		}
	}
}

// notCodes are names of other things.
var notCodes = map[string]bool{"plan-line-unreadable": true, "plan-unread": true, "file-unknown-read": true, "read-res-parking": true}
