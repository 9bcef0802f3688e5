package ari

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"obelisk/internal/auth"
	"obelisk/internal/config"
)

// Config is what ari.conf says.
type Config struct {
	Enabled      bool
	Pretty       bool
	Origins      []string // allowed_origins; "*" is any
	Realm        string
	WriteTimeout time.Duration // websocket_write_timeout
	ChannelVars  []string
	Users        map[string]*User
	Outbound     []Outbound
}

// User is a section of type user.
type User struct {
	Name     string
	ReadOnly bool
	Password string
	Crypt    bool // the password is a hash of crypt(3)
	Access   auth.Access
	Pos      config.Pos
	acl      []string
}

// Outbound is a section of type outbound_websocket: a program that is called by the switchboard.
type Outbound struct {
	Name         string
	Client       string // section of websocket_client.conf
	Apps         []string
	SubscribeAll bool
	User         string // of this file, by whose rights it asks
	Pos          config.Pos
}

const defaultRealm = "Asterisk REST Interface"

// general are the options of [general].
var general = config.Table[Config]{File: "ari.conf", Section: "general", Options: []config.Option[Config]{
	{Name: "enabled", Takes: "yes|no", Default: "yes", Help: "whether the interface is there; http.conf says where",
		Set: config.SetBool(func(c *Config) *bool { return &c.Enabled })},
	{Name: "pretty", Takes: "yes|no", Default: "no", Help: "answers are indented, for people",
		Set: config.SetBool(func(c *Config) *bool { return &c.Pretty })},
	{Name: "allowed_origins", Takes: "origins, parted by commas; *: any", Help: "pages of which origins a browser lets ask (CORS)",
		Set: func(c *Config, v string) error {
			c.Origins = words(v)
			return nil
		}},
	{Name: "auth_realm", Takes: "a text", Default: defaultRealm, Help: "what a browser shows when it asks for the password",
		Set: config.SetText(func(c *Config) *string { return &c.Realm })},
	{Name: "websocket_write_timeout", Takes: "1 to 3600000 ms", Default: "100",
		Help: "how long a program may not take in what is sent, once more than 4096 events wait for it; then its connection ends",
		Set:  config.SetTime(time.Millisecond, 1, 3600000, func(c *Config) *time.Duration { return &c.WriteTimeout })},
	{Name: "channelvars", Takes: "variables and functions, parted by commas", Help: "what every channel tells of besides",
		Set: func(c *Config, v string) error {
			c.ChannelVars = splitVars(v)
			return nil
		}},
}}

// users are the options of a section of type user.
var users = config.Table[User]{File: "ari.conf", Section: "a user", Options: []config.Option[User]{
	{Name: "type", Takes: "user", Help: "what the section is", Set: func(*User, string) error { return nil }},
	{Name: "password", Takes: "a text", Help: "as password_format says", Set: config.SetText(func(u *User) *string { return &u.Password })},
	{Name: "password_format", Takes: "plain|crypt", Default: "plain", Help: "crypt: a hash as \"ari mkpasswd\" writes it",
		Set: func(u *User, v string) error {
			switch strings.ToLower(v) {
			case "plain", "crypt":
				u.Crypt = strings.EqualFold(v, "crypt")
				return nil
			}
			return fmt.Errorf("it takes plain or crypt")
		}},
	{Name: "read_only", Takes: "yes|no", Default: "no", Help: "the user may only look",
		Set: config.SetBool(func(u *User) *bool { return &u.ReadOnly })},
	{Name: "permit", Takes: "networks", Help: "from where he may ask", Set: func(u *User, v string) error { return u.Access.Add(true, v) }},
	{Name: "deny", Takes: "networks", Help: "from where he may not", Set: func(u *User, v string) error { return u.Access.Add(false, v) }},
	{Name: "acl", Takes: "lists of acl.conf", Help: "the same, by name", Set: func(u *User, v string) error {
		u.acl = append(u.acl, words(v)...)
		return nil
	}},
}}

// outbound are the options of a section of type outbound_websocket.
var outbound = config.Table[Outbound]{File: "ari.conf", Section: "an outbound websocket", Options: []config.Option[Outbound]{
	{Name: "type", Takes: "outbound_websocket", Help: "what the section is", Set: func(*Outbound, string) error { return nil }},
	{Name: "websocket_client_id", Takes: "a section of websocket_client.conf", Help: "where the program is",
		Set: config.SetText(func(o *Outbound) *string { return &o.Client })},
	{Name: "apps", Takes: "names, parted by commas", Help: "the applications that it is", Set: func(o *Outbound, v string) error {
		o.Apps = words(v)
		return nil
	}},
	{Name: "subscribe_all", Takes: "yes|no", Default: "no", Help: "it hears of everything",
		Set: config.SetBool(func(o *Outbound) *bool { return &o.SubscribeAll })},
	{Name: "local_ari_user", Takes: "a user of this file", Help: "by whose rights it asks",
		Set: config.SetText(func(o *Outbound) *string { return &o.User })},
}}

func words(v string) (out []string) {
	for _, w := range strings.Split(v, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// splitVars parts a list by the commas that are not within brackets.
func splitVars(v string) (out []string) {
	depth, from := 0, 0
	for i := 0; i <= len(v); i++ {
		switch {
		case i == len(v) || v[i] == ',' && depth == 0:
			if w := strings.TrimSpace(v[from:i]); w != "" {
				out = append(out, w)
			}
			from = i + 1
		case v[i] == '(':
			depth++
		case v[i] == ')' && depth > 0:
			depth--
		}
	}
	return out
}

// ReadConfig reads ari.conf; f may be nil: the interface is off then. lists are those of acl.conf.
func ReadConfig(f *config.File, lists map[string]auth.ACL) (c *Config, diags []config.Diagnostic) {
	c = &Config{Realm: defaultRealm, WriteTimeout: 100 * time.Millisecond, Users: map[string]*User{}}
	if f == nil {
		return c, nil
	}
	c.Enabled = true
	diags = general.Read(f.Section("general"), c, nil)
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		v, ok := s.Lookup("type")
		switch kind := strings.ToLower(v.Value); {
		case kind == "user":
			diags = append(diags, c.addUser(s, lists)...)
		case kind == "outbound_websocket":
			o := Outbound{Name: s.Name, Pos: s.Pos}
			diags = append(diags, outbound.Read(s, &o, nil)...)
			c.Outbound = append(c.Outbound, o)
		case !ok:
			diags = append(diags,
				config.Diagnostic{Pos: s.Pos, Text: fmt.Sprintf("section [%s] has no type (user or outbound_websocket) and has no effect", s.Name)})
		default:
			diags = append(diags,
				config.Diagnostic{Pos: s.Pos, Text: fmt.Sprintf("type '%s' of section [%s] is neither user nor outbound_websocket; it has no effect",
					kind, s.Name)})
		}
	}
	return c, append(diags, c.cross()...)
}

func (c *Config) addUser(s *config.Section, lists map[string]auth.ACL) (diags []config.Diagnostic) {
	u := &User{Name: s.Name, Pos: s.Pos}
	diags = users.Read(s, u, nil)
	for _, name := range u.acl {
		list, ok := auth.Named(lists, name)
		if !ok {
			diags = append(diags, config.Diagnostic{Pos: s.Pos, Text: fmt.Sprintf("there is no list '%s' in acl.conf: nobody may ask as '%s'", name,
				s.Name)})
		}
		u.Access.Named = append(u.Access.Named, list)
	}
	if u.Password == "" {
		return append(diags, config.Diagnostic{Pos: s.Pos, Text: fmt.Sprintf("user '%s' has no password and may not ask for anything", s.Name)})
	}
	if u.Crypt && !knownHash(u.Password) {
		diags = append(diags,
			config.Diagnostic{Pos: s.Pos,
				Text: fmt.Sprintf("the password of '%s' is no hash that can be checked ($1$, $5$, $6$, $2b$ ...); he may not ask for anything",
					s.Name)})
	}
	c.Users[u.Name] = u
	return diags
}

// cross looks at what sections name in each other.
func (c *Config) cross() (diags []config.Diagnostic) {
	for _, o := range c.Outbound {
		say := func(format string, args ...any) {
			diags = append(diags, config.Diagnostic{Pos: o.Pos, Text: fmt.Sprintf("outbound websocket '%s': ", o.Name) + fmt.Sprintf(format,
				args...)})
		}
		switch {
		case o.Client == "":
			say("it has no websocket_client_id")
		case len(o.Apps) == 0:
			say("it has no apps")
		case o.User != "" && c.Users[o.User] == nil:
			say("there is no user '%s'; it may not ask for anything", o.User)
		}
	}
	return diags
}

// names lists the users.
func (c *Config) names() []string { return slices.Sorted(maps.Keys(c.Users)) }
