package boot

import (
	"obelisk/manage/spool"
	"obelisk/pbx"
)

// spoolModule works the folder of call files.
func (s *System) spoolModule() pbx.Module {
	var files *spool.Spool
	return own{name: "pbx_spool", synopsis: "Outgoing Spool Support", start: func() {
		var err error
		if files, err = spool.Start(s.core, s.conf.ast.Dirs.Spool, s.log); err != nil {
			s.log.Warn().Msgf("call files are not looked for: %v", err)
		}
	}, close: func() {
		if files != nil {
			files.Close()
		}
	}}
}
