package boot

import (
	"runtime/debug"
	"slices"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/pbx"
)

// Reload reads the files anew: all for "", or the part "sip", "dialplan" or that of a module,
// by its name. Any error leaves everything as it was; calls go on in either case.
func (s *System) Reload(part string) error {
	_, err := s.ReloadOr(part, false)
	return err
}

// ReloadOr is Reload that tells what changes, one line each; with dry nothing does.
func (s *System) ReloadOr(part string, dry bool) (changes []string, err error) {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	begun := time.Now()
	if part == "sip" && !dry {
		s.log.Info().Msg("Reloading SIP")
	}
	f, err := s.prepare(part)
	if err != nil {
		s.refusedReloads.Add(1)
		s.log.Error().Msgf("reload refused; everything stays as it was: %v", err)
		return nil, err
	}
	changes = s.changes(f)
	if dry {
		f.discard()
		return changes, nil
	}
	s.swap(part, f)
	s.reloads.Add(1)
	s.tellReload(part)
	s.mu.Lock()
	s.lastReload = time.Now()
	s.mu.Unlock()
	const most = 20 // lines in the log
	for _, c := range changes[:min(len(changes), most)] {
		s.log.Info().Msg("reload: " + c)
	}
	s.log.Info().Msgf("reloaded in %s, %d changes", time.Since(begun).Round(time.Microsecond), len(changes))
	debug.FreeOSMemory()
	return changes, nil
}

// tellReload makes a reload known, by the modules of Asterisk that it would be there.
func (s *System) tellReload(part string) {
	names := []string{part}
	switch part {
	case "":
		names = slices.Concat([]string{"chan_sip", "pbx_config"}, moduleNames(s.conf.modules), []string{"cdr", "manager"})
	case "sip":
		names = []string{"chan_sip"}
	case "dialplan":
		names = []string{"pbx_config"}
	}
	for _, m := range names {
		if s.core.Heard() {
			s.core.Tell(pbx.News{Name: "Reload", Class: "system", Fields: []pbx.Field{{Name: "Module", Value: m}, {Name: "Status", Value: "0"}}})
		}
	}
}

// prepare reads and compiles, and refuses what has an error.
func (s *System) prepare(part string) (*files, error) {
	f := s.conf.read(part, s.core)
	if err := firstError(f.diags); err != nil {
		f.discard()
		return nil, err
	}
	plan, dir := f.plan, f.sip
	if plan == nil {
		plan = s.core.Plan()
	}
	if dir == nil && s.driver != nil {
		dir = s.driver.Directory()
	}
	s.report(slices.Concat(f.diags, f.faults, crossCheck(dir, plan)))
	return f, nil
}

func (s *System) changes(f *files) (out []string) {
	if f.sip != nil && s.driver != nil {
		for _, l := range sipconf.Diff(s.driver.Directory(), f.sip) {
			out = append(out, "sip.conf: "+l)
		}
	}
	if f.plan != nil {
		for _, l := range dialplan.Diff(s.core.Plan(), f.plan) {
			out = append(out, "extensions.conf: "+l)
		}
	}
	return append(out, f.moduleChanges()...)
}

// swap puts in force what was prepared.
func (s *System) swap(part string, f *files) {
	if f.plan != nil {
		s.switches.prepare(f.plan)
		if s.driver == nil {
			s.core.SetPlan(f.plan)
		} else {
			s.driver.SetPlan(f.plan)
		}
	}
	if f.sip != nil && s.driver != nil {
		if f.tls != nil { // else those that are in use are good still
			s.tls.Store(f.tls)
		}
		s.apply(f.sip)
	}
	f.commitModules()
	if f.lists != nil {
		s.lists.Store(&f.lists)
	}
	if part == "" {
		s.applyMedia(f)
		s.setRecords(f.records)
		s.events.SetConfig(f.cel)
		s.core.SetPickupExten(f.pickup)
		s.core.SetTones(f.tones)
		s.conf.names.Refresh(f.refresh)
		s.web.Listen(f.http)
		s.web.ServeMetrics(f.meter, s.metrics)
		s.applyManager(f.ami)
		s.applyHEP(f.hep)
	}
}

// apply puts a new sip.conf in force and names what needs a restart.
func (s *System) apply(n *sipconf.Directory) {
	if s.opt.Bind.IsValid() {
		n.UDPBind = s.opt.Bind
	}
	if old := s.driver.Directory(); old.UDPBind != n.UDPBind && s.stack.LocalUDP().IsValid() {
		s.log.Warn().Msgf("%s: a changed address of UDP takes effect at the next start", n.Line("udpbindaddr"))
	}
	s.openSIP(n)
	s.driver.Apply(n)
}
