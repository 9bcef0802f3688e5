package ami

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// filter lets events through, or with a leading "!" keeps them back (eventfilter).
type filter struct {
	exclude bool
	name    string         // of the event; "" for any
	header  string         // whose value is looked at; "" for the whole event
	method  string         // regex, exact, starts_with, ends_with, contains, none
	text    string         // for all but regex
	re      *regexp.Regexp // for regex
}

// errFilterForm is a filter that says nothing, or more than it can.
var errFilterForm = errors.New("it is not formed as a filter is")

// criterion is one of "action(exclude),name(Newexten)".
var criterion = regexp.MustCompile(`^(action|name|header|method)\((.+)$`)

// parseFilter reads the value of eventfilter, and "(action(exclude),name(Newexten))" of its
// name; without these the value is a regular expression. "!" before it excludes, unless an
// action is named.
func parseFilter(criteria, text string) (f filter, err error) {
	f.text, f.exclude = strings.CutPrefix(text, "!")
	f.method = "regex"
	if criteria != "" {
		if err := f.read(criteria); err != nil {
			return f, err
		}
	}
	switch {
	case criteria == "" && f.text == "", (f.text == "") != (f.method == "none"), f.method == "none" && f.name == "" && f.header == "":
		return f, errFilterForm
	case f.method == "regex":
		f.re, err = regexp.Compile(f.text)
	}
	return f, err
}

// read takes criteria in.
func (f *filter) read(criteria string) error {
	if inner, ok := strings.CutPrefix(strings.TrimSpace(criteria), "("); ok {
		if criteria, ok = strings.CutSuffix(inner, ")"); !ok {
			return errFilterForm
		}
	}
	f.method = "none"
	words := strings.FieldsFunc(criteria, func(r rune) bool { return strings.ContainsRune(" ,)", r) })
	for _, word := range words {
		m := criterion.FindStringSubmatch(word)
		if m == nil {
			return errFilterForm
		}
		switch value := m[2]; {
		case m[1] == "action" && (value == "include" || value == "exclude"):
			f.exclude = value == "exclude"
		case m[1] == "name":
			f.name = value
		case m[1] == "header":
			f.header = strings.TrimSuffix(value, ":")
		case m[1] == "method" && slices.Contains(filterMethods, value):
			f.method = value
		default:
			return errFilterForm
		}
	}
	if len(words) == 0 {
		return errFilterForm
	}
	return nil
}

var filterMethods = []string{"regex", "exact", "starts_with", "ends_with", "contains", "none"}

// fits says whether the filter is about an event.
func (f *filter) fits(name, text string) bool {
	if f.name != "" && f.name != name {
		return false
	}
	if f.header != "" {
		_, after, ok := strings.Cut("\r\n"+text, "\r\n"+f.header+": ")
		if !ok {
			return false
		}
		text, _, _ = strings.Cut(after, "\r\n")
	}
	switch f.method {
	case "regex":
		return f.re.MatchString(text)
	case "exact":
		return text == f.text
	case "starts_with":
		return strings.HasPrefix(text, f.text)
	case "ends_with":
		return strings.HasSuffix(text, f.text)
	case "contains":
		return strings.Contains(text, f.text)
	}
	return true
}

// passes applies a list: excluding filters go first; if there are others, one must fit.
func passes(list []filter, name, text string) bool {
	included, wanted := false, false
	for i := range list {
		fits := list[i].fits(name, text)
		switch {
		case list[i].exclude && fits:
			return false
		case !list[i].exclude:
			wanted = true
			included = included || fits
		}
	}
	return included || !wanted
}
