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
	{Name: "CUT", Synopsis: "Fields of a variable", Usage: "CUT(variable,delimiter,range); a range is 2, 2-, -2, 2-3 or several with &",
		Read: cut},
	{Name: "FIELDQTY", Synopsis: "How many fields a variable has", Usage: "FIELDQTY(variable[,delimiter])", Read: fieldQty},
	{Name: "FIELDNUM", Synopsis: "Which field of a variable has a value, 0 for none", Usage: "FIELDNUM(variable,delimiter,value)",
		Read: fieldNum},
	{Name: "LISTFILTER", Synopsis: "A list without a value", Usage: "LISTFILTER(variable,delimiter,value)", Read: listFilter},
	{Name: "SHIFT", Synopsis: "Takes the first field off a variable", Usage: "SHIFT(variable[,delimiter])", Read: take(true)},
	{Name: "POP", Synopsis: "Takes the last field off a variable", Usage: "POP(variable[,delimiter])", Read: take(false)},
	{Name: "PUSH", Synopsis: "Adds a field at the end", Usage: "PUSH(variable[,delimiter])=value", Write: give(false)},
	{Name: "UNSHIFT", Synopsis: "Adds a field at the beginning", Usage: "UNSHIFT(variable[,delimiter])=value", Write: give(true)},
	{Name: "SORT", Synopsis: "Names in the order of their numbers", Usage: "SORT(name:number[,name:number...])", Read: sorted},
	{Name: "REPLACE", Synopsis: "A variable with characters replaced", Usage: "REPLACE(variable,characters[,character])", Read: replace},
	{Name: "STRREPLACE", Synopsis: "A variable with a text replaced", Usage: "STRREPLACE(variable,find[,replacement[,most]])",
		Read: strReplace},
}

var errArguments = errors.New("arguments are missing")

// raw splits at commas, quotes and backslashes undone, blanks kept.
func raw(args string, most int) []string { return dialplan.SplitArgs(args, most) }

// valueOf is the value of a variable, or of a function, by its name; part of one where the
// name is followed by ":offset:length".
func valueOf(c *pbx.Channel, name string) string { return dialplan.Expand("${"+name+"}", c) }

// delimiter is the first character of an argument, escapes undone.
func delimiter(f []string, i int, usual string) string {
	if i >= len(f) || f[i] == "" {
		return usual
	}
	c, _, ok := encoded(f[i])
	if !ok || c == 0 {
		return usual
	}
	return string([]byte{c})
}

// cut goes through the fields once: what a later range names of what lies behind is not
// found any more.
func cut(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 3)
	if len(f) < 3 {
		return "", errArguments
	}
	d, value := delimiter(f, 1, "-"), valueOf(c, f[0])
	if value == "" {
		return "", nil
	}
	fields, at := strings.Split(value, d), 1
	var out []string
	for _, r := range strings.Split(f[2], "&") {
		if at > len(fields) {
			break
		}
		from, to, ok := rangeOf(r)
		if !ok {
			return "", errRange
		}
		for ; at <= len(fields) && (at < from || at <= to); at++ {
			if at >= from {
				out = append(out, fields[at-1])
			}
		}
	}
	return strings.Join(out, d), nil
}

var errRange = errors.New("that is no range of fields")

// rangeOf reads 2, 2-, -2 and 2-3, whatever follows.
func rangeOf(r string) (from, to int, ok bool) {
	const all = 1 << 30
	if n, rest, ok := scanInt(r); ok {
		if end, _, ok := scanInt(strings.TrimPrefix(rest, "-")); ok && strings.HasPrefix(rest, "-") {
			return int(n), int(end), true
		}
		if after, has := strings.CutPrefix(r, "-"); has {
			to, _, ok := scanInt(after)
			return 1, int(to), ok
		}
		if strings.HasPrefix(rest, "-") {
			return int(n), all, true
		}
		return int(n), int(n), true
	}
	return 0, 0, false
}

func fieldQty(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 2)
	if len(f) < 2 {
		return "1", nil // nothing parts it
	}
	v := valueOf(c, f[0])
	switch d := delimiter(f, 1, ""); {
	case v == "":
		return "0", nil
	case d == "":
		return "1", nil
	default:
		return strconv.Itoa(strings.Count(v, d) + 1), nil
	}
}

func fieldNum(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 3)
	if len(f) < 3 {
		return "", errArguments
	}
	value, d := valueOf(c, f[0]), delimiter(f, 1, "")
	switch {
	case value == "" || f[1] == "":
		return "0", nil
	case d == "":
		return "", errArguments
	}
	for i, v := range strings.Split(value, d) {
		if strings.EqualFold(v, f[2]) {
			return strconv.Itoa(i + 1), nil
		}
	}
	return "0", nil
}

// listFilter may have a delimiter of several characters.
func listFilter(c *pbx.Channel, args string) (string, error) {
	f := raw(args, 3)
	if len(f) < 3 {
		return "", errArguments
	}
	value, d := valueOf(c, f[0]), encodedText(f[1])
	if d == "" {
		d = ","
	}
	if value == "" {
		return "", nil
	}
	var out []string
	for _, v := range strings.Split(value, d) {
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
		if len(f) == 0 || f[0] == "" {
			return "", errArguments
		}
		name, d := f[0], delimiter(f, 1, ",")
		v := valueOf(c, name)
		if v == "" {
			return "", nil
		}
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

// give adds a field; the variable is inherited as its name says.
func give(first bool) func(*pbx.Channel, string, string) error {
	return func(c *pbx.Channel, args, value string) error {
		f := raw(args, 2)
		if len(f) == 0 || f[0] == "" {
			return errArguments
		}
		d, bare := delimiter(f, 1, ","), strings.TrimPrefix(strings.TrimPrefix(f[0], "_"), "_")
		switch old := valueOf(c, bare); {
		case old == "":
		case first:
			value += d + old
		default:
			value = old + d + value
		}
		c.SetVar(f[0], value)
		return nil
	}
}

func sorted(_ *pbx.Channel, args string) (string, error) {
	type item struct {
		name  string
		value float32
	}
	var list []item
	for _, p := range strings.Split(args, ",") {
		if name, value, ok := strings.Cut(p, ":"); ok {
			x, _, _ := scanFloat(value)
			list = append(list, item{name, float32(x)})
		}
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
	if len(f) < 2 {
		return "", errArguments
	}
	chars, with := encodedText(f[1]), delimiter(f, 2, "")
	if chars == "" || f[0] == "" {
		return "", errArguments
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

// strReplace takes what it looks for as it stands.
func strReplace(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 5), "", "", "")
	if f[0] == "" || f[1] == "" {
		return "", errArguments
	}
	most := integer(f[3])
	if most <= 0 {
		most = -1 // all
	}
	return strings.Replace(valueOf(c, f[0]), f[1], f[2], most), nil
}
