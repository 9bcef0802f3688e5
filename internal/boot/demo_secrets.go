package boot

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// DemoPhones are the phones of the built-in default.
var DemoPhones = []string{"6001", "6002"}

const demoFamily = "obelisk/demo"

// demoSecrets makes the demo phones' secrets at the first start, keeps them in
// the astdb and puts them before the built-in sip.conf.
func (s *System) demoSecrets() error {
	var b strings.Builder
	fresh := false
	for _, phone := range DemoPhones {
		secret, ok := s.db.Get(demoFamily, phone)
		if !ok {
			secret = strings.ToLower(rand.Text()[:12])
			s.db.Put(demoFamily, phone, secret)
			fresh = true
		}
		fmt.Fprintf(&b, "[%s](+)\nsecret=%s\n", phone, secret)
		s.notice(fmt.Sprintf("  phone %s   secret %s", phone, secret))
	}
	if fresh {
		s.notice("These secrets were made just now; they stay the same from now on.")
	}
	s.conf.src = overlay{Source: s.conf.src, name: "demo-secrets.conf", data: []byte(b.String())}
	return nil
}

func (s *System) notice(text string) {
	if s.opt.Notice != nil {
		s.opt.Notice(text)
	}
}
