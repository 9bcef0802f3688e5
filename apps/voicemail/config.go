package voicemail

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"obelisk/apps/voicemail/spool"
	"obelisk/internal/config"
)

// compiler makes Settings of the files.
type compiler struct {
	out   *Settings
	diags []config.Diagnostic
}

func (c *compiler) note(pos config.Pos, severity config.Severity, format string, args ...any) {
	c.diags = append(c.diags, config.Diagnostic{Pos: pos, Severity: severity, Text: fmt.Sprintf(format, args...)})
}

// Compile reads voicemail.conf and users.conf; each may be nil. secret gives the password that a
// mailbox keeps in the spool.
func Compile(f, people *config.File, secret func(spool.Ref) (string, bool)) (*Settings, []config.Diagnostic) {
	c := &compiler{out: &Settings{General: defaults(), index: map[spool.Ref]*Box{}}}
	if f != nil {
		c.out.File = f.Path
		c.general(f.Section("general"))
		c.zones(f.Section("zonemessages"))
		c.boxes(f)
	}
	c.users(people)
	for _, b := range c.out.Boxes {
		if b.PasswordInSpool && secret != nil {
			if p, ok := secret(b.Ref); ok {
				b.Password = p
			}
		}
	}
	return c.out, c.diags
}

// general reads [general]: of an option that stands there twice the first counts, as in
// Asterisk.
func (c *compiler) general(s *config.Section) {
	if s == nil {
		return
	}
	seen := map[string]config.Pos{}
	for _, v := range s.Vars {
		o := optionNamed(v.Name)
		switch {
		case o == nil || o.set == nil && o.absent == "":
			c.note(v.Pos, config.Warning, "there is no option '%s'%s", v.Name, config.DidYouMean(strings.ToLower(v.Name), optionNames(false)))
			continue
		case o.absent != "":
			c.note(v.Pos, config.Warning, "'%s' has no effect: %s", v.Name, o.absent)
			continue
		case seen[o.name].Line != 0:
			c.note(v.Pos, config.Warning, "'%s' is set in line %d already, which counts", v.Name, seen[o.name].Line)
			continue
		}
		seen[o.name] = v.Pos
		if problem := o.set(c.out, v.Value); problem != "" {
			c.note(v.Pos, config.Warning, "%s: %s", v.Name, problem)
		}
		if now := oldNames[strings.ToLower(v.Name)]; now != "" {
			c.note(v.Pos, config.Note, "'%s' is the old name of '%s'", v.Name, now)
		}
	}
	c.doubts(seen)
}

// doubts looks at what options say together.
func (c *compiler) doubts(seen map[string]config.Pos) {
	g := &c.out.General
	if pos, ok := seen["attachfmt"]; ok && !slices.Contains(g.Formats, g.AttachFormat) {
		all := strings.Join(g.Formats, "|")
		c.note(pos, config.Warning, "attachfmt: nothing is recorded as '%s' (format = %s); %s is sent", g.AttachFormat, all, g.Formats[0])
	}
	for _, name := range []string{"externnotify", "externpass", "externpassnotify", "externpasscheck"} {
		pos, ok := seen[name]
		program, _, _ := strings.Cut(map[string]string{"externnotify": g.ExternNotify, "externpass": g.ExternPass,
			"externpassnotify": g.ExternPassNotify, "externpasscheck": g.ExternPassCheck}[name], " ")
		if ok && strings.HasPrefix(program, "/") {
			if _, err := exec.LookPath(program); err != nil {
				c.note(pos, config.Warning, "%s: %s cannot be run", name, program)
			}
		}
	}
	if pos, ok := seen["externpassnotify"]; ok && g.ExternPass != "" {
		c.note(pos, config.Warning, "externpassnotify has no effect beside externpass")
		g.ExternPassNotify = ""
	}
}

// optionNames are those of [general], or of mailboxes.
func optionNames(own bool) (out []string) {
	for _, o := range options {
		if own && o.own != nil || !own && o.set != nil {
			out = append(out, o.name)
		}
	}
	return out
}

func (c *compiler) zones(s *config.Section) {
	if s == nil {
		return
	}
	for _, v := range s.Vars {
		i := strings.IndexAny(v.Value, "|,")
		if i < 0 {
			c.note(v.Pos, config.Warning, "zone '%s' needs a time zone and a format: %s = Europe/Berlin|'vm-received' Q 'digits/at' kM", v.Name,
				v.Name)
			continue
		}
		z := Zone{v.Name, v.Value[:i], v.Value[i+1:]}
		if _, err := time.LoadLocation(z.TimeZone); err != nil || z.TimeZone == "" {
			c.note(v.Pos, config.Warning, "zone '%s': there is no time zone '%s'; the machine's own is taken", z.Name, z.TimeZone)
		}
		c.out.Zones = append([]Zone{z}, c.out.Zones...) // the last is listed first
	}
}

// boxes reads the sections of mailboxes, and that of other names for them.
func (c *compiler) boxes(f *config.File) {
	aliases := c.out.AliasesContext
	var found bool
	for _, s := range f.Visible() {
		switch {
		case strings.EqualFold(s.Name, "general"), strings.EqualFold(s.Name, "zonemessages"):
		case aliases != "" && strings.EqualFold(s.Name, aliases):
			found = true
			for _, v := range s.Vars {
				c.out.Aliases = append(c.out.Aliases, [2]string{v.Name, v.Value})
			}
		default:
			for _, v := range s.Vars {
				c.line(s.Name, v)
			}
		}
	}
	if aliases != "" && !found {
		c.note(config.Pos{File: f.Path}, config.Warning, "aliasescontext: there is no section [%s]", aliases)
	}
	for _, a := range c.out.Aliases {
		if to := parseRef(a[1]); c.out.find(to.Context, to.Box) == nil {
			c.note(config.Pos{File: f.Path}, config.Warning, "alias '%s': there is no mailbox '%s'", a[0], a[1])
		}
	}
}

// line is "number => password,name,email,pager,options".
func (c *compiler) line(context string, v config.Var) {
	if strings.EqualFold(v.Name, "directoryintro") {
		if c.out.IntroOf == nil {
			c.out.IntroOf = map[string]string{}
		}
		c.out.IntroOf[context] = v.Value
		return
	}
	f := append(strings.SplitN(v.Value, ",", 5), "", "", "", "", "")
	b := &Box{Ref: spool.Ref{Context: context, Box: v.Name}, Password: f[0], FullName: f[1], Email: f[2], Pager: f[3], Pos: v.Pos}
	b.Preferences = c.out.Preferences
	b.HideFromDir, b.UniqueID = false, ""
	if !c.add(b) {
		return
	}
	if strings.HasPrefix(b.Password, "*") {
		c.note(v.Pos, config.Warning, "mailbox %s: a password that begins with * cannot be dialled", b)
	}
	if strings.ContainsAny(f[4], ",") && !strings.Contains(f[4], "=") {
		c.note(v.Pos, config.Warning, "mailbox %s: options are separated by |", b)
	}
	for _, o := range strings.Split(f[4], "|") {
		if o = strings.TrimSpace(o); o != "" {
			c.own(b, o, v.Pos)
		}
	}
}

// own is one option of a mailbox.
func (c *compiler) own(b *Box, text string, pos config.Pos) {
	name, value, ok := strings.Cut(text, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	o := optionNamed(name)
	switch {
	case strings.EqualFold(name, "alias"):
		b.Aliases = append(b.Aliases, value)
	case !ok:
		c.note(pos, config.Warning, "mailbox %s: option '%s' has no value", b, text)
	case o == nil || o.own == nil && o.absent == "":
		hint := config.DidYouMean(strings.ToLower(name), optionNames(true))
		if o != nil {
			hint = "; it belongs into [general]"
		}
		c.note(pos, config.Warning, "mailbox %s: there is no option '%s'%s", b, name, hint)
	case o.absent != "":
		c.note(pos, config.Warning, "mailbox %s: '%s' has no effect: %s", b, name, o.absent)
	default:
		if problem := o.own(&b.Preferences, value); problem != "" {
			c.note(pos, config.Warning, "mailbox %s: %s: %s", b, name, problem)
		}
		if o.name == "tz" && c.out.zone(b) == nil && value != "" {
			c.note(pos, config.Warning, "mailbox %s: there is no zone '%s' in [zonemessages]", b, value)
		}
	}
}

// add takes a mailbox in, unless it is there already.
func (c *compiler) add(b *Box) bool {
	had := c.out.index[fold(b.Ref)]
	switch {
	case strings.HasPrefix(b.Box, "*"):
		c.note(b.Pos, config.Warning, "mailbox %s: a number that begins with * cannot be a mailbox", b)
	case !b.Valid():
		c.note(b.Pos, config.Warning, "'%s' is no name of a mailbox", b.Ref)
	case had != nil:
		c.note(b.Pos, config.Warning, "mailbox %s is in line %d already, which counts", b, had.Pos.Line)
	case c.out.SearchContexts && c.out.find("", b.Box) != nil:
		is := c.out.find("", b.Box).Context
		c.note(b.Pos, config.Warning, "mailbox %s: with searchcontexts a number is one mailbox; it is that of [%s]", b, is)
	default:
		c.out.Boxes = append(c.out.Boxes, b)
		c.out.index[fold(b.Ref)] = b
		return true
	}
	return false
}

// users reads the mailboxes of users.conf: those with hasvoicemail.
func (c *compiler) users(f *config.File) {
	if f == nil {
		return
	}
	general := f.Section("general")
	value := func(s *config.Section, name string) string {
		v, ok := s.Lookup(name)
		if !ok {
			v, _ = general.Lookup(name)
		}
		return v.Value
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		if has, _ := config.Bool(value(s, "hasdirectory")); has {
			p := Person{Number: s.Name, FullName: s.Get("fullname")}
			for _, v := range s.Vars {
				if strings.EqualFold(v.Name, "alias") {
					p.Aliases = append(p.Aliases, v.Value)
				}
			}
			c.out.People = append(c.out.People, p)
		}
		if has, _ := config.Bool(value(s, "hasvoicemail")); !has {
			continue
		}
		b := &Box{Ref: spool.Ref{Context: c.out.UsersContext, Box: s.Name}, Preferences: c.out.Preferences, Pos: s.Pos, users: true}
		b.assign(s.Vars)
		c.add(b)
	}
}
