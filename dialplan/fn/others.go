package fn

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"obelisk/pbx"

	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/transform"
)

// others: functions that evaluate, and that convert texts.
var others = []pbx.Func{
	{Name: "EVAL_SUB", Dangerous: true, Synopsis: "What a subroutine returns",
		Usage: "EVAL_SUB([[context,]extension,]priority[,argument...])", Read: evalSub},
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
	core.RegisterFunc(pbx.Func{Name: "AST_CONFIG", Dangerous: true, Synopsis: "A value of a configuration file",
		Usage: "AST_CONFIG(file,category,variable[,index]); -1 is the last one", Read: func(_ *pbx.Channel, args string) (string, error) {
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
