package voicemail

import (
	"strings"
	"time"

	"obelisk/apps/voicemail/spool"
)

// greetings by the keys that record them, with the prompts that ask for them.
var greetings = map[key]struct{ file, prompt string }{
	'1': {spool.Unavailable, "vm-rec-unv"},
	'2': {spool.Busy, "vm-rec-busy"},
	'3': {spool.Name, "vm-rec-name"},
}

// ownOptions is the menu of the mailbox itself. The folder that is open is read anew afterwards.
func (v *visit) ownOptions() key {
	k := v.ownMenu()
	v.close()
	if !v.open(v.playing) {
		return timedOut
	}
	v.starting, v.urgent = true, false
	return k
}

func (v *visit) ownMenu() key {
	return v.menu(func(k key) (key, menuStep) {
		switch k {
		case '1', '2', '3':
			g := greetings[k]
			return v.recordGreeting(g.file, g.prompt), menuGoesOn
		case '4':
			return v.temporary(), menuGoesOn
		case '5':
			return v.newPassword(), menuGoesOn
		case '*':
			return none, menuOver
		}
		return none, menuAsks
	}, func() key {
		if v.desk.store.HasGreeting(v.box.Ref, spool.Temporary) {
			return all(v, "vm-tmpexists", "vm-options")
		}
		return all(v, "vm-options")
	})
}

// menuStep is what follows a key of a small menu.
type menuStep uint8

const (
	menuAsks   menuStep = iota // it does nothing: what may be pressed is told
	menuGoesOn                 // with the key that is returned, as if it were pressed
	menuOver                   // with that key as the menu's own
)

// menu is a small menu of the owner: do what a key says, and ask for the next one, four times in
// vain at most.
func (v *visit) menu(do func(key) (key, menuStep), ask func() key) key {
	k, tries := none, 0
	for k != gone && k != timedOut {
		next, step := do(k)
		if k != none {
			tries = 0
		}
		switch k = next; step {
		case menuOver:
			return k
		case menuAsks:
			if k = ask(); k == none {
				k = v.wait(6 * time.Second)
			}
			if k == none {
				tries++
			}
			if tries > 3 {
				return none
			}
		}
	}
	if k == timedOut {
		return none
	}
	return k
}

// recordGreeting records one, which is kept when the owner says so.
func (v *visit) recordGreeting(file, prompt string) key {
	r := review{call: v.call, desk: v.desk, settings: v.settings, box: v.box, prompt: prompt, path: v.desk.store.Greeting(v.box.Ref, file),
		gain: v.gain, most: atMost(v.settings.MaxGreeting)}
	switch k := r.run(); k {
	case reviewTimeout:
		return timedOut
	case reviewOperator:
		return none
	default:
		return k
	}
}

// temporary records the temporary greeting, or takes it away.
func (v *visit) temporary() key {
	return v.menu(func(k key) (key, menuStep) {
		if !v.desk.store.HasGreeting(v.box.Ref, spool.Temporary) {
			if v.recordGreeting(spool.Temporary, "vm-rec-temp") == gone {
				return gone, menuOver
			}
			return none, menuOver
		}
		switch k {
		case '1':
			return v.recordGreeting(spool.Temporary, "vm-rec-temp"), menuGoesOn
		case '2':
			spool.RemoveSound(v.desk.store.Greeting(v.box.Ref, spool.Temporary))
			return all(v, "vm-tempremoved"), menuOver
		case '*':
			return none, menuOver
		}
		return none, menuAsks
	}, func() key { return all(v, "vm-tempgreeting2") })
}

// welcome has a new owner, whose password is the number of the mailbox, record what is asked for
// and choose a password. Any key but none ends the visit.
func (v *visit) welcome() key {
	if !strings.EqualFold(v.box.Password, v.box.Box) || !v.box.ForceName && !v.box.ForceGreetings {
		return none
	}
	all(v, v.settings.Prompts.NewUser)
	var wanted []key
	if v.box.ForceName {
		wanted = append(wanted, '3')
	}
	if v.box.ForceGreetings {
		wanted = append(wanted, '1', '2')
	}
	for _, w := range wanted {
		if g := greetings[w]; !v.desk.store.HasGreeting(v.box.Ref, g.file) {
			if k := v.recordGreeting(g.file, g.prompt); k == gone || k == timedOut || k == '#' {
				return k
			}
		}
	}
	// the password comes last: who has hung up before is a new owner still
	for range 3 {
		ok, k := v.choosePassword()
		switch {
		case k == gone:
			return gone
		case ok:
			return none
		}
		all(v, v.settings.Prompts.TryAgain)
	}
	return gone
}

// newPassword asks for one.
func (v *visit) newPassword() key {
	if len(v.box.Password) > 0 && v.box.Password[0] == '-' {
		return all(v, "vm-no")
	}
	ok, k := v.choosePassword()
	if !ok && k == none {
		return all(v, v.settings.Prompts.TryAgain)
	}
	return k
}

// choosePassword asks for a password twice and puts it in force. Not ok: what is wrong with it
// was said.
func (v *visit) choosePassword() (ok bool, k key) {
	p := v.settings.Prompts
	first, k := v.ask(usual, p.NewPassword)
	if k == gone {
		return false, gone
	}
	if problem := v.desk.unfit(v.settings, v.box, first); problem != "" {
		v.desk.log.Info().Msgf("voicemail: a new password of %s is refused: %s", v.box, problem)
		return false, all(v, p.InvalidPassword)
	}
	again, k := v.ask(usual, p.Reenter)
	switch {
	case k == gone:
		return false, gone
	case !same(first, again):
		return false, all(v, p.Mismatch)
	}
	if err := v.desk.setPassword(v.settings, v.box, first); err != nil {
		v.desk.log.Error().Msgf("voicemail: the password of %s is not changed: %v", v.box, err)
		return false, all(v, p.InvalidPassword)
	}
	changed := *v.box
	changed.Password = first
	v.box = &changed
	return true, all(v, p.PasswordChanged)
}
