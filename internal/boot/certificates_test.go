package boot

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// pemUntil writes a certificate with its key that is good until a time.
func pemUntil(t *testing.T, file string, end time.Time) string {
	t.Helper()
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: end.Add(-90 * 24 * time.Hour), NotAfter: end}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	k, _ := x509.MarshalECPrivateKey(key)
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: k})...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A certificate that runs out, has run out or cannot be read is told by the console and by check.
func TestCertificatesEnd(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	soon, over := pemUntil(t, filepath.Join(dir, "soon.pem"), now.Add(5*24*time.Hour)), pemUntil(t, filepath.Join(dir, "over.pem"), now.Add(-time.Hour))
	good := pemUntil(t, filepath.Join(dir, "good.pem"), now.Add(60*24*time.Hour))
	files := func(sip, http, ami string) map[string]string {
		return map[string]string{
			"sip.conf":     "[general]\nudpbindaddr=127.0.0.1:0\ntlsenable=yes\ntlsbindaddr=127.0.0.1:0\ntlscertfile=" + sip + "\n",
			"http.conf":    "[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport=0\ntlsenable=yes\ntlsbindaddr=127.0.0.1:0\ntlscertfile=" + http + "\n",
			"manager.conf": "[general]\nenabled=yes\nbindaddr=127.0.0.1\nport=0\ntlsenable=yes\ntlsbindaddr=127.0.0.1:0\ntlscertfile=" + ami + "\n",
		}
	}
	told := func(v houseView) (alarms, found []string) {
		for _, a := range v.Alarms() {
			if strings.HasPrefix(a.Key, "alarm.cert") {
				alarms = append(alarms, fmt.Sprint(a.Key, " ", a.Args[0]))
			}
		}
		list, err := v.Findings()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			if f.Code == "read-certificate" || f.Code == "sip-tls" {
				found = append(found, f.File+" "+f.Severity)
				if !strings.Contains(f.Message, "certificate") {
					t.Errorf("%+v", f)
				}
			}
		}
		return alarms, found
	}
	h, v := consoled(t, files(soon, over, good))
	alarms, found := told(v)
	if !slices.Equal(alarms, []string{"alarm.certsoon SIP", "alarm.certover HTTPS"}) || !slices.Equal(found, []string{"http.conf warning", "sip.conf warning"}) {
		t.Errorf("%q %q", alarms, found)
	}
	pemUntil(t, soon, now.Add(80*24*time.Hour))
	os.WriteFile(good, []byte("no certificate"), 0o600)
	h.run("module reload")
	if alarms, _ = told(v); !slices.Equal(alarms, []string{"alarm.certover HTTPS", "alarm.certunread AMI"}) {
		t.Errorf("renewed, and spoilt: %q", alarms)
	}
}
