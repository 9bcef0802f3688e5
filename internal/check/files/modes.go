package files

import (
	"path/filepath"
	"regexp"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// secretive are the files that may hold something secret, with the options that do.
var secretive = map[string]string{
	"sip.conf": "secret md5secret remotesecret register auth", "users.conf": "secret vmsecret", "manager.conf": "secret",
	"ari.conf": "password", "iax.conf": "secret register", "pjsip.conf": "password", "res_odbc.conf": "password",
	"res_config_mysql.conf": "dbpass", "res_mysql.conf": "dbpass", "cdr_mysql.conf": "password", "res_pgsql.conf": "dbpass",
	"res_ldap.conf": "pass", "xmpp.conf": "secret", "rtp.conf": "turnpassword", "confbridge.conf": "pin", "cdr_pgsql.conf": "password",
	"cel_pgsql.conf": "password", "meetme.conf": "conf", "prometheus.conf": "auth_password", "voicemail.conf": "", "calendar.conf": "secret",
	"res_snmp.conf": "", "minivm.conf": "", "motif.conf": "", "dbsep.conf": "", "followme.conf": "-", "extensions.conf": "-",
}

// modes tells of files with secrets that everybody on the machine may read, or write.
func modes(l *look.Look) {
	for name, options := range secretive {
		f := l.File(name)
		if f == nil {
			continue
		}
		told := map[string]bool{}
		for _, s := range f.Sections {
			for _, v := range s.Vars {
				if told[v.Pos.File] || !secretLine(name, options, s, v) {
					continue
				}
				told[v.Pos.File] = true
				mode(l, v.Pos, true)
			}
		}
		for _, path := range f.Read {
			if !told[path] {
				mode(l, config.Pos{File: path, Line: 1}, false)
			}
		}
	}
}

// dialplanSecret is a step with a password in it.
var dialplanSecret = regexp.MustCompile(`(?i)\b(Authenticate|DISA)\(\s*[0-9]{3,}`)

func secretLine(name, options string, s *config.Section, v config.Var) bool {
	if v.Value == "" {
		return false
	}
	if name == "extensions.conf" {
		at := strings.IndexByte(v.Value, '(') // asked of each step: the expression is for few
		return at >= 4 && strings.ContainsAny(v.Value[at-1:at], "aAeE") && dialplanSecret.MatchString(v.Value)
	}
	if name == "voicemail.conf" {
		n := strings.ToLower(s.Name)
		return n != "general" && n != "zonemessages"
	}
	for _, o := range strings.Fields(options) {
		if strings.EqualFold(o, v.Name) {
			return true
		}
	}
	return false
}

// mode judges who may read and write the file of a place, which is that of its first secret where it has one.
func mode(l *look.Look, pos config.Pos, secret bool) {
	bits, ok := l.Mode(pos.File)
	base := filepath.Base(pos.File)
	switch {
	case !ok:
	case bits&0o002 != 0:
		l.Say("file-world-writable", pos, "chmod o-w "+base,
			"everybody on this machine may write %s (mode %04o): whoever is logged in there changes the switchboard", base, bits)
	case secret && bits&0o004 != 0:
		l.Say("file-world-readable", pos, "chmod o-r "+base,
			"everybody on this machine may read the secrets in this file (world-readable, mode %04o)", bits)
	}
}
