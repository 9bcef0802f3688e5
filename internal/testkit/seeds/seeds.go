// Package seeds plays tests in virtual time with many seeds: each is all it takes to see a failure again.
package seeds

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var (
	one  = flag.Uint64("seed", 0, "play this seed alone")
	many = flag.Uint64("seeds", 0, "play so many seeds, whatever a test asks for")
)

// Play plays seeds: those that have failed once first, then the first so many. f says what is wrong. A seed
// that fails is written to testdata/seeds/TEST, one a line, and is played at each run from then on, also with -short. One goroutine plays
// them: the race detector finds nothing there and takes ten times as long, and sees a tenth of them, as -short does.
func Play(t *testing.T, seeds uint64, f func(seed uint64) (wrong string)) {
	t.Helper()
	file := filepath.Join("testdata", "seeds", t.Name())
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if *one != 0 {
		if wrong := f(*one); wrong != "" {
			t.Fatalf("seed %d: %s", *one, wrong)
		}
		return
	}
	for line := range strings.Lines(string(text)) {
		seed, err := strconv.ParseUint(strings.TrimSpace(line), 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if wrong := f(seed); wrong != "" {
			t.Fatalf("seed %d, of %s: %s", seed, file, wrong)
		}
	}
	switch {
	case *many > 0:
		seeds = *many
	case testing.Short() || raced:
		seeds /= 10
	}
	for seed := range seeds {
		wrong := f(seed)
		if wrong == "" {
			continue
		}
		os.MkdirAll(filepath.Dir(file), 0o755)
		if err := os.WriteFile(file, append(text, fmt.Sprintln(seed)...), 0o644); err != nil {
			t.Error(err)
		}
		t.Fatalf("seed %d (it is in %s now): %s", seed, file, wrong)
	}
}
