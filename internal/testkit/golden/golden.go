// Package golden runs tests that are texts: files of a configuration, and below a line what comes
// of them.
//
//	Whatever is to be told of the test.
//	== sip.conf
//	[1001]
//	type=friend
//	-- sip show peers
//	1001 ...
//
// A line that begins with two equals signs names a file, whose lines follow; one that begins with
// two dashes asks a question, and the answer follows. With UPDATE_GOLDEN set the answers are
// written anew: look at the difference before it is committed.
package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Run runs the texts of a pattern of file names. open makes of the files, by their names, what
// answers the questions, which it does until the test ends.
func Run(t *testing.T, pattern string, open func(t *testing.T, files map[string]string) func(question string) string) {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil || len(list) == 0 {
		t.Fatalf("there is no text at %s", pattern)
	}
	for _, path := range list {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) { run(t, path, open) })
	}
}

func run(t *testing.T, path string, open func(*testing.T, map[string]string) func(string) string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, files, asked := parse(string(text))
	if len(asked) == 0 {
		t.Fatal("nothing is asked")
	}
	answer := open(t, files)
	written := head
	for _, q := range asked {
		got := answer(q.question)
		if got != "" && !strings.HasSuffix(got, "\n") {
			got += "\n"
		}
		written += "-- " + q.question + "\n" + got
		if got != q.want && os.Getenv("UPDATE_GOLDEN") == "" {
			t.Errorf("%s\n%swant\n%s", q.question, got, q.want)
		}
	}
	if os.Getenv("UPDATE_GOLDEN") != "" && written != string(text) {
		if err := os.WriteFile(path, []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// asking is a question and the answer that is wanted.
type asking struct{ question, want string }

// parse parts a text: head is all before the first question, as it stands.
func parse(text string) (head string, files map[string]string, asked []asking) {
	files = map[string]string{}
	name := ""
	for _, line := range strings.SplitAfter(text, "\n") {
		if question, ok := strings.CutPrefix(line, "-- "); ok {
			asked = append(asked, asking{question: strings.TrimSpace(question)})
			continue
		}
		if len(asked) > 0 {
			asked[len(asked)-1].want += line
			continue
		}
		head += line
		if file, ok := strings.CutPrefix(line, "== "); ok {
			name = strings.TrimSpace(file)
			files[name] = ""
		} else if name != "" {
			files[name] += line
		}
	}
	return head, files, asked
}
