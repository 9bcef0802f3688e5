package web

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"obelisk/internal/testkit"

	"github.com/rs/zerolog"
)

// kept puts a certificate where an authority's are kept, as autocert writes it.
func keptCertificate(t *testing.T, folder, host string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(60 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})...)
	if err := os.WriteFile(filepath.Join(folder, host), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The names of acme have the authority's certificate, all others that of the files; an authority
// is asked for the names of acme alone.
func TestACME(t *testing.T) {
	var asked atomic.Int32
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Error(w, "not for you", http.StatusForbidden) // of another status it is asked again and again, for minutes
	}))
	defer authority.Close()
	folder := t.TempDir()
	cert, key, err := testkit.Certificate(t.TempDir(), "own.example.net")
	if err != nil {
		t.Fatal(err)
	}
	keptCertificate(t, folder, "pbx.example.net")
	s := New(zerolog.Nop())
	defer s.Close()
	s.Listen(Config{Enabled: true, TLSEnabled: true, Bind: netip.MustParseAddrPort("127.0.0.1:0"),
		TLSBind: netip.MustParseAddrPort("127.0.0.1:0"), Cert: cert, Key: key, Sessions: 10, SourceSessions: 10,
		ACME: ACME{Hosts: []string{"pbx.example.net", "new.example.net"}, Directory: authority.URL, Folder: folder}})
	_, at := s.Addresses()
	shown := func(name string) string {
		c, err := tls.Dial("tcp", at, &tls.Config{ServerName: name, InsecureSkipVerify: true,
			CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}})
		if err != nil {
			return "none"
		}
		defer c.Close()
		return strings.Join(c.ConnectionState().PeerCertificates[0].DNSNames, " ")
	}
	if got := shown("pbx.example.net"); got != "pbx.example.net" || asked.Load() != 0 {
		t.Errorf("a name of acme: %q, asked %d times", got, asked.Load())
	}
	if got := shown("evil.example.org"); got == "pbx.example.net" || asked.Load() != 0 {
		t.Errorf("another name: %q, asked %d times", got, asked.Load())
	}
	if got := shown("new.example.net"); got != "none" || asked.Load() == 0 {
		t.Errorf("one that the authority does not give: %q, asked %d times", got, asked.Load())
	}
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, httptest.NewRequest("GET", "http://pbx.example.net"+challengePath+"token", nil)); w.Code == http.StatusOK ||
		w.Code == http.StatusFound {
		t.Errorf("a challenge that nobody has: %d", w.Code)
	}
}

func TestReadHosts(t *testing.T) {
	for text, want := range map[string]string{"pbx.example.net": "pbx.example.net",
		" A.example.net , b.example.net ": "a.example.net b.example.net", "": "", "*.example.net": "!", "pbx": "!", "a.b/c": "!",
		"a.b:443": "!"} {
		got, err := readHosts(text)
		if want == "!" && err == nil || want != "!" && (err != nil || strings.Join(got, " ") != want) {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
}
