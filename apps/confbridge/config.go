package confbridge

import (
	"reflect"
	"slices"
	"strings"

	"obelisk/internal/config"
)

// Config is confbridge.conf. It does not change.
type Config struct {
	users   []*user
	bridges []*bridge
	menus   []*menu
}

// Names of the profiles that are used where none is named.
const (
	defaultUser   = "default_user"
	defaultBridge = "default_bridge"
	defaultMenu   = "default_menu"
	// ownName is the name of profiles that the dialplan has made.
	ownName = "dialplan"
)

// ReadConfig reads it; nil is one that is not there. The three profiles that are used where none is
// named are there in any case.
func ReadConfig(f *config.File) (c *Config, diags []config.Diagnostic) {
	c = &Config{}
	if f != nil {
		for _, s := range f.Visible() {
			diags = append(diags, c.read(s)...)
		}
	}
	if c.user(defaultUser) == nil {
		c.users = append(c.users, newUser(defaultUser))
	}
	if c.bridge(defaultBridge) == nil {
		c.bridges = append(c.bridges, newBridge(defaultBridge))
	}
	if c.menu(defaultMenu) == nil {
		c.menus = append(c.menus, &menu{name: defaultMenu})
	}
	return c, diags
}

// kindOf is what a section is; a later line wins.
func kindOf(s *config.Section) (kind string, at config.Pos) {
	for _, v := range s.Vars {
		if strings.EqualFold(v.Name, "type") {
			kind, at = strings.ToLower(v.Value), v.Pos
		}
	}
	return kind, at
}

// read takes a section.
func (c *Config) read(s *config.Section) (diags []config.Diagnostic) {
	if strings.EqualFold(s.Name, "general") {
		for _, v := range s.Vars {
			diags = append(diags, config.Unsupported(v, s.Name))
		}
		return diags
	}
	switch kind, at := kindOf(s); kind {
	case "user":
		u := newUser(s.Name)
		diags = userTable.Read(s, u, nil)
		for _, v := range s.Vars {
			if strings.EqualFold(v.Name, "music_on_hold_class") {
				u.musicAt = v.Pos
			}
		}
		c.users = append(slices.DeleteFunc(c.users, func(o *user) bool { return o.name == u.name }), u)
	case "bridge":
		b := newBridge(s.Name)
		diags = bridgeTable.Read(s, b, nil)
		c.bridges = append(slices.DeleteFunc(c.bridges, func(o *bridge) bool { return o.name == b.name }), b)
	case "menu":
		m := &menu{name: s.Name}
		for _, v := range s.Vars {
			if strings.EqualFold(v.Name, "type") || strings.EqualFold(v.Name, "template") {
				continue
			}
			next, err := m.with(v.Name, v.Value)
			if err != nil {
				diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: "menu '" + s.Name + "': " + err.Error() + "; " + v.Name + " does nothing"})
				continue
			}
			m = next
		}
		c.menus = append(slices.DeleteFunc(c.menus, func(o *menu) bool { return o.name == m.name }), m.compiled(0))
	case "":
		diags = append(diags,
			config.Diagnostic{Pos: s.Pos, Text: "[" + s.Name + "] has no type: it is a user, a bridge or a menu; nothing of it is used"})
	default:
		diags = append(diags,
			config.Diagnostic{Pos: at, Text: "'" + kind + "' is no type: [" + s.Name + "] is a user, a bridge or a menu; nothing of it is used"})
	}
	return diags
}

func (c *Config) user(name string) *user {
	return named(c.users, name, func(u *user) string { return u.name })
}
func (c *Config) bridge(name string) *bridge {
	return named(c.bridges, name, func(b *bridge) string { return b.name })
}
func (c *Config) menu(name string) *menu {
	return named(c.menus, name, func(m *menu) string { return m.name })
}

// named finds one by its name, any case; nil: there is none.
func named[T any](list []*T, name string, of func(*T) string) *T {
	for _, x := range list {
		if strings.EqualFold(of(x), name) {
			return x
		}
	}
	return nil
}

// names lists those of a kind.
func names[T any](list []*T, of func(*T) string) (out []string) {
	for _, x := range list {
		out = append(out, of(x))
	}
	return out
}

// changes tells what another reading would change, one line each.
func (c *Config) changes(next *Config) (out []string) {
	out = append(out, differ("user", c.users, next.users, func(u *user) string { return u.name })...)
	out = append(out, differ("bridge", c.bridges, next.bridges, func(b *bridge) string { return b.name })...)
	return append(out, differ("menu", c.menus, next.menus, func(m *menu) string { return m.name })...)
}

func differ[T any](kind string, was, is []*T, of func(*T) string) (out []string) {
	for _, x := range is {
		switch old := named(was, of(x), of); {
		case old == nil:
			out = append(out, "+ "+kind+" "+of(x))
		case !reflect.DeepEqual(old, x):
			out = append(out, "~ "+kind+" "+of(x))
		}
	}
	for _, x := range was {
		if named(is, of(x), of) == nil {
			out = append(out, "- "+kind+" "+of(x))
		}
	}
	return out
}
