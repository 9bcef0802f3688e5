package fn

import (
	"cmp"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/dialplan/expr"
	"obelisk/pbx"
)

// variables: functions about variables, places and channels.
var variables = []pbx.Func{
	{Name: "LOCAL", Synopsis: "A variable of the subroutine that runs", Usage: "LOCAL(name)", Read: readLocal, Write: writeLocal},
	{Name: "LOCAL_PEEK", Synopsis: "A variable as an outer subroutine has it", Usage: "LOCAL_PEEK(n,name); 0 is the one that runs",
		Read: localPeek},
	{Name: "STACK_PEEK", Synopsis: "Where subroutines go back to", Usage: "STACK_PEEK(n,c|e|l|p); 1 is the one that runs", Read: stackPeek},
	{Name: "SET", Synopsis: "Sets a variable, or writes a function, and returns the value", Usage: "SET(name=value)", Read: setVariable},
	{Name: "ARRAY", Synopsis: "Sets several variables", Usage: "ARRAY(name[,name...])=value[,value...]", Write: array},
	{Name: "HASH", Synopsis: "A value of a table by its key", Usage: "HASH(table[,key])", Read: readHash, Write: writeHash},
	{Name: "HASHKEYS", Synopsis: "The keys of a table", Usage: "HASHKEYS(table)", Read: hashKeys},
	{Name: "VARIABLE_EXISTS", Synopsis: "1 when a variable is set", Usage: "VARIABLE_EXISTS(name)", Read: variableExists},
	{Name: "GLOBAL_EXISTS", Synopsis: "1 when a global variable is set", Usage: "GLOBAL_EXISTS(name)",
		Read: func(c *pbx.Channel, name string) (string, error) {
			_, ok := c.Core().Global(name)
			return digit(ok), nil
		}},
	{Name: "LOG_GROUP", Synopsis: "The group of the channel in the log", Usage: "Set(LOG_GROUP()=name): is taken and has no effect: the " +
		"log is not filtered by groups here", Write: func(*pbx.Channel, string, string) error { return nil }},
	{Name: "DELETE", Synopsis: "Removes a variable", Usage: "DELETE(name)=", Write: func(c *pbx.Channel, name, _ string) error {
		c.UnsetVar(name)
		return nil
	}},
	{Name: "SHARED", Synopsis: "A variable that other channels may read", Usage: "SHARED(name[,channel])", Read: readShared,
		Write: writeShared},
	{Name: "IMPORT", Synopsis: "A variable of another channel", Usage: "IMPORT(channel,name)", Read: importVariable},
	{Name: "ENV", Dangerous: true, Synopsis: "A variable of the environment", Usage: "ENV(name)", Read: plain(os.Getenv),
		Write: func(_ *pbx.Channel, name, value string) error { return os.Setenv(name, value) }},
	{Name: "EXCEPTION", Synopsis: "What sent the call to the extension e", Usage: "EXCEPTION(reason|context|exten|priority)",
		Read: exception},
	{Name: "DIALPLAN_EXISTS", Synopsis: "1 when a place of the dialplan exists", Usage: "DIALPLAN_EXISTS(context[,extension[,priority]])",
		Read: planExists},
	{Name: "VALID_EXTEN", Synopsis: "1 when an extension exists", Usage: "VALID_EXTEN([context],extension[,priority])", Read: validExten},
	{Name: "CHANNELS", Synopsis: "The channels, or those whose names match", Usage: "CHANNELS([expression])", Read: channels},
	{Name: "CHANNEL_EXISTS", Synopsis: "1 when there is a channel of that name", Usage: "CHANNEL_EXISTS(name)", Read: channelExists},
	{Name: "GROUP_LIST", Synopsis: "The groups of the channel", Usage: "GROUP_LIST()", Read: groupList},
	{Name: "SHELL", Dangerous: true, Guard: pbx.GuardRead, Synopsis: "What a command of the system prints", Usage: "SHELL(command)",
		Read: shell},
}

// readLocal knows the variables of the subroutine's own alone.
func readLocal(c *pbx.Channel, name string) (string, error) {
	v, _ := c.Local(name)
	return v, nil
}

func writeLocal(c *pbx.Channel, name, value string) error {
	if !c.Hide(strings.TrimSpace(name), value) {
		return errors.New("there is no subroutine that runs")
	}
	return nil
}

func localPeek(c *pbx.Channel, args string) (string, error) {
	f := dialplan.SplitRawTo(args, 2)
	if len(f) < 2 || f[0] == "" || f[1] == "" {
		return "", errArguments
	}
	return c.PeekVar(max(integer(f[0]), 0), f[1]), nil
}

func stackPeek(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 3), "", "")
	n, subs := integer(f[0]), c.Subs()
	switch {
	case f[1] == "":
		return "", errArguments
	case (n < 1 || n > len(subs)) && expr.True(f[2]):
		return "", nil
	case n < 1 || n > len(subs):
		return "", errors.New("there are not so many subroutines that run")
	}
	at := subs[n-1]
	priority := strconv.Itoa(at.Priority - 1)
	switch which := strings.TrimLeft(f[1], blanks) + " "; which[0] {
	case 'c':
		return at.Context, nil
	case 'e':
		return at.Exten, nil
	case 'p':
		return priority, nil
	case 'l':
		return at.Context + "," + at.Exten + "," + priority, nil
	}
	return "", errField
}

func setVariable(c *pbx.Channel, args string) (string, error) {
	name, value, ok := strings.Cut(args, "=")
	if !ok {
		return "", errArguments
	}
	if name = strings.TrimSpace(name); name == "" {
		return "", errArguments
	}
	value = strings.TrimSpace(value)
	return value, c.Assign(name, value)
}

func array(c *pbx.Channel, args, value string) error {
	values := raw(value, 0)
	for i, name := range raw(args, 0) {
		v := ""
		if i < len(values) {
			v = values[i]
		}
		c.SetVar(name, v)
	}
	return nil
}

// hashName is the variable that holds a value, as in Asterisk.
func hashName(table, key string) string { return "~HASH~" + table + "~" + key + "~" }

// eachHash visits a table, newest first.
func eachHash(c *pbx.Channel, table string, f func(key, value string)) {
	prefix := "~HASH~" + table + "~"
	c.EachVar(func(name, value string) {
		if key, ok := strings.CutPrefix(name, prefix); ok {
			f(strings.TrimSuffix(key, "~"), value)
		}
	})
}

func readHash(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 2)
	switch len(f) {
	case 0:
		return "", errArguments
	case 1:
		var keys, out []string
		eachHash(c, f[0], func(key, value string) { keys, out = append(keys, key), append(out, value) })
		c.SetVar("~ODBCFIELDS~", strings.Join(keys, ","))
		if strings.Join(keys, "") == "" {
			return "", nil
		}
		return strings.Join(out, ","), nil
	}
	v, _ := c.Var(hashName(f[0], f[1]))
	return v, nil
}

// writeHash sets a value, or without a key those of the columns that were read last.
func writeHash(c *pbx.Channel, args, value string) error {
	f := raw(args, 2)
	switch len(f) {
	case 0:
		return errArguments
	case 1:
		values := raw(value, 0)
		for i, key := range raw(c.Variable("~ODBCFIELDS~"), 0) {
			v := ""
			if i < len(values) {
				v = values[i]
			}
			setHash(c, f[0], key, v)
		}
		return nil
	}
	setHash(c, f[0], f[1], value)
	return nil
}

// setHash sets one value; underscores before the table say how far it is inherited.
func setHash(c *pbx.Channel, table, key, value string) {
	bare := strings.TrimPrefix(strings.TrimPrefix(table, "_"), "_")
	c.SetVar(table[:len(table)-len(bare)]+hashName(bare, key), value)
}

func hashKeys(c *pbx.Channel, table string) (string, error) {
	var out []string
	eachHash(c, table, func(key, _ string) { out = append(out, key) })
	return strings.Join(out, ","), nil
}

func variableExists(c *pbx.Channel, name string) (string, error) {
	_, mine := c.Var(name)
	_, global := c.Core().Global(name)
	return digit(mine || global), nil
}

// another is a channel by its name or unique number.
func another(c *pbx.Channel, name string) *pbx.Channel {
	if name == "" {
		return c
	}
	return named(c.Core(), name)
}

// named finds a channel by its name, or else its unique number.
func named(core *pbx.Core, name string) *pbx.Channel {
	if ch := core.Channel(name); ch != nil || name == "" {
		return ch
	}
	for _, ch := range core.Channels() {
		if ch.UniqueID() == name || strings.EqualFold(ch.Name(), name) {
			return ch
		}
	}
	return nil
}

const sharedPrefix = "~SHARED~"

func readShared(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 2), "", "")
	of := another(c, f[1])
	switch {
	case f[0] == "":
		return "", errArguments
	case of == nil:
		return "", errNoChannel
	}
	v, _ := of.Var(sharedPrefix + strings.TrimSpace(f[0]))
	return v, nil
}

func writeShared(c *pbx.Channel, args, value string) error {
	f := append(raw(args, 2), "", "")
	of := another(c, f[1])
	switch {
	case f[0] == "":
		return errArguments
	case of == nil:
		return errNoChannel
	}
	of.SetVar(sharedPrefix+strings.TrimSpace(f[0]), value)
	return nil
}

var errNoChannel = errors.New("there is no such channel")

func importVariable(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 2)
	if len(f) < 2 {
		return "", errArguments
	}
	of := another(c, f[0])
	if of == nil || f[0] == "" {
		return "", errNoChannel
	}
	return valueOf(of, f[1]), nil
}

func exception(c *pbx.Channel, args string) (string, error) {
	e := c.Exception()
	if e == nil {
		return "", nil
	}
	switch strings.ToLower(strings.TrimSpace(args)) {
	case "reason":
		return e.Reason, nil
	case "context":
		return e.At.Context, nil
	case "exten":
		return e.At.Exten, nil
	case "priority":
		return strconv.Itoa(e.At.Priority), nil
	}
	return "", errField
}

// exists looks a place up; without extension and priority it asks for the context alone.
func exists(c *pbx.Channel, context, exten, priority string) bool {
	plan := c.Core().Plan()
	n, ok := integer(priority), false
	switch {
	case priority == "" && exten == "":
		ok = plan.Contexts[context] != nil
	case priority == "":
		ok = plan.Exists(context, exten, c.Query())
	case n > 0:
		_, ok = plan.Find(context, exten, n, c.Query())
	default:
		_, ok = plan.FindLabel(context, exten, priority, c.Query())
	}
	return ok
}

func planExists(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 3), "", "", "")
	if f[0] == "" && f[1] == "" && f[2] == "" {
		return "", errArguments
	}
	return digit(exists(c, f[0], f[1], f[2])), nil
}

// hintPriority is the number of what is no step but a hint.
const hintPriority = -1

func validExten(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 3), "", "", "")
	if f[1] == "" {
		return "", errArguments
	}
	context, priority := cmp.Or(f[0], c.View().At.Context), 1
	if f[2] != "" {
		priority = integer(f[2])
	}
	if priority == hintPriority {
		_, ok := c.Core().Plan().Hint(context, f[1], c.Query())
		return digit(ok), nil
	}
	_, ok := c.Core().Plan().Find(context, f[1], priority, c.Query())
	return digit(ok), nil
}

func channelExists(c *pbx.Channel, name string) (string, error) {
	if strings.TrimSpace(name) == "" {
		return "", errArguments
	}
	return digit(named(c.Core(), name) != nil), nil
}

func channels(c *pbx.Channel, args string) (string, error) {
	var re *expr.Regex
	if args = strings.Trim(args, `" `); args != "" {
		var err error
		if re, err = expr.CompileRegex(args); err != nil {
			return "", err
		}
	}
	var out []string
	for _, ch := range c.Core().Channels() {
		if re == nil || re.Match(ch.Name()) {
			out = append(out, ch.Name())
		}
	}
	return strings.Join(out, " "), nil
}

const groupPrefix = pbx.GroupPrefix

// Groups lists the channels that are in groups: channel, group and category.
func Groups(core *pbx.Core) (out [][3]string) {
	for _, ch := range core.Channels() {
		ch.EachVar(func(name, value string) {
			if category, ok := strings.CutPrefix(name, groupPrefix); ok && value != "" {
				out = append(out, [3]string{ch.Name(), value, category})
			}
		})
	}
	return out
}

func readGroup(c *pbx.Channel, category string) (string, error) {
	category = strings.TrimSpace(category)
	v, _ := c.Var(groupPrefix + category)
	if v == "" && category == "" { // any
		c.EachVar(func(name, value string) {
			if strings.HasPrefix(name, groupPrefix) && value != "" {
				v = value
			}
		})
	}
	return v, nil
}

// writeGroup puts the channel into a group of a category; "": it leaves that of the category.
func writeGroup(c *pbx.Channel, category, value string) (group, of string) {
	if category != "" {
		value += "@" + category
	}
	group, of, _ = strings.Cut(value, "@")
	c.SetVar(groupPrefix+of, group)
	return group, of
}

// count counts the channels that are in a group of a category which fit.
func count(c *pbx.Channel, fits func(group, category string) bool) (n int) {
	for _, ch := range c.Core().Channels() {
		in := false
		ch.EachVar(func(name, value string) {
			if of, ok := strings.CutPrefix(name, groupPrefix); ok && value != "" && fits(value, of) {
				in = true
			}
		})
		if in {
			n++
		}
	}
	return n
}

// groupCount says which groups are counted; nil: none.
func groupCount(c *pbx.Channel, args string) (fits func(group, category string) bool, err error) {
	group, category, given := strings.Cut(strings.TrimSpace(args), "@")
	if group == "" {
		group, _ = c.Var(groupPrefix + category)
	}
	if group == "" {
		return nil, nil
	}
	return func(g, of string) bool { return g == group && (!given || of == category) }, nil
}

// groupMatchCount takes an expression for the group and one for the category.
func groupMatchCount(_ *pbx.Channel, args string) (fits func(group, category string) bool, err error) {
	text, category, _ := strings.Cut(strings.TrimSpace(args), "@")
	group, err := expr.CompileRegex(text)
	if err != nil {
		return nil, err
	}
	of, err := expr.CompileRegex(category)
	if err != nil {
		return nil, err
	}
	return func(g, in string) bool { return group.Match(g) && of.Match(in) }, nil
}

func groupList(c *pbx.Channel, _ string) (string, error) {
	var plainly, others []string
	c.EachVar(func(name, value string) {
		switch of, ok := strings.CutPrefix(name, groupPrefix); {
		case !ok || value == "":
		case of == "":
			plainly = append(plainly, value)
		default:
			others = append(others, value+"@"+of)
		}
	})
	return strings.Join(append(plainly, others...), " "), nil
}

func shell(c *pbx.Channel, command string) (string, error) {
	if strings.TrimSpace(command) == "" {
		return "", errArguments
	}
	if world := c.Core().Outside(); world != nil {
		text, _ := world.Program(command)
		return text, nil
	}
	var out []byte
	var err error
	if busy := commands.off(c, func() { out, err = exec.Command("/bin/sh", "-c", command).Output() }); busy != nil {
		return "", busy
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = nil // what it has printed counts
	}
	return cString(string(out)), err
}
