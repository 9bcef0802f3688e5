package chansip

import (
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// NotifyIn sends one within the dialog of a call; false when there is none of that Call-ID.
func (d *Driver) NotifyIn(callID string, headers [][2]string) (found bool) {
	n := sipconf.NotifyOf(headers)
	d.stack.Call(callID, func(sh *sipstack.Shard) {
		for _, l := range data(sh).legs[callID] {
			if found = l.state != legEnded; found {
				l.sh = sh
				l.sendNotify(n)
				return
			}
		}
	})
	return found
}

// sendNotify sends one in the dialog.
func (l *Leg) sendNotify(n sipconf.NotifyType) {
	l.ask(func() *sipstack.Outgoing {
		o := l.request("NOTIFY")
		o.Contact = l.Contact
		n.Fill(o, l.Endpoint())
		return o
	}, nil)
}
