package voicemail

import (
	"fmt"
	"strconv"

	"obelisk/apps/voicemail/spool"
	"obelisk/pbx"
)

// Actions implements pbx.Actor.
func (m *Module) Actions() []pbx.Action {
	d := m.desk
	return []pbx.Action{
		{Name: "VoicemailUsersList", Synopsis: "List All Voicemail User Information.", Classes: "call,reporting", Run: d.listUsers},
		{Name: "VoicemailUserStatus", Synopsis: "Show the status of given voicemail user's info.", Classes: "call,reporting", Run: d.userStatus},
		{Name: "VoicemailBoxSummary", Synopsis: "Show the mailbox contents of given voicemail user.", Classes: "call,reporting", Run: d.boxSummary},
		{Name: "VoicemailRefresh", Synopsis: "Tell Asterisk to poll mailboxes for a change", Classes: "user", Run: d.refresh},
		{Name: "VoicemailMove", Synopsis: "Move Voicemail between mailbox folders of given user.", Classes: "user", Run: d.moveAction},
		{Name: "VoicemailRemove", Synopsis: "Remove Voicemail from mailbox folder.", Classes: "user", Run: d.removeAction},
		{Name: "VoicemailForward", Synopsis: "Forward Voicemail from one mailbox folder to another between given users.", Classes: "user", Run: d.forwardAction},
	}
}

func yesNo(b bool) string {
	if b {
		return "Yes"
	}
	return "No"
}

// userFields are a mailbox in an event.
func (d *desk) userFields(event string, s *Settings, b *Box) []pbx.Field {
	n, _ := d.lamp(b.Ref)
	command := s.MailCommand
	if s.SMTP.Host != "" {
		command = "smtp://" + s.SMTP.Host
	}
	return []pbx.Field{
		{Name: "Event", Value: event}, {Name: "VMContext", Value: b.Context}, {Name: "VoiceMailbox", Value: b.Box}, {Name: "Fullname", Value: b.FullName},
		{Name: "Email", Value: b.Email}, {Name: "Pager", Value: b.Pager}, {Name: "ServerEmail", Value: b.ServerEmail}, {Name: "FromString", Value: b.FromString},
		{Name: "MailCommand", Value: command}, {Name: "Language", Value: b.Language}, {Name: "TimeZone", Value: b.Zone}, {Name: "Callback", Value: b.Callback},
		{Name: "Dialout", Value: b.Dialout}, {Name: "UniqueID", Value: b.UniqueID}, {Name: "ExitContext", Value: b.ExitContext},
		{Name: "SayDurationMinimum", Value: strconv.Itoa(b.SayDurationMinutes)}, {Name: "SayEnvelope", Value: yesNo(b.Envelope)}, {Name: "SayCID", Value: yesNo(b.SayCID)},
		{Name: "AttachMessage", Value: yesNo(b.Attach)}, {Name: "AttachmentFormat", Value: b.AttachFormat}, {Name: "DeleteMessage", Value: yesNo(b.Delete)},
		{Name: "VolumeGain", Value: fmt.Sprintf("%.2f", b.VolumeGain)}, {Name: "CanReview", Value: yesNo(b.Review)}, {Name: "CanMarkUrgent", Value: yesNo(b.LeaveUrgent)},
		{Name: "CallOperator", Value: yesNo(b.Operator)}, {Name: "MaxMessageCount", Value: strconv.Itoa(b.MaxMessages)}, {Name: "MaxMessageLength", Value: strconv.Itoa(b.MaxSecs)},
		{Name: "NewMessageCount", Value: strconv.Itoa(n.New)}, {Name: "OldMessageCount", Value: strconv.Itoa(n.Old)},
	}
}

func (d *desk) listUsers(a pbx.Asked) {
	s := d.settings()
	if len(s.Boxes) == 0 {
		a.OK("There are no voicemail users currently defined.")
		return
	}
	var rows [][]pbx.Field
	for _, b := range s.Boxes {
		rows = append(rows, d.userFields("VoicemailUserEntry", s, b))
	}
	a.List("Voicemail user list will follow", "VoicemailUserEntryComplete", rows)
}

// theBox is the mailbox that a request names; nil after an answer.
func (d *desk) theBox(a pbx.Asked, unknown string) *Box {
	context, box := a.Get("Context"), a.Get("Mailbox")
	if context == "" || box == "" {
		a.Fail("Need 'Context' and 'Mailbox' parameters.")
		return nil
	}
	b := d.settings().Find(context, box)
	if b == nil {
		a.OK(unknown)
	}
	return b
}

func (d *desk) userStatus(a pbx.Asked) {
	if b := d.theBox(a, "There is no voicemail user of the given info."); b != nil {
		a.List("Voicemail user detail will follow", "VoicemailUserDetailComplete", [][]pbx.Field{d.userFields("VoicemailUserDetail", d.settings(), b)})
	}
}

func (d *desk) boxSummary(a pbx.Asked) {
	b := d.theBox(a, "There is no voicemail user matching the given user.")
	if b == nil {
		return
	}
	var rows [][]pbx.Field
	for f, list := range d.store.Snapshot(b.Ref) {
		for _, m := range list {
			rows = append(rows, []pbx.Field{{Name: "Event", Value: "VoicemailBoxDetail"}, {Name: "Folder", Value: spool.Folder(f).String()}, {Name: "CallerID", Value: m.CallerID()},
				{Name: "Date", Value: m.Get("origdate")}, {Name: "Duration", Value: m.Get("duration")}, {Name: "Flag", Value: m.Flag()}, {Name: "ID", Value: m.ID()}})
		}
	}
	a.List("Voicemail box detail will follow", "VoicemailBoxDetailComplete", rows)
}

// refresh has lamps show what other programs have changed.
func (d *desk) refresh(a pbx.Asked) {
	context, box := a.Get("Context"), a.Get("Mailbox")
	for _, b := range d.settings().Boxes {
		if (context == "" || context == b.Context) && (box == "" || box == b.Box) {
			d.show(b.Ref, false)
		}
	}
	a.OK("Refresh sent")
}

// given are headers that a request must have; nil after an answer.
func given(a pbx.Asked, names ...string) map[string]string {
	out := map[string]string{}
	for _, n := range names {
		if out[n] = a.Get(n); out[n] == "" {
			a.Fail(n + " not specified, required")
			return nil
		}
	}
	return out
}

// done answers an order, in Asterisk's words: what has failed is a success too.
func done(a pbx.Asked, what string, err error) {
	if err != nil {
		a.OK("Message " + what + " failed")
		return
	}
	a.OK("Message " + what + " successful")
}

func (d *desk) moveAction(a pbx.Asked) {
	if g := given(a, "Mailbox", "Context", "Folder", "ID", "ToFolder"); g != nil {
		done(a, "move", d.moveMessage(g["Mailbox"], g["Context"], g["Folder"], g["ID"], g["ToFolder"]))
	}
}

func (d *desk) removeAction(a pbx.Asked) {
	if g := given(a, "Mailbox", "Context", "Folder", "ID"); g != nil {
		done(a, "remove", d.removeMessage(g["Mailbox"], g["Context"], g["Folder"], g["ID"]))
	}
}

func (d *desk) forwardAction(a pbx.Asked) {
	if g := given(a, "Mailbox", "Context", "Folder", "ID", "ToMailbox", "ToContext", "ToFolder"); g != nil {
		done(a, "forward", d.forwardMessage(g["Mailbox"], g["Context"], g["Folder"], g["ID"], g["ToMailbox"], g["ToContext"], g["ToFolder"]))
	}
}
