package cluster

import (
	"cmp"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"

	"obelisk/internal/config"
)

// File is where nodes are described. Without a node in it there is one machine, alone.
const File = "cluster.conf"

// Config of a node.
type Config struct {
	Node          string // "": this machine is alone
	Bus           string // embedded, external
	Listen        netip.AddrPort
	Peers         []string // address:port of other nodes' Listen
	URL           string   // of an external bus
	SIP           netip.AddrPort
	SIPTLS        netip.AddrPort
	Plain         bool           // SIP with nodes that have no TLS goes over UDP
	CA, Cert, Key string         // files; "": the bus is not encrypted
	Database      bool           // astdb is that of all nodes, in the PostgreSQL of res_pgsql.conf
	HardLimits    bool           // call-limit holds over nodes in each moment
	LimitLease    int            // seconds; 0: for ever
	Nodes         int            // how many there are; 0: as many as Peers and this one
	Groups        map[string]int // hard limits of GROUP(), by "group@category"
}

// others is how many other nodes there are, as far as the file says.
func (c *Config) others() int {
	if c.Nodes > 0 {
		return c.Nodes - 1
	}
	return len(c.Peers)
}

// DefaultPort is where the buses of nodes meet, SIPPort where their SIP does over TLS.
const (
	DefaultPort = 6222
	SIPPort     = 5062
)

var table = config.Table[Config]{File: File, Section: "general", Options: []config.Option[Config]{
	{Name: "node", Takes: "a name", Help: "the name of this machine among the nodes; without one it is alone, and the rest of the file " +
		"has no effect", Set: setNode},
	{Name: "bus", Takes: "embedded|external", Default: "embedded",
		Help: "what carries news between nodes: a NATS server in this program, or one that runs already", Set: setBus},
	{Name: "listen", Takes: "address:port", Help: "where the embedded bus waits for other nodes; the port is 6222 where none is written",
		Set: setListen},
	{Name: "peers", Takes: "address:port, ...", Help: "where the embedded buses of other nodes wait; one that is reached is enough",
		Set: setPeers},
	{Name: "url", Takes: "nats://host:port", Help: "the external bus", Set: config.SetText(func(c *Config) *string { return &c.URL })},
	{Name: "sip", Takes: "address:port", Help: "where other nodes reach SIP over UDP at this one; without it where udpbindaddr listens",
		Set: setSIP},
	{Name: "siptls", Takes: "address:port", Help: "where other nodes reach SIP over TLS at this one, with the certificates below; the port " +
		"is 5062 where none is written, and the address that of 'sip', of udpbindaddr or of 'listen'", Set: setSIPTLS},
	{Name: "sipplain", Takes: "yes|no", Default: "no", Help: "SIP goes over plain UDP with nodes that have no TLS, as those of an earlier " +
		"version; without certificates it does with all", Set: config.SetBool(func(c *Config) *bool { return &c.Plain })},
	{Name: "database", Takes: "yes|no", Default: "no", Help: "astdb, and with it what DB(), queues and states that were set keep there, is " +
		"that of all nodes: it is kept in the PostgreSQL of res_pgsql.conf, and each node has a copy",
		Set: config.SetBool(func(c *Config) *bool { return &c.Database })},
	{Name: "hardlimits", Takes: "yes|no", Default: "no", Help: "call-limit of sip.conf holds over all machines in each moment, also while " +
		"the network is parted; without it as of the last news", Set: config.SetBool(func(c *Config) *bool { return &c.HardLimits })},
	{Name: "limitlease", Takes: "seconds", Default: "60", Help: "after so long what a silent machine has of a hard limit goes to the " +
		"others, where they are most; 0: never", Set: config.SetInt(0, 86400, func(c *Config) *int { return &c.LimitLease })},
	{Name: "nodes", Takes: "a number", Help: "how many machines there are, which hard limits need to know; without it as many as peers " +
		"and this one", Set: config.SetInt(1, MaxNodes, func(c *Config) *int { return &c.Nodes })},
	{Name: "cacert", Takes: "a file", Help: "the authority that has signed the certificates of all nodes; without it the bus is neither " +
		"encrypted nor guarded", Set: config.SetText(func(c *Config) *string { return &c.CA })},
	{Name: "cert", Takes: "a file", Help: "this node's certificate", Set: config.SetText(func(c *Config) *string { return &c.Cert })},
	{Name: "key", Takes: "a file", Help: "the key to it", Set: config.SetText(func(c *Config) *string { return &c.Key })},
}}

// Options documents the file.
func Options() []config.OptionRow { return table.Rows() }

// TLS says whether the bus is encrypted.
func (c *Config) TLS() bool { return c.CA != "" }

func setNode(c *Config, value string) error {
	if len(value) > 63 || strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		return errors.New("it is 1 to 63 letters, digits, '-' and '_'")
	}
	c.Node = value
	return nil
}

func setBus(c *Config, value string) error {
	if value != "embedded" && value != "external" {
		return errors.New("it is embedded or external")
	}
	c.Bus = value
	return nil
}

func setListen(c *Config, value string) (err error) {
	c.Listen, err = address(value, DefaultPort)
	return err
}

func setSIP(c *Config, value string) (err error) {
	c.SIP, err = address(value, 5060)
	return err
}

func setSIPTLS(c *Config, value string) (err error) {
	c.SIPTLS, err = address(value, SIPPort)
	return err
}

// address reads an address, with the usual port where none is written.
func address(value string, port uint16) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(value); err == nil {
		return netip.AddrPortFrom(a, port), nil
	}
	a, err := netip.ParseAddrPort(value)
	if err != nil {
		return a, errors.New("it is an IP address, and perhaps a port")
	}
	return a, nil
}

func setPeers(c *Config, value string) error {
	for _, peer := range strings.Split(value, ",") {
		if peer = strings.TrimSpace(peer); peer == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(peer); err != nil {
			peer = net.JoinHostPort(strings.Trim(peer, "[]"), "6222")
		}
		c.Peers = append(c.Peers, peer)
	}
	if len(c.Peers) > MaxNodes {
		return errors.New("it is 64 nodes at most")
	}
	return nil
}

// Read reads cluster.conf; f may be nil. Files of certificates are those of folder where they
// are no whole paths.
func Read(f *config.File, folder string) (c Config, diags []config.Diagnostic) {
	c.Bus, c.LimitLease = "embedded", 60
	if f == nil {
		return c, nil
	}
	general := f.Section("general")
	diags = table.Read(general, &c, nil)
	if c.Node == "" {
		return c, diags
	}
	for _, file := range []*string{&c.CA, &c.Cert, &c.Key} {
		if *file != "" && !filepath.IsAbs(*file) {
			*file = filepath.Join(folder, *file)
		}
	}
	diags = append(diags, c.readGroups(f.Section("groups"))...)
	return c, append(diags, c.judge(general.Pos)...)
}

// readGroups reads the limits of groups: "group = 30" and "group@category = 30".
func (c *Config) readGroups(s *config.Section) (diags []config.Diagnostic) {
	c.Groups = map[string]int{}
	if s == nil {
		return nil
	}
	for _, v := range s.Vars {
		n, err := strconv.Atoi(v.Value)
		if err != nil || n < 1 {
			diags = append(diags, config.Diagnostic{Severity: config.Error, Pos: v.Pos, Code: "cluster-group",
				Text: "the limit of the group '" + v.Name + "' is a number from 1 on, not '" + v.Value + "'"})
			continue
		}
		name, category, _ := strings.Cut(v.Name, "@")
		c.Groups[name+"@"+category] = n
	}
	return diags
}

// judge says what cannot work.
func (c *Config) judge(pos config.Pos) (out []config.Diagnostic) {
	say := func(severity config.Severity, code, text string) {
		out = append(out, config.Diagnostic{Severity: severity, Pos: pos, Code: code, Text: text})
	}
	switch {
	case c.Bus == "embedded" && !c.Listen.IsValid():
		say(config.Error, "cluster-listen", "the embedded bus needs 'listen': an address that other nodes reach")
	case c.Bus == "embedded" && c.Listen.Addr().IsUnspecified():
		say(config.Warning, "cluster-listen", "'listen' has no address of this machine: others on any network reach the bus")
	case c.Bus == "external" && c.URL == "":
		say(config.Error, "cluster-url", "an external bus needs 'url'")
	}
	switch {
	case cmp.Or(c.CA, c.Cert, c.Key) != "" && (c.CA == "" || c.Cert == "" || c.Key == ""):
		say(config.Error, "cluster-keys", "cacert, cert and key belong together: 'obelisk cluster init' makes them")
	case !c.TLS() && c.Bus == "embedded" && c.Listen.IsValid() && !c.Listen.Addr().IsLoopback():
		say(config.Warning, "cluster-open", "the bus is not encrypted, and whoever reaches "+c.Listen.String()+
			" can speak as a node: set cacert, cert and key")
	}
	if (c.HardLimits || len(c.Groups) > 0) && c.others() == 0 {
		say(config.Error, "cluster-nodes", "hard limits need to know how many machines there are: set 'nodes'")
	}
	switch {
	case c.SIPTLS.IsValid() && c.SIPTLS.Addr().IsUnspecified():
		say(config.Error, "cluster-sip", "'siptls' is where other nodes reach this one: an address of this machine")
	case c.SIPTLS.IsValid() && !c.TLS():
		say(config.Error, "cluster-keys", "'siptls' needs cacert, cert and key: 'obelisk cluster init' makes them")
	}
	if c.SIP.IsValid() && c.SIP.Addr().IsUnspecified() {
		say(config.Error, "cluster-sip", "'sip' is where other nodes reach this one: an address of this machine")
	}
	return out
}
