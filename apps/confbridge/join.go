package confbridge

import (
	"os"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/pbx/record"
)

const usage = `ConfBridge(conference[,bridge profile[,user profile[,menu]]])
  Profiles are those of confbridge.conf. Without one it is that of CONFBRIDGE() on the channel, else
  default_bridge, default_user, default_menu.
  CONFBRIDGE_RESULT is FAILED, HANGUP, KICKED, ENDMARKED, DTMF (by a key of the menu) or TIMEOUT`

func (m *Module) apps() []pbx.App {
	return []pbx.App{
		{Name: "ConfBridge", Synopsis: "Take part in a conference", Usage: usage, Exec: m.confBridge},
		{Name: "ConfKick", Synopsis: "Put somebody out of a conference", Exec: m.confKick,
			Usage: "ConfKick(conference[,channel])\n  channel: all, participants (who are no admins) or the name of one; without it all\n  " +
				"CONFKICKSTATUS is SUCCESS or FAILURE"},
	}
}

// longestName of a conference; more is cut, as Asterisk does.
const longestName = 79

// confBridge is ConfBridge().
func (m *Module) confBridge(c *pbx.Channel, args string) dialplan.Result {
	a := append(dialplan.SplitArgs(args, 4), make([]string, 4)...)
	if a[0] == "" {
		c.Warn("ConfBridge requires an argument (conference name[,options])")
		return failed(c)
	}
	if c.Leg().Stream() == nil {
		c.Warn("ConfBridge: a message has no audio")
		return failed(c)
	}
	if r, away := m.visits(c, a[0], "ConfBridge", args); away {
		return r
	}
	b, u := m.bridgeOf(c, a[1]), m.userOf(c, a[2])
	if b == nil {
		c.Warn("Conference bridge profile " + a[1] + " does not exist")
		return failed(c)
	}
	if u == nil {
		c.Warn("Conference user profile " + a[2] + " does not exist")
		return failed(c)
	}
	return m.come(c, a[0], b, u, a[3])
}

func failed(c *pbx.Channel) dialplan.Result {
	c.SetVar("CONFBRIDGE_RESULT", resultFailed)
	return dialplan.End
}

// come has somebody come to a conference.
func (m *Module) come(c *pbx.Channel, name string, b *bridge, u *user, menu string) dialplan.Result {
	c.SetVar("CONFBRIDGE_RESULT", "")
	if len(name) > longestName {
		name = name[:longestName]
	}
	if u.answer {
		c.Answer()
	}
	if u.pin != "" && !m.rightPIN(c, b, u) {
		return failed(c)
	}
	x := &member{ch: c, u: u, of: b.name, out: make(chan struct{})}
	if (u.names || u.review) && !u.quiet {
		if x.name = m.askName(c, name, u.review); c.Gone() {
			x.dropName()
			return failed(c)
		}
	}
	if x.menu = m.menuOf(c, menu); x.menu == nil {
		c.Warn("Conference menu profile " + menu + " does not exist")
		x.dropName()
		return failed(c)
	}
	says, in := m.admit(name, b, x)
	if !in {
		x.dropName()
		m.play.List(c, prompts(b, "sound_locked"), prompt.How{})
		return failed(c)
	}
	c.Trace().Note("%s comes to the conference '%s'", c.Name(), name)
	x.welcome(says)
	return x.sit()
}

// prompts are those of a profile by their options, without those that are nothing.
func prompts(b *bridge, options ...string) (out []string) {
	for _, o := range options {
		if file := b.sound(o); file != "" {
			out = append(out, file)
		}
	}
	return out
}

// rightPIN asks for the PIN, three times. A key that is pressed while it is said that it was wrong is
// the first digit of the next try.
func (m *Module) rightPIN(c *pbx.Channel, b *bridge, u *user) bool {
	ask := prompts(b, "sound_get_pin")
	typed := ""
	for range 3 {
		a := m.play.Digits(c, prompt.Ask{Prompts: ask, Ends: "#", Most: 79 - len(typed)})
		if a.Why == prompt.HungUp || a.Why == prompt.Missing {
			return false
		}
		if typed+a.Digits == u.pin {
			return true
		}
		typed, ask = "", prompts(b, "sound_get_pin")
		if key, _ := m.play.List(c, prompts(b, "sound_invalid_pin"), prompt.How{Stops: prompt.AnyKey}); key != 0 {
			typed, ask = string(key), nil
		}
	}
	return false
}

// nameLimit is how long somebody may say his name.
const nameLimit = 10 * time.Second

// askName records somebody's name and returns its file, "" where there is none. review: he may
// listen to it (2) and say it again (3) until he keeps it (1).
func (m *Module) askName(c *pbx.Channel, conference string, review bool) string {
	file := m.nameFile(conference, c.UniqueID())
	for again := true; again && !c.Gone(); {
		m.play.List(c, []string{"vm-rec-name", "beep"}, prompt.How{})
		r := record.Run(c, record.Job{Path: file, Formats: []string{"sln"}, Limit: nameLimit, Ends: prompt.Keys("#")})
		if r.Why == record.ByError {
			c.Warn("the name cannot be recorded: " + r.Err.Error())
			return ""
		}
		if r.Why == record.ByKey {
			m.play.List(c, []string{"auth-thankyou"}, prompt.How{})
		}
		again = review && m.reviewed(c, file)
	}
	return file
}

// reviewed asks what is to be done with a name; again: it is to be said anew.
func (m *Module) reviewed(c *pbx.Channel, file string) (again bool) {
	for range 4 {
		a := m.play.Digits(c, prompt.Ask{Prompts: []string{"vm-review"}, Most: 1, First: 6 * time.Second})
		switch a.Digits {
		case "1":
			m.play.List(c, []string{"vm-msgsaved"}, prompt.How{})
			return false
		case "2":
			m.play.List(c, []string{file}, prompt.How{})
		case "3":
			return true
		default:
			if c.Gone() {
				return false
			}
		}
	}
	return false
}

// dropName removes the recorded name.
func (x *member) dropName() {
	if x.name != "" {
		os.Remove(x.name + ".sln")
	}
}

// welcome is what somebody is told, and what the others are, before he comes in. What puts him out
// ends it.
func (x *member) welcome(says string) {
	r := x.r
	if x.begins && !x.u.quiet {
		x.toAll(prompts(r.p, "sound_begin"))
	}
	list := prompt.Files(x.u.announcement)
	if says != "" && !x.u.quiet {
		list = append(list, prompts(r.p, says)...)
	}
	r.mu.Lock()
	n := len(r.active)
	r.mu.Unlock()
	if x.u.count && n > 1 {
		list = append(list, r.counted(n, r.m.play.Voice(x.ch, ""))...)
	}
	x.hear(list)
	if x.u.countAll >= 0 && n > 1 && n > x.u.countAll {
		x.toAll(r.counted(n, r.voice()))
	}
	if x.u.quiet {
		return
	}
	if x.name != "" && n > 1 {
		x.toAll(append([]string{x.name}, prompts(r.p, "sound_has_joined")...))
	}
	if !x.u.hearOwnJoin {
		x.toAll(prompts(r.p, "sound_join"))
	}
}

// hear plays prompts to a member who is not in the mix.
func (x *member) hear(list []string) {
	for _, name := range list {
		select {
		case <-x.out:
			return
		default:
		}
		if x.ch.Gone() {
			return
		}
		if _, err := x.r.m.play.Play(x.ch, name, prompt.How{Also: x.out}); err != nil {
			x.ch.Warn(err.Error())
		}
	}
}

// toAll has all the others hear something, and waits for its end.
func (x *member) toAll(list []string) {
	done, either := make(chan struct{}), make(chan struct{})
	if !x.r.says.add(saying{list, func() { close(done) }}) {
		return
	}
	go func() {
		defer close(either)
		select {
		case <-done:
		case <-x.out:
		}
	}()
	x.ch.Await(pbx.Wait{Also: either})
}

// sit takes the member's seat in the bridge.
func (x *member) sit() dialplan.Result {
	s := pbx.Member{Talk: x.detection(), Passes: x.u.passDigits, NoTexts: !x.u.texts, Entered: x.entered, Leaves: x.leaves, After: x.after,
		Keys: x.keys()}
	x.seat(&s)
	x.r.mu.Lock()
	out := x.result != ""
	x.r.mu.Unlock()
	if out || x.ch.Gone() {
		return x.after(x.ch, pbx.Left{Why: pbx.Refused})
	}
	return x.ch.Into(x.r.bridge, s)
}

// entered is told, on the strand, that it is in the bridge.
func (x *member) entered(c *pbx.Channel) {
	r := x.r
	back := false
	r.with(func(t *told) {
		x.inside, x.known = true, true
		x.limit()
		back, x.aside = x.aside, false
		if x.result != "" {
			t.do(func() { c.Kick() })
		}
		r.reseat(t, x)
		r.follow(t, x)
		x.louder(t)
	})
	r.retape()
	if back {
		return
	}
	x.tell("ConfbridgeJoin", pbx.Field{Name: "Muted", Value: yesNo(x.isMuted())})
	if !x.u.quiet && x.u.hearOwnJoin {
		r.says.add(saying{prompts: prompts(r.p, "sound_join")})
	}
}

func (x *member) wasLast() bool {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	return x.last
}

func (x *member) isMuted() bool {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	return x.muted
}

// leaves is told, on the strand, that it is about to leave the bridge.
func (x *member) leaves(*pbx.Channel, pbx.Left) {
	x.r.mu.Lock()
	x.inside = false
	aside := x.aside
	x.r.mu.Unlock()
	if !aside {
		x.r.leave(x)
	}
}

// after is told that it has left, on its own goroutine.
func (x *member) after(c *pbx.Channel, l pbx.Left) dialplan.Result {
	x.r.mu.Lock()
	aside := x.aside && x.result == "" && l.Why == pbx.Kicked
	x.aside = x.aside && aside
	result := x.result
	x.r.mu.Unlock()
	if aside && !c.Gone() {
		return x.execute()
	}
	x.r.leave(x) // where it did not come in, or has gone while it was aside
	if x.wasLast() {
		<-x.r.cleaned // the dialplan finds nothing of it any more
	}
	c.TypedAhead(func(byte) bool { return false })
	if result == "" || l.Why == pbx.HungUp || l.Why == pbx.Sent {
		result = resultHangup
	}
	c.SetVar("CONFBRIDGE_RESULT", result)
	if (result == resultKicked || result == resultEndMarked) && !x.u.quiet && !c.Gone() {
		x.r.m.play.List(c, prompts(x.r.p, "sound_kicked"), prompt.How{})
	}
	if c.Gone() {
		return dialplan.End
	}
	return dialplan.Continue
}

// limit has it be put out when its time is over; mu is held.
func (x *member) limit() {
	if x.u.timeout > 0 && x.timer == nil {
		x.timer = time.AfterFunc(x.u.timeout, func() { x.r.with(func(t *told) { x.r.putOut(t, x, resultTimeout) }) })
	}
}

// confKick is ConfKick().
func (m *Module) confKick(c *pbx.Channel, args string) dialplan.Result {
	a := append(dialplan.SplitArgs(args, 2), "", "")
	status := "FAILURE"
	who := a[1]
	if who == "" {
		who = "all"
	}
	switch r := m.find(a[0]); {
	case strings.TrimSpace(a[0]) == "":
		c.Warn("No conference bridge specified.")
	case r == nil:
		c.Warn("No conference bridge named '" + a[0] + "' found!")
	case r.kick(who):
		status = "SUCCESS"
	default:
		c.Warn("No participants found!")
	}
	c.SetVar("CONFKICKSTATUS", status)
	return dialplan.Continue
}
