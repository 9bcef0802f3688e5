package convert

import (
	"strings"
)

// uri is a SIP URI in its parts.
type uri struct {
	user, host, port string
	params           []string
}

// parseURI reads sip:user@host:port;param, with or without <>.
func parseURI(text string) (u uri) {
	text = strings.Trim(strings.TrimSpace(text), "<>\"")
	for _, scheme := range []string{"sip:", "sips:"} {
		if len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
			text = text[len(scheme):]
			if scheme == "sips:" {
				u.params = append(u.params, "transport=tls")
			}
			break
		}
	}
	user, rest, ok := strings.Cut(text, "@")
	if !ok {
		user, rest = "", text
	}
	parts := strings.Split(rest, ";")
	u.user = user
	u.host, u.port = hostPort(strings.TrimRight(parts[0], `\`))
	u.params = append(u.params, parts[1:]...)
	return u
}

// param is the value of a parameter; "" without.
func (u uri) param(name string) string {
	for _, p := range u.params {
		if k, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(k, name) {
			return strings.ToLower(strings.TrimRight(v, `\`))
		}
	}
	return ""
}

// writeRegistrations writes register lines.
func (c *toSIP) writeRegistrations() {
	for _, o := range c.all("registration") {
		c.used[o] = true
		for _, v := range o.vars {
			c.tell("registration", v)
		}
		client, server := parseURI(o.get("client_uri")), parseURI(o.get("server_uri"))
		r := registration{user: client.user, host: server.host, port: server.port, transport: server.param("transport"),
			extension: o.get("contact_user"), expiry: o.get("expiration")}
		if r.user == "" || r.host == "" {
			c.add(o.pos, "["+o.name+"] registers without a user or a server", "")
			continue
		}
		if r.expiry == "" {
			r.expiry = "3600"
		}
		if client.host != server.host {
			r.domain, r.domainPort = client.host, client.port
		}
		if t := c.find("transport", o.get("transport")); t != nil && r.transport == "" {
			r.transport = t.protocol()
		}
		if a := c.auths(o, "outbound_auth"); len(a) > 0 {
			r.secret = a[0].get("password")
			if user := a[0].get("username"); user != r.user {
				r.authUser = user
			}
			if a[0].get("md5_cred") != "" {
				c.add(a[0].pos, "the registration of ["+o.name+"] shows a digest in place of a password", "a register line has the password: write it")
			}
		}
		if e := o.get("endpoint"); o.on("line") && c.names[e] {
			r.peer = e
		}
		if p := o.get("outbound_proxy"); p != "" && r.peer == "" {
			c.add(o.last("outbound_proxy").Pos, "outbound_proxy of the registration",
				"a register line goes by outboundproxy= of the peer that it names (peer?user...), or of [general]")
		}
		c.registerTimes(o)
		c.general = append(c.general, line{"register", r.text()})
	}
}

// registerTimes puts what sip.conf has for all registrations.
func (c *toSIP) registerTimes(o *object) {
	for _, x := range [][2]string{{"retry_interval", "registertimeout"}, {"max_retries", "registerattempts"}} {
		v := o.last(x[0])
		if v.Value == "" {
			continue
		}
		if had := c.general.get(x[1]); had != "" && had != v.Value {
			c.add(v.Pos, x[0]+"="+v.Value+" differs between registrations", x[1]+"="+had+" in [general] is for all")
			continue
		}
		c.general.put(x[1], v.Value)
	}
}
