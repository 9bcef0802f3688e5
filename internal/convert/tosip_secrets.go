package convert

import (
	"strings"
)

// auths are those that an option names.
func (c *toSIP) auths(o *object, option string) (out []*object) {
	for _, name := range strings.FieldsFunc(o.get(option), func(r rune) bool { return r == ',' || r == ' ' }) {
		a := c.find("auth", name)
		if a == nil {
			c.add(o.last(option).Pos, option+"= names '"+name+"', which is not there", "")
			continue
		}
		if !c.used[a] {
			c.used[a] = true
			for _, v := range a.vars {
				c.tell("auth", v)
			}
		}
		out = append(out, a)
	}
	return out
}

// secrets writes what an endpoint shows us, and what we show it.
func (c *toSIP) secrets(e *object, b *block) {
	static := b.lines.get("host") != "" && b.lines.get("host") != "dynamic"
	in := c.auths(e, "auth")
	for i, a := range in {
		if i > 0 {
			c.add(e.last("auth").Pos, "auth= has several of them", "an endpoint of sip.conf has one secret: that of "+in[0].name)
			break
		}
		if user := a.get("username"); user != "" && user != e.name {
			b.lines.put("auth_username", user)
			c.add(a.last("username").Pos, "the phone shows the name "+user+", not that of its endpoint",
				"auth_username= is an option of Obelisk that chan_sip does not have")
		}
		if h := a.get("md5_cred"); h != "" && strings.EqualFold(a.get("auth_type"), "md5") {
			b.lines.put("md5secret", h)
			c.realm(a)
		} else {
			b.lines.put("secret", a.get("password"))
		}
		if r := a.get("realm"); r != "" && !strings.EqualFold(a.get("auth_type"), "md5") {
			c.realm(a)
		}
	}
	switch {
	case len(in) == 0 && static:
		b.lines.put("insecure", "port,invite")
	case len(in) == 0 && b.lines.get("host") == "dynamic":
		c.add(e.pos, "["+e.name+"] has no auth=: whoever names it is let in", "write secret=")
	case static:
		b.lines.put("insecure", "port")
	}
	for i, a := range c.auths(e, "outbound_auth") {
		user, secret, ha1 := a.get("username"), a.get("password"), a.get("md5_cred")
		if r := a.get("realm"); r != "" && r != "*" || i > 0 {
			if ha1 != "" {
				b.lines.put("auth", user+"#"+ha1+"@"+r)
			} else {
				b.lines.put("auth", user+":"+secret+"@"+r)
			}
			if r == "" {
				c.add(a.pos, "outbound_auth= has several without a realm", "auth= of sip.conf needs the realm of the other side")
			}
			continue
		}
		if had := b.lines.get("defaultuser"); had != "" && had != user {
			c.add(a.pos, "the contact is of "+had+", the credentials are of "+user, "defaultuser= is both: "+user)
		}
		b.lines.put("defaultuser", user)
		if secret != b.lines.get("secret") {
			b.lines.put("remotesecret", secret)
		}
		if ha1 != "" && ha1 != b.lines.get("md5secret") {
			c.add(a.pos, "md5_cred of outbound_auth", "remotesecret= is written in the clear: write it")
		}
	}
}

// realm tells [general] of the realm of an auth section.
func (c *toSIP) realm(a *object) {
	r := a.get("realm")
	switch had := c.general.get("realm"); {
	case r == "" || r == had:
	case had == "":
		c.general.put("realm", r)
	default:
		c.add(a.last("realm").Pos, "realm="+r+" differs between auth sections", "realm="+had+" in [general] is for all")
	}
}
