package voicemail

import (
	"strconv"
	"time"

	"obelisk/apps/voicemail/spool"
)

// forward sends the current message on, with an introduction or without.
func (v *visit) forward() key {
	m := v.fresh()
	to, k := v.recipients(false)
	if len(to) == 0 {
		if k == timedOut {
			return none
		}
		return k
	}
	copied, done, k := v.introduced(m)
	defer done()
	if k != none {
		return k // of *, which is help in the menu
	}
	folder := spool.Inbox
	copied.Text["flag"] = ""
	if v.settings.ForwardUrgent && v.urgent {
		folder, copied.Text["flag"] = spool.Urgent, flagUrgent
	}
	sent := false
	for _, b := range to {
		c, err := v.desk.store.Copy(m, b.Ref, folder, b.MaxMessages, copied)
		if err != nil {
			v.desk.log.Warn().Msgf("voicemail: a message of %s does not reach %s: %v", v.box, b, err)
			continue
		}
		sent = true
		v.desk.forwarded(b, v.box, folder, c, v.call)
	}
	if !sent {
		return all(v, "vm-mailboxfull")
	}
	return all(v, "vm-msgforwarded")
}

// introduced asks whether something is said first, and records that in front of a copy of the
// sound. The result is the copy, and * where nothing is forwarded; done when it was copied.
func (v *visit) introduced(m *spool.Message) (c spool.Copied, done func(), k key) {
	c.Text = map[string]string{}
	intro, whole := v.desk.store.Scratch(v.box.Ref), v.desk.store.Scratch(v.box.Ref)
	done = func() { spool.RemoveSound(intro); spool.RemoveSound(whole) }
	for tries := 0; ; {
		switch k {
		case gone, '*':
			return c, done, k
		case '1':
			if k = v.introduce(m, intro, whole, &c); k != timedOut {
				return c, done, k
			}
			k = none
			continue
		case '2':
			return c, done, none
		}
		if k = all(v, "vm-forwardoptions", "vm-starmain"); k == none {
			k = v.wait(6 * time.Second)
		}
		if k == none {
			tries++
		}
		if tries > 3 {
			return c, done, '*'
		}
	}
}

// introduce records what is said first. timedOut: nobody has spoken, which was told.
func (v *visit) introduce(m *spool.Message, intro, whole string, c *spool.Copied) key {
	r := v.record(recording{beep: true, quiet: true, path: intro, formats: v.settings.Formats,
		silence: v.settings.MaxSilence, threshold: v.settings.SilenceThreshold, accepts: anyKey, gain: v.gain})
	switch {
	case r.key == gone:
		return gone
	case r.err != nil:
		v.desk.log.Error().Msgf("voicemail: nothing could be recorded for %s: %v", v.box, r.err)
		return '*'
	case r.silent:
		spool.RemoveSound(intro)
		if v.play("", v.settings.Prompts.TryAgain, v.settings.Prompts.PrependTimeout) == gone {
			return gone
		}
		return timedOut
	}
	if err := spool.JoinSound(whole, intro, m.Path); err != nil {
		v.desk.log.Error().Msgf("voicemail: the introduction to a message of %s is left out: %v", v.box, err)
		return none
	}
	c.Sound, c.Text["duration"] = whole, strconv.Itoa(m.Seconds+int(r.length/time.Second))
	return none
}
