package boot

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
)

// users is users.conf: what a section says is true of one person in several rooms, each a
// has... line. [general] speaks for those that say nothing of their own.
type users struct {
	general *config.Section // nil without
	list    []*config.Section
}

// readUsers reads users.conf; f may be nil.
func readUsers(f *config.File) (u users) {
	if f == nil {
		return u
	}
	u.general = f.Section("general")
	for _, s := range f.Visible() {
		if !strings.EqualFold(s.Name, "general") {
			u.list = append(u.list, s)
		}
	}
	return u
}

// own is a value of a section, or that of [general]; ok is false when neither has it.
func (u users) own(s *config.Section, name string) (v config.Var, ok bool) {
	if v, ok = s.Lookup(name); !ok {
		v, ok = u.general.Lookup(name)
	}
	return v, ok
}

// has says whether a section is part of a room; without a word of it, without is taken.
func (u users) has(s *config.Section, name string, without bool) bool {
	v, ok := u.own(s, name)
	if !ok {
		return without
	}
	yes, _ := config.Bool(v.Value)
	return yes
}

// phones are sections of sip.conf for those with hassip: the options that chan_sip knows,
// those of [general] first.
func (u users) phones() (out []*config.Section) {
	for _, s := range u.list {
		if !u.has(s, "hassip", false) {
			continue
		}
		p := &config.Section{Name: s.Name, Pos: s.Pos, Vars: []config.Var{{Name: "type", Value: "friend", Pos: s.Pos}}}
		if u.general != nil {
			p.Vars = append(p.Vars, u.general.Vars...)
		}
		p.Vars = slices.DeleteFunc(append(p.Vars, s.Vars...), func(v config.Var) bool { return !sipconf.PeerOption(v.Name) })
		out = append(out, p)
	}
	return out
}

// registrations are register lines for those with registersip, a user name and a host, be
// they phones or not. Their section is the peer of the line.
func (u users) registrations() (out []config.Var) {
	text := func(s *config.Section, name string) string {
		v, _ := u.own(s, name)
		return v.Value
	}
	for _, s := range u.list {
		host, who := text(s, "host"), text(s, "username")
		if !u.has(s, "registersip", false) || who == "" || host == "" || strings.EqualFold(host, "dynamic") {
			continue
		}
		secret, as := text(s, "secret"), s.Get("authuser")
		if secret != "" || as != "" {
			who += ":" + secret
		}
		if as != "" {
			who += ":" + as
		}
		out = append(out, config.Var{Name: "register", Value: s.Name + "?" + who + "@" + host + "/" + cmp.Or(s.Get("contact"), "s"), Pos: s.Pos})
	}
	return out
}

// managers are sections of manager.conf for those with hasmanager. Who has neither read nor
// write there may do everything, as in Asterisk.
func (u users) managers() (out []*config.Section) {
	for _, s := range u.list {
		if !u.has(s, "hasmanager", false) {
			continue
		}
		m := &config.Section{Name: s.Name, Pos: s.Pos}
		for _, name := range []string{"read", "write"} {
			v, ok := u.own(s, name)
			if !ok {
				v = config.Var{Value: "all", Pos: s.Pos}
			}
			m.Vars = append(m.Vars, config.Var{Name: name, Value: v.Value, Pos: v.Pos})
		}
		for _, name := range []string{"secret", "displayconnects", "allowmultiplelogin", "writetimeout"} {
			if v, ok := u.own(s, name); ok {
				m.Vars = append(m.Vars, config.Var{Name: name, Value: v.Value, Pos: v.Pos})
			}
		}
		out = append(out, m)
	}
	return out
}

// addManagers puts them behind the users of manager.conf, who win.
func (u users) addManagers(f *config.File) {
	for _, m := range u.managers() {
		if f != nil && f.Section(m.Name) == nil {
			f.Sections = append(f.Sections, m)
		}
	}
}

// devices are those of a section, as in a hint: its phones, of other technologies than SIP
// too, and the lines of dahdichan.
func (u users) devices(s *config.Section) string {
	var out []string
	for _, t := range [][2]string{{"hassip", "SIP/"}, {"hasiax", "IAX2/"}, {"hash323", "H323/"}} {
		if u.has(s, t[0], false) {
			out = append(out, t[1]+s.Name)
		}
	}
	lines, _ := u.own(s, "dahdichan")
	for _, span := range strings.Split(lines.Value, ",") {
		low, high, ranged := strings.Cut(span, "-")
		first, err := strconv.Atoi(strings.TrimSpace(low))
		last, err2 := strconv.Atoi(strings.TrimSpace(high))
		switch {
		case err != nil:
			continue
		case !ranged || err2 != nil:
			last = first
		}
		for n := min(first, last); n <= max(first, last) && len(out) < maxDevices; n++ {
			out = append(out, fmt.Sprint("DAHDI/", n))
		}
	}
	return strings.Join(out, "&")
}

// maxDevices of one section.
const maxDevices = 32

// extensions are the lines of userscontext in extensions.conf: a hint for the devices of
// each, who dials them, and the other numbers. hasexten=no has none.
func (u users) extensions() (out []config.Var) {
	for _, s := range u.list {
		devices := u.devices(s)
		if !u.has(s, "hasexten", true) || devices == "" {
			continue
		}
		add := func(line string) {
			out = append(out, config.Var{Name: "exten", Object: true, Value: line, Pos: s.Pos})
		}
		number := strings.ReplaceAll(s.Name, " ", "")
		add(number + ",hint," + devices)
		if u.has(s, "hasvoicemail", false) {
			add(number + ",1,Gosub(" + number + ",stdexten(${HINT}))")
		} else {
			add(number + ",1,Dial(${HINT})")
		}
		for _, other := range strings.Split(s.Get("alternateexts"), ",") {
			if other = strings.TrimSpace(other); other != "" {
				add(other + ",1,Goto(" + number + ",1)")
			}
		}
	}
	return out
}

// addExtensions puts them behind the lines of extensions.conf.
func (u users) addExtensions(f *config.File) {
	lines := u.extensions()
	if len(lines) == 0 {
		return
	}
	name := cmp.Or(f.Section("general").Get("userscontext"), "default")
	f.Sections = append(f.Sections, &config.Section{Name: name, Pos: lines[0].Pos, Vars: lines})
}
