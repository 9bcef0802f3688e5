package boot

import (
	"time"

	"obelisk/pbx"
)

// The end of the switchboard, and of the program.

// drainLimit is how long calls may take to end in "core stop now".
const drainLimit = 15 * time.Second

// Stop asks the system to end: "now" hangs up, "gracefully" refuses new calls
// and waits, "when convenient" waits. Wait returns when it is done.
// A restart that was asked for before is none then.
func (s *System) Stop(how string) (decided <-chan struct{}) {
	s.restart.Store(false)
	if how == "now" {
		announceStop()
	}
	return s.end(how)
}

func (s *System) end(how string) <-chan struct{} {
	decided := make(chan struct{})
	go func() {
		before := s.aborts.Load()
		switch how {
		case "gracefully":
			<-s.core.Refuse(true)
		case "when convenient":
			for n, _, _ := s.core.Counts(); n > 0 && s.aborts.Load() == before; n, _, _ = s.core.Counts() {
				time.Sleep(200 * time.Millisecond)
			}
		default:
			idle := s.core.Refuse(true)
			s.core.HangupAll(pbx.CauseNormal)
			select {
			case <-idle:
			case <-time.After(drainLimit):
			}
		}
		close(decided)
		if how != "now" && s.aborts.Load() != before {
			return
		}
		if s.core.Heard() {
			restart := map[bool]string{true: "True", false: "False"}[s.restart.Load()]
			s.core.Tell(pbx.News{Name: "Shutdown", Class: "system", Fields: []pbx.Field{{Name: "Shutdown", Value: "Cleanly"},
				{Name: "Restart", Value: restart}}})
		}
		if how != "now" && !s.restart.Load() {
			announceStop()
		}
		s.once.Do(func() { close(s.stopped) })
	}()
	return decided
}

// Restart is Stop after which the program begins anew.
func (s *System) Restart(how string) (decided <-chan struct{}) {
	s.restart.Store(true)
	return s.end(how)
}

// Restarts says, after Wait, that the program is to begin anew.
func (s *System) Restarts() bool { return s.restart.Load() }

// Wait blocks until the system was stopped, and closes everything.
func (s *System) Wait() {
	<-s.stopped
	s.close()
}

// settle is how long the last BYEs get to leave.
const settle = 50 * time.Millisecond

// diskPatience is how long the end waits for a disk.
const diskPatience = 5 * time.Second

// within waits for the last writing of something, but not for ever: a disk that
// hangs must not keep the program from ending.
func (s *System) within(d time.Duration, what string, f func() error) {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		if err != nil {
			s.log.Error().Msgf("%s: %v", what, err)
		}
	case <-time.After(d):
		s.log.Error().Msgf("%s: the disk does not answer; what was not written is lost", what)
	}
}

func (s *System) close() {
	s.removePID()
	s.judging.Wait()
	closeAll(s.conf.modules)
	if s.core != nil {
		s.core.Close()
	}
	if s.records != nil {
		s.within(diskPatience, "call records", s.closeRecords)
	}
	if s.db != nil {
		s.within(diskPatience, "astdb", s.db.Close)
	}
	if s.logs != nil {
		s.within(diskPatience, "log files", s.logs.Close)
	}
	s.once.Do(func() { close(s.stopped) })
}
