package fn

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"obelisk/pbx"
)

// Parties of a call: CALLERID, CONNECTEDLINE and REDIRECTING. A party is a name, a number and a
// subaddress, each of which may be invalid, and a tag. What a call is made of is with the channel;
// the rest is kept beside it, for the dialplan alone.

// parties: what each datum begins with, the longest first, and the party meant.
var (
	callerParties      = [][2]string{{"priv-", "caller-priv"}, {"ani-", "ani"}, {"", "caller"}}
	connectedParties   = [][2]string{{"priv-", "connected-priv"}, {"", "connected"}}
	redirectingParties = [][2]string{{"priv-orig-", "orig-priv"}, {"priv-from-", "from-priv"}, {"priv-to-", "to-priv"}, {"orig-", "orig"},
		{"from-", "from"}, {"to-", "to"}}
)

func split(list [][2]string, field string) (party, item string) {
	for _, p := range list {
		if rest, ok := strings.CutPrefix(field, p[0]); ok {
			return p[1], rest
		}
	}
	return "", field
}

// field is the datum meant, without options such as "i".
func field(args string) string {
	args, _, _ = strings.Cut(args, ",")
	return strings.ToLower(strings.TrimSpace(args))
}

func readCallerID(c *pbx.Channel, args string) (string, error) {
	if _, text, ok := strings.Cut(args, ","); ok { // of that text, also of an empty one
		return itemOf(pbx.ParseCallerID(text), field(args))
	}
	switch f := field(args); f {
	case "rdnis":
		return party{c, "from"}.read("num")
	case "ani":
		return party{c, "ani"}.read("num")
	case "dnid":
		return party{c, "dnid"}.fact("num", c.DNID()), nil
	case "ani2":
		return party{c, "caller"}.fact("ani2", "0"), nil
	case "dnid-num", "dnid-num-plan", "dnid-subaddr", "dnid-subaddr-valid", "dnid-subaddr-type", "dnid-subaddr-odd":
		return party{c, "dnid"}.read(f[len("dnid-"):])
	default:
		who, item := split(callerParties, f)
		return party{c, who}.read(item)
	}
}

// itemOf is a part of an identity that is written beside the datum.
func itemOf(id pbx.CallerID, item string) (string, error) {
	switch item {
	case "all":
		return `"` + id.Name + `" <` + id.Num + `>`, nil
	case "name":
		return id.Name, nil
	case "num", "number":
		return id.Num, nil
	}
	return "", errField
}

func writeCallerID(c *pbx.Channel, args, value string) error {
	switch f := field(args); f {
	case "rdnis":
		party{c, "from"}.setText(map[string]string{"num": strings.TrimLeft(value, blanks)})
		return nil
	case "ani":
		return party{c, "ani"}.write("num", value)
	case "dnid":
		return party{c, "dnid"}.write("num", value)
	case "ani2":
		return party{c, "caller"}.setNumber("ani2", value)
	case "dnid-num", "dnid-num-plan", "dnid-subaddr", "dnid-subaddr-valid", "dnid-subaddr-type", "dnid-subaddr-odd":
		return party{c, "dnid"}.write(f[len("dnid-"):], value)
	default:
		who, item := split(callerParties, f)
		return party{c, who}.write(item, value)
	}
}

// quiet says whether the option "i" keeps a change to the dialplan.
func quiet(args string) bool {
	_, options, _ := strings.Cut(args, ",")
	return strings.Contains(options, "i")
}

func readConnected(c *pbx.Channel, args string) (string, error) {
	if field(args) == "source" {
		return party{c, "connected"}.fact("source", sources[0]), nil
	}
	who, item := split(connectedParties, field(args))
	return party{c, who}.read(item)
}

func writeConnected(c *pbx.Channel, args, value string) error {
	if field(args) == "source" {
		name, ok := valueNamed(append(sources, "transfer"), strings.Trim(value, blanks))
		if !ok {
			return errors.New("'" + value + "' is no source: " + strings.Join(sources, ", "))
		}
		if name == "transfer" { // its older name
			name = sources[3]
		}
		c.SetFact("connected.source", name)
		return nil
	}
	who, item := split(connectedParties, field(args))
	if err := (party{c, who}).write(item, value); err != nil || quiet(args) {
		return err
	}
	c.Connect(c.View().Connected)
	return nil
}

func redirecting(c *pbx.Channel) (r pbx.Redirecting) {
	if p := c.Redirecting(); p != nil {
		r = *p
	}
	return r
}

func readRedirecting(c *pbx.Channel, args string) (string, error) {
	switch f := field(args); f {
	case "reason":
		if r := redirecting(c).Reason; r != "" {
			return r, nil
		}
		return "unknown", nil
	case "orig-reason":
		return party{c, "orig"}.fact("reason", "unknown"), nil
	case "count":
		return party{c, "from"}.fact("count", "0"), nil
	case "pres":
		return party{c, "from"}.read(f)
	default:
		who, item := split(redirectingParties, f)
		return party{c, who}.read(item)
	}
}

func writeRedirecting(c *pbx.Channel, args, value string) error {
	if err := changeRedirecting(c, field(args), value); err != nil || quiet(args) {
		return err
	}
	c.TellRedirecting()
	return nil
}

func changeRedirecting(c *pbx.Channel, field, value string) error {
	switch field {
	case "reason":
		r := redirecting(c)
		r.Reason = reasonOf(strings.Trim(value, blanks))
		c.SetRedirecting(r)
		return nil
	case "orig-reason":
		c.SetFact("orig.reason", reasonOf(strings.Trim(value, blanks)))
		return nil
	case "count":
		return party{c, "from"}.setNumber("count", value)
	case "pres":
		return party{c, "from"}.write(field, value)
	default:
		who, item := split(redirectingParties, field)
		return party{c, who}.write(item, value)
	}
}

// party is one of a channel's.
type party struct {
	c   *pbx.Channel
	who string // "": there is none of that name
}

func (p party) fact(item, otherwise string) string {
	if v, ok := p.c.Fact(p.who + "." + item); ok {
		return v
	}
	return otherwise
}

// text is the name or the number that is valid.
func (p party) text(item string) string {
	var name, num string
	switch p.who {
	case "ani":
		if _, said := p.c.Fact("ani." + item); !said && item == "num" {
			return p.c.ANI()
		}
		return p.fact(item, "")
	case "caller":
		v := p.c.View().CallerID
		name, num = v.Name, v.Num
	case "connected":
		v := p.c.View().Connected
		name, num = v.Name, v.Num
	case "from":
		r := redirecting(p.c)
		name, num = r.Name, r.Num
	default:
		if !p.valid(item) {
			return ""
		}
		return p.fact(item, "")
	}
	if item == "name" {
		return name
	}
	return num
}

// kept says whether names and numbers of the party are with the channel itself.
func (p party) kept() bool { return p.who == "caller" || p.who == "connected" || p.who == "from" }

// valid: what was never said is not.
func (p party) valid(item string) bool {
	if v, ok := p.c.Fact(p.who + "." + item + "-valid"); ok {
		return v == "1"
	}
	return p.kept() && p.text(item) != ""
}

// presentation in the dialplan's words.
func (p party) presentation(item string) string {
	id := pbx.CallerID{}
	switch p.who {
	case "caller":
		id = p.c.View().CallerID
	case "connected":
		id = p.c.View().Connected
	default:
		return p.fact(item+"-pres", presentations[0])
	}
	said := id.Pres
	if item == "name" {
		said = id.NamePres
	}
	switch {
	case said != "":
		return said
	case id.Private:
		return "prohib_not_screened"
	}
	return presentations[0]
}

// together is the presentation of the party: the stricter one of those of its name and its number,
// with the screening of the number.
func (p party) together() string {
	rank := func(item string) int { // prohibited, allowed, unavailable, invalid
		if !p.valid(item) {
			return 3
		}
		return [4]int{1, 0, 2, 3}[presentationNumber(p.presentation(item))>>5&3]
	}
	best := min(rank("name"), rank("num"))
	if best >= 2 {
		return "unavailable"
	}
	screening := 0
	if p.valid("num") {
		screening = presentationNumber(p.presentation("num")) % 4
	}
	if best == 0 {
		return presentations[4+screening]
	}
	return presentations[screening]
}

func (p party) read(item string) (string, error) {
	if p.who == "" {
		return "", errField
	}
	switch item {
	case "all":
		return `"` + p.text("name") + `" <` + p.text("num") + `>`, nil
	case "name", "num":
		return p.text(item), nil
	case "number":
		return p.text("num"), nil
	case "name-valid", "num-valid":
		return digit(p.valid(strings.TrimSuffix(item, "-valid"))), nil
	case "name-pres", "num-pres":
		said := p.presentation(strings.TrimSuffix(item, "-pres"))
		if !slices.Contains(presentations, said) {
			said = "unknown"
		}
		return said, nil
	case "pres":
		return p.together(), nil
	case "name-charset":
		return p.fact(item, "iso8859-1"), nil
	case "num-plan", "ton":
		return p.fact("num-plan", "0"), nil
	case "tag":
		return p.tag(), nil
	case "subaddr":
		return p.fact(item, ""), nil
	case "subaddr-valid", "subaddr-type", "subaddr-odd":
		return p.fact(item, "0"), nil
	}
	return "", errField
}

func (p party) write(item, value string) error {
	if p.who == "" {
		return errField
	}
	switch item {
	case "all":
		all := pbx.ParseCallerID(value)
		p.setText(map[string]string{"name": all.Name, "num": all.Num})
	case "name", "num":
		p.setText(map[string]string{item: strings.Trim(value, blanks)})
	case "number":
		p.setText(map[string]string{"num": strings.Trim(value, blanks)})
	case "name-valid", "num-valid":
		p.setValid(strings.TrimSuffix(item, "-valid"), integer(value) != 0)
	case "pres", "name-pres", "num-pres":
		return p.setPresentation(item, value)
	case "num-plan", "ton":
		return p.setNumber("num-plan", value)
	case "subaddr":
		p.c.SetFact(p.who+".subaddr", strings.Trim(value, blanks))
	case "tag":
		p.setTag(strings.TrimSpace(value))
	case "name-charset":
		name, ok := valueNamed(characterSets, strings.Trim(value, blanks))
		if !ok {
			return errors.New("'" + value + "' is no character set: " + strings.Join(characterSets, ", "))
		}
		p.c.SetFact(p.who+"."+item, name)
	case "subaddr-type": // NSAP, or what the user has specified
		p.c.SetFact(p.who+"."+item, map[bool]string{false: "0", true: "2"}[integer(value) != 0])
	case "subaddr-valid", "subaddr-odd":
		p.c.SetFact(p.who+"."+item, digit(integer(value) != 0))
	default:
		return errField
	}
	return nil
}

// tag is what the dialplan, or cid_tag of sip.conf, calls the party.
func (p party) tag() string {
	switch p.who {
	case "caller":
		return p.c.View().CallerID.Tag
	case "connected":
		return p.c.View().Connected.Tag
	}
	return p.fact("tag", "")
}

func (p party) setTag(tag string) {
	switch p.who {
	case "caller":
		id := p.c.View().CallerID
		id.Tag = tag
		p.c.SetCallerID(id)
	case "connected":
		id := p.c.View().Connected
		id.Tag = tag
		p.c.SetConnected(id)
	default:
		p.c.SetFact(p.who+".tag", tag)
	}
}

func (p party) setNumber(item, value string) error {
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < 0 {
		return errNumber
	}
	p.c.SetFact(p.who+"."+item, strconv.Itoa(n))
	return nil
}

// setText says what name and number are; they are valid then.
func (p party) setText(texts map[string]string) {
	for item, value := range texts {
		p.c.SetFact(p.who+"."+item+"-valid", "1")
		if !p.kept() {
			p.c.SetFact(p.who+"."+item, value)
		}
	}
	p.put(texts)
}

// put writes what is with the channel.
func (p party) put(texts map[string]string) {
	change := func(name, num *string) {
		if v, ok := texts["name"]; ok {
			*name = v
		}
		if v, ok := texts["num"]; ok {
			*num = v
		}
	}
	switch p.who {
	case "caller":
		id := p.c.View().CallerID
		change(&id.Name, &id.Num)
		p.c.SetCallerID(id)
	case "connected":
		id := p.c.View().Connected
		change(&id.Name, &id.Num)
		p.c.SetConnected(id)
	case "from":
		r := redirecting(p.c)
		change(&r.Name, &r.Num)
		p.c.SetRedirecting(r)
	}
}

// setValid hides a name or number that is not, and shows it again.
func (p party) setValid(item string, on bool) {
	was := p.valid(item)
	switch {
	case !p.kept() || on == was:
	case on:
		p.put(map[string]string{item: p.fact(item, "")})
	default:
		p.c.SetFact(p.who+"."+item, p.text(item))
		p.put(map[string]string{item: ""})
	}
	p.c.SetFact(p.who+"."+item+"-valid", digit(on))
}

func (p party) setPresentation(item, value string) error {
	said := strings.ToLower(strings.Trim(value, blanks))
	if digits := said != "" && said[0] >= '0' && said[0] <= '9'; digits {
		n := integer(said)
		said = strconv.Itoa(n)
		if i := slices.Index(presentationNumbers, n); i >= 0 {
			said = presentations[i]
		}
	} else if !slices.Contains(presentations, said) {
		return errors.New("'" + value + "' is no presentation: " + strings.Join(presentations, ", "))
	}
	name := p.presentation("name")
	change := func(id pbx.CallerID) pbx.CallerID {
		if item != "name-pres" {
			id.Pres, id.Private = said, strings.HasPrefix(said, "prohib")
		}
		if id.NamePres = said; item == "num-pres" {
			id.NamePres = name
		}
		return id
	}
	switch p.who {
	case "caller":
		p.c.SetCallerID(change(p.c.View().CallerID))
	case "connected":
		p.c.SetConnected(change(p.c.View().Connected))
	default:
		for _, what := range []string{"name", "num"} {
			if item == "pres" || item == what+"-pres" {
				p.c.SetFact(p.who+"."+what+"-pres", said)
			}
		}
	}
	return nil
}
