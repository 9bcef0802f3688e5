package convert

import (
	"strings"

	"obelisk/internal/config"
)

// object is one section of pjsip.conf: a type, a name and its lines.
type object struct {
	kind, name string
	pos        config.Pos
	vars       []config.Var
	bases      []string
}

// get has the last value of an option.
func (o *object) get(name string) string { return o.last(name).Value }

func (o *object) last(name string) (v config.Var) {
	if o == nil {
		return v
	}
	for _, x := range o.vars {
		if strings.EqualFold(pjsipOption(x.Name), name) {
			v = x
		}
	}
	return v
}

func (o *object) every(name string) (out []config.Var) {
	if o == nil {
		return nil
	}
	for _, x := range o.vars {
		if strings.EqualFold(pjsipOption(x.Name), name) {
			out = append(out, x)
		}
	}
	return out
}

// on says whether an option is yes.
func (o *object) on(name string) bool {
	b, _ := config.Bool(o.get(name))
	return b
}

// pjsipOption is the documented spelling of an option.
func pjsipOption(name string) string {
	name = strings.ToLower(name)
	if other, ok := map[string]string{"dtmfmode": "dtmf_mode", "callgroup": "call_group", "pickupgroup": "pickup_group",
		"namedcallgroup": "named_call_group", "namedpickupgroup": "named_pickup_group", "moh_suggest": "moh_suggest",
		"mohsuggest": "moh_suggest", "tonezone": "tone_zone", "subscribecontext": "subscribe_context", "fromuser": "from_user",
		"fromdomain": "from_domain", "directmedia": "direct_media", "outbound_proxies": "outbound_proxy", "sdpowner": "sdp_owner",
		"sdpsession": "sdp_session", "timers_sess_expires": "timers_sess_expires", "setvar": "set_var", "rtptimeout": "rtp_timeout",
		"trustrpid": "trust_id_inbound", "disable_direct_media_on_nat": "disable_direct_media_on_nat", "allowtransfer": "allow_transfer",
		"usereqphone": "user_eq_phone", "mailbox": "mailboxes", "allowsubscribe": "allow_subscribe", "contactacl": "contact_acl",
		"contactpermit": "contact_permit", "contactdeny": "contact_deny", "externaladdress": "external_signaling_address"}[name]; ok {
		return other
	}
	return name
}

// objects are those of pjsip.conf and of pjsip_wizard.conf.
type objects struct {
	list      []*object
	templates *config.File // for those that endpoints go on from
}

// find has the object of a kind and name; nil without.
func (o *objects) find(kind, name string) *object {
	for _, x := range o.list {
		if x.kind == kind && x.name == name {
			return x
		}
	}
	return nil
}

// all has those of a kind, in order.
func (o *objects) all(kind string) (out []*object) {
	for _, x := range o.list {
		if x.kind == kind {
			out = append(out, x)
		}
	}
	return out
}

// readObjects reads the sections that have a type.
func readObjects(f *config.File, n *notes) *objects {
	o := &objects{templates: f}
	for _, s := range f.Visible() {
		kind := strings.ToLower(s.Get("type"))
		if kind == "" {
			n.add(s.Pos, "["+s.Name+"] has no type=, and chan_pjsip does not read it", "")
			continue
		}
		if o.find(kind, s.Name) != nil {
			n.add(s.Pos, "["+s.Name+"] of type="+kind+" is there twice", "chan_pjsip takes one of them; the first is converted")
			continue
		}
		o.list = append(o.list, &object{kind: kind, name: s.Name, pos: s.Pos, vars: s.Vars, bases: s.Bases})
	}
	return o
}

// wizard are the lines of one section of pjsip_wizard.conf.
type wizard struct {
	s     *config.Section
	hosts []string
}

// expand turns the sections of pjsip_wizard.conf into the objects that they stand for.
func (o *objects) expand(f *config.File, n *notes) (hints []hint) {
	for _, s := range f.Visible() {
		if !strings.EqualFold(s.Get("type"), "wizard") {
			n.add(s.Pos, "["+s.Name+"] of pjsip_wizard.conf has no type=wizard, and is not read", "")
			continue
		}
		w := wizard{s: s}
		for _, h := range strings.Split(s.Get("remote_hosts"), ",") {
			if h = strings.TrimSpace(h); h != "" {
				w.hosts = append(w.hosts, h)
			}
		}
		o.list = append(o.list, w.objects()...)
		if b, _ := config.Bool(s.Get("has_hint")); b && s.Get("hint_exten") != "" {
			context := s.Get("hint_context")
			if context == "" {
				context = s.Get("endpoint/context")
			}
			if context == "" {
				context = "default"
			}
			hints = append(hints, hint{context: context, exten: s.Get("hint_exten"), name: s.Name, app: s.Get("hint_application"), pos: s.Pos})
		}
		if v, ok := s.Lookup("has_phoneprov"); ok {
			if b, _ := config.Bool(v.Value); b {
				n.add(v.Pos, "has_phoneprov made a file for the phone", "provision the phone in another way")
			}
		}
	}
	return hints
}

// hint is one that a wizard section asks for.
type hint struct {
	context, exten, name, app string
	pos                       config.Pos
}

// yes says whether an option of the section is yes.
func (w *wizard) yes(name string) bool {
	b, _ := config.Bool(w.s.Get(name))
	return b
}

// object begins one with the lines "prefix/option".
func (w *wizard) object(kind, name, prefix string) *object {
	x := &object{kind: kind, name: name, pos: w.s.Pos}
	for _, v := range w.s.Vars {
		if rest, ok := strings.CutPrefix(strings.ToLower(v.Name), prefix+"/"); ok {
			v.Name = rest
			x.vars = append(x.vars, v)
		}
	}
	return x
}

// put adds a line where the section itself has none of that name.
func (w *wizard) put(x *object, name, value string) {
	if value != "" && x.get(name) == "" {
		x.vars = append(x.vars, config.Var{Name: name, Value: value, Pos: w.s.Pos})
	}
}

// pattern fills a pattern of URIs.
func (w *wizard) pattern(option, usual, host string) string {
	p := w.s.Get(option)
	if p == "" {
		p = usual
	}
	return strings.NewReplacer("${REMOTE_HOST}", host, "${USERNAME}", w.s.Get("outbound_auth/username")).Replace(p)
}

// objects are endpoint, aor, auths, identify and registrations of a wizard section.
func (w *wizard) objects() (out []*object) {
	name := w.s.Name
	e := w.object("endpoint", name, "endpoint")
	a := w.object("aor", name, "aor")
	w.put(e, "aors", name)
	for _, x := range []*object{e, a} {
		w.put(x, "outbound_proxy", w.s.Get("outbound_proxy"))
	}
	w.put(e, "transport", w.s.Get("transport"))
	out = append(out, e, a)
	if w.yes("accepts_auth") {
		x := w.object("auth", name+"-iauth", "inbound_auth")
		w.put(x, "username", name)
		w.put(e, "auth", x.name)
		out = append(out, x)
	}
	if w.yes("sends_auth") {
		x := w.object("auth", name+"-oauth", "outbound_auth")
		w.put(x, "username", name)
		w.put(e, "outbound_auth", x.name)
		out = append(out, x)
	}
	if w.yes("accepts_registrations") {
		w.put(a, "max_contacts", "1")
	} else if a.get("contact") == "" {
		for _, h := range w.hosts {
			a.vars = append(a.vars, config.Var{Name: "contact", Value: w.pattern("contact_pattern", "sip:${REMOTE_HOST}", h), Pos: w.s.Pos})
		}
	}
	line := w.yes("sends_line_with_registrations")
	if !w.yes("accepts_registrations") && len(w.hosts) > 0 && !line {
		x := w.object("identify", name+"-identify", "identify")
		w.put(x, "endpoint", name)
		if x.get("match") == "" {
			for _, h := range w.hosts {
				host, _ := hostPort(h)
				x.vars = append(x.vars, config.Var{Name: "match", Value: host, Pos: w.s.Pos})
			}
		}
		out = append(out, x)
	}
	if w.yes("sends_registrations") {
		for i, h := range w.hosts {
			x := w.object("registration", name+"-reg-"+string(rune('0'+i%10)), "registration")
			w.put(x, "server_uri", w.pattern("server_uri_pattern", "sip:${REMOTE_HOST}", h))
			w.put(x, "client_uri", w.pattern("client_uri_pattern", "sip:${USERNAME}@${REMOTE_HOST}", h))
			w.put(x, "outbound_auth", name+"-oauth")
			w.put(x, "transport", w.s.Get("transport"))
			w.put(x, "outbound_proxy", w.s.Get("outbound_proxy"))
			if line {
				w.put(x, "line", "yes")
				w.put(x, "endpoint", name)
			}
			out = append(out, x)
		}
	}
	return out
}
