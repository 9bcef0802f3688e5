package cluster

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var oneSeed = flag.Uint64("seed", 0, "play this seed alone")

// play plays seeds in virtual time: those that have failed once first, then the first so many. f says what is wrong. A seed
// that fails is written to testdata/seeds/TEST, one a line, and is played at each run from then on, also with -short. One goroutine plays
// them: the race detector finds nothing there and takes ten times as long, and sees a tenth of them, as -short does.
func play(t *testing.T, seeds uint64, f func(seed uint64) (wrong string)) {
	t.Helper()
	file := filepath.Join("testdata", "seeds", t.Name())
	text, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	one := func(seed uint64, known bool) {
		t.Helper()
		wrong := f(seed)
		if wrong == "" {
			return
		}
		if !known {
			os.MkdirAll(filepath.Dir(file), 0o755)
			if err := os.WriteFile(file, append(text, fmt.Sprintln(seed)...), 0o644); err != nil {
				t.Error(err)
			}
		}
		t.Fatalf("seed %d (it is in %s): %s", seed, file, wrong)
	}
	if *oneSeed != 0 {
		one(*oneSeed, true)
		return
	}
	for line := range strings.Lines(string(text)) {
		seed, err := strconv.ParseUint(strings.TrimSpace(line), 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		one(seed, true)
	}
	if testing.Short() || raced {
		seeds /= 10
	}
	for seed := range seeds {
		one(seed, false)
	}
}
