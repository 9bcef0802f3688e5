package registrar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unique"

	"obelisk/channels/chansip/location"
	"obelisk/channels/chansip/qualify"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx/event"
)

// contact is one Contact of a REGISTER.
type contact struct {
	location.Binding
	uri     sipstack.URI
	expires int // seconds; 0: it is to be removed
}

// takeContacts does what the Contact headers ask for: one, as with chan_sip, or with
// max_contacts all of them or none.
func (r *request) takeContacts() {
	list := r.m.List("Contact")
	r.before = r.rg.cfg.Bindings.All(r.peer.Name)
	star := slices.ContainsFunc(list, func(c string) bool { return strings.TrimSpace(c) == "*" })
	if expires, given := r.seconds(r.m.Header("Expires")); star && (len(list) > 1 || expires != 0 || !given) {
		r.rg.cfg.Log.Warn().Msg("Failed to parse contact info")
		r.dir.Respond(r.tx, 400, "Bad Request")
		return
	}
	switch {
	case len(list) == 0:
		r.query()
		return
	case r.occupied():
		r.refuse(403, "Occupied", "Registered from another address")
		return
	case star:
		all := func(*location.Binding) bool { return true }
		if r.inOrder(all) {
			r.unregister(all)
		}
		return
	case r.peer.Reg.MaxContacts == 1:
		list = list[:1]
	}
	var wishes []contact
	for _, value := range list {
		w, ok := r.contactOf(value)
		if !ok {
			r.rg.cfg.Log.Warn().Msgf("Failed to parse contact info '%s'", value)
			r.dir.Respond(r.tx, 400, "Bad Request")
			return
		}
		wishes = append(wishes, w)
	}
	meant := func(b *location.Binding) bool {
		return r.peer.Reg.MaxContacts == 1 || slices.ContainsFunc(wishes, func(w contact) bool { return b.SameContact(&w.Binding) })
	}
	if r.inOrder(meant) && r.permitted(wishes) {
		r.apply(wishes)
	}
}

// contact reads a Contact.
func (r *request) contactOf(value string) (w contact, ok bool) {
	c, u, ok := readContact(value)
	if !ok {
		return w, false
	}
	w.uri = u
	w.expires = r.expiry(c)
	path := ""
	if r.peer.SupportPath {
		path = strings.Clone(strings.Join(r.m.List("Path"), ", "))
	}
	addr := r.address(u)
	if path != "" {
		addr = r.nextHop(path)
	}
	granted, now := time.Duration(w.expires)*time.Second, time.Now()
	kept := strings.Clone(c.URI) // it stays, the message does not
	mine, _ := sipstack.ParseURI(kept)
	w.Binding = location.Binding{Name: r.peer.Name, Addr: addr, Contact: kept, User: mine.User,
		UserAgent: unique.Make(r.m.Header("User-Agent")).Value(), Granted: granted, Expires: now.Add(granted), Flow: r.m.Flow,
		CallID: strings.Clone(r.m.CallID), CSeq: r.m.CSeq}
	p := location.ContactParams{Path: path}
	param := func(name string) string {
		v, _ := c.Param(name)
		return strings.Clone(v)
	}
	p.Q, p.Instance, p.RegID = param("q"), strings.Trim(param("+sip.instance"), `"`), param("reg-id")
	w.ContactParams = p.Shared()
	return w, true
}

// readContact takes the URI of a Contact. As with chan_sip the closing bracket may be missing, and
// "sip:" before user@host.
func readContact(value string) (c sipstack.NameAddr, u sipstack.URI, ok bool) {
	if strings.Count(value, "<") == 1 && !strings.Contains(value, ">") {
		value += ">"
	}
	c, ok = sipstack.ParseNameAddr(value)
	if before, _, _ := strings.Cut(c.URI, ":"); strings.Contains(before, "@") {
		c.URI = "sip:" + c.URI
	}
	u, good := sipstack.ParseURI(c.URI)
	return c, u, ok && good && (u.Scheme == "sip" || u.Scheme == "sips")
}

// expiry of a Contact: its parameter, else the Expires header (RFC 3261 section
// 10.2.1.1), else the usual; clamped, never 423.
//
// Differs: with chan_sip the header beats the parameter.
func (r *request) expiry(c sipstack.NameAddr) int {
	own, _ := c.Param("expires")
	n, ok := r.seconds(own)
	if !ok {
		n, ok = r.seconds(r.m.Header("Expires"))
	}
	switch {
	case !ok:
		return int(r.dir.DefaultExpiry.Seconds())
	case n == 0:
		return 0
	}
	return int(min(max(n, uint64(r.dir.MinExpiry.Seconds())), uint64(r.dir.MaxExpiry.Seconds())))
}

func (r *request) seconds(text string) (n uint64, ok bool) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	return n, err == nil
}

// overtaken is how long after a REGISTER an earlier one of its phone may still come: no
// request is on its way for longer (RFC 3261 section 17.1.2.2).
const overtaken = 64 * sipstack.DefaultT1

// inOrder refuses a REGISTER that was overtaken by a later one of its phone (RFC 3261
// section 10.3 steps 6 and 7): one with the Call-ID of a binding that is meant, and no
// higher CSeq.
//
// Differs from the RFC: it is refused for as long as it can have been overtaken. A phone
// that starts again with its old Call-ID and CSeq 1 would else be locked out until its
// binding ends. With chan_sip too, which answers 500, the order counts as long as the dialog
// is remembered, which is 32 seconds.
func (r *request) inOrder(meant func(*location.Binding) bool) bool {
	for _, b := range r.before {
		if b.CSeq >= r.m.CSeq && b.CallID == r.m.CallID && time.Since(b.Expires.Add(-b.Granted)) < overtaken && meant(b) {
			// No failed login: a log watcher is not to shut the phone out.
			r.rg.cfg.Log.Info().Msgf("REGISTER of '%s' from %s was overtaken: CSeq %d is not after %d", r.peer.Name, r.m.Flow.Remote, r.m.CSeq,
				b.CSeq)
			if r.peer.Reg.MaxContacts == 1 {
				r.dir.Respond(r.tx, 500, "Server error")
			} else {
				r.dir.Respond(r.tx, 400, "Invalid CSeq Number")
			}
			return false
		}
	}
	return true
}

// permitted judges by contactacl and contact_policy.
func (r *request) permitted(wishes []contact) bool {
	others := slices.DeleteFunc(r.before, (*location.Binding).IsExpired) // those that stay
	fresh := 0
	for i := range wishes {
		w := &wishes[i]
		known := slices.ContainsFunc(others, w.SameContact)
		others = slices.DeleteFunc(others, w.SameContact)
		if w.expires == 0 {
			continue
		}
		if a := w.Addr.Addr(); r.dir.ExcludeStatic && len(r.dir.StaticPeers(a)) > 0 || !r.dir.ContactACL.Allows(a) ||
			!r.peer.ContactACL.Allows(a) {
			r.rg.cfg.Log.Warn().Msgf("Registration denied because of contact ACL: '%s' for '%s'", w.Addr, r.peer.Name)
			r.dir.Respond(r.tx, 603, "Denied")
			return false
		}
		if !known {
			fresh++
		}
	}
	if reg := r.peer.Reg; reg.Policy == sipconf.ContactRefuse && fresh > 0 && len(others)+fresh > reg.MaxContacts {
		r.refuse(403, "Forbidden", "Too many contacts")
		return false
	}
	return true
}

// occupied reports whether contact_policy=refuse_other_address refuses the sender: there are
// bindings, and none from the sender's host. The source address counts, not the Contact, which
// two phones behind two NATs may share.
func (r *request) occupied() bool {
	if r.peer.Reg.Policy != sipconf.ContactRefuseOther {
		return false
	}
	somebody := false
	for _, b := range r.before {
		if b.IsExpired() {
			continue
		}
		if b.Flow.Remote.Addr() == r.m.Flow.Remote.Addr() {
			return false
		}
		somebody = true
	}
	return somebody
}

// current are the bindings whose time has not run out.
func (r *request) current() []*location.Binding {
	return slices.DeleteFunc(r.rg.cfg.Bindings.All(r.peer.Name), (*location.Binding).IsExpired)
}

// apply does what is asked for and answers.
func (r *request) apply(wishes []contact) {
	name, reg := r.peer.Name, r.peer.Reg
	before := r.rg.cfg.Bindings.Get(name)
	bound := false
	for i := range wishes {
		w := &wishes[i]
		if w.expires == 0 {
			r.rg.cfg.Bindings.RemoveIf(name, func(b *location.Binding) bool { return reg.MaxContacts == 1 || b.SameContact(&w.Binding) })
			continue
		}
		bound = true
		r.rg.stack.Trust(r.m.Flow)
		r.rg.cfg.Bindings.Set(w.Binding, reg.MaxContacts)
		if before == nil || before.Addr != w.Addr {
			r.rg.cfg.Core.Show(3, "chan_sip.c", "Registered SIP '%s' at %s", name, w.Addr)
		}
		qualify.TellPeerStatus(r.rg.cfg.Core, name, "Registered", event.PeerStatus{Address: w.Addr})
	}
	if !bound {
		r.removed(before != nil)
		return
	}
	w := wishes[len(wishes)-1]
	h := []sipstack.Header{{Name: "Expires", Value: strconv.Itoa(w.expires)}}
	if reg.MaxContacts == 1 {
		h = append(h, sipstack.Header{Name: "Contact", Value: fmt.Sprintf("<%s>;expires=%d", w.Contact, w.expires)})
	} else {
		h = append(h, r.contacts()...)
	}
	if w.Path != "" {
		h = append(h, sipstack.Header{Name: "Path", Value: w.Path})
	}
	if reg.MaxContacts > 1 && w.Instance != "" && w.RegID != "" && slices.Contains(r.m.Options("Supported"), "outbound") {
		h = append(h, sipstack.Header{Name: "Require", Value: "outbound"}) // RFC 5626 section 6
	}
	r.ok(append(h, sipstack.DateHeader())...)
	r.rg.cfg.Health.Poke(name)
	r.changed()
	if len(r.peer.Mailboxes) > 0 {
		r.rg.cfg.TellMailboxes(name)
	}
}

// contacts are all that the endpoint has now.
func (r *request) contacts() (h []sipstack.Header) {
	for _, b := range r.current() {
		h = append(h, sipstack.Header{Name: "Contact", Value: b.ContactValue()})
	}
	return h
}

// query answers with the current bindings and their remaining times.
func (r *request) query() {
	now := r.current()
	if len(now) == 0 {
		r.ok()
		return
	}
	r.ok(append([]sipstack.Header{{Name: "Expires", Value: strconv.Itoa(now[0].SecondsLeft())}}, r.contacts()...)...)
}

func (r *request) unregister(meant func(*location.Binding) bool) {
	r.removed(r.rg.cfg.Bindings.RemoveIf(r.peer.Name, meant) > 0)
}

// removed answers when contacts were to go; had says that there were some.
func (r *request) removed(had bool) {
	name := r.peer.Name
	h := []sipstack.Header{{Name: "Expires", Value: "0"}}
	if left := r.rg.cfg.Bindings.Get(name); left != nil {
		h = r.contacts()
		r.rg.cfg.Health.Poke(name)
	} else {
		if had {
			r.rg.cfg.Core.Show(3, "chan_sip.c", "Unregistered SIP '%s'", name)
			qualify.TellPeerStatus(r.rg.cfg.Core, name, "Unregistered", event.PeerStatus{})
		}
		r.rg.cfg.Health.Forget(name)
	}
	r.changed()
	r.ok(h...)
}

// changed tells who watches the endpoint.
func (r *request) changed() { r.rg.cfg.Changed(r.peer.Name) }
