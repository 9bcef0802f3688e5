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

// demoSecrets makes the secrets of the demo phones and of the console's user at the first start,
// keeps them in the astdb and puts them before the built-in files.
func (s *System) demoSecrets() error {
	var b strings.Builder
	fresh := false
	secretOf := func(name string) string {
		secret, ok := s.db.Get(demoFamily, name)
		if !ok {
			secret = strings.ToLower(rand.Text()[:12])
			s.db.Put(demoFamily, name, secret)
			fresh = true
		}
		return secret
	}
	for _, phone := range DemoPhones {
		secret := secretOf(phone)
		fmt.Fprintf(&b, "[%s](+)\nsecret=%s\n", phone, secret)
		s.notice(fmt.Sprintf("  phone %s   secret %s", phone, secret))
	}
	secret := secretOf(demoUser)
	s.notice(fmt.Sprintf("  console http://127.0.0.1:8088/   user %s   secret %s", demoUser, secret))
	if fresh {
		s.notice("These secrets were made just now; they stay the same from now on.")
	}
	s.conf.src = overlay{Source: s.conf.src, name: "demo-secrets.conf", data: []byte(b.String())}
	user := fmt.Sprintf("[%s]\nsecret=%s\nrole=administrator\nphone=%s\n", demoUser, secret, demoBrowser)
	s.conf.src = overlay{Source: s.conf.src, name: "demo-console.conf", data: []byte(user)}
	return nil
}

func (s *System) notice(text string) {
	if s.opt.Notice != nil {
		s.opt.Notice(text)
	}
}
