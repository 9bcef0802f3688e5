package boot

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
)

// tlsPair is what sip.conf's tls... options come to.
type tlsPair struct{ server, client *tls.Config }

// readTLS reads the files that the options name; nil when that fails, which the
// findings tell.
func readTLS(dir *sipconf.Directory) (*tlsPair, []config.Diagnostic) {
	f := &dir.TLS
	p := &tlsPair{server: &tls.Config{MinVersion: f.Oldest}, client: &tls.Config{InsecureSkipVerify: f.DontVerify, MinVersion: f.Client,
		MaxVersion: f.Client}}
	fail := func(option string, err error) (*tlsPair, []config.Diagnostic) {
		return nil, []config.Diagnostic{{Pos: dir.Line(option), Severity: config.Error, Text: option + ": " + err.Error()}}
	}
	if f.Cert != "" {
		pair, err := loadPair(f.Cert, f.Key)
		if err != nil {
			return fail("tlscertfile", err)
		}
		p.server.Certificates = []tls.Certificate{pair}
		p.client.Certificates = p.server.Certificates
	} else if dir.TLSEnable {
		return fail("tlsenable", errors.New("a tlscertfile is needed"))
	}
	if f.CAFile != "" || f.CAPath != "" {
		p.client.RootCAs = systemAuthorities()
		if err := addFile(p.client.RootCAs, f.CAFile); err != nil {
			return fail("tlscafile", err)
		}
		if err := addFolder(p.client.RootCAs, f.CAPath); err != nil {
			return fail("tlscapath", err)
		}
	}
	if err := p.verifyClients(f); err != nil {
		return fail("tlsverifyclient", err)
	}
	var diags []config.Diagnostic
	suites, unknown := cipherSuites(f.Cipher)
	p.server.CipherSuites, p.client.CipherSuites = suites, suites
	for _, name := range unknown {
		diags = append(diags, config.Diagnostic{Pos: dir.Line("tlscipher"),
			Text: fmt.Sprintf("tlscipher: there is no cipher suite '%s' here; it is left out", name)})
	}
	return p, diags
}

// verifyClients asks who connects for a certificate of an authority that tlscafile or
// tlscapath names; those of the system would let everybody in.
// Differs: chan_sip says that it does not support the option, and asks nobody.
func (p *tlsPair) verifyClients(f *sipconf.TLSFiles) error {
	switch {
	case !f.VerifyClient:
		return nil
	case f.CAFile == "" && f.CAPath == "":
		return errors.New("a tlscafile or tlscapath is needed, with the authorities of the phones")
	}
	p.server.ClientAuth, p.server.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	if err := addFile(p.server.ClientCAs, f.CAFile); err != nil {
		return err
	}
	return addFolder(p.server.ClientCAs, f.CAPath)
}

// serveTLS gives the stack configurations that follow a reload.
func (s *System) serveTLS(files *tlsPair) (server *tls.Config, client func() *tls.Config) {
	s.tls.Store(files)
	server = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if p := s.tls.Load(); p != nil {
			return p.server, nil
		}
		return nil, errors.New("there is no certificate")
	}}
	return server, func() *tls.Config {
		if p := s.tls.Load(); p != nil {
			return p.client
		}
		return &tls.Config{}
	}
}

// loadPair reads a certificate and its key, which may be in the same file.
func loadPair(cert, key string) (tls.Certificate, error) {
	if key == "" {
		key = cert
	}
	return tls.LoadX509KeyPair(cert, key)
}

func systemAuthorities() *x509.CertPool {
	if roots, err := x509.SystemCertPool(); err == nil {
		return roots
	}
	return x509.NewCertPool()
}

func addFile(roots *x509.CertPool, path string) error {
	if path == "" {
		return nil
	}
	pem, err := os.ReadFile(path)
	if err == nil && !roots.AppendCertsFromPEM(pem) {
		err = errors.New(path + " has no certificate")
	}
	return err
}

// addFolder adds every certificate of a folder; other files may be there too.
func addFolder(roots *x509.CertPool, path string) error {
	if path == "" {
		return nil
	}
	files, err := os.ReadDir(path)
	for _, e := range files {
		if pem, err := os.ReadFile(filepath.Join(path, e.Name())); err == nil {
			roots.AppendCertsFromPEM(pem)
		}
	}
	return err
}

// opensslNames are OpenSSL's names of the cipher suites up to TLS 1.2 that exist
// here; those of TLS 1.3 are not to choose from.
var opensslNames = map[string]uint16{
	"ECDHE-ECDSA-AES128-GCM-SHA256": tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-RSA-AES128-GCM-SHA256":   tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-ECDSA-AES256-GCM-SHA384": tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-RSA-AES256-GCM-SHA384":   tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-ECDSA-CHACHA20-POLY1305": tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	"ECDHE-RSA-CHACHA20-POLY1305":   tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	"ECDHE-ECDSA-AES128-SHA":        tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
	"ECDHE-RSA-AES128-SHA":          tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	"ECDHE-ECDSA-AES256-SHA":        tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
	"ECDHE-RSA-AES256-SHA":          tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	"AES128-GCM-SHA256":             tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
	"AES256-GCM-SHA384":             tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	"AES128-SHA":                    tls.TLS_RSA_WITH_AES_128_CBC_SHA,
	"AES256-SHA":                    tls.TLS_RSA_WITH_AES_256_CBC_SHA,
}

// cipherGroups are OpenSSL's words for many suites at once: they leave the choice
// to the library.
var cipherGroups = []string{"ALL", "DEFAULT", "HIGH", "MEDIUM", "LOW", "SECURE128", "SECURE192", "SECURE256", "AES", "AESGCM", "ECDHE",
	"EECDH", "ECDH", "DHE", "EDH", "RSA", "COMPLEMENTOFDEFAULT"}

// cipherSuites reads a list of OpenSSL's. A word for many suites, or no suite at
// all, leaves the choice open (nil); what is excluded there is weak and not in
// use here either.
func cipherSuites(list string) (suites []uint16, unknown []string) {
	open := false
	for _, w := range strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(":, ", r) }) {
		if strings.ContainsAny(w[:1], "!-+@") {
			continue
		}
		if id, ok := opensslNames[strings.ToUpper(w)]; ok {
			suites = append(suites, id)
		} else if name, _, _ := strings.Cut(strings.ToUpper(w), "+"); slices.Contains(cipherGroups, name) {
			open = true
		} else if !strings.HasPrefix(strings.ToUpper(w), "TLS_") {
			unknown = append(unknown, w)
		}
	}
	if open {
		suites = nil
	}
	return suites, unknown
}
