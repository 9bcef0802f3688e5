// Package ami is the manager interface: actions and events of Asterisk's, over TCP, TLS
// and HTTP.
package ami

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/auth"
	"obelisk/internal/config"
)

// Config is manager.conf.
type Config struct {
	Enabled, WebEnabled bool
	Bind                netip.AddrPort // port, bindaddr
	TLSEnabled          bool
	TLSBind             netip.AddrPort
	Cert, Key           string
	// Where it says so.
	BindPos, TLSPos, CertPos config.Pos
	AllowMultiple            bool // allowmultiplelogin
	DisplayConnects          bool
	TimestampEvents          bool
	AuthTimeout              time.Duration
	AuthLimit                int // clients that have not logged in
	AuthSourceLimit          int // of one source
	SessionLimit             int // connections that have logged in
	SessionSourceLimit       int
	HTTPTimeout              time.Duration
	HTTPSessionLimit         int // sessions over HTTP
	HTTPSourceLimit          int
	ChannelVars              []string
	Disabled                 map[string]bool // disabledevents
	Records                  bool            // call records are events (cdr_manager.conf)
	Users                    map[string]*User
	Names                    []string // of users, in file order
}

// User is one section of manager.conf.
type User struct {
	Name, Secret    string
	Access          auth.Access
	Read, Write     Class
	AllowMultiple   bool
	DisplayConnects bool
	WriteTimeout    time.Duration
	SetVars         [][2]string
	Filters         []filter
	Pos             config.Pos
}

// DefaultConfig is what an absent manager.conf means.
func DefaultConfig() Config {
	return Config{Bind: netip.AddrPortFrom(netip.IPv4Unspecified(), 5038), TLSBind: netip.AddrPortFrom(netip.IPv4Unspecified(), 5039),
		AllowMultiple: true, DisplayConnects: true, AuthTimeout: 30 * time.Second, AuthLimit: 50, AuthSourceLimit: 20,
		SessionLimit: 500, SessionSourceLimit: 250, HTTPTimeout: time.Minute, HTTPSessionLimit: 500, HTTPSourceLimit: 100,
		Disabled: map[string]bool{}, Users: map[string]*User{}}
}

type confReader struct {
	c     Config
	acls  map[string]auth.ACL // of acl.conf
	diags []config.Diagnostic
}

func (r *confReader) warn(v config.Var, format string, args ...any) {
	r.diags = append(r.diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf(format, args...)})
}

// ReadConfig reads manager.conf; f may be nil. acls are the lists of acl.conf.
func ReadConfig(f *config.File, acls map[string]auth.ACL) (Config, []config.Diagnostic) {
	r := &confReader{c: DefaultConfig(), acls: acls}
	if f == nil {
		return r.c, nil
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			r.c.BindPos, r.c.TLSPos, r.c.CertPos = s.Pos, s.Pos, s.Pos
			for _, v := range s.Vars {
				r.general(v)
			}
			if r.c.TLSEnabled && r.c.Key == "" {
				r.c.Key = r.c.Cert
			}
		}
	}
	for _, s := range f.Visible() {
		if !strings.EqualFold(s.Name, "general") {
			r.user(s)
		}
	}
	return r.c, r.diags
}

func (r *confReader) general(v config.Var) {
	c := &r.c
	truth := func(to *bool) {
		on, ok := config.Bool(v.Value)
		if *to = on; !ok {
			r.warn(v, "'%s' of '%s' is neither yes nor no; it is taken as no", v.Value, v.Name)
		}
	}
	number := func(low, high int) int {
		n, err := strconv.Atoi(v.Value)
		if err != nil || n < low || n > high {
			r.warn(v, "'%s' is not a valid value of '%s' (%d to %d); it keeps what it had", v.Value, v.Name, low, high)
			return 0
		}
		return n
	}
	switch strings.ToLower(v.Name) {
	case "enabled":
		truth(&c.Enabled)
	case "webenabled":
		truth(&c.WebEnabled)
	case "port":
		if n := number(1, 65535); n > 0 {
			c.Bind = netip.AddrPortFrom(c.Bind.Addr(), uint16(n))
		}
	case "bindaddr":
		r.address(v, &c.Bind)
		c.BindPos = v.Pos
	case "tlsenable", "sslenable":
		truth(&c.TLSEnabled)
		if c.Cert == "" { // which is missed otherwise
			c.CertPos = v.Pos
		}
	case "tlsbindaddr":
		r.address(v, &c.TLSBind)
		c.TLSPos = v.Pos
	case "tlsbindport":
		if n := number(1, 65535); n > 0 {
			c.TLSBind = netip.AddrPortFrom(c.TLSBind.Addr(), uint16(n))
		}
	case "tlscertfile":
		c.Cert, c.CertPos = v.Value, v.Pos
	case "tlsprivatekey":
		c.Key = v.Value
	case "allowmultiplelogin":
		truth(&c.AllowMultiple)
	case "displayconnects":
		truth(&c.DisplayConnects)
	case "timestampevents":
		truth(&c.TimestampEvents)
	case "authtimeout":
		if n := number(1, 3600); n > 0 {
			c.AuthTimeout = time.Duration(n) * time.Second
		}
	case "authlimit", "authsourcelimit", "sessionlimit", "sessionsourcelimit", "httpsessionlimit", "httpsessionsourcelimit":
		if n := number(1, 100000); n > 0 {
			*map[string]*int{"authlimit": &c.AuthLimit, "authsourcelimit": &c.AuthSourceLimit, "sessionlimit": &c.SessionLimit,
				"sessionsourcelimit": &c.SessionSourceLimit,
				"httpsessionlimit":   &c.HTTPSessionLimit, "httpsessionsourcelimit": &c.HTTPSourceLimit}[strings.ToLower(v.Name)] = n
		}
	case "httptimeout":
		if n := number(1, 86400); n > 0 {
			c.HTTPTimeout = time.Duration(n) * time.Second
		}
	case "channelvars":
		for _, name := range strings.Split(v.Value, ",") {
			if name = strings.TrimSpace(name); name != "" {
				c.ChannelVars = append(c.ChannelVars, name)
			}
		}
	case "disabledevents":
		for _, name := range strings.Split(v.Value, ",") {
			c.Disabled[strings.ToLower(strings.TrimSpace(name))] = true
		}
	case "debug", "brokeneventsaction", "tlscipher", "tlscafile", "tlscapath", "tlsdisablev1", "tlsdisablev11", "tlsdisablev12",
		"tlsservercipherorder":
	default:
		r.warn(v, "unknown option '%s' in [general] is ignored", v.Name)
	}
}

// address reads "address[:port]".
func (r *confReader) address(v config.Var, to *netip.AddrPort) {
	if a, err := netip.ParseAddrPort(v.Value); err == nil {
		*to = a
	} else if a, err := netip.ParseAddr(strings.Trim(v.Value, "[]")); err == nil {
		*to = netip.AddrPortFrom(a, to.Port())
	} else {
		r.warn(v, "'%s' of '%s' is no address; it keeps what it had", v.Value, v.Name)
	}
}

func (r *confReader) user(s *config.Section) {
	u := &User{Name: s.Name, AllowMultiple: r.c.AllowMultiple, DisplayConnects: r.c.DisplayConnects, WriteTimeout: 100 * time.Millisecond,
		Pos: s.Pos}
	if r.c.Users[s.Name] == nil {
		r.c.Names = append(r.c.Names, s.Name)
	}
	r.c.Users[s.Name] = u
	for _, v := range s.Vars {
		r.userLine(u, v)
	}
	if u.Secret == "" {
		r.diags = append(r.diags, config.Diagnostic{Pos: s.Pos, Text: fmt.Sprintf("manager user '%s' has no secret: it cannot log in", u.Name)})
	}
}

func (r *confReader) userLine(u *User, v config.Var) {
	truth := func(to *bool) { *to, _ = config.Bool(v.Value) }
	switch strings.ToLower(v.Name) {
	case "secret":
		u.Secret = v.Value
	case "read":
		u.Read = r.classes(v)
	case "write":
		u.Write = r.classes(v)
	case "permit", "deny":
		if err := u.Access.ACL.Add(strings.EqualFold(v.Name, "permit"), v.Value); err != nil {
			r.warn(v, "%v; nobody may log in as '%s'", err, u.Name)
			u.Access.Named = append(u.Access.Named, auth.Nobody)
		}
	case "acl":
		for _, name := range strings.Split(v.Value, ",") {
			list, ok := auth.Named(r.acls, strings.TrimSpace(name))
			if !ok {
				r.warn(v, "there is no list '%s' in acl.conf: nobody may log in as '%s'", name, u.Name)
			}
			u.Access.Named = append(u.Access.Named, list)
		}
	case "allowmultiplelogin":
		truth(&u.AllowMultiple)
	case "displayconnects":
		truth(&u.DisplayConnects)
	case "writetimeout":
		if n, err := strconv.Atoi(v.Value); err == nil && n >= 100 {
			u.WriteTimeout = time.Duration(n) * time.Millisecond
		} else {
			r.warn(v, "writetimeout takes milliseconds, at least 100; it is %d", u.WriteTimeout.Milliseconds())
		}
	case "setvar":
		name, value, _ := strings.Cut(v.Value, "=")
		u.SetVars = append(u.SetVars, [2]string{name, value})
	case "eventfilter":
		f, err := parseFilter("", v.Value)
		if err != nil {
			r.warn(v, "eventfilter: %v", err)
			return
		}
		u.Filters = append(u.Filters, f)
	default:
		if name := strings.ToLower(v.Name); strings.HasPrefix(name, "eventfilter(") {
			f, err := parseFilter(v.Name[len("eventfilter"):], v.Value)
			if err != nil {
				r.warn(v, "%s: %v", v.Name, err)
				return
			}
			u.Filters = append(u.Filters, f)
			return
		}
		r.warn(v, "unknown option '%s' of manager user '%s' is ignored", v.Name, u.Name)
	}
}

func (r *confReader) classes(v config.Var) Class {
	c, unknown := parseClasses(v.Value)
	for _, name := range unknown {
		r.warn(v, "unknown class '%s'%s is ignored", name, config.DidYouMean(name, classNames))
	}
	return c
}
