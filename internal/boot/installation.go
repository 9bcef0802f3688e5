package boot

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/doctor"
	"obelisk/manage/ami"
	"obelisk/manage/web"
	"obelisk/media/coder"
	"obelisk/media/soundfile"
	"obelisk/sounds"
)

// Installation is what the configuration asks of the machine it is to run on.
func (s *Survey) Installation() doctor.Installation {
	d := s.conf.ast.Dirs
	in := doctor.Installation{Config: d.Etc, Builtin: s.conf.embedded, RunUser: s.conf.ast.RunUser, Opus: coder.LoadOpus,
		Folders: []doctor.Folder{{Path: d.Log, Option: "astlogdir"}, {Path: d.Spool, Option: "astspooldir"}, {Path: d.DB, Option: "astdbdir"},
			{Path: d.Run, Option: "astrundir"}}}
	if in.Builtin {
		in.Config = filepath.Dir(defaultConf)
	}
	if err := s.Error(); err != nil {
		in.Broken = err.Error()
	}
	for _, f := range s.Findings() {
		if f.Severity == config.Warning {
			in.Doubts++
		}
	}
	if _, disk := s.conf.src.(config.Dir); disk {
		in.Files, _ = filepath.Glob(filepath.Join(d.Etc, "*.conf"))
	}
	s.listeners(&in)
	rtp, _ := readRTP(s.File("rtp.conf"))
	in.RTP, in.FastPath = [2]int{rtp.PortMin, rtp.PortMax}, string(rtp.fast)
	s.prompts(&in)
	if s.SIP() != nil {
		s.outside(&in, s.SIP())
	}
	return in
}

// listeners are the ports of sip.conf, http.conf and manager.conf, and their certificates.
func (s *Survey) listeners(in *doctor.Installation) {
	listen := func(on bool, proto string, addr netip.AddrPort, what string, pos config.Pos) {
		if on && addr.Port() != 0 {
			in.Ports = append(in.Ports, doctor.Port{Proto: proto, Addr: addr, What: what, Pos: position(pos)})
		}
	}
	shows := func(on bool, cert, key, what string, pos config.Pos) {
		if on && cert != "" {
			in.Certs = append(in.Certs, doctor.Certificate{Cert: cert, Key: key, What: what, Pos: position(pos)})
		}
	}
	if g := s.SIP(); g != nil {
		listen(true, "udp", g.UDPBind, "SIP", g.Line("udpbindaddr"))
		listen(g.TCPEnable, "tcp", g.TCPBind, "SIP over TCP", g.Line("tcpbindaddr"))
		listen(g.TLSEnable, "tcp", g.TLSBind, "SIP over TLS", g.Line("tlsbindaddr"))
		shows(g.TLSEnable, g.TLS.Cert, g.TLS.Key, "SIP over TLS", g.Line("tlscertfile"))
		for _, p := range g.Peers {
			if o := p.DTLS; o != nil && o.Enable && !slices.ContainsFunc(in.Certs, func(c doctor.Certificate) bool { return c.Cert == o.Cert }) {
				shows(true, o.Cert, o.Key, "DTLS of '"+p.Name+"'", p.Line("dtlscertfile"))
			}
		}
	}
	if f := s.File("http.conf"); f != nil {
		c, _ := web.ReadConfig(f, s.files.lists)
		listen(c.Enabled, "tcp", c.Bind, "HTTP", c.BindPos)
		listen(c.TLSEnabled, "tcp", c.TLSBind, "HTTPS", c.TLSPos)
		shows(c.TLSEnabled, c.Cert, c.Key, "HTTPS", c.CertPos)
	}
	if f := s.File("manager.conf"); f != nil {
		c, _ := ami.ReadConfig(f, s.files.lists)
		listen(c.Enabled, "tcp", c.Bind, "the manager interface", c.BindPos)
		listen(c.Enabled && c.TLSEnabled, "tcp", c.TLSBind, "the manager interface over TLS", c.TLSPos)
		shows(c.Enabled && c.TLSEnabled, c.Cert, c.Key, "the manager interface over TLS", c.CertPos)
	}
}

// position is file and line without the folder; "" where there is none.
func position(p config.Pos) string {
	if p.Line == 0 {
		return ""
	}
	p.File = filepath.Base(p.File)
	return p.String()
}

// prompts are the languages, and whether there are prompts of theirs.
func (s *Survey) prompts(in *doctor.Installation) {
	languages := []string{s.conf.ast.Language}
	if g := s.SIP(); g != nil {
		languages = append(languages, g.Language)
		for _, p := range g.Peers {
			languages = append(languages, p.Language)
		}
	}
	for _, l := range languages {
		if l != "" && !slices.Contains(in.Languages, l) {
			in.Languages = append(in.Languages, l)
		}
	}
	if len(in.Languages) == 0 {
		in.Languages = []string{"en"}
	}
	dirs := soundDirs(s.conf.ast, nil)
	in.Speaks = func(language string) bool {
		lib := &sounds.Library{Dirs: dirs, Extensions: soundfile.Extensions}
		file, _, err := lib.Find("vm-options", language)
		return err == nil && filepath.IsAbs(file) && (language == "en" || strings.Contains(file, language))
	}
}

// outside is who is reached over the network, and whether the address that they see is written.
func (s *Survey) outside(in *doctor.Installation, g *sipconf.Directory) {
	in.External = g.ExternAddr.IsValid() || g.ExternHost != "" || g.MediaAddress.IsValid()
	in.LocalNets = len(g.LocalNets) > 0
	for _, w := range g.HostNames() {
		in.Outside = true
		in.Names = append(in.Names, doctor.Name{Host: w.Host, What: w.What, Pos: position(w.Pos)})
	}
	away := func(host string) bool {
		a, err := netip.ParseAddr(strings.Trim(host, "[]"))
		return err == nil && !a.IsPrivate() && !a.IsLoopback()
	}
	for _, l := range g.Registers {
		in.Outside = in.Outside || away(l.Host)
	}
	for _, p := range g.Peers {
		in.Outside = in.Outside || away(p.Host)
	}
}
