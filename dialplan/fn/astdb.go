package fn

import (
	"sort"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/store"
	"obelisk/pbx"
)

// astdb are the functions of the database of the switchboard.
type astdb struct{ db *store.DB }

// Database adds DB and its kin.
func Database(core *pbx.Core, db *store.DB) {
	a := astdb{db}
	for _, f := range []pbx.Func{
		{Name: "DB", Guard: pbx.GuardRead | pbx.GuardWrite, Synopsis: "A value of the astdb", Usage: "DB(family/key)", Read: a.read,
			Write: a.write},
		{Name: "DB_EXISTS", Synopsis: "1 when the astdb has a key; DB_RESULT is its value", Usage: "DB_EXISTS(family/key)", Read: a.exists},
		{Name: "DB_DELETE", Guard: pbx.GuardRead, Synopsis: "Removes a key, and returns its value", Usage: "DB_DELETE(family/key)",
			Read: a.remove, Write: func(c *pbx.Channel, args, _ string) error {
				_, err := a.remove(c, args)
				return err
			}},
		{Name: "DB_KEYS", Synopsis: "The keys below a family or key", Usage: "DB_KEYS([prefix])", Read: a.keys},
		{Name: "DB_KEYCOUNT", Synopsis: "How many keys there are", Usage: "DB_KEYCOUNT([prefix])", Read: a.keyCount},
		{Name: "BLACKLIST", Synopsis: "1 when the caller is in the astdb's family blacklist", Usage: "BLACKLIST()", Read: a.blacklist},
	} {
		core.RegisterFunc(f)
	}
	core.RegisterApp(pbx.App{Name: "DBdel", Dangerous: true, Synopsis: "Remove a key of the astdb", Usage: "DBdel(family/key)",
		Exec: func(c *pbx.Channel, args string) dialplan.Result {
			if family, key, err := place(args); err == nil {
				db.Delete(family, key)
			}
			return dialplan.Continue
		}})
	core.RegisterApp(pbx.App{Name: "DBdeltree", Dangerous: true, Synopsis: "Remove a family of the astdb, or what is below a key",
		Usage: "DBdeltree(family[/key])", Exec: func(c *pbx.Channel, args string) dialplan.Result {
			if family, key, _ := strings.Cut(strings.TrimSpace(args), "/"); family != "" {
				db.DeleteTree(family, key)
			}
			return dialplan.Continue
		}})
}

func (a astdb) blacklist(c *pbx.Channel, _ string) (string, error) {
	id := c.View().CallerID
	for _, key := range [2]string{id.Num, id.Name} {
		if _, ok := a.db.Get("blacklist", key); ok && key != "" {
			return "1", nil
		}
	}
	return "0", nil
}

// place reads "family/key".
func place(args string) (family, key string, err error) {
	f := dialplan.SplitAt(args, '/', 2)
	if len(f) < 2 {
		return "", "", errArguments
	}
	return f[0], f[1], nil
}

func (a astdb) read(c *pbx.Channel, args string) (string, error) {
	family, key, err := place(args)
	if err != nil {
		return "", err
	}
	v, ok := a.db.Get(family, key)
	if ok {
		c.SetVar("DB_RESULT", v)
	}
	return v, nil
}

func (a astdb) write(_ *pbx.Channel, args, value string) error {
	family, key, err := place(args)
	if err == nil {
		a.db.Put(family, key, value)
	}
	return err
}

func (a astdb) exists(c *pbx.Channel, args string) (string, error) {
	family, key, err := place(args)
	if err != nil {
		return "", err
	}
	v, ok := a.db.Get(family, key)
	if ok {
		c.SetVar("DB_RESULT", v)
	}
	return digit(ok), nil
}

func (a astdb) remove(c *pbx.Channel, args string) (string, error) {
	family, key, err := place(args)
	if err != nil {
		return "", err
	}
	v, _ := a.db.Get(family, key)
	c.SetVar("DB_RESULT", v)
	a.db.Delete(family, key)
	return v, nil
}

// below lists what stands behind a prefix, up to the next slash, each once. A key that is the
// prefix itself leaves an empty name before the others, as in Asterisk.
func (a astdb) below(prefix string) []string {
	prefix = "/" + strings.Trim(prefix, "/")
	itself := false
	if prefix != "/" {
		family, key, _ := strings.Cut(prefix[1:], "/")
		_, itself = a.db.Get(family, key)
		prefix += "/"
	}
	seen := map[string]bool{}
	var out []string
	for _, e := range a.db.List("") {
		if rest, ok := strings.CutPrefix(e.Key, prefix); ok {
			name, _, _ := strings.Cut(rest, "/")
			if !seen[name] {
				seen[name] = true
				out = append(out, name)
			}
		}
	}
	sort.Strings(out)
	if itself && len(out) > 0 {
		out = append([]string{""}, out...)
	}
	return out
}

func (a astdb) keys(_ *pbx.Channel, args string) (string, error) {
	list := a.below(args)
	for i, name := range list {
		list[i] = strings.ReplaceAll(name, ",", `\,`)
	}
	return strings.Join(list, ","), nil
}

func (a astdb) keyCount(_ *pbx.Channel, args string) (string, error) {
	list := a.below(args)
	if len(list) > 0 && list[0] == "" {
		list = list[1:]
	}
	return strconv.Itoa(len(list)), nil
}
