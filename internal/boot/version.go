package boot

import (
	"fmt"
	"os"
	"runtime"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/version"
)

// Version is the text of core show version: who built the program, for what and when, in the
// form that programs take apart.
func (s *System) Version() string {
	host, _ := os.Hostname()
	arch := map[string]string{"amd64": "x86_64", "arm64": "aarch64", "386": "i686"}[runtime.GOARCH]
	return fmt.Sprintf("Asterisk %s (Obelisk) built by obelisk @ %s on a %s running %s on %s", sipconf.Version, host, or(arch, runtime.GOARCH), title(runtime.GOOS), version.Read().Date.Format("2006-01-02 15:04:05 UTC"))
}
