package boot

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// DemoPhones are the phones of the built-in default.
var DemoPhones = []string{"6001", "6002", demoBrowser}

// demoBrowser is the one in the page of the console.
const demoBrowser = "6003"

// demoUser administers the built-in default in a browser.
const demoUser = "admin"

const demoFamily = "obelisk/demo"

// demoFiles are the files that the samples include: secrets of the phones and of the console's user.
func demoFiles(secretOf func(name string) string) map[string]string {
	var phones strings.Builder
	for _, phone := range DemoPhones {
		fmt.Fprintf(&phones, "[%s](+)\nsecret=%s\n", phone, secretOf(phone))
	}
	return map[string]string{
		"demo-secrets.conf": phones.String(),
		"demo-console.conf": fmt.Sprintf("[%s]\nsecret=%s\nrole=administrator\nphone=%s\n", demoUser, secretOf(demoUser), demoBrowser),
	}
}

// tellSecrets says them to a person.
func tellSecrets(tell func(string), secretOf func(name string) string) {
	for _, phone := range DemoPhones {
		tell(fmt.Sprintf("  phone %s   secret %s", phone, secretOf(phone)))
	}
	tell(fmt.Sprintf("  console http://127.0.0.1:8088/   user %s   secret %s", demoUser, secretOf(demoUser)))
}

func freshSecret() string { return strings.ToLower(rand.Text()[:12]) }

// demoSecrets makes the secrets of the demo phones and of the console's user at the first start,
// keeps them in the astdb and puts them before the built-in files.
func (s *System) demoSecrets() error {
	fresh := false
	secretOf := func(name string) string {
		secret, ok := s.db.Get(demoFamily, name)
		if !ok {
			secret = freshSecret()
			s.db.Put(demoFamily, name, secret)
			fresh = true
		}
		return secret
	}
	tellSecrets(s.notice, secretOf)
	if fresh {
		s.notice("These secrets were made just now; they stay the same from now on.")
	}
	for name, text := range demoFiles(secretOf) {
		s.conf.src = overlay{Source: s.conf.src, name: name, data: []byte(text)}
	}
	return nil
}

func (s *System) notice(text string) {
	if s.opt.Notice != nil {
		s.opt.Notice(text)
	}
}
