package queue

import (
	"io"

	"obelisk/pbx"
)

// usages are the texts of Asterisk for a command that was not given what it needs: programs show them.
var usages = map[string]string{
	"queue add member": `queue add member <dial string> to <queue> [penalty <penalty> [as <membername> [state_interface <interface> [paused <reason>]]]]
       Add a dial string (Such as a channel,e.g. SIP/6001) to a queue with optionally:  a penalty, membername and a state_interface`,
	"queue remove member": `queue remove member <channel> from <queue>
       Remove a specific channel from a queue.`,
	"queue pause member": `queue {pause|unpause} member <member> [queue <queue> [reason <reason>]]
	Pause or unpause a queue member. Not specifying a particular queue
	will pause or unpause a member across all queues to which the member
	belongs.`,
	"queue unpause member": `queue {pause|unpause} member <member> [queue <queue> [reason <reason>]]
	Pause or unpause a queue member. Not specifying a particular queue
	will pause or unpause a member across all queues to which the member
	belongs.`,
	"queue set penalty": `queue set penalty <penalty> on <interface> [in <queue>]
	Set a member's penalty in the queue specified. If no queue is specified
	then that interface's penalty is set in all queues to which that interface is a member`,
	"queue set ringinuse": `queue set ringinuse <yes/no> on <interface> [in <queue>]
	Set a member's ringinuse in the queue specified. If no queue is specified
	then that interface's penalty is set in all queues to which that interface is a member.`,
	"queue show": `queue show
       Provides summary information on a specified queue.`,
	"queue show rules": `queue show rules [rulename]
	Show the list of rules associated with rulename. If no
	rulename is specified, list all rules defined in queuerules.conf`,
	"queue reset stats": `queue reset stats [<queuenames>]

Issuing this command will reset statistics for
<queuenames>, or for all queues if no queue is
specified.`,
	"queue priority caller": `queue priority caller <channel> on <queue> to <priority> [immediate]
       Change the priority of a channel on a queue, optionally applying the change in relation to existing callers.`,
	"queue reload all": `queue reload {parameters|members|rules|all} [<queuenames>]
Reload queues. If <queuenames> are specified, only reload information pertaining
to <queuenames>. One of 'parameters,' 'members,' 'rules,' or 'all' must be
specified in order to know what information to reload. Below is an explanation
of each of these qualifiers.

	'members' - reload queue members from queues.conf
	'parameters' - reload all queue options except for queue members
	'rules' - reload the queuerules.conf file
	'all' - reload queue rules, parameters, and members

Note: the 'rules' qualifier here cannot actually be applied to a specific queue.
Use of the 'rules' qualifier causes queuerules.conf to be reloaded. Even if only
one queue is specified when using this command, reloading queue rules may cause
other queues to be affected`,
}

// misused tells how a command is used.
func misused(w io.Writer, command string) bool { return pbx.Misused(w, usages[command]) }
