package files

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// manager judges manager.conf.
func manager(l *look.Look) {
	f := l.File("manager.conf")
	if f == nil {
		return
	}
	g := f.Section("general")
	enabled := on(g, "enabled", false)
	open := enabled && everywhere(g.Get("bindaddr"))
	users := 0
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		users++
		account(l, s, open)
		if enabled {
			unreachable(l, s, look.AccessRules(s.Vars, ""), strings.TrimSpace(g.Get("bindaddr")))
		}
	}
	if g == nil {
		return
	}
	v, written := g.Lookup("enabled")
	switch {
	case users > 0 && written && !enabled:
		l.SayAs(config.Note, "manager-off", v.Pos, "enabled=yes", "the manager is off: the %d users below cannot log in", users)
	case users > 0 && !written:
		l.Say("manager-off", g.Pos, "enabled=yes", "enabled is not given and is no by default: the manager does not listen, and the %d users "+
			"below cannot log in", users)
	case enabled && users == 0:
		l.SayAs(config.Note, "manager-no-users", v.Pos, "", "the manager is on and there is no user who could log in")
	}
	if on(g, "webenabled", false) && !webOn(l) {
		v, _ := g.Lookup("webenabled")
		l.Say("manager-web", v.Pos, "enabled=yes in [general] of http.conf",
			"webenabled=yes has no effect: http.conf does not switch the web server on")
	}
	certificate(l, g, "manager.conf")
}

func webOn(l *look.Look) bool { return on(l.File("http.conf").Section("general"), "enabled", false) }

// account judges one user.
func account(l *look.Look, s *config.Section, open bool) {
	secret, ok := s.Lookup("secret")
	lower := strings.ToLower(secret.Value)
	rules := look.AccessRules(s.Vars, "")
	_, named := s.Lookup("acl")
	l.Access(look.AccessOf{Who: "manager user '" + s.Name + "'", Rules: rules, Named: named})
	guarded := named || guards(rules)
	for _, name := range []string{"read", "write"} {
		v, _ := s.Lookup(name)
		_, tail, cut := strings.Cut(l.Line(v.Pos), v.Value+";")
		word, _, _ := strings.Cut(strings.TrimSpace(tail), ",")
		if cut && v.Value != "" && slices.Contains(managerClasses, strings.TrimSpace(word)) {
			l.Say("file-value", v.Pos, name+"="+v.Value+","+strings.TrimSpace(tail), "the semicolon begins a comment: only '%s' is read of this "+
				"line, and '%s' is cut off", v.Value, strings.TrimSpace(tail))
		}
	}
	switch {
	case !ok && s.Get("password") == "":
		l.Say("manager-no-secret", s.Pos, "a long random one", "manager user '%s' has no secret: it cannot log in", s.Name)
	case ok && secret.Value == "":
		l.Say("manager-no-secret", secret.Pos, "a long random one", "the secret of manager user '%s' is empty", s.Name)
	case ok && (look.Guessable(lower) || lower == strings.ToLower(s.Name)):
		l.Say("manager-secret-guessable", secret.Pos, "a long random one", "the secret of manager user '%s' is a well-known one, weak, which "+
			"is guessed first: whoever reaches the port controls the switchboard", s.Name)
	case ok && len(secret.Value) < 8:
		l.SayAs(config.Note, "manager-secret-short", secret.Pos, "a long random one", "the secret of manager user '%s' is short", s.Name)
	}
	for _, name := range []string{"secret"} {
		if v, has := s.Lookup(name); has && len(v.Value) > 1 && v.Value[0] == '"' && strings.HasSuffix(v.Value, `"`) {
			l.Say("file-value-quoted", v.Pos, name+"="+strings.Trim(v.Value, `"`),
				"the quotation marks are a part of the secret of manager user '%s'", s.Name)
		}
	}
	_, hasRead := s.Lookup("read")
	write, hasWrite := s.Lookup("write")
	if !hasRead && !hasWrite {
		l.Say("manager-no-rights", s.Pos, "read=call and write=call",
			"manager user '%s' has neither read nor write: it logs in, and may do and see nothing", s.Name)
	}
	if hasWrite {
		all := powers(write.Value)
		if all != "" && open && !guarded {
			l.Say("manager-powerful", write.Pos, "permit and deny, and fewer classes", "manager user '%s' may do everything (%s), from every "+
				"address: whoever learns its secret runs commands on this machine", s.Name, all)
		} else if all != "" {
			l.SayAs(config.Note, "manager-powerful", write.Pos, "fewer classes",
				"manager user '%s' may do everything (%s): with it one runs commands on this machine", s.Name, all)
		}
	}
	if open && !guarded {
		severity := config.Note
		if hasWrite && !slices.Contains([]string{"", "none"}, strings.ToLower(write.Value)) && !(ok && secret.Value == "") {
			severity = config.Warning
		}
		l.SayAs(severity, "manager-open", s.Pos, "deny=0.0.0.0/0.0.0.0 and permit=127.0.0.1/255.255.255.255",
			"manager user '%s' may log in from every address: the manager listens everywhere (bindaddr) and no permit or deny limits it", s.Name)
	}
}

// guards says whether rules keep strangers out.
func guards(rules []look.AccessRule) bool {
	return !look.Allows(rules, netip.MustParseAddr("198.51.100.7")) || !look.Allows(rules, netip.MustParseAddr("203.0.113.7"))
}

// unreachable finds a user whose permit lines are of addresses that nobody has who reaches the manager.
func unreachable(l *look.Look, s *config.Section, rules []look.AccessRule, bind string) {
	ip, err := netip.ParseAddr(bind)
	if err != nil || len(rules) == 0 || ip.IsUnspecified() {
		return
	}
	inside := netip.MustParseAddr("127.0.0.1")
	if look.Allows(rules, inside) != ip.IsLoopback() {
		at := slices.IndexFunc(rules, func(r look.AccessRule) bool { return r.Allow })
		switch {
		case at < 0:
		case ip.IsLoopback():
			l.Say("manager-unreachable", rules[at].Pos, "bindaddr=0.0.0.0, or permit=127.0.0.1/255.255.255.255", "manager user '%s' may come "+
				"from %s, and the manager listens on %s alone, where programs of this machine come from: it cannot log in", s.Name,
				rules[at].Text, bind)
		case !look.Allows(rules, ip) && onlyLoopback(rules):
			l.Say("manager-unreachable", rules[at].Pos, "bindaddr=127.0.0.1, or permit="+bind, "manager user '%s' may come from %s alone, and the "+
				"manager listens on %s alone: it cannot log in", s.Name, rules[at].Text, bind)
		}
	}
}

// onlyLoopback says whether each rule that lets somebody in is of this machine.
func onlyLoopback(rules []look.AccessRule) bool {
	return !slices.ContainsFunc(rules, func(r look.AccessRule) bool { return r.Allow && !r.Net.Addr().IsLoopback() })
}

// powers names the classes by which one may do everything.
func powers(text string) string {
	var out []string
	for _, w := range strings.Split(strings.ToLower(text), ",") {
		switch w = strings.TrimSpace(w); w {
		case "all", "system", "command", "config":
			out = append(out, w)
		}
	}
	return strings.Join(out, ", ")
}

// certificate looks at TLS of a server.
func certificate(l *look.Look, g *config.Section, file string) {
	if !on(g, "tlsenable", false) {
		if v, ok := g.Lookup("tlsbindaddr"); ok && !on(g, "sslenable", false) {
			l.SayAs(config.Note, "file-tls-off", v.Pos, "tlsenable=yes",
				"tlsbindaddr of %s has no effect: without tlsenable=yes nothing listens there", file)
		}
		return
	}
	if g.Get("tlscertfile") == "" && g.Get("tlscert") == "" && g.Get("sslcert") == "" {
		v, _ := g.Lookup("tlsenable")
		l.Say("file-tls-certificate", v.Pos, "tlscertfile=/etc/asterisk/keys/asterisk.pem",
			"tlsenable=yes of %s without tlscertfile: asterisk.pem is tried, and without a certificate TLS does not start", file)
	}
}

// sipPorts finds TCP ports of the web server and of the manager that sip.conf takes as well.
func sipPorts(l *look.Look, web *config.Section, port string) {
	s := l.File("sip.conf").Section("general")
	for _, kind := range []string{"tcp", "tls"} {
		v, ok := s.Lookup(kind + "bindaddr")
		if !ok || !on(s, kind+"enable", false) {
			continue
		}
		for _, taken := range []struct{ file, port string }{{"http.conf", port}, {"http.conf", portOf(web.Get("tlsbindaddr"))},
			{"manager.conf", cmp.Or(l.File("manager.conf").Section("general").Get("port"), "5038")}} {
			if taken.port != "" && portOf(v.Value) == taken.port {
				l.Say("port-twice", v.Pos, "another port", "%sbindaddr and %s both listen on TCP port %s: the second one cannot bind, address "+
					"already in use", kind, taken.file, taken.port)
			}
		}
	}
}

// portOf is the port of an address, "" without one.
func portOf(addr string) string {
	if strings.Count(addr, ":") != 1 && !strings.Contains(addr, "]:") {
		return ""
	}
	return addr[strings.LastIndexByte(addr, ':')+1:]
}

// web judges http.conf.
func web(l *look.Look) {
	f := l.File("http.conf")
	g := f.Section("general") // nil without a file
	ariWeb(l, g != nil && on(g, "enabled", false))
	if g == nil {
		return
	}
	enabled := on(g, "enabled", false)
	if v, ok := g.Lookup("bindaddr"); ok && enabled && everywhere(v.Value) {
		l.SayAs(config.Note, "http-open", v.Pos, "bindaddr=127.0.0.1", "the web server listens on every address, without encryption: "+
			"passwords of the manager and of ARI pass in clear text; whoever is outside should not reach it")
	}
	port := g.Get("bindport")
	if port == "" {
		port = "8088"
	}
	if m := l.File("manager.conf").Section("general"); m != nil && enabled && on(m, "enabled", false) && m.Get("port") == port {
		v, ok := g.Lookup("bindport")
		if !ok {
			v, _ = m.Lookup("port")
		}
		l.Say("port-twice", v.Pos, "another port", "http.conf and manager.conf both listen on port %s: the second one cannot bind, address "+
			"already in use", port)
	}
	if enabled {
		sipPorts(l, g, port)
	}
	if v, ok := g.Lookup("tlsbindaddr"); ok && strings.HasSuffix(v.Value, ":"+port) && on(g, "tlsenable", false) {
		l.Say("port-twice", v.Pos, "tlsbindaddr=0.0.0.0:8089",
			"bindport and tlsbindaddr are both port %s: the second one cannot bind, address already in use", port)
	}
	if v, ok := g.Lookup("prefix"); ok && strings.HasPrefix(v.Value, "http") {
		l.Say("http-prefix", v.Pos, "prefix=asterisk", "prefix is a part of the path, not an address")
	}
	for _, v := range g.Vars {
		from, to, _ := strings.Cut(strings.Join(strings.Fields(v.Value), " "), " ")
		if strings.EqualFold(v.Name, "redirect") && (!strings.HasPrefix(from, "/") || to == "" || strings.Contains(to, " ")) {
			l.Say("http-redirect", v.Pos, "redirect=/ /static/index.html",
				"redirect takes two paths, from and to, parted by a blank, the first with a / in front: '%s' is ignored", v.Value)
		}
	}
	certificate(l, g, "http.conf")
}

// ariWeb judges ari.conf, whose way in is the web server.
func ariWeb(l *look.Look, served bool) {
	if a := l.File("ari.conf"); a != nil && on(a.Section("general"), "enabled", false) && !served {
		v, _ := a.Section("general").Lookup("enabled")
		l.Say("ari-web", v.Pos, "enabled=yes in [general] of http.conf",
			"ARI is on and http.conf does not switch the web server on: nobody reaches it")
	}
	ariUsers(l)
}

// ariUsers judges the users of ari.conf.
func ariUsers(l *look.Look) {
	f := l.File("ari.conf")
	if f == nil {
		return
	}
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			if v, ok := s.Lookup("allowed_origins"); ok && strings.TrimSpace(v.Value) == "*" {
				l.SayAs(config.Note, "ari-origins", v.Pos, "the origin of your own pages",
					"allowed_origins=* lets every web page that a user of the network visits talk to ARI")
			}
			continue
		}
		v, ok := s.Lookup("password")
		switch {
		case !ok:
			l.Say("ari-password", s.Pos, "password=...", "ARI user '%s' has no password: it cannot log in", s.Name)
		case look.Guessable(strings.ToLower(v.Value)) || strings.EqualFold(v.Value, s.Name):
			l.Say("ari-password", v.Pos, "a long random one", "the password of ARI user '%s' is a well-known one, weak, which is guessed first",
				s.Name)
		}
		if t, has := s.Lookup("type"); !has || !strings.EqualFold(t.Value, "user") {
			l.Say("ari-type", s.Pos, "type=user", "[%s] of ari.conf has no type=user: it is no user, and cannot log in", s.Name)
		}
	}
}
