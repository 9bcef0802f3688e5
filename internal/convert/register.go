package convert

import (
	"strings"

	"obelisk/internal/config"
)

// registration is a register line, in its parts.
type registration struct {
	peer, transport, user, domain, domainPort, secret, authUser, host, port, extension, expiry string
	pos                                                                                        config.Pos
}

// parseRegister reads [peer?][transport://]user[@domain[:port]][:secret[:authuser]]@host[:port][/extension][~expiry].
func parseRegister(text string) (r registration, ok bool) {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return r, false
	}
	left, right := text[:at], text[at+1:]
	if peer, rest, named := strings.Cut(left, "?"); named && rest != "" {
		r.peer, left = peer, rest
	}
	if scheme, rest, named := strings.Cut(left, "://"); named {
		r.transport, left = strings.ToLower(scheme), rest
	}
	fields := quotedFields(left)
	if len(fields) > 4 {
		return r, false
	}
	r.user, r.domain, _ = strings.Cut(fields[0], "@")
	if len(fields) == 4 {
		r.domainPort = fields[1]
		fields = append(fields[:1], fields[2:]...)
	}
	if len(fields) > 1 {
		r.secret = fields[1]
	}
	if len(fields) > 2 {
		r.authUser = fields[2]
	}
	right, r.expiry, _ = strings.Cut(right, "~")
	right, r.extension, _ = strings.Cut(right, "/")
	r.host, r.port = hostPort(strings.Trim(strings.TrimSpace(right), `"`))
	return r, r.user != "" && r.host != ""
}

// quotedFields parts a text at colons outside quotation marks.
func quotedFields(text string) []string {
	var out []string
	var b strings.Builder
	quoted := false
	for _, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteRune(c)
		}
	}
	return append(out, b.String())
}

// text writes a register line.
func (r registration) text() string {
	quote := func(s string) string {
		if strings.ContainsAny(s, `:@`) {
			return `"` + s + `"`
		}
		return s
	}
	var b strings.Builder
	if r.peer != "" {
		b.WriteString(r.peer + "?")
	}
	if r.transport != "" {
		b.WriteString(r.transport + "://")
	}
	b.WriteString(r.user)
	if r.domain != "" {
		b.WriteString("@" + r.domain)
		if r.domainPort != "" {
			b.WriteString(":" + r.domainPort)
		}
	}
	if r.secret != "" || r.authUser != "" || r.domainPort != "" {
		b.WriteString(":" + quote(r.secret))
	}
	if r.authUser != "" {
		b.WriteString(":" + quote(r.authUser))
	} else if r.domainPort != "" {
		b.WriteString(":" + quote(r.user))
	}
	b.WriteString("@" + bracketed(r.host))
	if r.port != "" {
		b.WriteString(":" + r.port)
	}
	if r.extension != "" {
		b.WriteString("/" + r.extension)
	}
	if r.expiry != "" {
		b.WriteString("~" + r.expiry)
	}
	return b.String()
}
