package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/version"
)

// presented is what programs are told: the version of Asterisk that it is like.
func presented() string { return sipconf.Version + " (Obelisk)" }

func runVersion(o options) int {
	b := version.Read()
	date := b.Day()
	if !b.Date.IsZero() {
		date = b.Date.Format(time.RFC3339)
	}
	rows := [][2]string{
		{"version", b.Number},
		{"commit", b.Source()},
		{"date", date},
		{"go", runtime.Version()},
		{"platform", runtime.GOOS + "/" + runtime.GOARCH},
		{"presents", "Asterisk " + presented()},
	}
	if o.json {
		out := map[string]string{}
		for _, r := range rows {
			out[r[0]] = r[1]
		}
		text, _ := json.MarshalIndent(out, "", "  ")
		fmt.Fprintf(os.Stdout, "%s\n", text)
		return 0
	}
	fmt.Printf("Obelisk %s\n", b.Number)
	for _, r := range rows[1:] {
		fmt.Printf("  %-9s %s\n", r[0], r[1])
	}
	return 0
}
