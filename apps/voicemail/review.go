package voicemail

import (
	"strings"
	"time"

	"obelisk/apps/voicemail/spool"
)

// review records a message or a greeting and lets who has spoken hear and change it.
type review struct {
	call
	desk     *desk
	settings *Settings
	box      *Box
	prompt   string // before the recording; "" for messages
	path     string // where the sound belongs
	message  bool   // it is a caller's message, not the owner's greeting
	flag     string
	gain     int
	most     time.Duration

	got      recorded
	recorded bool // at least once
	there    bool // there is something to keep
	tries    int
}

// How a review has ended.
const (
	reviewKept     = none
	reviewGone     = gone
	reviewOperator = key('0')
	reviewTimeout  = key('t')
)

// where is where it records to: a greeting in force is heard until the new one is kept.
func (r *review) where() string {
	if r.message {
		return r.path
	}
	return r.path + "-new"
}

// run is the whole of it.
func (r *review) run() key {
	defer func() {
		if !r.message {
			spool.RemoveSound(r.where())
		}
	}()
	k := key('3')
	for {
		switch k {
		case gone:
			return reviewGone
		case reviewTimeout:
			return reviewTimeout
		case '1':
			if r.there {
				return r.keep()
			}
			k = '3'
		case '2':
			k = r.again(r.where())
		case '3':
			k = r.take()
			if k == '0' {
				return r.toOperator()
			}
		case '4':
			k = r.toggle()
		case '0':
			if !r.box.Operator || !r.message {
				k = all(r, "vm-sorry")
				continue
			}
			return r.toOperator()
		case none:
			if r.message && !r.asks() {
				return reviewKept
			}
			k = r.menu()
		default:
			k = all(r, "vm-sorry")
		}
	}
}

// asks says whether there is a menu: always for the owner, for callers with review=yes.
func (r *review) asks() bool { return !r.message || r.box.Review }

// again plays what was recorded.
func (r *review) again(path string) key { return r.play(anyKey, path) }

// keep ends it with what was recorded.
func (r *review) keep() key {
	if !r.message {
		if err := spool.MoveSound(r.where(), r.path); err != nil {
			r.desk.log.Error().Msgf("voicemail: the greeting of %s is lost: %v", r.box, err)
		}
	}
	if r.play("", "vm-msgsaved") == gone && !r.message {
		return reviewGone
	}
	return reviewKept
}

// take records, anew when it has done so before.
func (r *review) take() key {
	if r.recorded && r.message {
		if all(r, "vm-intro"); r.play("", "beep") == gone {
			spool.RemoveSound(r.where())
			r.got, r.there = recorded{}, false
			return gone
		}
	}
	r.there, r.recorded = false, true
	cancels := ""
	if r.box.Operator {
		cancels = "0"
	}
	g := r.settings.General
	r.got = r.record(recording{prompt: r.prompt, path: r.where(), formats: g.Formats, most: r.most, silence: g.MaxSilence,
		threshold: g.SilenceThreshold, accepts: "#", cancels: cancels, gain: r.gain})
	switch {
	case r.got.err != nil:
		r.desk.log.Error().Msgf("voicemail: nothing could be recorded for %s: %v", r.box, r.got.err)
		return gone
	case r.got.key == gone:
		r.there = r.message
		return gone
	case r.got.key == '0' && strings.Contains(cancels, "0"):
		return '0'
	}
	r.there = true
	return none
}

// toggle marks the message as urgent, or no more.
func (r *review) toggle() key {
	if !r.message || !r.box.LeaveUrgent {
		return all(r, "vm-sorry")
	}
	if r.flag == flagUrgent {
		r.flag = ""
		all(r, "vm-marked-nonurgent")
	} else {
		r.flag = flagUrgent
		all(r, "vm-marked-urgent")
	}
	return none
}

// menu asks what to do.
func (r *review) menu() key {
	k := none
	if r.there {
		if k = all(r, "vm-review"); k == none && r.message && r.box.LeaveUrgent {
			if r.flag == flagUrgent {
				k = all(r, "vm-review-nonurgent")
			} else {
				k = all(r, "vm-review-urgent")
			}
		}
	} else if k = all(r, "vm-torerecord"); k == none {
		k = r.wait(600 * time.Millisecond)
	}
	if k == none && r.message && r.box.Operator {
		if k = all(r, "vm-reachoper"); k == none {
			k = r.wait(600 * time.Millisecond)
		}
	}
	if k == none {
		k = r.wait(6 * time.Second)
	}
	if k == none {
		if r.tries++; r.tries > 3 {
			return reviewTimeout
		}
	}
	return k
}

// toOperator asks what becomes of the message before the caller goes to the operator.
func (r *review) toOperator() key {
	if r.recorded {
		k := all(r, "vm-saveoper")
		if k == none {
			k = r.wait(3 * time.Second)
		}
		switch k {
		case '1':
			if !r.message {
				return r.keep()
			}
			all(r, "vm-msgsaved")
		case '4':
			r.flag = flagUrgent
			all(r, "vm-marked-urgent", "vm-msgsaved")
		default:
			all(r, "vm-deleted")
			spool.RemoveSound(r.where())
		}
	}
	return reviewOperator
}
