package ami

import (
	"fmt"
	"regexp"
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

var criterion = regexp.MustCompile(`(action|name|header|method)\(([^)]*)\)`)

// parseFilter reads the value of eventfilter, and "(action(exclude),name(Newexten))" of its
// name; without these the value is a regular expression, and "!" before it excludes.
func parseFilter(criteria, text string) (f filter, err error) {
	f.method, f.text = "regex", text
	if criteria == "" {
		f.text, f.exclude = strings.CutPrefix(text, "!")
	}
	for _, m := range criterion.FindAllStringSubmatch(criteria, -1) {
		switch value := strings.TrimSpace(m[2]); m[1] {
		case "action":
			f.exclude = value == "exclude"
		case "name":
			f.name = value
		case "header":
			f.header = value
		case "method":
			f.method = value
		}
	}
	if criteria != "" && text == "" {
		f.method = "none"
	}
	switch f.method {
	case "regex":
		f.re, err = regexp.Compile(f.text)
	case "exact", "starts_with", "ends_with", "contains", "none":
	default:
		err = fmt.Errorf("unknown method '%s'", f.method)
	}
	return f, err
}

// fits says whether the filter is about an event.
func (f *filter) fits(name, text string) bool {
	if f.name != "" && f.name != name {
		return false
	}
	if f.header != "" {
		_, after, ok := strings.Cut(text, "\r\n"+f.header+": ")
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
