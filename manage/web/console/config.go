// Package console is the browser console of console.conf: what the switchboard does now, why each
// call went as it did, which phones and trunks are there. Its pages are complete as they are sent;
// where the browser runs scripts they stay up to date by server-sent events.
package console

import (
	"fmt"
	"slices"
	"strings"

	"obelisk/internal/config"
)

// Role is what a user may do; each may do what the one before it may.
type Role uint8

// The roles.
const (
	Viewer        Role = iota // sees everything but secrets, which nobody sees
	Operator                  // ends calls
	Administrator             // changes files and reloads
)

var roleNames = []string{"viewer", "operator", "administrator"}

// String is the role as console.conf has it.
func (r Role) String() string { return roleNames[r] }

// User is a section of console.conf.
type User struct {
	Name   string
	Secret string // the password itself, or $argon2id$v=19$m=...,t=...,p=...$salt$key
	Role   Role
	Phone  string // the account of sip.conf that the phone in the page begins with
}

// Config is console.conf. The console is served where there is a user.
type Config struct {
	Enabled bool
	Remote  bool // browsers of other machines too; else of this one alone
	Plain   bool // of other machines over HTTP too, where passwords can be read on the way
	Users   []User
}

// Served says whether there is a console.
func (c *Config) Served() bool { return c.Enabled && len(c.Users) > 0 }

// user finds one by name.
func (c *Config) user(name string) (User, bool) {
	i := slices.IndexFunc(c.Users, func(u User) bool { return u.Name == name })
	if i < 0 {
		return User{}, false
	}
	return c.Users[i], true
}

// decoy is the secret that the password for a name that is not there is held against, so that the answer
// takes as long: a hash where there is one.
func (c *Config) decoy() string {
	secret := ""
	for _, u := range c.Users {
		if secret == "" || hashed(u.Secret) {
			secret = u.Secret
		}
	}
	return secret
}

// leastSecret is the fewest characters of a password that is not told of as weak.
const leastSecret = 8

// ReadConfig reads console.conf; f may be nil, and there is no console then. [general] has enabled
// (yes), remote (no) and plain (no); every other section is a user with secret, role (viewer) and phone.
// A file of that name about sound cards, which is Asterisk's, is no console.
func ReadConfig(f *config.File) (Config, []config.Diagnostic) {
	if f == nil || soundCard(f) {
		return Config{}, nil
	}
	c := Config{Enabled: true}
	var diags []config.Diagnostic
	note := func(pos config.Pos, severity config.Severity, format string, args ...any) {
		diags = append(diags, config.Diagnostic{Pos: pos, Severity: severity, Text: fmt.Sprintf(format, args...)})
	}
	for _, s := range f.Sections {
		if strings.EqualFold(s.Name, "general") {
			for _, v := range s.Vars {
				to := map[string]*bool{"enabled": &c.Enabled, "remote": &c.Remote, "plain": &c.Plain}[strings.ToLower(v.Name)]
				if to == nil {
					note(v.Pos, config.Warning, "unknown option '%s' of console.conf is ignored (enabled, remote, plain)", v.Name)
					continue
				}
				yes, ok := config.Bool(v.Value)
				if !ok {
					note(v.Pos, config.Warning, "'%s' is not a valid value of '%s': it takes yes or no; it keeps what it had", v.Value, v.Name)
					continue
				}
				*to = yes
			}
			continue
		}
		u := User{Name: s.Name}
		if _, twice := c.user(u.Name); twice {
			note(s.Pos, config.Warning, "a second [%s] is not read: the first one counts", u.Name)
			continue
		}
		for _, v := range s.Vars {
			switch strings.ToLower(v.Name) {
			case "secret", "password":
				u.Secret = v.Value
			case "phone":
				u.Phone = v.Value
			case "role":
				i := slices.Index(roleNames, strings.ToLower(v.Value))
				if i < 0 {
					note(v.Pos, config.Error, "'%s' is no role (%s); %s is a viewer", v.Value, strings.Join(roleNames, ", "), u.Name)
					continue
				}
				u.Role = Role(i)
			default:
				note(v.Pos, config.Warning, "unknown option '%s' of a user of console.conf is ignored (secret, role, phone)", v.Name)
			}
		}
		switch {
		case u.Secret == "":
			note(s.Pos, config.Error, "%s has no secret, and cannot log in", u.Name)
			continue
		case hashed(u.Secret) && !readable(u.Secret):
			note(s.Pos, config.Error, "the secret of %s begins as one of argon2id and cannot be read: the user cannot log in", u.Name)
			continue
		case !hashed(u.Secret) && (len(u.Secret) < leastSecret || u.Secret == u.Name):
			note(s.Pos, config.Warning, "the secret of %s is easily guessed: take %d characters or more", u.Name, leastSecret)
		}
		c.Users = append(c.Users, u)
	}
	return c, diags
}

// soundCard says whether a file is console.conf of Asterisk's chan_console: a section plays from
// and to a device, and none says what the console in the browser asks for.
func soundCard(f *config.File) bool {
	card := false
	for _, s := range f.Sections {
		for _, v := range s.Vars {
			switch strings.ToLower(v.Name) {
			case "secret", "password", "role", "enabled", "remote", "plain":
				return false
			case "input_device", "output_device", "autoanswer", "extension", "overridecontext", "active":
				card = true
			}
		}
	}
	return card
}
