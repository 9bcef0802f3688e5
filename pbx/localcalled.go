package pbx

import (
	"cmp"

	"obelisk/dialplan"
)

// A Local channel has two halves from the beginning. The second one begins with its dialplan when
// the first one is called.

// Called begins the dialplan of a channel that has arrived, because its other half is called: it
// gets what that one has of its caller.
func (c *Channel) Called(by *Channel, info CallInfo, context, exten string, optimized bool) {
	var vars dialplan.Vars
	by.mu.Lock()
	by.vars.CopyTo(&vars)
	account, peer, hops, connected := by.peerAccount, by.accountCode, by.hops, by.callerID
	by.mu.Unlock()
	before := c.View().AccountCode
	c.locked(func() {
		vars.CopyTo(&c.vars)
		c.leaveGroups()
		c.hops, c.redirecting, c.accountCode, c.peerAccount = hops, info.Redirecting, cmp.Or(c.accountCode, account), peer
		c.ani = info.ANI
	})
	if info.Redirecting != nil {
		c.noteDestination(*info.Redirecting)
	}
	if c.core.Heard() {
		c.tellVars(&vars)
	}
	c.locked(func() { c.callerID, c.connected = info.CallerID, connected })
	if info.CallerID != (CallerID{}) {
		c.tellCallerID(info.CallerID)
	}
	if now := c.View().AccountCode; now != before {
		c.tellAccount(before)
	}
	if connected != (CallerID{}) {
		c.tellConnected()
	}
	TellLocal(by, c, context, exten, optimized)
	c.SetOut()
}
