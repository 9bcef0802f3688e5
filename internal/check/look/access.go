package look

import (
	"net/netip"
	"slices"
	"strings"

	"obelisk/internal/auth"
	"obelisk/internal/config"
)

// AccessRule is one network of a permit or deny line.
type AccessRule struct {
	auth.Rule
	Pos  config.Pos
	Name string // permit, contactdeny
}

// AccessRules are those of the lines permit and deny among some, with a word before them as in
// contactpermit. A line that cannot be read is told of where it is read.
func AccessRules(vars []config.Var, before string) (out []AccessRule) {
	for _, v := range vars {
		name := strings.ToLower(v.Name)
		if name != before+"permit" && name != before+"deny" {
			continue
		}
		var list auth.ACL
		if list.Add(name == before+"permit", v.Value) != nil {
			continue
		}
		for _, r := range list {
			out = append(out, AccessRule{r, v.Pos, name})
		}
	}
	return out
}

// Allows says whether rules let an address in.
func Allows(rules []AccessRule, ip netip.Addr) bool {
	var list auth.ACL
	for _, r := range rules {
		list = append(list, r.Rule)
	}
	return list.Allows(ip)
}

// AccessOf is a list of access rules with whom it guards.
type AccessOf struct {
	Who   string // peer '1001'
	Rules []AccessRule
	Named bool // lists of acl.conf stand beside it
	Dual  bool // the socket takes IPv6 as well
	Base  bool // others go on from here and may have what is missing, or a line of it cannot be read
}

// Access judges a list: the last rule that fits decides, and where none fits everybody may.
func (l *Look) Access(a AccessOf) {
	if len(a.Rules) == 0 {
		return
	}
	l.withoutDeny(a)
	l.withoutPermit(a)
	l.overruled(a)
	for _, r := range a.Rules {
		l.masks(a, r)
	}
	var list auth.ACL
	for _, r := range a.Rules {
		list = append(list, r.Rule)
	}
	any6 := netip.MustParseAddr("2001:db8::1")
	if a.Dual && !list.Allows(netip.MustParseAddr("198.51.100.1")) && list.Allows(any6) {
		at := a.Rules[0]
		l.Say("acl-ipv6-open", at.Pos, at.Name+"=::/0",
			"%s: the rules are of IPv4 and the socket takes IPv6 too: whoever comes over IPv6 is let in, since no rule fits", a.Who)
	}
}

// withoutDeny finds permit lines that have nothing to make exceptions of.
func (l *Look) withoutDeny(a AccessOf) {
	for _, r := range a.Rules {
		if !r.Allow {
			return
		}
	}
	if a.Named {
		return
	}
	r := a.Rules[0]
	if everybody(a.Rules) {
		l.SayAs(config.Note, "acl-permit-without-deny", r.Pos, "", "%s: %s=%s says what is so without it: everybody is let in", a.Who, r.Name,
			r.Text)
		return
	}
	deny := strings.Replace(r.Name, "permit", "deny", 1)
	l.Say("acl-permit-without-deny", r.Pos, deny+"=0.0.0.0/0.0.0.0 before it",
		"%s: %s=%s without a %s line has no effect: where no rule fits everybody is allowed, so every address is still let in", a.Who, r.Name,
		r.Text, deny)
}

// everybody says whether each rule is about all addresses there are.
func everybody(rules []AccessRule) bool {
	return !slices.ContainsFunc(rules, func(r AccessRule) bool { return r.Net.Bits() != 0 })
}

// withoutPermit finds a list that refuses everybody.
func (l *Look) withoutPermit(a AccessOf) {
	six := ""
	for _, r := range a.Rules {
		if r.Allow && (r.Net.Addr().Is4() || a.Dual) {
			return
		}
		if r.Allow {
			six = r.Text
		}
	}
	for _, r := range a.Rules {
		if r.Net.Bits() == 0 && r.Net.Addr().Is4() && !a.Named && (!a.Base || six != "") {
			permit := strings.Replace(r.Name, "deny", "permit", 1)
			if six != "" {
				l.Say("acl-nobody", r.Pos, permit+"=192.168.1.0/255.255.255.0 behind it",
					"%s: %s=%s refuses every address, and %s=%s is of IPv6, which the socket does not take: nobody is let in", a.Who, r.Name, r.Text,
					permit, six)
				return
			}
			l.Say("acl-nobody", r.Pos, permit+"=192.168.1.0/255.255.255.0 behind it",
				"%s: %s=%s refuses every address, and no %s line makes an exception: nobody is let in", a.Who, r.Name, r.Text, permit)
			return
		}
	}
}

// overruled finds rules that a later one takes back wholly.
func (l *Look) overruled(a AccessOf) {
	for i, r := range a.Rules {
		for k, later := range a.Rules[i+1:] {
			if later.Allow == r.Allow || !covers(later.Net, r.Net) {
				continue
			}
			rest := a.Rules[i+k+2:]
			if !slices.ContainsFunc(rest, func(x AccessRule) bool { return x.Allow != later.Allow }) || !l.beginsAnew(r, later) {
				l.takenBack(a, r, later, rest)
			}
			break
		}
	}
}

// beginsAnew says whether a rule for everybody stands in another section than the one that it takes
// back: an endpoint whose list takes the place of that of its template.
func (l *Look) beginsAnew(r, later AccessRule) bool {
	if later.Net.Bits() != 0 {
		return false
	}
	if r.Pos.File != later.Pos.File {
		return true
	}
	for n := r.Pos.Line + 1; n < later.Pos.Line; n++ {
		if strings.HasPrefix(strings.TrimSpace(l.Line(config.Pos{File: r.Pos.File, Line: n})), "[") {
			return true
		}
	}
	return false
}

// takenBack tells of a rule that a later one takes back; rest are those behind that one.
func (l *Look) takenBack(a AccessOf, r, later AccessRule, rest []AccessRule) {
	consequence, severity := "nobody from there is let in", config.Warning
	if later.Allow {
		consequence = "everybody is let in all the same"
	}
	if len(a.Rules) == 2 && later.Allow && later.Net.Bits() == 0 && r.Net.Bits() == 0 {
		severity = config.Note // a way of FreePBX to write that everybody may
	}
	for _, again := range rest {
		if again.Allow == r.Allow && covers(again.Net, r.Net) {
			consequence, severity = again.Name+"="+again.Text+" behind it ("+again.Pos.String()+") does what it says", config.Note
		}
	}
	l.SayAs(severity, "acl-order", r.Pos, "the wide rule first, its exceptions behind it",
		"%s: %s=%s has no effect: the last rule that matches wins, and %s=%s stands after it (%s): %s", a.Who, r.Name, r.Text, later.Name,
		later.Text, later.Pos, consequence)
	exception := func(r AccessRule) bool { return r.Allow && r.Net.Addr().Is4() == later.Net.Addr().Is4() }
	if later.Net.Bits() == 0 && !later.Allow && !slices.ContainsFunc(rest, exception) {
		l.Say("acl-order", later.Pos, "the wide rule first, its exceptions behind it",
			"%s: %s=%s as the last rule wins over every permit before it: every address is refused", a.Who, later.Name, later.Text)
	}
}

// covers says whether a network holds another wholly.
func covers(wide, narrow netip.Prefix) bool {
	return wide.Addr().Is4() == narrow.Addr().Is4() && wide.Bits() <= narrow.Bits() && wide.Contains(narrow.Addr())
}

// masks looks at how a network is written.
func (l *Look) masks(a AccessOf, r AccessRule) {
	text := strings.TrimPrefix(r.Text, "!")
	host, mask, masked := strings.Cut(text, "/")
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
	case !masked && ip.Is4() && ip.As4()[3] == 0 && ip != netip.IPv4Unspecified():
		l.Say("acl-no-mask", r.Pos, text+"/255.255.255.0", "%s: %s=%s without a mask is the single address %s/32, not the network", a.Who,
			r.Name, text, host)
	case !masked && ip == netip.IPv4Unspecified():
		l.Say("acl-no-mask", r.Pos, text+"/0.0.0.0", "%s: %s=%s without a mask is the single address 0.0.0.0, which nobody has: it does not "+
			"mean everybody", a.Who, r.Name, text)
	case masked && ip.Is4() && r.Net.Bits() == 32 && ip.As4()[3] == 0 && ip != netip.IPv4Unspecified():
		l.Say("acl-no-mask", r.Pos, host+"/255.255.255.0", "%s: %s=%s/%s is the single address %s, not the network: the mask leaves no bit free",
			a.Who, r.Name, host, mask, host)
	case masked && ip.Unmap() != r.Net.Addr() && r.Net.Bits() > 0:
		l.Say("acl-host-bits", r.Pos, r.Net.String(), "%s: %s=%s/%s is the whole network %s: the bits behind the mask do not count", a.Who,
			r.Name, host, mask, r.Net)
	case masked && r.Net.Bits() == 0 && ip != netip.IPv4Unspecified() && ip != netip.IPv6Unspecified():
		l.Say("acl-host-bits", r.Pos, host+"/32", "%s: the mask of %s=%s/%s is empty: the rule is about every address", a.Who, r.Name, host,
			mask)
	}
}
