package logs

import (
	"fmt"
	"os"
	"time"
)

// rotation is what becomes of a file that is put aside: rotatestrategy.
type rotation string

func (r rotation) known() bool {
	switch r {
	case "", "none", "sequential", "rotate", "timestamp":
		return true
	}
	return false
}

// aside moves a file out of the way: "rotate" makes the newest one .0, "sequential" the
// oldest, "timestamp" puts the time behind its name, "none" leaves it for others to move.
func (r rotation) aside(path string) error {
	next := func(n int) string { return fmt.Sprint(path, ".", n) }
	there := func(p string) bool { _, err := os.Lstat(p); return err == nil }
	switch r {
	case "none":
		return nil
	case "timestamp":
		return os.Rename(path, fmt.Sprint(path, ".", time.Now().Unix()))
	}
	free := 0
	for there(next(free)) {
		free++
	}
	if r == "rotate" {
		for n := free; n > 0; n-- {
			if err := os.Rename(next(n-1), next(n)); err != nil {
				return err
			}
		}
		free = 0
	}
	return os.Rename(path, next(free))
}
