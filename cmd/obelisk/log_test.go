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

// A text from outside is no line of its own on standard error: what stands there is read line
// by line too, by a journal and by what watches it.
func TestLogLineStaysALine(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stderr
	os.Stderr = w
	log, end := logger(options{noColor: true})
	log.Warn().Str("call", "C-1\nforged=1").Msg("he said hello\r\n2026-01-01 08:00:00 NTC forged\x1b[31m\u2028\u0085end")
	end()
	os.Stderr = before
	w.Close()
	b, _ := io.ReadAll(r)
	if text := string(b); !strings.Contains(text, "WRN he said hello\n      2026-01-01 08:00:00 NTC forged[31mend") ||
		strings.Contains(text, "\nforged") {
		t.Errorf("%q", text)
	}
}
