package access

import (
	"crypto/md5"
	"encoding/hex"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
	"obelisk/pbx/prompt"
)

const authenticateUsage = `Authenticate(password[,{a d m r}[,digits[,file[&file...]]]])
  password  what is to be typed; with a slash a file of passwords, one a line; with d a family of the database
  a  what was typed becomes the account code
  d  the password is a key of that family
  m  the file has lines of account:MD5 of the password, and the account becomes the account code
  r  with d, the key is deleted
  digits  so many end it, otherwise #
  after three mistakes the call ends`

// attempts are allowed.
const attempts = 3

func (m *Module) authenticate(c *pbx.Channel, args string) dialplan.Result {
	f := append(dialplan.SplitArgs(args, 4), make([]string, 4)...)
	if args == "" {
		c.Warn("Authenticate requires an argument(password)")
		return dialplan.End
	}
	c.Answer()
	o := dialplan.ParseOptions(f[1], "admr")
	ask := prompt.Ask{Prompts: prompt.Files(f[3]), Ends: "#", Most: 254}
	if n, err := strconv.Atoi(strings.TrimSpace(f[2])); err == nil && n > 0 {
		ask.Most = min(n, ask.Most)
	}
	if len(ask.Prompts) == 0 {
		ask.Prompts = []string{"agent-pass"}
	}
	for range attempts {
		a := m.Digits(c, ask)
		if c.Gone() {
			return dialplan.End
		}
		if account, ok := passes(c, f[0], a.Digits, o); ok {
			if account != "" {
				c.SetAccountCode(account)
			}
			m.List(c, []string{"auth-thankyou"}, prompt.How{})
			return left(c)
		}
		ask.Prompts = []string{"auth-incorrect"}
	}
	m.List(c, []string{"vm-goodbye"}, prompt.How{})
	return dialplan.End
}

// left goes on unless the channel is gone.
func left(c *pbx.Channel) dialplan.Result {
	if c.Gone() {
		return dialplan.End
	}
	return dialplan.Continue
}

// passes says whether what was typed is right, and what account code follows from it.
func passes(c *pbx.Channel, password, typed string, o dialplan.Options) (account string, ok bool) {
	if o.Has('a') && !o.Has('m') {
		account = typed
	}
	switch {
	case !strings.HasPrefix(password, "/"):
		return account, typed == password
	case o.Has('d'):
		key := password[1:] + "/" + typed
		if typed == "" || ask(c, "DB_EXISTS", key) != "1" {
			return "", false
		}
		if o.Has('r') {
			ask(c, "DB_DELETE", key)
		}
		return account, true
	}
	list, err := lines(c, password)
	if err != nil {
		c.Warn("Unable to open file '" + password + "' for authentication: " + err.Error())
		return "", false
	}
	sum := md5.Sum([]byte(typed))
	for _, line := range list {
		name, hash, several := strings.Cut(line, ":")
		switch {
		case !o.Has('m') && line == typed:
			return account, true
		case o.Has('m') && several && hash == hex.EncodeToString(sum[:]):
			if !o.Has('a') {
				name = ""
			}
			return name, true
		}
	}
	return "", false
}

// ask reads a function of the dialplan.
func ask(c *pbx.Channel, function, args string) string {
	f := c.Core().Func(function)
	if f == nil {
		return ""
	}
	value, err := f.Value(c, args)
	if err != nil {
		c.Warn(err.Error())
	}
	return value
}
