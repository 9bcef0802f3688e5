package fn

import (
	"errors"
	"sort"
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// lists: texts in variables, as lists of fields. They take the name of a variable, or
// NAME(arguments) of a function, not a value.
var lists = []pbx.Func{
	{Name: "CUT", Synopsis: "Fields of a variable", Usage: "CUT(variable,delimiter,range); a range is 2, 2-, -2, 2-3 or several with &", Read: cut},
	{Name: "FIELDQTY", Synopsis: "How many fields a variable has", Usage: "FIELDQTY(variable[,delimiter])", Read: fieldQty},
	{Name: "FIELDNUM", Synopsis: "Which field of a variable has a value, 0 for none", Usage: "FIELDNUM(variable,delimiter,value)", Read: fieldNum},
	{Name: "LISTFILTER", Synopsis: "A list without a value", Usage: "LISTFILTER(variable,delimiter,value)", Read: listFilter},
	{Name: "SHIFT", Synopsis: "Takes the first field off a variable", Usage: "SHIFT(variable[,delimiter])", Read: take(true)},
	{Name: "POP", Synopsis: "Takes the last field off a variable", Usage: "POP(variable[,delimiter])", Read: take(false)},
	{Name: "PUSH", Synopsis: "Adds a field at the end", Usage: "PUSH(variable[,delimiter])=value", Write: give(false)},
	{Name: "UNSHIFT", Synopsis: "Adds a field at the beginning", Usage: "UNSHIFT(variable[,delimiter])=value", Write: give(true)},
	{Name: "SORT", Synopsis: "Names in the order of their numbers", Usage: "SORT(name:number[,name:number...])", Read: sorted},
	{Name: "REPLACE", Synopsis: "A variable with characters replaced", Usage: "REPLACE(variable,characters[,character])", Read: replace},
	{Name: "STRREPLACE", Synopsis: "A variable with a text replaced", Usage: "STRREPLACE(variable,find[,replacement[,most]])", Read: strReplace},
}

var errArguments = errors.New("arguments are missing")

// raw splits at commas, quotes and backslashes undone, blanks kept.
func raw(args string, most int) []string { return dialplan.SplitArgs(args, most) }

// valueOf is the value of a variable, or of a function, by its name.
func valueOf(c *pbx.Channel, name string) string { return dialplan.Lookup(c, strings.TrimSpace(name)) }

// delimiter is the first character of an argument, escapes undone.
func delimiter(f []string, i int, usual string) string {
	if i >= len(f) || f[i] == "" {
		return usual
	}
	if d := unescape(f[i]); d != "" {
		return d[:1]
	}
	return usual
}

// unescape undoes \n, \t, \xHH and the like.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'x':
			if n, err := strconv.ParseUint(s[i+1:min(i+3, len(s))], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
			fallthrough
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// cut goes through the fields once: what a later range names of what lies behind is not
// found any more.
func cut(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 0)
	if len(f) < 3 {
		return "", errArguments
	}
	d := delimiter(f, 1, "-")
	fields, at := strings.Split(valueOf(c, f[0]), d), 1
	var out []string
	for _, r := range strings.Split(f[2], "&") {
		from, to := rangeOf(strings.TrimSpace(r))
		for ; at <= len(fields) && at <= to; at++ {
			if at >= from {
				out = append(out, fields[at-1])
			}
		}
	}
	return strings.Join(out, d), nil
}

// rangeOf reads 2, 2-, -2 and 2-3; what is none is empty.
func rangeOf(r string) (from, to int) {
	const all = 1 << 30
	a, b, dash := strings.Cut(r, "-")
	from, to = 1, all
	if a != "" {
		from, _ = strconv.Atoi(a)
		if from == 0 {
			return 1, 0
		}
	}
	switch {
	case !dash:
		to = from
	case b != "":
		to, _ = strconv.Atoi(b)
	}
	return from, to
}

func fieldQty(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 2), "")
	d := delimiter(f, 1, "")
	if d == "" {
		return "1", nil // nothing parts it
	}
	v := valueOf(c, f[0])
	if v == "" {
		return "0", nil
	}
	return strconv.Itoa(strings.Count(v, d) + 1), nil
}

func fieldNum(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 3)
	if len(f) < 3 {
		return "", errArguments
	}
	value := valueOf(c, f[0])
	if value == "" {
		return "0", nil
	}
	for i, v := range strings.Split(value, delimiter(f, 1, ",")) {
		if v == f[2] {
			return strconv.Itoa(i + 1), nil
		}
	}
	return "0", nil
}

func listFilter(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 3)
	if len(f) < 3 {
		return "", errArguments
	}
	d := delimiter(f, 1, ",")
	var out []string
	for _, v := range strings.Split(valueOf(c, f[0]), d) {
		if v != f[2] {
			out = append(out, v)
		}
	}
	return strings.Join(out, d), nil
}

// take removes a field and returns it.
func take(first bool) func(*pbx.Channel, string) (string, error) {
	return func(c *pbx.Channel, args string) (string, error) {
		f := raw(args, 2)
		if len(f) == 0 {
			return "", errArguments
		}
		name, d := strings.TrimSpace(f[0]), delimiter(f, 1, ",")
		v := c.Variable(name)
		out, rest, _ := strings.Cut(v, d)
		if i := strings.LastIndex(v, d); !first {
			out, rest = v, ""
			if i >= 0 {
				out, rest = v[i+1:], v[:i]
			}
		}
		c.SetVar(name, rest)
		return out, nil
	}
}

func give(first bool) func(*pbx.Channel, string, string) error {
	return func(c *pbx.Channel, args, value string) error {
		f := raw(args, 2)
		if len(f) == 0 {
			return errArguments
		}
		name, d := strings.TrimSpace(f[0]), delimiter(f, 1, ",")
		switch old := c.Variable(name); {
		case old == "":
		case first:
			value += d + old
		default:
			value = old + d + value
		}
		c.SetVar(name, value)
		return nil
	}
}

func sorted(_ *pbx.Channel, args string) (string, error) {
	type item struct {
		name  string
		value float64
	}
	var list []item
	for _, p := range raw(args, 0) {
		name, value, ok := strings.Cut(p, ":")
		if !ok {
			continue
		}
		n, _ := strconv.ParseFloat(strings.TrimSpace(value), 64)
		list = append(list, item{name, n})
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].value < list[j].value })
	var out []string
	for _, i := range list {
		out = append(out, i.name)
	}
	return strings.Join(out, ","), nil
}

func replace(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 3)
	if len(f) < 2 || f[1] == "" {
		return "", errArguments
	}
	chars, with := unescape(f[1]), ""
	if len(f) > 2 && f[2] != "" {
		with = unescape(f[2])[:1]
	}
	var b strings.Builder
	for v, i := valueOf(c, f[0]), 0; i < len(v); i++ {
		if strings.IndexByte(chars, v[i]) >= 0 {
			b.WriteString(with)
		} else {
			b.WriteByte(v[i])
		}
	}
	return b.String(), nil
}

func strReplace(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 4), "", "", "")
	if f[0] == "" || f[1] == "" {
		return "", errArguments
	}
	most := -1
	if n, err := strconv.Atoi(strings.TrimSpace(f[3])); err == nil && n > 0 {
		most = n
	}
	return strings.Replace(valueOf(c, f[0]), unescape(f[1]), unescape(f[2]), most), nil
}
