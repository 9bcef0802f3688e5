package voicemail

import (
	"strings"
	"time"

	"obelisk/apps/voicemail/spool"
	"obelisk/pbx"
)

// advanced is the menu of key 3: reply, call back, envelope, call out, compose.
func (v *visit) advanced() key {
	v.repeats = 0
	k := none
	for {
		chosen := v.last() >= 0 && !v.starting && v.current >= 0 && v.current <= v.last()
		switch {
		case k == gone:
			return gone
		case k == '1' && chosen:
			k = v.reply()
		case k == '2' && chosen && v.box.Callback != "":
			k = v.callBack()
		case k == '3' && chosen:
			m := v.fresh()
			if k = all(v, v.received(m)...); k == none {
				k = v.sayCaller(m, true)
			}
		case k == '4' && v.box.Dialout != "":
			k = v.dialOut(v.box.Dialout)
		case k == '5' && v.box.SendVoicemail:
			k = v.compose()
		case k == '*', k == timedOut:
			v.repeats = 0
			return none
		case k >= '1' && k <= '5':
			k = all(v, "vm-sorry")
		default:
			k = v.advancedMenu(chosen)
			continue
		}
		v.repeats = 0
		if k == gone || v.left {
			return k
		}
		return none
	}
}

func (v *visit) advancedMenu(chosen bool) key {
	var names []string
	if chosen {
		names = append(names, "vm-toreply")
		if v.box.Callback != "" {
			names = append(names, "vm-tocallback")
		}
		names = append(names, "vm-tohearenv")
	}
	if v.box.Dialout != "" {
		names = append(names, "vm-tomakecall")
	}
	if v.box.SendVoicemail {
		names = append(names, "vm-leavemsg")
	}
	k := all(v, append(names, "vm-starmain")...)
	if k == none {
		k = v.wait(6 * time.Second)
	}
	if k == none {
		if v.repeats++; v.repeats > 3 {
			return timedOut
		}
	}
	return k
}

// reply leaves a message in the mailbox of the caller, if there is one of that number.
func (v *visit) reply() key {
	number := pbx.ParseCallerID(v.fresh().CallerID()).Num
	if number == "" {
		return all(v, "vm-nonumber")
	}
	b := v.desk.find(v.settings, v.box.Context, number)
	if b == nil {
		v.verbose("No mailbox number '%s' in context '%s', no reply sent", number, v.box.Context)
		return all(v, "vm-nobox")
	}
	return v.leaveFor(b.Ref.String())
}

// leaveFor leaves a message for others.
func (v *visit) leaveFor(boxes string) key {
	out := v.desk.leave(v.call, boxes, leaving{beep: "beep", gain: v.gain})
	if out.over || v.gone() {
		return gone
	}
	if out.status == "USEREXIT" {
		v.left = true
	}
	return none
}

// callBack calls who has left the message.
func (v *visit) callBack() key {
	number := pbx.ParseCallerID(v.fresh().CallerID()).Num
	k, tries := none, 0
	for {
		switch {
		case k == gone, k == '*', tries > 3:
			if k == gone {
				return gone
			}
			return none
		case k == '1' && number != "":
			return v.callOut(number, v.box.Callback)
		case k == '1', k == '2':
			if v.box.Dialout == "" {
				v.verbose("Caller can not specify callback number - no dialout context available")
				return all(v, "vm-sorry")
			}
			return v.dialOut(v.box.Dialout)
		case k != none && k != '#':
			k = all(v, "vm-sorry")
			tries++
		default:
			if k = all(v, v.callBackWords(number)...); k == none {
				k = v.wait(6 * time.Second)
			}
			if k == none {
				tries++
			}
		}
	}
}

func (v *visit) callBackWords(number string) (out []string) {
	if number != "" {
		out = append(append([]string{"vm-num-i-have"}, v.voice().Digits(number)...), "vm-tocallnum")
		if v.box.Dialout != "" {
			out = append(out, "vm-calldiffnum")
		}
	} else {
		out = []string{"vm-nonumber"}
		if v.box.Dialout != "" {
			out = append(out, "vm-toenternumber")
		}
	}
	return append(out, "vm-star-cancel")
}

// dialOut asks for a number and calls it.
func (v *visit) dialOut(context string) key {
	for range 3 {
		number, k := v.ask(reading{first: 6 * time.Second, next: 6 * time.Second, most: 79}, "vm-enter-num-to-call", "vm-then-pound",
			"vm-star-cancel")
		switch {
		case k == gone:
			return gone
		case number == "":
			continue
		case number[0] == '*', strings.HasSuffix(number, "*"):
			return none
		}
		return v.callOut(number, context)
	}
	return none
}

// callOut leaves the mailbox for a call.
func (v *visit) callOut(number, context string) key {
	v.verbose("Placing outgoing call to extension '%s' in context '%s' from context '%s'", number, context, v.place().context)
	v.goTo(context, number)
	v.left = true
	return none
}

// compose leaves a message for somebody else.
func (v *visit) compose() key {
	to, k := v.recipients(true)
	if len(to) == 0 {
		return k
	}
	var names []string
	for _, b := range to {
		names = append(names, b.Ref.String())
	}
	return v.leaveFor(strings.Join(names, "&"))
}

// forwardKey is key 8. Without a message it goes from urgent to new ones.
func (v *visit) forwardKey() key {
	if v.last() < 0 || v.current < 0 || v.current > v.last() {
		return v.onward(v.counts.New > 0)
	}
	return v.forward()
}

// recipients asks for mailboxes: several are separated by *. The sender's own is none of them,
// but for a new message. Who types nothing is back in the menu.
func (v *visit) recipients(own bool) (out []*Box, k key) {
	for tries := 0; tries < 4; tries++ {
		typed, k := v.whom()
		if typed == "" || k == gone || k == timedOut {
			return nil, k
		}
		out, prompt := v.boxesOf(typed, own)
		if prompt == "" {
			return out, none
		}
		if k = all(v, prompt); k == gone {
			return nil, gone
		}
	}
	return nil, none
}

// boxesOf are the mailboxes that were typed; prompt says why not. Their names are said.
func (v *visit) boxesOf(typed string, own bool) (out []*Box, prompt string) {
	for _, number := range strings.Split(typed, "*") {
		b := v.desk.find(v.settings, v.context, number)
		switch {
		case b == nil, !own && b.Ref == v.box.Ref:
			v.verbose("'%s' is not a valid mailbox", number)
			return nil, "pbx-invalid"
		case !v.desk.store.Room(b.Ref, b.MaxMessages):
			return nil, "vm-mailboxfull"
		}
		out = append(out, b)
		if v.desk.store.HasGreeting(b.Ref, spool.Name) {
			v.play("#", v.desk.store.Greeting(b.Ref, spool.Name))
		} else {
			v.play("#", v.voice().Digits(number)...)
		}
	}
	return out, ""
}

// whom asks for numbers, or has somebody chosen in the directory.
func (v *visit) whom() (typed string, k key) {
	if v.settings.UseDirectory {
		for tries := 0; ; {
			switch k {
			case '1':
				return v.ask(usual, "vm-extension")
			case '2':
				return v.desk.fromDirectory(v.call, v.settings, v.context)
			case '*', gone:
				return "", timedOut
			}
			if k = all(v, "vm-forward"); k == none {
				k = v.wait(3 * time.Second)
			}
			if k == none {
				tries++
			}
			if tries > 3 {
				return "", timedOut
			}
		}
	}
	return v.ask(usual, "vm-extension")
}
