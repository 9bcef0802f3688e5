package chansip

import (
	"strings"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
	"obelisk/pbx"
)

// hardLimit says whether a call of a peer needs a unit of a limit that is hard over nodes (hardlimits of cluster.conf), in
// place of what the others have last told.
func (d *Driver) hardLimit(p *sipconf.Peer) bool {
	if p == nil || p.CallLimit <= 0 {
		return false
	}
	others := d.core.Elsewhere()
	return others != nil && others.HardCalls()
}

// unitOf is the name of a peer's limit between nodes.
func unitOf(p *sipconf.Peer) string { return "call " + strings.ToLower(p.Name) }

// takeUnit takes a unit, and waits for other nodes so long at most.
func (d *Driver) takeUnit(p *sipconf.Peer, patience time.Duration) bool {
	return d.core.Elsewhere().Take(unitOf(p), p.CallLimit, patience)
}

func (d *Driver) giveUnit(p *sipconf.Peer) { d.core.Elsewhere().Give(unitOf(p)) }

// reserve takes the unit that a call in needs: at once where this node has one, else the INVITE waits for other nodes.
func (in *incoming) reserve() *trace.Refusal {
	if l := in.leg; in.d.hardLimit(l.Peer) {
		l.unit = in.d.takeUnit(l.Peer, 0)
		in.short = !l.unit
	}
	return nil
}

// awaitUnit asks other nodes for the unit that an INVITE needs, and goes on with the steps behind.
func (in *incoming) awaitUnit(steps []inviteStep) {
	d, l := in.d, in.leg
	in.short = false
	in.tx.OnCancel = func(*sipstack.Message) { d.respond(in.tx, 487, "Request Terminated") }
	go func() {
		ok := d.takeUnit(l.Peer, pbx.UnitPatience)
		d.stack.Post(l.CallID, func(sh *sipstack.Shard) {
			switch {
			case in.tx.Final(): // taken back meanwhile
				if ok {
					d.giveUnit(l.Peer)
				}
			case !ok:
				in.refuse(l.tooMany("from"))
			default:
				in.sh, l.sh, l.unit = sh, sh, true
				in.take(steps)
			}
		})
	}()
}

// countOut counts a call to a peer, or refuses it at call-limit. It may wait for other nodes.
func (l *Leg) countOut(further bool) *trace.Refusal {
	if l.d.hardLimit(l.Peer) && !further {
		if l.unit = l.d.takeUnit(l.Peer, pbx.UnitPatience); !l.unit {
			return l.tooMany("to")
		}
	}
	r := l.addCall("to", further)
	if r != nil && l.unit {
		l.unit = false
		l.d.giveUnit(l.Peer)
	}
	return r
}
