package console

import (
	"net/url"
	"strings"
)

// found is something that a search has come to.
type found struct{ Kind, Text, More, Link string }

// findView is the page of a search.
type findView struct {
	Query string
	Found []found
}

// mostFound is how many of each kind are told.
const mostFound = 20

// findPage finds calls, phones, trunks, extensions, files and pages by a part of what they are
// called.
func (c *Console) findPage(v *visit) {
	q := strings.TrimSpace(v.r.URL.Query().Get("q"))
	out := findView{Query: q}
	if q != "" && len(q) <= 100 {
		out.Found = c.find(v, q)
	}
	v.show("find", out)
}

func (c *Console) find(v *visit, q string) (out []found) {
	fits := func(texts ...string) bool {
		for _, t := range texts {
			if strings.Contains(strings.ToLower(t), strings.ToLower(q)) {
				return true
			}
		}
		return false
	}
	counts := map[string]int{}
	add := func(kind, text, more, link string) {
		if counts[kind]++; counts[kind] <= mostFound {
			out = append(out, found{kind, text, more, link})
		}
	}
	for _, x := range c.house.Calls() {
		if fits(append(x.Parties, x.ID, x.From, x.To, x.At)...) {
			add("now", x.From+" → "+x.To, x.At, "/call/"+x.ID)
		}
	}
	for _, x := range c.house.Phones() {
		if fits(x.Name, x.Address, x.Agent) {
			add("phone", x.Name, strings.TrimSpace(x.Address+" "+x.Status), "/phone/"+url.PathEscape(x.Name))
		}
	}
	for _, x := range c.house.Trunks() {
		if fits(x.Host, x.User) {
			add("trunk", x.User+"@"+x.Host, x.State, "/trunks")
		}
	}
	for _, context := range c.house.Contexts() {
		if _, ok := c.house.Explain(q, context, ""); ok {
			add("number", q+"@"+context, "", "/dialplan?number="+url.QueryEscape(q)+"&context="+url.QueryEscape(context))
		}
	}
	if files, err := c.house.Files(); err == nil && v.user.Role >= Administrator {
		for _, x := range files {
			if text, err := c.house.Text(x.Name); err == nil {
				if line := lineWith(string(text), fits); fits(x.Name) || line != "" {
					add("file", x.Name, line, "/file/"+url.PathEscape(x.Name))
				}
			}
		}
	}
	for _, x := range c.house.Past(5 * mostPast) {
		if fits(append(x.Parties, x.ID, x.From, x.To, x.Verdict)...) {
			add("call", x.ID, x.Verdict, "/call/"+x.ID)
		}
	}
	for _, x := range (page{}).Links() {
		if fits(x[1], v.say.T("nav."+x[1])) {
			add("page", v.say.T("nav."+x[1]), "", x[0])
		}
	}
	return out
}

// lineWith is the first line that fits and has no secret in it, cut to what a row has room for.
func lineWith(text string, fits func(...string) bool) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if low := strings.ToLower(line); fits(line) && !strings.Contains(low, "secret") && !strings.Contains(low, "password") &&
			!strings.Contains(low, "register") {
			if r := []rune(line); len(r) > 120 {
				line = string(r[:120]) + "…"
			}
			return line
		}
	}
	return ""
}
