package boot

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/testkit"
)

func TestCipherSuites(t *testing.T) {
	for list, want := range map[string]string{
		"":                              "[] []",
		"ALL":                           "[] []",
		"HIGH:!aNULL:!MD5:@STRENGTH":    "[] []",
		"ECDHE+AESGCM:!RC4":             "[] []",
		"AES128-SHA:AES256-SHA":         fmt.Sprint([]uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA}, []string{}),
		"ecdhe-rsa-aes128-gcm-sha256":   fmt.Sprint([]uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, []string{}),
		"AES128-SHA:RC4-MD5":            fmt.Sprint([]uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, []string{"RC4-MD5"}),
		"TLS_AES_128_GCM_SHA256,AES128": "[] [AES128]",
	} {
		suites, unknown := cipherSuites(list)
		if got := fmt.Sprint(suites, unknown); got != want {
			t.Errorf("%q: %s, want %s", list, got, want)
		}
	}
}

// Each file that cannot be used is named with the option and its line.
func TestTLSFiles(t *testing.T) {
	dir := t.TempDir()
	cert, key, err := testkit.Certificate(dir, "pbx.example")
	if err != nil {
		t.Fatal(err)
	}
	both := filepath.Join(dir, "both.pem")
	var text []byte
	for _, p := range []string{cert, key} {
		b, _ := os.ReadFile(p)
		text = append(text, b...)
	}
	os.WriteFile(both, text, 0o600)
	for lines, want := range map[string]string{
		"":                                       "",
		"tlsverifyclient=yes":                    "sip.conf:2: ERROR: tlsverifyclient: a tlscafile or tlscapath is needed",
		"tlsverifyclient=yes\ntlscafile=" + cert: "",
		"tlsenable=yes":                          "sip.conf:2: ERROR: tlsenable: a tlscertfile is needed",
		"tlsenable=yes\ntlscertfile=" + both:     "",
		"tlscertfile=" + cert + "\ntlsprivatekey=" + key + "\ntlscafile=" + cert + "\ntlscapath=" + dir: "",
		"tlsenable=yes\ntlscertfile=" + cert: "sip.conf:3: ERROR: tlscertfile: ",
		"tlscertfile=/nowhere.pem":           "sip.conf:2: ERROR: tlscertfile: open /nowhere.pem: no such file",
		"tlscafile=" + key:                   "sip.conf:2: ERROR: tlscafile: " + key + " has no certificate",
		"tlscapath=/nowhere":                 "sip.conf:2: ERROR: tlscapath: open /nowhere: no such file",
		"tlscipher=RC4-MD5":                  "sip.conf:2: WARNING: tlscipher: there is no cipher suite 'RC4-MD5' here",
	} {
		f, err := config.Load(config.FS{FS: fstest.MapFS{"sip.conf": {Data: []byte("[general]\n" + lines + "\n")}}}, "sip.conf",
			config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d, _ := sipconf.Compile(f, sipconf.Surroundings{Names: dnsmgr.New(dnsmgr.Resolver{Addr: netip.ParseAddr})})
		pair, diags := readTLS(d)
		got := ""
		for _, x := range diags {
			got += x.String()
		}
		if (got == "") != (want == "") || !strings.HasPrefix(got, want) || (pair == nil) != strings.Contains(want, "ERROR") {
			t.Errorf("%q: %q, want %q", lines, got, want)
		}
	}
}

// tlsverifyclient: who has no certificate of our authority is not let in.
func TestTLSVerifyClient(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	cert, key, err := testkit.Certificate(dir, "pbx.example")
	if err != nil {
		t.Fatal(err)
	}
	strange, strangeKey, err := testkit.Certificate(other, "pbx.example")
	if err != nil {
		t.Fatal(err)
	}
	load := func(cert, key string) []tls.Certificate {
		c, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		return []tls.Certificate{c}
	}
	for _, c := range []struct {
		lines string
		shows []tls.Certificate
		in    bool
	}{
		{"tlsverifyclient=yes\n", nil, false},
		{"tlsverifyclient=yes\n", load(strange, strangeKey), false},
		{"tlsverifyclient=yes\n", load(cert, key), true},
		{"sslverifyclient=no\n", nil, true},
		{"", nil, true},
	} {
		text := "[general]\ntlsenable=yes\ntlscertfile=" + cert + "\ntlsprivatekey=" + key + "\ntlscafile=" + cert + "\n" + c.lines
		f, err := config.Load(config.FS{FS: fstest.MapFS{"sip.conf": {Data: []byte(text)}}}, "sip.conf", config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d, _ := sipconf.Compile(f, sipconf.Surroundings{Names: dnsmgr.New(dnsmgr.Resolver{Addr: netip.ParseAddr})})
		pair, diags := readTLS(d)
		if pair == nil {
			t.Fatal(diags)
		}
		near, far := net.Pipe()
		roots := x509.NewCertPool()
		addFile(roots, cert)
		go func() {
			client := tls.Client(far, &tls.Config{RootCAs: roots, ServerName: "pbx.example", Certificates: c.shows})
			client.Handshake()
			client.Read(make([]byte, 1))
			far.Close()
		}()
		near.SetDeadline(time.Now().Add(20 * time.Second))
		if err := tls.Server(near, pair.server).Handshake(); (err == nil) != c.in {
			t.Errorf("%q with %d certificates: %v", c.lines, len(c.shows), err)
		}
		near.Close()
	}
}
