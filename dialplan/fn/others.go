package fn

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"obelisk/internal/store"
	"obelisk/pbx"

	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/transform"
)

// others: functions that evaluate, and that convert texts.
var others = []pbx.Func{
	{Name: "EVAL_SUB", Dangerous: true, Synopsis: "What a subroutine returns", Usage: "EVAL_SUB([[context,]extension,]priority[,argument...])", Read: evalSub},
	{Name: "ICONV", Synopsis: "A text in another character set", Usage: "ICONV(from,to,text)", Read: iconv},
}

// evalSub runs the subroutine whose place is the first three arguments.
func evalSub(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 0)
	n := min(3, len(f))
	to, err := c.Core().Plan().TargetFrom(c.View().At, strings.Join(f[:n], ","), c.Query())
	if err != nil {
		return "", err
	}
	if !c.RunSubAside(to, f[n:]) {
		return "", errors.New("the subroutine does not return")
	}
	return c.Variable("GOSUB_RETVAL"), nil
}

// iconv knows the names of IANA's registry. What the target does not have is an error.
func iconv(_ *pbx.Channel, args string) (string, error) {
	f := raw(args, 3)
	if len(f) < 3 {
		return "", errArguments
	}
	text := f[2]
	for i, name := range f[:2] {
		e, err := ianaindex.IANA.Encoding(strings.TrimSpace(name))
		if err != nil || e == nil {
			return "", fmt.Errorf("there is no character set '%s'", name)
		}
		var t transform.Transformer = e.NewDecoder()
		if i == 1 {
			t = e.NewEncoder()
		}
		if text, _, err = transform.String(t, text); err != nil {
			return "", err
		}
	}
	return cString(text), nil
}

// Configuration adds AST_CONFIG; read lists the values of a variable in a category of a
// file.
func Configuration(core *pbx.Core, read func(file, category, variable string) ([]string, error)) {
	core.RegisterFunc(pbx.Func{Name: "AST_CONFIG", Dangerous: true, Synopsis: "A value of a configuration file", Usage: "AST_CONFIG(file,category,variable[,index]); -1 is the last one",
		Read: func(_ *pbx.Channel, args string) (string, error) {
			f := append(raw(args, 4), "", "", "", "")
			list, err := read(f[0], f[1], f[2])
			if err != nil || len(list) == 0 {
				return "", err
			}
			n, _ := strconv.Atoi(f[3])
			if n < 0 {
				n = len(list) - 1
			}
			if n >= len(list) {
				return "", errNumber
			}
			return list[n], nil
		}})
}

// customPresence is where the states of "CustomPresence:..." are kept, as in Asterisk.
const customPresence = "CustomPresence"

// Presence adds PRESENCE_STATE for CustomPresence.
func Presence(core *pbx.Core, db *store.DB) {
	states := []string{"not_set", "unavailable", "available", "away", "xa", "chat", "dnd"}
	name := func(text string) (string, error) {
		provider, name, ok := strings.Cut(text, ":")
		if !ok || !strings.EqualFold(provider, customPresence) {
			return "", errors.New("there is no provider of presence but CustomPresence")
		}
		return name, nil
	}
	core.RegisterFunc(pbx.Func{Name: "PRESENCE_STATE", Synopsis: "Presence that the dialplan or the console sets", Usage: "PRESENCE_STATE(CustomPresence:name,value|subtype|message[,e])[=state[,subtype[,message[,e]]]]\n  e  subtype and message are in base 64",
		Read: func(_ *pbx.Channel, args string) (string, error) {
			f := append(raw(args, 3), "", "", "")
			if f[0] == "" || f[1] == "" {
				return "", errArguments
			}
			key, err := name(f[0])
			if err != nil {
				return "", err
			}
			v, _ := db.Get(customPresence, key)
			parts := append(strings.SplitN(v, ",", 4), "", "", "", "")
			text := func(s string) string { // "e": in base 64, when it is written and when it is read
				if strings.Contains(parts[3], "e") {
					s = base64Decode(s)
				}
				if strings.Contains(f[2], "e") {
					s = base64.StdEncoding.EncodeToString([]byte(s))
				}
				return s
			}
			switch strings.ToLower(f[1]) {
			case "value":
				return cmp.Or(strings.ToLower(parts[0]), states[0]), nil
			case "subtype":
				return text(parts[1]), nil
			case "message":
				return text(parts[2]), nil
			}
			return "", nil
		},
		Write: func(_ *pbx.Channel, args, value string) error {
			key, err := name(args)
			if err != nil {
				return err
			}
			state, _, _ := strings.Cut(value, ",")
			if f := strings.SplitN(value, ",", 5); len(f) > 3 && f[3] != "" && !strings.Contains(f[3], "e") {
				return errField
			}
			for _, s := range states {
				if s == strings.ToLower(state) {
					db.Put(customPresence, key, value)
					return nil
				}
			}
			return errNoState
		}})
}
