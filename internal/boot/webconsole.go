package boot

import (
	"slices"
	"sync"
	"time"

	"obelisk/internal/check/judge"
	"obelisk/internal/check/tell"
	"obelisk/internal/config"
	"obelisk/internal/webshow"
	"obelisk/manage/web/console"
	"obelisk/pbx"
)

// webConsoleModule is console.conf: the console for browsers.
func (s *System) webConsoleModule() pbx.Module {
	return own{name: "console", synopsis: "Console for browsers", read: func(r *reading) step {
		c, diags := console.ReadConfig(r.file("console.conf"))
		r.note(diags)
		return step{commit: func() {
			if s.webConsole == nil {
				s.webConsole = console.New(s.house, s.log)
				s.web.Handle("/", s.webConsole)
			}
			if c.Served() && s.house.Watch() {
				s.setRecords(s.stores.files) // which go there too from now on
			}
			s.webConsole.Configure(c)
		}}
	}, close: func() {
		if s != nil && s.house != nil {
			s.house.Close()
		}
	}}
}

// newHouse is the switchboard as the console for browsers asks of it.
func (s *System) newHouse() *webshow.House {
	dir, files := s.conf.src.(config.Dir)
	return webshow.New(webshow.Switchboard{
		Core: s.core, Web: s.web, Logs: s.logs, Log: s.log,
		Folder: string(dir), BuiltIn: !files || s.conf.embedded, Database: s.conf.ast.Dirs.DB, MaxCalls: s.conf.ast.MaxCalls,
		SIP: s.sipShown, Media: s.Media, Commands: sync.OnceValue(s.console), Ready: s.ready, Boards: s.boards,
		Reload: func() ([]string, error) { return s.ReloadOr("", false) },
		Reloads: func() (done, refused uint64, last time.Time) {
			return s.reloads.Load(), s.refusedReloads.Load(), s.LastReload()
		},
		Descriptors:  func() (open, limit int) { return openDescriptors(), s.descriptors },
		NeedsRestart: func() []string { return needRestart(s.conf.modules) },
		Judge:        s.judgeFiles,
	})
}

// boards are those of all rooms, in their order.
func (s *System) boards() (out []pbx.Board) {
	for _, m := range s.conf.modules {
		if b, ok := m.(pbx.Boarded); ok {
			out = append(out, b.Boards()...)
		}
	}
	return out
}

// judgeFiles judges the files of the configuration, one with another text where it has a name: all findings,
// and those for which a reload would be refused.
func (s *System) judgeFiles(name string, text []byte) (list, refusing []tell.Finding, err error) {
	view, err := readOver(s.opt.ConfFile, name, text)
	if err != nil {
		return nil, nil, err
	}
	defer view.Close()
	broken := slices.DeleteFunc(slices.Clone(view.diags), func(d config.Diagnostic) bool { return d.Severity != config.Error })
	return tell.Findings(view.Folder(), judge.All(view, view.Findings())), tell.Findings(view.Folder(), broken), nil
}
