package version

import (
	"testing"
	"time"
)

func TestWhatTheBuildWritesIn(t *testing.T) {
	commit, date = "4f2a91c0d7be", "2026-11-30T12:00:00+01:00"
	defer func() { commit, date = "", "" }()
	b := Read()
	if b.Date != time.Date(2026, 11, 30, 11, 0, 0, 0, time.UTC) || b.String() != number+" (4f2a91c0d7be, 2026-11-30)" {
		t.Errorf("%v", b)
	}
}

// Without the linker's word there is a date all the same: that of the source or of the file.
func TestWithoutIt(t *testing.T) {
	if b := Read(); b.Date.IsZero() || b.Number != number || b.Source() == "" {
		t.Errorf("%+v", b)
	}
	if s := (Build{Commit: "abc", Modified: true}).Source(); s != "abc+" {
		t.Error(s)
	}
	if s := (Build{}).Source(); s != "unknown" {
		t.Error(s)
	}
}
