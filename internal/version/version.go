// Package version says which Obelisk this is.
package version

import (
	"cmp"
	"os"
	"runtime/debug"
	"strings"
	"time"
)

// What the build writes in by the linker (-X obelisk/internal/version.commit=...); docs/packaging
// does. Without it the program looks at what Go has noted of the source.
var (
	number = "0.1.0"
	commit = ""
	date   = "" // of the source, RFC 3339
)

// Build is what a program knows of its source.
type Build struct {
	Number   string    // ours: 0.1.0
	Commit   string    // of the source, shortened; "" where it is not known
	Modified bool      // the source was not as it is in that commit
	Date     time.Time // of the source in UTC, or else of the program's file; zero where neither is known
}

// Read is the build of the program that runs.
func Read() Build {
	b := Build{Number: number, Commit: commit}
	b.Date, _ = time.Parse(time.RFC3339, date)
	if info, ok := debug.ReadBuildInfo(); ok && commit == "" {
		for _, v := range info.Settings {
			switch v.Key {
			case "vcs.revision":
				b.Commit = v.Value[:min(len(v.Value), 12)]
			case "vcs.modified":
				b.Modified = v.Value == "true"
			case "vcs.time":
				b.Date, _ = time.Parse(time.RFC3339, strings.TrimSpace(v.Value))
			}
		}
	}
	if path, err := os.Executable(); b.Date.IsZero() && err == nil {
		if f, err := os.Stat(path); err == nil {
			b.Date = f.ModTime()
		}
	}
	b.Date = b.Date.UTC()
	return b
}

// Source is the commit with a + where it was changed, or "unknown".
func (b Build) Source() string {
	text := cmp.Or(b.Commit, "unknown")
	if b.Modified {
		text += "+"
	}
	return text
}

// Day is the date without the time, or "unknown".
func (b Build) Day() string {
	if b.Date.IsZero() {
		return "unknown"
	}
	return b.Date.Format(time.DateOnly)
}

// String is the number, the commit and the date: "0.1.0 (4f2a91c0d7be, 2026-11-30)".
func (b Build) String() string {
	return b.Number + " (" + b.Source() + ", " + b.Day() + ")"
}
