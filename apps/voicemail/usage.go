package voicemail

import (
	"io"

	"obelisk/pbx"
)

// usages are the texts of Asterisk for a command that was not given what it needs: programs show them.
var usages = map[string]string{
	"voicemail forward": `voicemail forward <from_mailbox> <from_context> <from_folder> <messageid> <to_mailbox> <to_context> <to_folder>
       Forward message <messageid> in mailbox <mailbox>@<context> <from_folder>
       to mailbox <mailbox>@<context> <to_folder>`,
	"voicemail move": `voicemail move <mailbox> <context> <from_folder> <messageid> <to_folder>
       Move message <messageid> in mailbox <mailbox>&<context> from <from_folder> to <to_folder>`,
	"voicemail remove": `voicemail remove <mailbox> <context> <from_folder> <messageid>
       Remove message <messageid> from <from_folder> in mailbox <mailbox>@<context>`,
	"voicemail reload": `voicemail reload
       Reload voicemail configuration`,
	"voicemail show aliases": `voicemail show aliases
       Lists mailbox aliases`,
	"voicemail show mailbox": `voicemail show mailbox <mailbox> <context>
       Show contents of mailbox <mailbox>@<context>`,
	"voicemail show users": `voicemail show users [for <context>]
       Lists all mailboxes currently set up`,
	"voicemail show zones": `voicemail show zones
       Lists zone message formats`,
}

func misused(w io.Writer, command string) bool { return pbx.Misused(w, usages[command]) }
