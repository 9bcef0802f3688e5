package tell

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
)

var lineNumber = regexp.MustCompile(`:[0-9]+\)`)

// Baseline is what an earlier check found: a file of --format json. What is in it is not told
// again, wherever its line is now.
type Baseline map[string]int

// ReadBaseline reads such a file.
func ReadBaseline(path string) (Baseline, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []Finding
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s is no list of findings (obelisk check --format json): %w", path, err)
	}
	return BaselineOf(list), nil
}

// BaselineOf makes one of a list.
func BaselineOf(list []Finding) Baseline {
	b := Baseline{}
	for _, f := range list {
		b[f.Key()]++
	}
	return b
}

// Key is what a finding is known by: its file, its kind and its text without the places in it.
func (f Finding) Key() string { return f.File + "\n" + f.Code + "\n" + withoutLines(f.Message) }

// withoutLines leaves the numbers of lines out.
func withoutLines(text string) string { return lineNumber.ReplaceAllString(text, ":)") }

// New are the findings that the baseline does not have; of several equal ones those above its
// count.
func (b Baseline) New(list []Finding) (out []Finding) {
	left := map[string]int{}
	for k, n := range b {
		left[k] = n
	}
	for _, f := range list {
		if left[f.Key()] > 0 {
			left[f.Key()]--
			continue
		}
		out = append(out, f)
	}
	return out
}
