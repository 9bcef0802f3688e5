package files

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// value judges the value of a line by the kind of its option.
func (i *liner) value(o option, v config.Var) {
	text := strings.TrimSpace(v.Value)
	if len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"' && slices.Contains([]string{"bool", "int", "enum", "list", "port", "ip",
		"class", "context", "path"}, o.kind) {
		i.Say("file-value-quoted", v.Pos, v.Name+"="+strings.Trim(text, `"`),
			"the quotation marks are a part of the value of '%s': it is not what is in them, and invalid", v.Name)
		return
	}
	switch o.kind {
	case "bool":
		if _, ok := config.Bool(text); !ok {
			i.bad(v, "yes or no", "it is neither yes nor no, and counts as no")
		}
	case "int", "port":
		i.number(o, v, text)
	case "float":
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			i.bad(v, "", "it is no number")
		}
	case "enum":
		words := strings.Split(o.extra, "|")
		if !slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, text) }) && !boolLike(words, text) {
			i.bad(v, look.Like(text, words), "there is no such word, unknown; it takes %s", strings.Join(words, ", "))
		}
	case "list":
		i.list(o, v, text)
	case "digits":
		if text != "" && strings.Trim(text, "0123456789") != "" {
			i.bad(v, "digits", "it must be digits: others cannot be dialled")
		}
	case "key":
		if len(text) != 1 || !strings.Contains("0123456789*#ABCD", text) {
			i.bad(v, "# or one digit", "it takes one key of a telephone")
		}
	case "code":
		if text != "" && strings.Trim(text, "0123456789*#ABCDabcd") != "" {
			i.bad(v, "digits, * and #", "it takes keys of a telephone, and these cannot be pressed")
		}
	default:
		i.names(o, v, text)
	}
}

// boolLike says whether a word may stand for yes or no among some.
func boolLike(words []string, text string) bool {
	_, ok := config.Bool(text)
	return ok && (slices.Contains(words, "yes") || slices.Contains(words, "no"))
}

func (i *liner) number(o option, v config.Var, text string) {
	n, err := strconv.Atoi(text)
	low, high := -1<<31, 1<<31-1
	if a, b, ok := strings.Cut(o.extra, "-"); ok {
		low, _ = strconv.Atoi(a)
		high, _ = strconv.Atoi(b)
	}
	if o.kind == "port" {
		low, high = 1, 65535
	}
	switch {
	case err != nil:
		i.bad(v, "a number", "it is no number")
	case n < low || n > high:
		i.bad(v, "", "it is out of range, which is %d to %d", low, high)
	}
}

func (i *liner) list(o option, v config.Var, text string) {
	words := strings.Split(o.extra, "|")
	for _, w := range strings.Split(text, ",") {
		w = strings.TrimSpace(w)
		if !slices.ContainsFunc(words, func(k string) bool { return strings.EqualFold(k, w) }) && !boolLike(words, w) {
			i.bad(v, look.Like(w, words), "there is no such word as '%s', unknown; it takes %s", w, strings.Join(words, ", "))
			return
		}
	}
}

// names judges values that name something.
func (i *liner) names(o option, v config.Var, text string) {
	switch o.kind {
	case "ip":
		if _, err := netip.ParseAddr(text); err != nil && text != "" && text != "localhost" {
			i.bad(v, "0.0.0.0", "it is no address")
		}
	case "addr":
		host := text
		if a, err := netip.ParseAddrPort(text); err == nil {
			host = a.Addr().String()
		}
		if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err != nil && text != "" {
			i.bad(v, "0.0.0.0:port", "it is no address")
		}
	case "context":
		name, _, _ := strings.Cut(text, ",")
		if i.Plan() != nil && name != "" && !strings.Contains(name, "$") && !look.Has(i.Plan(), name) && !spoken[i.s.file] {
			i.SayAs(i.matters(), "file-context", v.Pos, look.Like(name, i.Contexts()),
				"%s of [%s]: there is no context '%s' in extensions.conf, it does not exist", v.Name, i.x.Name, name)
		}
	case "class":
		f := i.File("musiconhold.conf")
		if f != nil && text != "" && !strings.EqualFold(text, "default") && !strings.EqualFold(text, "none") && !strings.Contains(text, "$") &&
			f.Section(text) == nil {
			i.Say("file-music-class", v.Pos, look.Like(text, sections(f)),
				"%s of [%s]: there is no class '%s' in musiconhold.conf, it is not defined: that of default is played, or "+
					"nothing", v.Name, i.x.Name,
				text)
		}
	case "acl":
		for _, name := range strings.Split(text, ",") {
			if f := i.File("acl.conf"); name != "" && (f == nil || f.Section(strings.TrimSpace(name)) == nil) {
				i.Say("file-acl", v.Pos, look.Like(name, sections(f)),
					"acl of [%s]: there is no list '%s' in acl.conf, it is not defined: a missing list refuses every address", i.x.Name, name)
			}
		}
	case "range":
		i.slots(v, text)
	case "prompt":
		i.prompt(v, text)
	case "classes":
		i.classes(v, text)
	case "events":
		i.events(v, text)
	}
}

// prompt tells of a prompt that is named with its ending, or nearly as one of the sound sets.
func (i *liner) prompt(v config.Var, text string) {
	for _, name := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '&' }) {
		name = strings.TrimSpace(name)
		if end := look.SoundEnding(name); end != "" {
			i.Say("file-prompt-ending", v.Pos, v.Name+"="+strings.ReplaceAll(text, name, strings.TrimSuffix(name, end)),
				"%s of [%s]: '%s' is looked for as '%s.wav': a prompt is named without its ending, and so it does not exist and nothing is heard",
				v.Name, i.x.Name, name, name)
		} else if near := look.LikePrompt(name); near != "" {
			i.Say("file-prompt-missing", v.Pos, near, "%s of [%s]: no sound set has a prompt '%s': unless it is a recording of your own, it does "+
				"not exist and nothing is heard", v.Name, i.x.Name, name)
		} else if !look.UsualPrompt(name) && !strings.ContainsAny(name, "/$") {
			i.SayAs(config.Note, "file-prompt-own", v.Pos, "", "%s of [%s]: '%s' is not among the usual prompts: it must be a recording of your own",
				v.Name, i.x.Name, name)
		}
	}
}

// sections are the names of a file's sections but [general]; f may be nil.
func sections(f *config.File) (out []string) {
	if f == nil {
		return nil
	}
	for _, s := range f.Visible() {
		if !strings.EqualFold(s.Name, "general") {
			out = append(out, s.Name)
		}
	}
	return out
}

// managerClasses are what users of the manager may read and write.
var managerClasses = []string{"system", "call", "log", "verbose", "command", "agent", "user", "config", "dtmf", "reporting", "cdr",
	"dialplan", "originate", "agi", "cc", "aoc", "test", "security", "message", "all", "none"}

func (i *liner) classes(v config.Var, text string) {
	for _, w := range strings.Split(text, ",") {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(managerClasses, strings.ToLower(w)) && strings.Trim(w, "-0123456789") != "" &&
			!boolLike([]string{"yes"}, w) {
			i.Say("manager-class", v.Pos, look.Like(w, managerClasses),
				"%s of [%s]: there is no class '%s', it is unknown and ignored; classes are %s", v.Name, i.x.Name, w,
				strings.Join(managerClasses, ", "))
		}
	}
}

// celEvents are those of cel.conf.
var celEvents = strings.Fields("ALL CHAN_START CHAN_END ANSWER HANGUP APP_START APP_END BRIDGE_ENTER BRIDGE_EXIT PARK_START PARK_END " +
	"BLINDTRANSFER ATTENDEDTRANSFER PICKUP FORWARD LINKEDID_END LOCAL_OPTIMIZE LOCAL_OPTIMIZE_BEGIN USER_DEFINED STREAM_BEGIN " +
	"STREAM_END DTMF")

func (i *liner) events(v config.Var, text string) {
	for _, w := range strings.Split(text, ",") {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(celEvents, strings.ToUpper(w)) {
			i.Say("cel-event", v.Pos, look.Like(w, celEvents), "there is no event '%s': it is unknown, and Asterisk does not load cel.conf at "+
				"all",
				w)
		}
	}
}

// slots is the range of parkpos.
func (i *liner) slots(v config.Var, text string) {
	a, b, ok := strings.Cut(text, "-")
	from, err := strconv.Atoi(strings.TrimSpace(a))
	to, err2 := strconv.Atoi(strings.TrimSpace(b))
	switch {
	case !ok || err != nil || err2 != nil:
		i.bad(v, "701-720", "it takes first-last, two numbers")
	case from > to:
		i.bad(v, b+"-"+a, "the range is inverted: the first number is above the last one, and no call can be parked")
	case to-from < 1:
		i.SayAs(config.Note, "parking-few", v.Pos, "701-720", "parkpos %s of [%s] is a single place: a second call cannot be parked", text,
			i.x.Name)
	}
}

// matters is how bad it is what a section says.
func (i *liner) matters() config.Severity {
	if i.s.file != "followme.conf" {
		return config.Warning
	}
	return followed(i.Look, i.x.Name)
}
