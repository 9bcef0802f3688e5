package sipconf

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/sipstack"
)

// RegisterLine is one "register =>" line:
// [peer?][transport://]user[@domain][:secret[:authuser]]@host[:port][/extension][~expiry]
type RegisterLine struct {
	Peer                  string
	Transport             sipstack.Proto
	User                  string
	Domain                string // "" is the host
	DomainPort            int
	Secret                string
	AuthUser              string // "" is User
	Host                  string
	Port                  int
	Extension             string // "s" when absent
	Expiry                time.Duration
	Pos                   config.Pos
	fromCallbackExtension bool // made from callbackextension
}

// parseRegister reads a line the way chan_sip splits it: at the last "@" first, the left
// part then by ":". What a part says that means nothing is told, and left out.
func parseRegister(text string, warn func(format string, args ...any)) (RegisterLine, error) {
	l := RegisterLine{Extension: "s"}
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return l, errors.New("no '@host'")
	}
	left, right := text[:at], text[at+1:]
	if peer, rest, ok := strings.Cut(left, "?"); ok {
		if l.Peer, left = peer, rest; left == "" { // nothing behind it: no peer was meant
			l.Peer, left = "", peer
		}
	}
	if scheme, rest, ok := strings.Cut(left, "://"); ok {
		p, known := sipstack.ParseProto(scheme)
		if !known {
			warn("'%s' is not a valid transport of a registration; UDP is used", scheme)
		}
		l.Transport, left = p, rest
	}
	fields := splitQuoted(left, ':')
	if len(fields) > 4 {
		return l, errors.New("too many ':' before the host")
	}
	user := fields[0]
	if user, l.Domain, _ = strings.Cut(user, "@"); len(fields) == 4 {
		n, err := strconv.Atoi(fields[1])
		if err != nil || n < 1 || n > 65535 {
			warn("what stands where the port of the domain is (%s) is not a valid port; the usual one is used: the order is user, secret, authuser",
				number(fields[1]))
			n = 0
		}
		l.DomainPort = n
		fields = append(fields[:1], fields[2:]...)
	}
	l.User = user
	if len(fields) > 1 {
		l.Secret = fields[1]
	}
	if len(fields) > 2 {
		l.AuthUser = fields[2]
	}
	return l, l.readHost(right, warn)
}

// readHost reads host[:port][/extension][~expiry].
func (l *RegisterLine) readHost(right string, warn func(format string, args ...any)) error {
	if r, expiry, ok := strings.Cut(right, "~"); ok {
		n, err := strconv.Atoi(unquoteText(expiry))
		if err != nil || n < 1 || n > math.MaxInt32 {
			warn("'%s' is not a valid expiry of a registration; defaultexpiry is used", expiry)
			n = 0
		}
		l.Expiry, right = time.Duration(n)*time.Second, r
	}
	if r, ext, ok := strings.Cut(right, "/"); ok {
		right = r
		if ext = unquoteText(ext); ext != "" {
			l.Extension = ext
		}
	}
	host, port, hasPort := strings.Cut(unquoteText(right), ":")
	if hasPort {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			warn("what stands behind the host (%s) is not a valid port of a registrar; the usual one is used: a secret stands before the @, "+
				"behind the user", number(port))
			n = 0
		}
		l.Port = n
	}
	if l.Host = host; l.User == "" || l.Host == "" {
		return errors.New("user and host are required")
	}
	return nil
}

func setRegister(r *optionReader, v string) {
	l, err := parseRegister(v, r.warn)
	if err != nil {
		r.warn("Format for registration is [peer?][transport://]user[@domain][:secret[:authuser]]@host[:port][/extension][~expiry]: %v", err)
		return
	}
	if l.Expiry == 0 {
		l.Expiry = r.g.DefaultExpiry // as it stands now: a later line changes nothing here
	}
	if slices.ContainsFunc(r.g.Registers, func(o RegisterLine) bool { o.Pos = config.Pos{}; return o == l }) {
		return // the same line twice is one registration
	}
	l.Pos = r.pos
	r.g.Registers = append(r.g.Registers, l)
}

func setAttempts(r *optionReader, v string) {
	n, err := r.integer(v)
	if err != nil || n < 0 {
		r.bad(v, "a number")
		return
	}
	r.g.RegisterAttempts = n
}

// splitQuoted splits at sep outside quotes and removes the quotes.
func splitQuoted(s string, sep byte) []string {
	var out []string
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == sep && !quoted:
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return append(out, b.String())
}

// number is a text as it may be shown: anything but digits may be a secret.
func number(text string) string {
	if text != "" && strings.Trim(text, "0123456789") == "" {
		return text
	}
	return "no number"
}

func unquoteText(s string) string { return strings.Trim(strings.TrimSpace(s), `"`) }

// parseMWI reads "user[:secret[:authuser]]@host[:port]/mailbox", which is a register
// line with a mailbox at its end.
func parseMWI(text string, warn func(format string, args ...any)) (RegisterLine, error) {
	l, err := parseRegister(text, warn)
	if err == nil && (l.Extension == "" || !strings.Contains(text[strings.LastIndexByte(text, '@'):], "/")) {
		err = errors.New("no '/mailbox'")
	}
	return l, err
}

func setMWI(r *optionReader, v string) {
	l, err := parseMWI(v, r.warn)
	if err != nil {
		r.warn("Format for MWI subscription is user[:secret[:authuser]]@host[:port]/mailbox: %v", err)
		return
	}
	l.Pos = r.pos
	r.g.MWI = append(r.g.MWI, l)
}

// UserAndDomain is the user of a line with the domain and its port, where the line has them.
func (l *RegisterLine) UserAndDomain() string {
	user := l.User
	if l.Domain != "" {
		user += "@" + l.Domain
	}
	if l.DomainPort != 0 {
		user += ":" + strconv.Itoa(l.DomainPort)
	}
	return user
}
