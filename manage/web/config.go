// Package web is the HTTP server of http.conf. Other rooms hang their pages into
// it: SIP over WebSocket at /ws.
package web

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"obelisk/internal/auth"
	"obelisk/internal/config"
)

// Config is what http.conf says.
type Config struct {
	Enabled    bool
	Bind       netip.AddrPort // bindaddr, bindport
	TLSEnabled bool
	TLSBind    netip.AddrPort // tlsbindaddr
	Cert, Key  string         // tlscertfile, tlsprivatekey
	ACME       ACME
	Prefix     string // before every path
	ServerName string // servername: the header Server of every answer; "": none
	Named      bool   // it is given
	Sessions   int    // sessionlimit: connections that have no request at work
	// SourceSessions is sessionsourcelimit: those of one source.
	SourceSessions int
	// Static is enable_static: /static/ has the files of StaticFolder. Status is enable_status: /httpstatus.
	Static, Status bool
	StaticFolder   string
	Restrictions   []Restriction
	Redirects      []Redirect
	// Where it says so.
	BindPos, TLSPos, CertPos config.Pos
}

// ReadConfig reads http.conf; f may be nil, and the server is off then. lists are those of acl.conf.
func ReadConfig(f *config.File, lists map[string]auth.ACL) (Config, []config.Diagnostic) {
	c := Config{Sessions: 100, SourceSessions: 50}
	var diags []config.Diagnostic
	if f == nil || f.Section("general") == nil {
		return c, nil
	}
	port, addr := 8088, netip.IPv4Unspecified()
	var tlsAddr string
	c.BindPos = f.Section("general").Pos
	c.TLSPos, c.CertPos = c.BindPos, c.BindPos
	for _, v := range f.Section("general").Vars {
		bad := func(wanted string) {
			diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("'%s' is not a valid value of '%s' (%s); it keeps what it had",
				v.Value, v.Name, wanted)})
		}
		n, notNumber := strconv.Atoi(v.Value)
		switch strings.ToLower(v.Name) {
		case "enabled":
			c.Enabled, _ = config.Bool(v.Value)
		case "bindaddr":
			c.BindPos = v.Pos
			if a, err := netip.ParseAddr(strings.Trim(v.Value, "[]")); err == nil {
				addr = a
			} else {
				bad("an address")
			}
		case "bindport":
			if notNumber == nil && n > 0 && n < 65536 {
				port = n
			} else {
				bad("1 to 65535")
			}
		case "tlsenable", "sslenable":
			c.TLSEnabled, _ = config.Bool(v.Value)
			if c.Cert == "" { // which is missed otherwise
				c.CertPos = v.Pos
			}
		case "tlsbindaddr", "sslbindaddr":
			tlsAddr, c.TLSPos = v.Value, v.Pos
		case "tlscertfile", "sslcert":
			c.Cert, c.CertPos = v.Value, v.Pos
		case "tlsprivatekey", "sslprivatekey":
			c.Key = v.Value
		case "acme":
			hosts, err := readHosts(v.Value)
			if c.ACME.Hosts = hosts; err != nil {
				bad(err.Error())
			}
		case "acme_email":
			c.ACME.Email = v.Value
		case "acme_directory":
			if u, err := url.Parse(v.Value); err != nil || u.Scheme != "https" || u.Host == "" {
				bad("an address that begins with https://")
				continue
			}
			c.ACME.Directory = v.Value
		case "acme_folder":
			c.ACME.Folder = v.Value
		case "prefix":
			if p := strings.Trim(v.Value, "/"); p != "" {
				c.Prefix = "/" + p
			}
		case "sessionlimit", "sessionsourcelimit":
			if notNumber == nil && n > 0 {
				*map[string]*int{"sessionlimit": &c.Sessions, "sessionsourcelimit": &c.SourceSessions}[strings.ToLower(v.Name)] = n
			} else {
				bad("1 and up")
			}
		case "servername":
			c.ServerName, c.Named = v.Value, true
		case "enable_static", "enablestatic":
			c.Static, _ = config.Bool(v.Value)
		case "enable_status":
			c.Status, _ = config.Bool(v.Value)
		case "redirect":
			if r, ok := redirect(v.Value); ok {
				c.Redirects = append(c.Redirects, r)
			} else {
				bad("a path and where to")
			}
		case "session_inactivity", "session_keep_alive", "tlscipher", "tlsdisablev1", "tlsdisablev11", "tlsdisablev12",
			"tlsservercipherorder":
		default:
			diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("option '%s' of http.conf is not supported yet and has no effect",
				v.Name)})
		}
	}
	c.Bind = netip.AddrPortFrom(addr, uint16(port))
	c.TLSBind = netip.AddrPortFrom(addr, 8089)
	if a, err := netip.ParseAddrPort(tlsAddr); err == nil {
		c.TLSBind = a
	} else if a, err := netip.ParseAddr(strings.Trim(tlsAddr, "[]")); err == nil {
		c.TLSBind = netip.AddrPortFrom(a, 8089)
	} else if tlsAddr != "" {
		diags = append(diags, config.Diagnostic{Pos: f.Section("general").Pos, Text: fmt.Sprintf("tlsbindaddr '%s' is not an address", tlsAddr)})
	}
	c.Key = cmp.Or(c.Key, c.Cert)
	for _, s := range f.Visible() {
		if strings.EqualFold(s.Name, "general") {
			continue
		}
		r, ok, told := restriction(s, lists)
		if diags = append(diags, told...); ok {
			c.Restrictions = append(c.Restrictions, r)
		}
	}
	return c, diags
}
