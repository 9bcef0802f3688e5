package boot

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"obelisk/internal/cluster"
	"obelisk/internal/sipstack"
	"obelisk/internal/store"
	"obelisk/internal/store/truth"
	"obelisk/internal/version"

	"github.com/rs/zerolog"
)

// clusterHouse is what the nodes of cluster.conf stand on.
func (s *System) clusterHouse(shared *store.Soft) cluster.House {
	return cluster.House{Shared: shared, Log: func() zerolog.Logger { return s.logFor("res_cluster.c") }, Folder: s.conf.ast.Dirs.Etc,
		Version: version.Read().Number, Files: func() string { return hashFiles(s.conf.ast.Dirs.Etc) }, SIP: func() netip.AddrPort {
			if s.stack == nil {
				return netip.AddrPort{}
			}
			return s.stack.LocalUDP()
		}, SIPTLS: s.serveNodes, Bus: s.opt.Bus, DB: s.db, Common: s.commonDatabase, Own: ofOneNode,
		Registrations: s.registrationsOfNodes}
}

// serveNodes has SIP serve the other nodes over TLS.
func (s *System) serveNodes(conf *tls.Config, at netip.AddrPort) error {
	if s.stack == nil {
		return errors.New("SIP was not started")
	}
	where := func(node string) (netip.AddrPort, bool) {
		way, _ := s.core.Elsewhere().SIPOf(node)
		return way.AddrPort, way.TLS
	}
	return s.stack.ServeNodes(sipstack.Nodes{TLS: conf, Who: cluster.NameOf, Net: s.opt.Streams, At: where}, at)
}

// commonDatabase opens the astdb of all nodes: that of res_pgsql.conf.
func (s *System) commonDatabase() (store.Common, error) {
	if s.opt.Common != nil {
		return s.opt.Common, nil
	}
	for _, src := range (&reading{configuration: s.conf}).postgresSources() {
		return truth.Open(src)
	}
	return nil, errors.New("there is no res_pgsql.conf")
}

// ofOneNode says whether a key of astdb is of a node alone: who is registered there, by which name it
// registers itself, and what the demonstration made.
func ofOneNode(key string) bool {
	for _, family := range []string{"/SIP/Registry/", "/SIP/RegistryContacts/", "/SIP/Instance/", "/" + demoFamily + "/"} {
		if strings.HasPrefix(key, family) {
			return true
		}
	}
	return false
}

// registrationsOfNodes shows the phones of all nodes to the console.
func (s *System) registrationsOfNodes() (out []cluster.Registration) {
	if s.driver == nil {
		return nil
	}
	for _, r := range s.driver.RegistrationsOfNodes() {
		out = append(out, cluster.Registration{Name: r.Name, Node: r.Node, Address: r.Addr.String(), Contact: r.URI, Left: r.Left, Away: r.Away})
	}
	return out
}

// perMachine are files that say something else on each machine.
var perMachine = map[string]bool{cluster.File: true, "asterisk.conf": true}

// hashFiles is the same where the files of two folders are: those named *.conf, but for those that
// are of a machine.
func hashFiles(folder string) string {
	sum := sha256.New()
	list, _ := filepath.Glob(filepath.Join(folder, "*.conf")) // sorted; the pattern is good
	for _, file := range list {
		text, err := os.ReadFile(file)
		if name := filepath.Base(file); err == nil && !perMachine[name] {
			one := sha256.Sum256(text)
			sum.Write(append([]byte(name), one[:]...))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:4])
}
