package stasis

import (
	"errors"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

// What a program may do with a channel. Each is asked for and done later, in its turn (control); what is
// wrong with the request itself is told at once.

// Channels are the models of all there are.
func (m *Module) Channels() []Object {
	out := []Object{}
	for _, c := range m.core.Channels() {
		if !c.IsBare() {
			out = append(out, Channel(c.Snapshot()))
		}
	}
	return out
}

// Channel is the model of one.
func (m *Module) Channel(id string) (Object, error) {
	c := m.Find(id)
	if c == nil {
		return nil, errNoChannel
	}
	return Channel(c.Snapshot()), nil
}

// softCause is what programs are told when one of them hangs a channel up.
const softCause = 32

// Hangup ends a channel, in an application or not.
func (m *Module) Hangup(id string, cause pbx.Cause) error {
	c := m.Find(id)
	if c == nil {
		return errNoChannel
	}
	c.TellSoftHangup(softCause)
	c.SoftHangup(cause)
	return nil
}

// Continue has a channel go on in the dialplan: at the next step, or at a place of which what is empty
// stays as it is. label may stand for the priority.
func (m *Module) Continue(id, context, exten, label string, priority int) error {
	k, err := m.able(id)
	if err != nil {
		return err
	}
	at := place{context, exten, priority}
	if label != "" {
		to, err := m.Label(at.from(k.c.View().At), label)
		if err != nil {
			return err
		}
		at = place{to.Context, to.Exten, to.Priority}
	}
	return k.soon(func(*pbx.Channel) { k.leave(at) })
}

// Label is the place of a label, or of a number, in an extension.
func (m *Module) Label(at dialplan.Location, label string) (dialplan.Location, error) {
	to, err := m.core.Plan().TargetFrom(at, at.Context+","+at.Exten+","+label, pbx.QueryFor(nil))
	switch {
	case err == nil && to.Priority > 0:
		return to, nil
	case strings.Trim(label, "-0123456789") == "":
		return at, Refuse(400, "Requested priority is illegal")
	}
	return at, Refuse(404, "Requested label can not be found")
}

// Move gives a channel to another application.
func (m *Module) Move(id, app string, args []string) error {
	k, err := m.control(id)
	if err != nil {
		return err
	}
	return k.soon(func(*pbx.Channel) { k.move(app, args) })
}

// Redirect asks a channel's far end to call elsewhere, with the same technology.
func (m *Module) Redirect(id, endpoint string) error {
	k, err := m.able(id)
	if err != nil {
		return err
	}
	tech, resource, ok := strings.Cut(endpoint, "/")
	leg, can := k.c.Leg().(pbx.Referrer)
	switch {
	case !ok || tech == "":
		return Refuse(422, "Endpoint parameter '%s' does not contain tech/resource", endpoint)
	case resource == "":
		return Refuse(422, "No resource provided in endpoint parameter '%s'", endpoint)
	case !strings.EqualFold(tech, k.c.TechName()):
		return Refuse(422, "Endpoint technology '%s' does not match channel technology '%s'", tech, k.c.TechName())
	case !can:
		return Refuse(500, "Failed to redirect channel")
	}
	return k.soon(func(*pbx.Channel) { leg.Refer(resource) })
}

// Answer answers an incoming channel.
func (m *Module) Answer(id string) error {
	return m.with(id, func(_ *control, c *pbx.Channel) { c.Answer() })
}

// with does something that takes no time with a channel that is not down.
func (m *Module) with(id string, f func(k *control, c *pbx.Channel)) error {
	k, err := m.able(id)
	if err != nil {
		return err
	}
	return k.soon(func(c *pbx.Channel) { f(k, c) })
}

// Ring tells the caller that it rings, or ends the tone.
func (m *Module) Ring(id string, on bool) error {
	return m.with(id, func(_ *control, c *pbx.Channel) {
		if on {
			c.Indicate(pbx.IndicateRinging)
		} else {
			c.StopTone()
		}
	})
}

// Progress opens early media.
func (m *Module) Progress(id string) error {
	return m.with(id, func(_ *control, c *pbx.Channel) { c.Indicate(pbx.IndicateProgress) })
}

// Hold has a channel hear that it is put on hold, which is music here, or ends that. One whose holds are
// taken (HOLD_INTERCEPT) hears nothing of it: who watches is told.
func (m *Module) Hold(id string, on bool) error {
	return m.with(id, func(_ *control, c *pbx.Channel) {
		if c.TakesHolds() {
			c.TellHold(on)
			return
		}
		if c.StopMusic(); on {
			c.StartMusic("")
		}
	})
}

// takeHolds is the function HOLD_INTERCEPT.
func takeHolds(c *pbx.Channel, args, _ string) error {
	switch strings.ToLower(strings.TrimSpace(args)) {
	case "set":
		c.TakeHolds(true)
	case "remove":
		c.TakeHolds(false)
	default:
		return errors.New("HOLD_INTERCEPT takes set or remove")
	}
	return nil
}

// Music plays music of a class, "": the channel's own, or ends it.
func (m *Module) Music(id, class string, on bool) error {
	return m.with(id, func(_ *control, c *pbx.Channel) {
		if c.StopMusic(); on {
			c.StartMusic(class)
		}
	})
}

// quietness is silence without an end.
type quietness struct{}

func (quietness) Frame(dst []int16) int {
	clear(dst)
	return len(dst)
}

// Silence sends silence, where nothing would be sent otherwise, or ends that.
func (m *Module) Silence(id string, on bool) error {
	return m.with(id, func(k *control, c *pbx.Channel) {
		k.quiet()
		if s := c.Leg().Stream(); on && s != nil {
			v := s.Start(quietness{}, media.Play{Mix: true})
			k.m.mu.Lock()
			k.silence = v
			k.m.mu.Unlock()
		}
	})
}

// Mute has nobody hear the channel (in), or the channel hear nothing (out), or ends that.
func (m *Module) Mute(id, direction string, on bool) error {
	k, err := m.able(id)
	if err != nil {
		return err
	}
	var ways []media.Direction
	switch direction {
	case "":
		return Refuse(400, "Direction is required")
	case "in":
		ways = []media.Direction{media.In}
	case "out":
		ways = []media.Direction{media.Out}
	case "both":
		ways = []media.Direction{media.In, media.Out}
	default:
		return Refuse(400, "Invalid direction specified")
	}
	return k.soon(func(c *pbx.Channel) {
		if s := c.Leg().Stream(); s != nil {
			for _, d := range ways {
				s.Mute(d, on)
			}
		}
	})
}

// Keys is how keys are sent: the times are before the first, between two, of each, and behind the last.
type Keys struct {
	Digits                           string
	Before, Between, Duration, After time.Duration
}

// mostKeys of one request, and most of a time of it.
const (
	mostKeys = 1000
	mostWait = time.Minute
)

// SendKeys presses keys towards the channel's far end.
func (m *Module) SendKeys(id string, keys Keys) error {
	k, err := m.able(id)
	switch {
	case err != nil:
		return err
	case keys.Digits == "":
		return Refuse(400, "DTMF is required")
	case len(keys.Digits) > mostKeys:
		return Refuse(400, "DTMF is too long")
	}
	return k.do(func(c *pbx.Channel) <-chan struct{} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			keys.press(c)
		}()
		return done
	})
}

// press presses them, beside the channel's worker.
func (keys Keys) press(c *pbx.Channel) {
	sleep := func(d time.Duration) bool {
		select {
		case <-time.After(min(max(d, 0), mostWait)):
			return true
		case <-c.Ended():
			return false
		}
	}
	sleep(keys.Before)
	for i, d := range []byte(strings.ToUpper(keys.Digits)) {
		if i > 0 && !sleep(keys.Between) {
			return
		}
		switch {
		case d == 'W':
			sleep(500 * time.Millisecond)
		case strings.IndexByte(media.EventDigits, d) >= 0:
			if !c.SendDigit(d, false) || !sleep(max(keys.Duration, 100*time.Millisecond)) {
				return
			}
		}
	}
	sleep(keys.After)
}

// Variable reads a variable or a function of a channel.
func (m *Module) Variable(id, name string) (string, error) {
	c := m.Find(id)
	switch {
	case name == "":
		return "", Refuse(400, "Variable name is required")
	case c == nil:
		return "", Refuse(404, "Provided channel was not found")
	}
	return m.read(c, name)
}

// read reads one. Functions that reach files or a shell are not for programs.
func (m *Module) read(c *pbx.Channel, name string) (value string, err error) {
	if open := strings.IndexByte(name, '('); open >= 0 && strings.HasSuffix(name, ")") {
		f := m.core.Func(name[:open])
		if f == nil || m.core.Guarded(name, pbx.GuardRead) {
			return "", Refuse(500, "Unable to read provided function")
		}
		failure := c.Visit(func(c *pbx.Channel) { value, err = f.Value(c, name[open+1:len(name)-1]) })
		if failure != nil || err != nil {
			return "", Refuse(500, "Unable to read provided function")
		}
		return value, nil
	}
	if !c.HasVariable(name) {
		return "", Refuse(404, "Provided variable was not found")
	}
	return c.Variable(name), nil
}

// SetVariable writes a variable or a function of a channel that is in an application. show has all later
// events of the channel tell of it.
func (m *Module) SetVariable(id, name, value string, show bool) error {
	k, err := m.control(id)
	switch {
	case err != nil:
		return err
	case name == "":
		return Refuse(400, "Variable name is required")
	}
	return m.assign(k.c, name, value, show)
}

// UnsetVariable takes one away, which nobody is told; a function is given an empty value.
func (m *Module) UnsetVariable(id, name string) error {
	if strings.Contains(name, "(") {
		return m.SetVariable(id, name, "", false)
	}
	k, err := m.control(id)
	if err == nil {
		k.c.UnsetVar(name)
	}
	return err
}

// assign sets one. A plain variable is set at once, whatever the channel does.
func (m *Module) assign(c *pbx.Channel, name, value string, show bool) (err error) {
	if show {
		c.ShowVariable(name)
	}
	if !strings.Contains(name, "(") {
		return c.Assign(name, value)
	}
	if m.core.Guarded(name, pbx.GuardWrite) {
		return Refuse(400, "Failed to execute function")
	}
	failure := c.Visit(func(c *pbx.Channel) { err = c.Assign(name, value) })
	if failure != nil || err != nil {
		return Refuse(400, "Failed to execute function")
	}
	return nil
}

// Global reads a global variable, or a function; what is not there is empty.
func (m *Module) Global(name string) (value string, err error) {
	if open := strings.IndexByte(name, '('); open >= 0 && strings.HasSuffix(name, ")") {
		f := m.core.Func(name[:open])
		if f == nil || m.core.Guarded(name, pbx.GuardRead) {
			return "", nil
		}
		c := m.core.Bare(pbx.Nowhere)
		defer m.core.Drop(c)
		if value, err = f.Value(c, name[open+1:len(name)-1]); err != nil {
			value = ""
		}
		return value, nil
	}
	value, _ = m.core.Global(name)
	return value, nil
}

// SetGlobal writes one.
func (m *Module) SetGlobal(name, value string) error {
	if !strings.Contains(name, "(") {
		m.core.SetGlobal(name, value)
		return nil
	}
	if m.core.Guarded(name, pbx.GuardWrite) {
		return Refuse(400, "Failed to execute function")
	}
	c := m.core.Bare(pbx.Nowhere)
	defer m.core.Drop(c)
	if c.Assign(name, value) != nil {
		return Refuse(400, "Failed to execute function")
	}
	return nil
}

// Dial calls the far end of a channel that Create has made, for a caller ("": nobody), with a limit for
// its answer (0: none).
func (m *Module) Dial(id, caller string, limit time.Duration) error {
	k, err := m.control(id)
	if err != nil {
		return err
	}
	if k.c.View().State != pbx.StateDown {
		return Refuse(409, "Channel is not in the 'Down' state")
	}
	if !k.c.Waits() {
		return Refuse(409, "Dialing a channel not created by ARI")
	}
	var by *pbx.Channel
	if caller != "" {
		by = m.Find(caller)
	}
	return k.soon(func(c *pbx.Channel) {
		if err := c.BeginCall(by, limit); err != nil {
			c.Warn(err.Error())
			c.SoftHangup(pbx.CauseNormal)
		}
	})
}
