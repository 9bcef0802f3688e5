package boot

import (
	"fmt"
	"os"
	"path/filepath"
)

// pidName is Asterisk's name of the file in astrundir that holds the process's number.
const pidName = "asterisk.pid"

// writePID tells scripts which process serves the control socket.
func (s *System) writePID() {
	path := filepath.Join(s.conf.ast.Dirs.Run, pidName)
	if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o644); err != nil {
		s.log.Warn().Msgf("Unable to open pid file '%s': %v", path, err)
		return
	}
	s.pidFile = path
}

// removePID takes it away again, where it was written.
func (s *System) removePID() {
	if s.pidFile != "" {
		os.Remove(s.pidFile)
	}
}
