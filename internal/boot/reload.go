package boot

import (
	"slices"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/pbx"
)

// Reload reads the files anew: all for "", or those of a module, by a name that moduleNamed
// finds. Any error leaves everything as it was; calls go on in either case.
func (s *System) Reload(part string) error {
	_, err := s.ReloadOr(part, false)
	return err
}

// ReloadOr is Reload that tells what changes, one line each; with dry nothing does.
func (s *System) ReloadOr(part string, dry bool) (changes []string, err error) {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	begun := time.Now()
	part = moduleNamed(s.conf.modules, part)
	if part == "chan_sip" && !dry {
		s.log.Info().Msg("Reloading SIP")
	}
	r, err := s.prepare(part)
	if err != nil {
		s.refusedReloads.Add(1)
		s.log.Error().Msgf("reload refused; everything stays as it was: %v", err)
		s.tellReload(part, reloadFailed)
		return nil, err
	}
	changes = r.changes()
	if dry {
		r.discard()
		return changes, nil
	}
	r.commit()
	s.used.keep(r)
	if r.lists != nil {
		s.lists.Store(&r.lists)
	}
	s.reloads.Add(1)
	s.tellReload(part, reloaded)
	s.mu.Lock()
	s.lastReload = time.Now()
	s.mu.Unlock()
	s.logReload(changes, time.Since(begun))
	s.judge(r)
	s.opt.Memory.free()
	return changes, nil
}

// logReload says what has changed, and what has not yet.
func (s *System) logReload(changes []string, took time.Duration) {
	const most = 20 // lines in the log
	for _, c := range changes[:min(len(changes), most)] {
		s.log.Info().Msg("reload: " + c)
	}
	for _, what := range needRestart(s.conf.modules) {
		s.log.Warn().Msgf("%s takes effect at the next start", what)
	}
	s.log.Info().Msgf("reloaded in %s, %d changes", took.Round(time.Microsecond), len(changes))
}

// Results of a reload, as Asterisk numbers them.
const (
	reloaded     = "0"
	reloadFailed = "3"
)

// tellReload makes a reload known, by the module of Asterisk that it would be there.
func (s *System) tellReload(part, status string) {
	if part == "" {
		part = "All"
	}
	if s.core.Heard() {
		s.core.Tell(pbx.News{Name: "Reload", Class: "system", Fields: []pbx.Field{{Name: "Module", Value: part},
			{Name: "Status", Value: status}}})
	}
}

// prepare reads and compiles a module's files, and of those who are read with it, or all files
// for "", and refuses what has an error.
func (s *System) prepare(part string) (*reading, error) {
	var names []string
	if part != "" {
		names = slices.Concat([]string{part}, together[part])
	}
	before := &inForce{files: s.used.all()}
	if lists := s.lists.Load(); lists != nil {
		before.lists = *lists
	}
	r := s.conf.readOver(names, before)
	if err := firstError(r.diags); err != nil {
		r.discard()
		return nil, err
	}
	var dir *sipconf.Directory
	if s.driver != nil {
		dir = s.driver.Directory()
	}
	s.report(r.findings(s.core.Plan(), dir))
	return r, nil
}
