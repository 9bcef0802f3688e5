package main

import (
	"io"
	"os"
	"strings"
	"testing"
)

// The end of the log writes what is left and leaves standard error open: a program that
// begins anew has the same.
func TestLogLeavesStandardErrorOpen(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stderr
	os.Stderr = w
	log, end := logger(options{noColor: true})
	log.Warn().Msg("the last line")
	end()
	os.Stderr = before
	if _, err := io.WriteString(w, "after the end"); err != nil {
		t.Errorf("standard error: %v", err)
	}
	w.Close()
	if text, _ := io.ReadAll(r); !strings.Contains(string(text), "the last line") || !strings.Contains(string(text), "after the end") {
		t.Errorf("%s", text)
	}
}
