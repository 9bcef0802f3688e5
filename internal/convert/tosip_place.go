package convert

import (
	"fmt"
	"strconv"
	"strings"

	"obelisk/internal/config"
)

// places writes where an endpoint is: host=, port=, qualify= and the mailboxes.
func (c *toSIP) places(e *object, b *block) {
	aors := strings.FieldsFunc(e.get("aors"), func(r rune) bool { return r == ',' || r == ' ' })
	var a *object
	for i, name := range aors {
		x := c.find("aor", name)
		if x == nil {
			c.add(e.last("aors").Pos, "["+e.name+"] names the aor '"+name+"', which is not there", "")
			continue
		}
		c.used[x] = true
		for _, v := range x.vars {
			c.tell("aor", v)
		}
		if a == nil {
			a = x
		} else {
			c.add(e.last("aors").Pos, fmt.Sprintf("aors= has %d of them", len(aors)), "an endpoint of sip.conf has one place: "+aors[0]+"; make ["+
				aors[i]+"] an endpoint of its own, and call both with &")
		}
		if x.name != e.name && x.get("max_contacts") != "" && x.get("max_contacts") != "0" {
			c.add(x.pos, "phones register as ["+x.name+"], the name of the aor", "in sip.conf they register as ["+e.name+
				"], the name of the endpoint: change it in the phone")
		}
	}
	most, _ := strconv.Atoi(a.get("max_contacts"))
	contacts := a.every("contact")
	switch {
	case a == nil || most == 0 && len(contacts) == 0:
		b.lines.put("type", "user")
		if a != nil {
			c.add(a.pos, "["+a.name+"] has neither contacts nor max_contacts: nothing can register there", "")
		}
		return
	case most > 0:
		b.lines.put("type", "friend")
		b.lines.put("host", "dynamic")
		if most > 1 {
			b.lines.put("max_contacts", strconv.Itoa(most))
			c.add(a.last("max_contacts").Pos, fmt.Sprintf("max_contacts=%d: several phones of one endpoint", most),
				"max_contacts= is an option of Obelisk that chan_sip does not have")
		}
		if len(contacts) > 0 {
			u := parseURI(contacts[0].Value)
			b.lines.put("defaultip", u.host)
			if u.port != "" {
				b.lines.put("port", u.port)
			}
		}
	default:
		c.static(e, b, contacts)
	}
	c.aorLines(e, a, b)
}

// static writes the host of an endpoint that registers nowhere here. Without identify_by chan_pjsip knows
// it by the name in From as well; one that is not asked for credentials is kept to its address, for
// by the name alone anybody would be let in.
func (c *toSIP) static(e *object, b *block, contacts []config.Var) {
	kind := "peer"
	if by := e.get("identify_by"); strings.Contains(by, "username") || by == "" && e.get("auth") != "" {
		kind = "friend"
	}
	b.lines.put("type", kind)
	u := parseURI(contacts[0].Value)
	b.lines.put("host", u.host)
	if u.port != "" {
		b.lines.put("port", u.port)
	}
	if t := u.param("transport"); t != "" {
		b.lines.put("transport", strings.ToLower(t))
	}
	if u.user != "" {
		b.lines.put("defaultuser", u.user)
	}
	for _, v := range contacts[1:] {
		c.add(v.Pos, "a second contact of ["+e.name+"]: "+v.Value, "make an endpoint of it, and call both with &")
	}
}

// aorLines writes the rest of an aor.
func (c *toSIP) aorLines(e, a *object, b *block) {
	if t := c.find("transport", e.get("transport")); t != nil && b.lines.get("transport") == "" {
		b.lines.put("transport", t.words())
	}
	if n, _ := strconv.Atoi(a.get("qualify_frequency")); n > 0 {
		limit := 3.0
		if f, err := strconv.ParseFloat(a.get("qualify_timeout"), 64); err == nil && f > 0 {
			limit = f
		}
		b.lines.put("qualify", strconv.Itoa(int(limit*1000+0.5)))
		b.lines.put("qualifyfreq", strconv.Itoa(n))
	}
	boxes := e.get("mailboxes")
	if own := a.get("mailboxes"); own != "" {
		if boxes != "" && boxes != own {
			c.add(a.last("mailboxes").Pos, "mailboxes of the aor beside those of the endpoint", "mailbox= of ["+e.name+"] has those of both")
			own = boxes + "," + own
		}
		boxes = own
		if e.get("mailboxes") == "" {
			b.lines.put("subscribemwi", "yes")
		}
	}
	if boxes != "" {
		b.lines.put("mailbox", boxes)
	}
	if a.on("support_path") {
		b.lines.put("supportpath", "yes")
	}
	if v := a.get("voicemail_extension"); v != "" && e.get("voicemail_extension") == "" {
		b.lines.put("vmexten", v)
	}
}

// addresses writes peers for the other addresses that an endpoint's calls come from.
func (c *toSIP) addresses(e *object, b *block) {
	have := map[string]bool{strings.ToLower(b.lines.get("host")): true}
	n := 1
	for _, o := range c.all("identify") {
		if o.get("endpoint") != e.name {
			continue
		}
		c.used[o] = true
		for _, v := range o.vars {
			c.tell("identify", v)
		}
		for _, v := range o.every("match") {
			for _, m := range strings.Split(v.Value, ",") {
				if m = strings.TrimSpace(m); m == "" || have[strings.ToLower(m)] {
					continue
				}
				have[strings.ToLower(m)] = true
				if address, bits, net := strings.Cut(m, "/"); net && bits != "32" && bits != "128" && bits != "255.255.255.255" {
					c.add(v.Pos, "match="+m+" is a network", "sip.conf knows a peer by single addresses: write one like ["+e.name+"-2] for each")
					continue
				} else {
					m = address
				}
				n++
				name := fmt.Sprintf("%s-%d", e.name, n)
				c.add(v.Pos, "calls of ["+e.name+"] come from "+m+" too", "["+name+"] is written for it: its channels have that name")
				c.blocks = append(c.blocks, block{name: name, bases: []string{e.name}, lines: lines{{"type", "peer"}, {"host", m},
					{"insecure", insecureOf(b)}}})
			}
		}
	}
}

func insecureOf(b *block) string {
	if b.lines.get("secret") != "" || b.lines.get("md5secret") != "" {
		return "port"
	}
	return "port,invite"
}
