package boot

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
)

// Version is the text of core show version: who built the program, for what and when, in the
// form that programs take apart.
func (s *System) Version() string {
	host, _ := os.Hostname()
	arch := map[string]string{"amd64": "x86_64", "arm64": "aarch64", "386": "i686"}[runtime.GOARCH]
	return fmt.Sprintf("Asterisk %s (Obelisk) built by obelisk @ %s on a %s running %s on %s", sipconf.Version, host, or(arch, runtime.GOARCH), title(runtime.GOOS), builtAt().UTC().Format("2006-01-02 15:04:05 UTC"))
}

// builtAt is the time of the source, or else of the program's file.
func builtAt() (t time.Time) {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, v := range info.Settings {
			if v.Key == "vcs.time" {
				t, _ = time.Parse(time.RFC3339, strings.TrimSpace(v.Value))
			}
		}
	}
	if path, err := os.Executable(); t.IsZero() && err == nil {
		if f, err := os.Stat(path); err == nil {
			t = f.ModTime()
		}
	}
	return t
}
