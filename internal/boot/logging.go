package boot

import (
	"os"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/logs"
	"obelisk/manage/cli"
	"obelisk/pbx"

	"github.com/rs/zerolog"
)

// openLogs opens what logger.conf names. Without log files the switchboard runs all the
// same.
func (s *System) openLogs() []config.Diagnostic {
	r := &reading{configuration: s.conf}
	conf, diags := logs.ReadConfig(r.file("logger.conf"))
	r.note(diags)
	var err error
	root := max(s.opt.Verbose, s.conf.ast.Verbose)
	if s.logs, err = logs.Open(s.conf.ast.Dirs.Log, conf, root); err != nil {
		s.log.Warn().Msgf("no log files are written: %v", err)
	}
	s.logs.ListenVerbose(root, func(l *logs.Line) {
		e := s.opt.Log.Info()
		if l.Call != "" {
			e.Str("call", l.Call)
		}
		e.Msg(l.Prefix() + l.Text)
	})
	s.log = s.logFor("obelisk")
	return r.diags
}

// logFor is the log of a source, as Asterisk names it.
func (s *System) logFor(source string) zerolog.Logger { return s.opt.Log.Hook(s.logs.Hook(source)) }

// loggerModule is logger.conf, which a start has read before all others.
func (s *System) loggerModule() pbx.Module {
	return own{name: "logger", synopsis: "Logger", read: func(r *reading) step {
		if s != nil && !s.up() {
			return step{}
		}
		conf, diags := logs.ReadConfig(r.file("logger.conf"))
		r.note(diags)
		return step{commit: func() {
			if err := s.logs.Apply(conf); err != nil {
				s.log.Error().Msgf("logger.conf: %v", err)
			}
			s.core.QueueLog("NONE", "NONE", "NONE", "CONFIGRELOAD")
		}}
	}}
}

// ReloadLogs reads logger.conf anew ("logger reload"); on an error all stays.
func (s *System) ReloadLogs() error { return s.Reload("logger") }

// queueLine adds a line to the log of queues. It is written as call records are: a disk that
// refuses gets it later.
func (s *System) queueLine(line string) {
	s.queueTable.put(line)
	if name := s.logs.QueueFile(); name != "" {
		s.records.SubmitLine(".", name, line)
	}
}

// feed is the log as consoles see it.
type feed struct{ *System }

// Listen implements cli.Feed.
func (f feed) Listen(verbose int, colours bool, show func(string)) cli.Listening {
	c := f.logs.Listen(verbose, func(l *logs.Line) { show(l.Console(colours)) })
	f.logs.Say(3, "", "asterisk.c", "Remote UNIX connection")
	return listening{c, f.System}
}

type listening struct {
	*logs.Console
	sys *System
}

// Close implements cli.Listening.
func (l listening) Close() {
	l.Console.Close()
	l.sys.logs.Say(3, "", "asterisk.c", "Remote UNIX connection disconnected")
}

// Debugs says whether messages for developers are wanted.
func (s *System) Debugs() bool { return s.debug.Load() > 0 }

// SetDebug implements cli.Operation.
func (o operation) SetDebug(level int) (was int) { return int(o.debug.Swap(int32(level))) }

// OwnLevels implements cli.Operation.
func (o operation) OwnLevels() []string { return o.logs.OwnLevels() }

// AddLog implements cli.Operation.
func (o operation) AddLog(name, levels string) error { return o.logs.AddChannel(name, levels) }

// RemoveLog implements cli.Operation.
func (o operation) RemoveLog(name string) bool { return o.logs.DeleteAdded(name) }

// LogChannels implements cli.Operation.
func (o operation) LogChannels() (out [][4]string) {
	for _, c := range o.logs.Channels() {
		out = append(out, [4]string{c.Name, c.Type, c.Format, c.Levels})
	}
	return out
}

// Greeting implements cli.Feed.
func (f feed) Greeting() string {
	host, _ := os.Hostname()
	return "Connected to Asterisk " + sipconf.Version + " (Obelisk) on " + host + ", up since " + f.core.Begun().Format(time.DateTime)
}

// security takes a security event of SIP.
func (s *System) security(text string) {
	s.logs.Security(text)
	s.house.Refuse(text)
}
