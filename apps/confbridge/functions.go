package confbridge

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

func (m *Module) functions() []pbx.Func {
	return []pbx.Func{
		{Name: "CONFBRIDGE", Synopsis: "A profile of the channel's own, for ConfBridge",
			Usage: "CONFBRIDGE(user|bridge|menu,option)=value\n  option: one of confbridge.conf for that kind; template, the name of a profile " +
				"to begin with (without it default_user and so on);\n  clear, to forget what was set. In a menu it is a sequence of keys",
			Write: m.writeProfile},
		{Name: "CONFBRIDGE_INFO", Synopsis: "Figures of a conference", Usage: "CONFBRIDGE_INFO(parties|admins|marked|locked|muted,conference)",
			Read: m.readInfo},
		{Name: "CONFBRIDGE_CHANNELS", Synopsis: "The channels in a conference",
			Usage: "CONFBRIDGE_CHANNELS(parties|admins|marked|active|waiting,conference)", Read: m.readChannels},
	}
}

// own is what CONFBRIDGE() has made for a channel.
type own struct {
	user   *user
	bridge *bridge
	menu   *menu
	said   [][3]string // kind, option and value, as they were set; none on a machine that is alone
}

// ownOf is that of a channel; what is there does not change, it is replaced.
func (m *Module) ownOf(c *pbx.Channel) own {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.owns[c]
}

// keep has it be that of a channel, until it ends.
func (m *Module) keep(c *pbx.Channel, o own) {
	m.mu.Lock()
	_, had := m.owns[c]
	m.owns[c] = o
	if len(m.owns) > m.sweepAt {
		m.sweep()
	}
	m.mu.Unlock()
	if !had {
		c.AtEnd(func() { m.forget(c) })
	}
}

func (m *Module) forget(c *pbx.Channel) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.owns, c)
}

// sweep forgets those of channels that have ended without a dialplan of their own; mu is held.
func (m *Module) sweep() {
	for c := range m.owns {
		select {
		case <-c.Ended():
			delete(m.owns, c)
		default:
		}
	}
	m.sweepAt = 2*len(m.owns) + 100
}

// userOf, bridgeOf and menuOf are the profile of a name, or that of the channel; nil: there is none.
func (m *Module) userOf(c *pbx.Channel, name string) *user {
	if u := m.ownOf(c).user; name == "" && u != nil {
		return u
	}
	return m.config.Load().user(orElse(name, defaultUser))
}

func (m *Module) bridgeOf(c *pbx.Channel, name string) *bridge {
	if b := m.ownOf(c).bridge; name == "" && b != nil {
		return b
	}
	return m.config.Load().bridge(orElse(name, defaultBridge))
}

func (m *Module) menuOf(c *pbx.Channel, name string) *menu {
	if x := m.ownOf(c).menu; name == "" && x != nil {
		return x
	}
	return m.config.Load().menu(orElse(name, defaultMenu))
}

func orElse(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return name
}

// writeProfile is CONFBRIDGE()=.
func (m *Module) writeProfile(c *pbx.Channel, args, value string) error {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	if f[0] == "" || f[1] == "" {
		return errors.New("it takes user, bridge or menu, and an option")
	}
	o, err := m.set(m.ownOf(c), strings.ToLower(f[0]), f[1], value)
	if err != nil {
		c.Warn(fmt.Sprintf("CONFBRIDGE(%s,%s) cannot be set to '%s'. Invalid type, option, or value.", f[0], f[1], value))
		return err
	}
	if m.core.Elsewhere() != nil {
		o.said = append(slices.Clip(o.said), [3]string{strings.ToLower(f[0]), f[1], value})
	}
	m.keep(c, o)
	return nil
}

// set is what a channel has with an option set.
func (m *Module) set(o own, kind, option, value string) (own, error) {
	k := m.config.Load()
	var err error
	switch kind {
	case "user":
		o.user, err = changed(o.user, userTable, option, value, k.user, defaultUser)
	case "bridge":
		o.bridge, err = changed(o.bridge, bridgeTable, option, value, k.bridge, defaultBridge)
	case "menu":
		switch {
		case strings.EqualFold(option, "clear"):
			o.menu = nil
		case strings.EqualFold(option, "template"):
			if o.menu = k.menu(value); o.menu == nil {
				err = errors.New("there is no menu '" + value + "'")
			}
		default:
			if o.menu == nil {
				o.menu = k.menu(defaultMenu)
			}
			var next *menu
			if next, err = o.menu.with(option, value); err == nil {
				next.name = ownName
				o.menu = next.compiled(0)
			}
		}
	default:
		err = errors.New("'" + kind + "' is none of user, bridge and menu")
	}
	return o, err
}

// changed is a profile with an option set; nil where it is to be forgotten.
func changed[T any](was *T, table config.Table[T], option, value string, named func(string) *T, usual string) (*T, error) {
	switch {
	case strings.EqualFold(option, "clear"):
		return nil, nil
	case strings.EqualFold(option, "template"):
		p := named(value)
		if p == nil {
			return was, errors.New("there is no profile '" + value + "'")
		}
		return p, nil
	case was == nil:
		was = named(usual)
	}
	next := *was
	s := &config.Section{Name: "dialplan", Vars: []config.Var{{Name: option, Value: value}}}
	if wrong := table.Read(s, &next, nil); len(wrong) > 0 {
		return was, errors.New(wrong[0].Text)
	}
	return &next, nil
}

// readInfo is CONFBRIDGE_INFO(). It is 0 for a conference that is not there, and nothing where none is named.
func (m *Module) readInfo(c *pbx.Channel, args string) (string, error) {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	if f[1] == "" {
		return "", nil
	}
	if m.find(f[1]) == nil {
		return orElse(m.infoAbroad(f[0], f[1]), "0"), nil
	}
	n, known := m.info(f[0], f[1])
	if !known {
		c.Warn(fmt.Sprintf("CONFBRIDGE_INFO: '%s' is none of parties, admins, marked, locked and muted", f[0]))
	}
	return n, nil
}

// info is a figure of a conference that is here; false: it has no such figure.
func (m *Module) info(what, name string) (figure string, known bool) {
	r := m.find(name)
	if r == nil {
		return "0", true
	}
	bit := func(on bool) int {
		if on {
			return 1
		}
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	switch strings.ToLower(what) {
	case "parties":
		n = r.count(anybody)
	case "admins":
		n = r.count(isAdmin)
	case "marked":
		n = r.count(isMarked)
	case "locked":
		n = bit(r.locked)
	case "muted":
		n = bit(r.muted)
	default:
		return "0", false
	}
	return fmt.Sprint(n), true
}

// readChannels is CONFBRIDGE_CHANNELS().
func (m *Module) readChannels(_ *pbx.Channel, args string) (string, error) {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	r := m.find(f[1])
	if r == nil {
		return "", nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.all()
	fits := anybody
	switch strings.ToLower(f[0]) {
	case "parties":
	case "admins":
		fits = isAdmin
	case "marked":
		fits = isMarked
	case "active":
		list = r.active
	case "waiting":
		list = r.waiting
	default:
		return "", fmt.Errorf("'%s' is none of parties, admins, marked, active and waiting", f[0])
	}
	var out []string
	for _, x := range list {
		if fits(x) {
			out = append(out, x.ch.Name())
		}
	}
	return strings.Join(out, ","), nil
}
