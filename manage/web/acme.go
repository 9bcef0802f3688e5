package web

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ACME is where HTTPS gets a certificate of its own from (RFC 8555), and for which names.
type ACME struct {
	Hosts     []string // acme; none: certificates are those of the files alone
	Email     string   // acme_email: whom the authority tells of trouble
	Directory string   // acme_directory; "" is Let's Encrypt
	Folder    string   // acme_folder: where certificates and the account's key are kept
}

// On says whether certificates are asked for.
func (a ACME) On() bool { return len(a.Hosts) > 0 }

func (a ACME) same(b ACME) bool {
	return a.Email == b.Email && a.Directory == b.Directory && a.Folder == b.Folder && slices.Equal(a.Hosts, b.Hosts)
}

// readHosts reads the names of "acme", parted by commas.
func readHosts(text string) (out []string, err error) {
	for _, h := range strings.Split(text, ",") {
		switch h = strings.ToLower(strings.TrimSpace(h)); {
		case h == "":
		case !strings.Contains(h, ".") || strings.ContainsAny(h, " /:*@"):
			err = fmt.Errorf("'%s' is not a name that an authority certifies", h)
		default:
			out = append(out, h)
		}
	}
	return out, err
}

// authority is a manager of certificates, and what it was made of.
type authority struct {
	ACME
	*autocert.Manager
	waiting atomic.Int32 // handshakes that want a certificate which may not be there yet
}

// mostWaiting bounds these: an authority that does not answer is asked for five minutes.
const mostWaiting = 20

// certificate is that of a name of the authority's.
func (a *authority) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	defer a.waiting.Add(-1)
	if a.waiting.Add(1) > mostWaiting {
		return nil, errors.New("too many wait for the authority")
	}
	return a.GetCertificate(hello)
}

// newAuthority makes one; nothing is asked of the authority until a browser comes.
func newAuthority(c ACME) *authority {
	m := &autocert.Manager{Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(c.Hosts...), Cache: autocert.DirCache(c.Folder),
		Email: c.Email}
	if c.Directory != "" {
		m.Client = &acme.Client{DirectoryURL: c.Directory}
	}
	return &authority{ACME: c, Manager: m}
}

// setAuthority puts acme of http.conf in force; one that is the same goes on.
func (s *Server) setAuthority(c ACME) {
	now := s.authority.Load()
	switch {
	case !c.On():
		s.authority.Store(nil)
	case now == nil || !now.same(c):
		s.authority.Store(newAuthority(c))
	}
}

// tls is how HTTPS is served: with the authority's certificate for its names, and that of the files
// for all others.
func (s *Server) tls() *tls.Config {
	files := s.cert.Server()
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1", acme.ALPNProto},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			a := s.authority.Load()
			if a != nil && slices.Contains(a.Hosts, strings.ToLower(hello.ServerName)) {
				pair, err := a.certificate(hello)
				if err != nil {
					s.log.Warn().Msgf("HTTPS: there is no certificate for %s: %v", hello.ServerName, err)
				}
				return pair, err
			}
			if !s.cert.Loaded() {
				return nil, errors.New("there is no certificate for this name")
			}
			return files.GetCertificate(hello)
		}}
}

// challengePath is where an authority asks over HTTP whether a name is ours (RFC 8555 8.3).
const challengePath = "/.well-known/acme-challenge/"

// challenged answers an authority; false for any other request.
func (s *Server) challenged(w http.ResponseWriter, r *http.Request) bool {
	a := s.authority.Load()
	if a == nil || !strings.HasPrefix(r.URL.Path, challengePath) {
		return false
	}
	a.HTTPHandler(nil).ServeHTTP(w, r)
	return true
}
