package pubsub

import (
	"cmp"
	"fmt"
	"html"
	"strings"

	"obelisk/pbx"
)

// body writes the state in the format that was chosen, as chan_sip does: phones are
// known to be particular.
func (s *Subscription) body() []byte {
	switch s.format {
	case dialogInfo:
		return s.dialogInfo()
	case pidf:
		return s.pidf()
	case cpim, xpidf:
		return s.xpidf()
	case reginfo:
		return s.reginfo()
	}
	return messageSummary(&s.Dir.General, s.Endpoint(), s.ps.cfg.Core.MailboxesOf(s.Peer.Mailboxes), s.Dir.FromHost(s.Flow))
}

// pidf is RFC 3863 with the activities of RFC 4480's draft.
func (s *Subscription) pidf() []byte {
	basic, activity, note := "open", "", "Ready"
	switch s.state.State {
	case pbx.ExtensionRinging, pbx.ExtensionRinging | pbx.ExtensionInUse:
		activity, note = "busy", "Ringing"
	case pbx.ExtensionInUse, pbx.ExtensionBusy:
		activity, note = "busy", "On the phone"
	case pbx.ExtensionOnHold:
		activity, note = "busy", "On hold"
	case pbx.ExtensionUnavailable, pbx.ExtensionRemoved:
		basic, activity, note = "closed", "away", "Unavailable"
		if s.state.Absent {
			note = "Not online"
		}
	}
	if activity != "" {
		activity = "<ep:activities><ep:" + activity + "/></ep:activities>\n"
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="ISO-8859-1"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" 
xmlns:pp="urn:ietf:params:xml:ns:pidf:person"
xmlns:es="urn:ietf:params:xml:ns:pidf:rpid:status:rpid-status"
xmlns:ep="urn:ietf:params:xml:ns:pidf:rpid:rpid-person"
entity="%s">
<pp:person><status>
%s</status></pp:person>
<note>%s</note>
<tuple id="%s">
<contact priority="1">%s</contact>
<status><basic>%s</basic></status>
</tuple>
</presence>
`, Escape(s.watcher), activity, note, Escape(s.Exten), Escape(s.entity), basic)
}

// xpidf is what came before pidf; chan_sip sends it as CPIM too.
func (s *Subscription) xpidf() []byte {
	status, sub := "open", "online"
	switch s.state.State {
	case pbx.ExtensionRinging, pbx.ExtensionInUse, pbx.ExtensionRinging | pbx.ExtensionInUse:
		status, sub = "inuse", "onthephone"
	case pbx.ExtensionBusy, pbx.ExtensionOnHold, pbx.ExtensionUnavailable, pbx.ExtensionRemoved:
		status, sub = "closed", "offline"
	}
	return fmt.Appendf(nil, `<?xml version="1.0"?>
<!DOCTYPE presence PUBLIC "-//IETF//DTD RFCxxxx XPIDF 1.0//EN" "xpidf.dtd">
<presence>
<presentity uri="%s;method=SUBSCRIBE" />
<atom id="%s">
<address uri="%s;user=ip" priority="0.800000">
<status status="%s" />
<msnsubstatus substatus="%s" />
</address>
</atom>
</presence>
`, Escape(s.watcher), Escape(s.Exten), Escape(s.entity), status, sub)
}

// dialogInfo is RFC 4235. With notifycid it names the caller, and a dialog that an
// INVITE with Replaces picks up.
func (s *Subscription) dialogInfo() []byte {
	state := "terminated"
	switch s.state.State {
	case pbx.ExtensionRinging:
		state = "early"
	case pbx.ExtensionRinging | pbx.ExtensionInUse:
		if state = "confirmed"; s.Dir.NotifyRinging == "yes" {
			state = "early"
		}
	case pbx.ExtensionInUse, pbx.ExtensionBusy, pbx.ExtensionOnHold, pbx.ExtensionInUse | pbx.ExtensionOnHold:
		state = "confirmed"
	}
	var b strings.Builder
	entity := Escape(s.entity)
	fmt.Fprintf(&b, "<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"%d\" state=\"full\" "+
		"entity=\"%s\">\n", s.version, entity)
	if ringing := s.state.State > 0 && s.state.State&pbx.ExtensionRinging != 0; ringing && s.Dir.NotifyRinging != "no" {
		s.ringing(&b, entity)
	} else {
		fmt.Fprintf(&b, "<dialog id=\"%s\">\n", Escape(s.Exten))
	}
	if state == "confirmed" && s.Dir.NotifyCID != "no" {
		s.parked(&b)
	}
	fmt.Fprintf(&b, "<state>%s</state>\n", state)
	if s.state.State > 0 && s.state.State&pbx.ExtensionOnHold != 0 {
		fmt.Fprintf(&b, "<local>\n<target uri=\"%s\">\n<param pname=\"+sip.rendering\" pvalue=\"no\"/>\n</target>\n</local>\n", entity)
	}
	b.WriteString("</dialog>\n</dialog-info>\n")
	return []byte(b.String())
}

// parked says, with notifycid, who waits in a space of a parking lot, and since when.
//
// Differs: Asterisk tells that there is a call, and not whose.
func (s *Subscription) parked(b *strings.Builder) {
	who, since, ok := s.ps.cfg.Core.ParkedAt(s.Context, s.Exten)
	if !ok {
		return
	}
	display := strings.TrimSpace(cmp.Or(who.Name, who.Num) + " " + since.Format("15:04"))
	fmt.Fprintf(b, "<remote>\n<identity display=\"%s\">sip:%s@%s</identity>\n</remote>\n", Escape(display), Escape(who.Num),
		Escape(hostOf(s.entity)))
}

// ringing opens the dialog element of a call that comes in.
func (s *Subscription) ringing(b *strings.Builder, entity string) {
	if s.Dir.NotifyCID == "no" {
		fmt.Fprintf(b, "<dialog id=\"%s\" direction=\"recipient\">\n", Escape(s.Exten))
		return
	}
	remote, display, local := entity, Escape(s.Exten), Escape(s.Exten)
	if ch := s.ps.cfg.Core.RingingAt(s.Context, s.Exten); ch != nil {
		v := ch.View()
		if s.Dir.NotifyCID == "ignore-context" || v.At.Context == s.Context {
			remote, display, local = "sip:"+Escape(v.Connected.Num)+"@"+Escape(hostOf(s.entity)), Escape(v.Connected.Name), ""
		}
	}
	fmt.Fprintf(b, `<dialog id="%s" call-id="%s%s" local-tag="%s" remote-tag="%s" direction="recipient">
<remote>
<identity display="%s">%s</identity>
<target uri="%s"/>
</remote>
<local>
<identity display="%s">%s</identity>
<target uri="%s"/>
</local>
`, Escape(s.Exten), PickupPrefix, Escape(s.CallID), Escape(s.RemoteTag), s.LocalTag, display, remote, remote, local, entity, entity)
}

// PickupPrefix marks the dialogs that are told of with notifycid: an INVITE that
// replaces one picks the ringing call up.
const PickupPrefix = "pickup-"

// Escape makes text safe in XML.
func Escape(s string) string { return html.EscapeString(s) }

// hostOf is the host part of a SIP URI, with its port.
func hostOf(uri string) string {
	uri, _, _ = strings.Cut(uri, ";")
	if at := strings.LastIndexByte(uri, '@'); at >= 0 {
		return uri[at+1:]
	}
	_, host, _ := strings.Cut(uri, ":")
	return host
}
