package sipconf

import (
	"testing"
	"time"

	"obelisk/internal/sipstack"
)

func TestRegisterLines(t *testing.T) {
	for text, want := range map[string]RegisterLine{
		"1234@host":    {User: "1234", Host: "host", Extension: "s"},
		"1234:pw@host": {User: "1234", Secret: "pw", Host: "host", Extension: "s"},
		"1234:pw:auth@host:5070/200~600": {User: "1234", Secret: "pw", AuthUser: "auth", Host: "host", Port: 5070, Extension: "200",
			Expiry: 10 * time.Minute},
		"u@dom:pw:auth@host/ext":   {User: "u", Domain: "dom", Secret: "pw", AuthUser: "auth", Host: "host", Extension: "ext"},
		"u@dom:5090:pw:auth@host":  {User: "u", Domain: "dom", DomainPort: 5090, Secret: "pw", AuthUser: "auth", Host: "host", Extension: "s"},
		"tcp://u:pw@host":          {Transport: sipstack.TCP, User: "u", Secret: "pw", Host: "host", Extension: "s"},
		"trunk?u:pw@host":          {Peer: "trunk", User: "u", Secret: "pw", Host: "host", Extension: "s"},
		"trunk?tcp://u:pw@host":    {Peer: "trunk", Transport: sipstack.TCP, User: "u", Secret: "pw", Host: "host", Extension: "s"},
		`u:"p:w":auth@host`:        {User: "u", Secret: "p:w", AuthUser: "auth", Host: "host", Extension: "s"},
		"u:p@w@host":               {User: "u", Secret: "p@w", Host: "host", Extension: "s"},
		`2001:pw@"host:5061"/2001`: {User: "2001", Secret: "pw", Host: "host", Port: 5061, Extension: "2001"},
		"96702:as82?@trunk":        {User: "96702", Secret: "as82", Host: "trunk", Extension: "s"},
		"u@host:99999":             {User: "u", Host: "host", Extension: "s"},
		"u@host~x":                 {User: "u", Host: "host", Extension: "s"},
		"sctp://u@host":            {User: "u", Host: "host", Extension: "s"},
		"u:x:pw:a@host":            {User: "u", Secret: "pw", AuthUser: "a", Host: "host", Extension: "s"},
	} {
		got, err := parseRegister(text, func(string, ...any) {})
		if err != nil || got != want {
			t.Errorf("%s:\n got %+v %v\nwant %+v", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "user", "@host", "u:p@", "a:b:c:d:e@host"} {
		if l, err := parseRegister(bad, func(string, ...any) {}); err == nil {
			t.Errorf("%q was taken: %+v", bad, l)
		}
	}
}

func FuzzRegisterLine(f *testing.F) {
	f.Add(`peer?udp://user@dom:5060:"se:cret":auth@host:5060/ext~300`)
	f.Fuzz(func(t *testing.T, s string) {
		if l, err := parseRegister(s, func(string, ...any) {}); err == nil && (l.User == "" || l.Host == "") {
			t.Errorf("%q: %+v", s, l)
		}
	})
}
