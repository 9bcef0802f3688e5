package boot

import (
	"cmp"
	"fmt"
	"runtime"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/version"
)

// Version is the text of core show version: who built the program, for what and when, in the
// form that programs take apart. What Asterisk has of the machine that built it is our own version
// and its source.
func (s *System) Version() string {
	b := version.Read()
	arch := map[string]string{"amd64": "x86_64", "arm64": "aarch64", "386": "i686"}[runtime.GOARCH]
	return fmt.Sprintf("Asterisk %s (Obelisk) built by obelisk @ %s-%s on a %s running %s on %s", sipconf.Version, b.Number, b.Source(),
		cmp.Or(arch, runtime.GOARCH), strings.ToUpper(runtime.GOOS[:1])+runtime.GOOS[1:], b.Date.Format("2006-01-02 15:04:05 UTC"))
}
