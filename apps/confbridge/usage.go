package confbridge

import (
	"io"

	"obelisk/pbx"
)

// usages are the texts of Asterisk for a command that was not given what it needs: programs show them.
var usages = map[string]string{
	"confbridge kick": `confbridge kick <conference> <channel>
       Kicks a channel out of the conference bridge.
             (all to kick everyone, participants to kick non-admins).`,
	"confbridge list": `confbridge list [<name>]
       Lists all currently active conference bridges or a specific conference bridge.

       When a conference bridge name is provided, flags may be shown for users. Below
       are the flags and what they represent.

       Flags:
         A - The user is an admin
         M - The user is a marked user
         W - The user must wait for a marked user to join
         E - The user will be kicked after the last marked user leaves the conference
         m - The user is muted
         w - The user is waiting for a marked user to join`,
	"confbridge lock": `confbridge lock <conference>
       Lock a conference. While locked, no new non-admins
       may join the conference.`,
	"confbridge unlock": `confbridge unlock <conference>
       Unlock a previously locked conference.`,
	"confbridge mute": `confbridge mute <conference> <channel>
       Mute a channel in a conference.
              (all to mute everyone, participants to mute non-admins)
       If the specified channel is a prefix,
       the action will be taken on the first
       matching channel.`,
	"confbridge unmute": `confbridge unmute <conference> <channel>
       Unmute a channel in a conference.
              (all to unmute everyone, participants to unmute non-admins)
       If the specified channel is a prefix,
       the action will be taken on the first
       matching channel.`,
	"confbridge record start": `confbridge record start <conference> <file>
       <file> is optional, Otherwise the bridge profile
       record file will be used.  If the bridge profile
       has no record file specified, a file will automatically
       be generated in the monitor directory`,
	"confbridge record stop": `confbridge record stop <conference>
       Stop a previously started recording.`,
	"confbridge show profile user":   `confbridge show profile user [<profile name>]`,
	"confbridge show profile bridge": `confbridge show profile bridge <profile name>`,
	"confbridge show menu":           `confbridge show menu [<menu name>]`,
}

// misused tells how a command is used.
func misused(w io.Writer, command string) bool { return pbx.Misused(w, usages[command]) }
