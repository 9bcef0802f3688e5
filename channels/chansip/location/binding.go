package location

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unique"

	"obelisk/internal/sipstack"
)

// Binding is where a registered phone is. Values are never changed once published.
type Binding struct {
	Name           string
	Addr           netip.AddrPort // where requests go
	Contact        string         // URI as registered, parameters included
	User           string         // user part of the Contact
	UserAgent      string
	Granted        time.Duration
	Expires        time.Time
	Flow           sipstack.Flow // how the REGISTER came
	CallID         string        // of the REGISTER
	CSeq           uint32        // likewise
	*ContactParams               // shared by those who have none
}

// ContactParams are what few contacts have: there may be many of those.
type ContactParams struct {
	Path     string // of the REGISTER (RFC 3327), with supportpath; "" for none
	Q        string // preference as written, "" for none
	Instance string // +sip.instance and reg-id (RFC 5626), "" for none
	RegID    string
}

var NoParams = &ContactParams{}

// Shared keeps them, in common where there are none.
func (c ContactParams) Shared() *ContactParams {
	if c == *NoParams {
		return NoParams
	}
	return &c
}

// Routes is the route set of requests to the phone.
func (b *Binding) Routes() []string {
	if b == nil || b.Path == "" {
		return nil
	}
	return sipstack.SplitList(b.Path)
}

// SameContact says whether two bindings are of one contact: by instance and reg-id where both
// have them (RFC 5626 section 6), else by their URIs (RFC 3261 section 19.1.4). A phone
// that is reached at its source rather than at its Contact is behind a NAT, and its
// Contact is then no name of it alone: two such are one phone when they came from one
// host, or with one Call-ID.
func (b *Binding) SameContact(o *Binding) bool {
	if b.RegID != "" && o.RegID != "" && b.Instance != "" && o.Instance != "" {
		return b.Instance == o.Instance && b.RegID == o.RegID
	}
	if b.CallID != o.CallID && b.Addr.Addr() != o.Addr.Addr() {
		return false
	}
	if b.Contact == o.Contact {
		return true
	}
	x, _ := sipstack.ParseURI(b.Contact)
	y, _ := sipstack.ParseURI(o.Contact)
	return x.Same(&y)
}

// Key tells the bindings of an endpoint apart: two phones behind two NATs may have the same
// Contact, and two contacts the same proxy.
func (b *Binding) Key() string { return b.Addr.String() + " " + b.Contact }

// weight is the preference of the binding.
func (b *Binding) weight() int { return Weight(b.Q) }

// Weight is a preference in thousandths; no q counts as 1 (RFC 3261 section 10.2.1.2).
func Weight(text string) int {
	q, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 1000
	}
	return int(1000 * min(max(q, 0), 1))
}

// before orders the bindings of an endpoint: the preferred first, the newest first.
func (b *Binding) before(o *Binding) int {
	return cmp.Or(o.weight()-b.weight(), o.Expires.Add(-o.Granted).Compare(b.Expires.Add(-b.Granted)))
}

// IsExpired says whether its time has run out, though it is kept a little longer.
func (b *Binding) IsExpired() bool { return !b.Expires.After(time.Now()) }

// SecondsLeft are the seconds that the binding is still good for.
func (b *Binding) SecondsLeft() int {
	return max(int((time.Until(b.Expires)+time.Second-1)/time.Second), 0)
}

// ContactValue is the binding as it stands in Contact.
func (b *Binding) ContactValue() string {
	v := "<" + b.Contact + ">"
	if b.Q != "" {
		v += ";q=" + b.Q
	}
	if b.Instance != "" {
		v += `;+sip.instance="` + b.Instance + `"`
	}
	if b.RegID != "" {
		v += ";reg-id=" + b.RegID
	}
	return v + ";expires=" + strconv.Itoa(b.SecondsLeft())
}

// onlyExtends says whether o only extends the time of b: nothing that others see has changed.
func (b *Binding) onlyExtends(o *Binding) bool {
	return b.Contact == o.Contact && b.Addr == o.Addr && b.Flow == o.Flow && b.Granted == o.Granted && *b.ContactParams == *o.ContactParams
}

// row is the binding as chan_sip keeps it: "IP:port:expiry:user:contact".
func (b *Binding) row() string {
	return b.Addr.String() + ":" + strconv.Itoa(int(b.Granted.Seconds())) + ":" + b.User + ":" + b.Contact
}

// parseRow reads a row, for the time that was granted, counted from now.
func parseRow(name, text string) (Binding, bool) {
	f := strings.SplitN(text, ":", 5)
	if len(f) != 5 {
		return Binding{}, false
	}
	addr, err := netip.ParseAddrPort(f[0] + ":" + f[1])
	seconds, err2 := strconv.Atoi(f[2])
	if err != nil || err2 != nil || seconds < 1 {
		return Binding{}, false
	}
	granted := time.Duration(seconds) * time.Second
	return Binding{Name: name, Addr: addr, User: f[3], Contact: f[4], Granted: granted, Expires: time.Now().Add(granted),
		Flow: sipstack.Flow{Remote: addr}, ContactParams: NoParams}, true
}

// storedBinding is a binding as the astdb keeps it beside chan_sip's row, which has no
// place for most of it. What a phone does without takes no room.
type storedBinding struct {
	Addr, Remote, Local netip.AddrPort // Remote: the source of the REGISTER, left out where it is Addr; Local: where it came in
	Contact             string
	User                string
	UserAgent           string
	Path                string
	CallID              string
	Q                   string
	Instance            string
	RegID               string
	CSeq                uint32
	Granted             int   // seconds
	Expires             int64 // Unix time
	Proto               sipstack.Proto
}

// storeBindings writes all bindings of an endpoint, which are in a chain. Every REGISTER does
// it: it is written by hand, for it would else be one of its dearest parts.
func storeBindings(first *entry) string {
	b := append(make([]byte, 0, 512), '[')
	for e := first; e != nil; e = e.next {
		if e != first {
			b = append(b, ',')
		}
		b = e.appendStored(b)
	}
	return string(append(b, ']'))
}

// appendStored appends the JSON of a storedBinding.
func (b *Binding) appendStored(to []byte) []byte {
	addr := func(name string, a netip.AddrPort) {
		to = append(append(append(to, '"'), name...), `":"`...)
		to = append(a.AppendTo(to), `",`...)
	}
	text := func(name, value string) {
		if value == "" {
			return
		}
		to = append(append(append(to, '"'), name...), `":`...)
		to = append(appendJSON(to, value), ',')
	}
	to = append(to, '{')
	addr("Addr", b.Addr)
	if b.Flow.Remote.IsValid() && b.Flow.Remote != b.Addr {
		addr("Remote", b.Flow.Remote)
	}
	if b.Flow.Local.IsValid() {
		addr("Local", b.Flow.Local)
	}
	text("Contact", b.Contact)
	text("User", b.User)
	text("UserAgent", b.UserAgent)
	text("CallID", b.CallID)
	if p := b.ContactParams; p != NoParams {
		text("Path", p.Path)
		text("Q", p.Q)
		text("Instance", p.Instance)
		text("RegID", p.RegID)
	}
	to = strconv.AppendUint(append(to, `"CSeq":`...), uint64(b.CSeq), 10)
	to = strconv.AppendInt(append(to, `,"Granted":`...), int64(b.Granted.Seconds()), 10)
	to = strconv.AppendInt(append(to, `,"Expires":`...), b.Expires.Unix(), 10)
	if b.Flow.Proto != 0 {
		to = strconv.AppendInt(append(to, `,"Proto":`...), int64(b.Flow.Proto), 10)
	}
	return append(to, '}')
}

// appendJSON appends a text in quotes; what needs more than these is left to the library.
func appendJSON(to []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text) // nothing in it can fail
			return append(to, quoted...)
		}
	}
	return append(append(append(to, '"'), text...), '"')
}

// readBindings reads what storeBindings has written; what has run out is left out. A
// connection that a phone had opened is not there any more: its binding is as one over a
// connection that we open.
func readBindings(name, text string, now time.Time) (out []Binding) {
	var list []storedBinding
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil
	}
	for _, s := range list {
		if at := time.Unix(s.Expires, 0); at.After(now) {
			f := sipstack.Flow{Remote: s.Remote, Local: s.Local, Proto: s.Proto}
			if !f.Remote.IsValid() {
				f.Remote = s.Addr
			}
			out = append(out, Binding{Name: name, Addr: s.Addr, Contact: s.Contact, User: s.User, UserAgent: unique.Make(s.UserAgent).Value(),
				CallID: s.CallID, CSeq: s.CSeq, ContactParams: ContactParams{s.Path, s.Q, s.Instance, s.RegID}.Shared(),
				Granted: time.Duration(s.Granted) * time.Second, Expires: at, Flow: f})
		}
	}
	return out
}

// State says whether the binding is good, or kept a moment longer.
func (b *Binding) State() string {
	if b.SecondsLeft() == 0 {
		return "Expiring"
	}
	return "Registered"
}

// Left is how long the binding is still good for.
func (b *Binding) Left() time.Duration { return time.Duration(b.SecondsLeft()) * time.Second }
