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
	const look, change = "call,reporting", "user"
	return []pbx.Action{
		{Name: "VoicemailUsersList", Synopsis: "List the mailboxes", Classes: look, Run: d.listUsers},
		{Name: "VoicemailUserStatus", Synopsis: "Show one of them", Classes: look, Run: d.userStatus},
		{Name: "VoicemailBoxSummary", Synopsis: "List the messages of a mailbox", Classes: look, Run: d.boxSummary},
		{Name: "VoicemailRefresh", Synopsis: "Look whether mailboxes have changed", Classes: change, Run: d.refresh},
		{Name: "VoicemailMove", Synopsis: "Move a message to another folder", Classes: change, Run: d.moveAction},
		{Name: "VoicemailRemove", Synopsis: "Remove a message", Classes: change, Run: d.removeAction},
		{Name: "VoicemailForward", Synopsis: "Copy a message to another mailbox", Classes: change, Run: d.forwardAction},
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
	return fields(
		"Event", event, "VMContext", b.Context, "VoiceMailbox", b.Box, "Fullname", b.FullName, "Email", b.Email, "Pager", b.Pager,
		"ServerEmail", b.ServerEmail, "FromString", b.FromString, "MailCommand", command, "Language", b.Language, "TimeZone", b.Zone,
		"Callback", b.Callback, "Dialout", b.Dialout, "UniqueID", b.UniqueID, "ExitContext", b.ExitContext,
		"SayDurationMinimum", strconv.Itoa(b.SayDurationMinutes), "SayEnvelope", yesNo(b.Envelope), "SayCID", yesNo(b.SayCID),
		"AttachMessage", yesNo(b.Attach), "AttachmentFormat", b.AttachFormat, "DeleteMessage", yesNo(b.Delete),
		"VolumeGain", fmt.Sprintf("%.2f", b.VolumeGain), "CanReview", yesNo(b.Review), "CanMarkUrgent", yesNo(b.LeaveUrgent),
		"CallOperator", yesNo(b.Operator), "MaxMessageCount", strconv.Itoa(b.MaxMessages), "MaxMessageLength", strconv.Itoa(b.MaxSecs),
		"NewMessageCount", strconv.Itoa(n.New), "OldMessageCount", strconv.Itoa(n.Old))
}

// fields are names and values in turn.
func fields(list ...string) (out []pbx.Field) {
	for i := 0; i+1 < len(list); i += 2 {
		out = append(out, pbx.Field{Name: list[i], Value: list[i+1]})
	}
	return out
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
	b := d.find(d.settings(), context, box)
	if b == nil {
		a.OK(unknown)
	}
	return b
}

func (d *desk) userStatus(a pbx.Asked) {
	if b := d.theBox(a, "There is no voicemail user of the given info."); b != nil {
		row := d.userFields("VoicemailUserDetail", d.settings(), b)
		a.List("Voicemail user detail will follow", "VoicemailUserDetailComplete", [][]pbx.Field{row})
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
			rows = append(rows, fields("Event", "VoicemailBoxDetail", "Folder", spool.Folder(f).String(), "CallerID", m.CallerID(),
				"Date", m.Get("origdate"), "Duration", m.Get("duration"), "Flag", m.Flag(), "ID", m.ID()))
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
