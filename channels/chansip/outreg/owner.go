package outreg

import (
	"cmp"
	"slices"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/auth"
	"obelisk/internal/sipstack"
)

// Where several nodes are one switchboard each registration is kept by one of them. Another takes over
// within seconds of its death; one that gives a registration away takes its Contact back first.

// ownerPoll is how often it is looked who keeps a registration.
const ownerPoll = time.Second

// follow looks who keeps the registrations, until the end.
func (rg *Registry) follow() {
	tick := time.NewTicker(ownerPoll)
	defer tick.Stop()
	for {
		select {
		case <-rg.end:
			return
		case <-tick.C:
		}
		rg.mu.Lock()
		all := slices.Clone(rg.lines)
		rg.mu.Unlock()
		for _, t := range all {
			if node, here := t.owner(); t.moved(node, here) {
				t.schedule(0)
			}
		}
	}
}

// owner is the node that keeps the registration; here: it is this one.
func (t *registration) owner() (node string, here bool) {
	others := t.rg.cfg.Core.Elsewhere()
	if others == nil {
		return "", true
	}
	return others.Owner("register", t.line.UserAndDomain()+"@"+t.line.Host)
}

// moved says whether the registration is kept by another node than it was.
func (t *registration) moved(node string, here bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == regElsewhere {
		return here || t.node != node
	}
	return !here
}

// leaveTo leaves the registration to another node. What we have registered is taken back; of the answer
// nothing depends.
func (t *registration) leaveTo(sh *sipstack.Shard, node string, to dnsmgr.Target) {
	t.mu.Lock()
	stood := t.state == regRegistered
	t.node = node
	t.mu.Unlock()
	sh.Disarm(&t.timer)
	sh.Disarm(&t.ping)
	t.set(regElsewhere)
	if stood {
		t.tries = 0
		t.withdraw(sh, to)
	}
}

// withdraw takes our Contact back (RFC 3261 10.2.2).
func (t *registration) withdraw(sh *sipstack.Shard, to dnsmgr.Target) {
	dir := t.rg.cfg.Directory()
	o, flow, options := t.request(dir, to, 0)
	sh.Send(flow, o, options, func(m *sipstack.Message, err error) {
		if err != nil || m.Status != 401 && m.Status != 407 || t.tries > 0 {
			return
		}
		t.tries++
		if t.learn(dir, m) {
			t.withdraw(sh, to)
		}
	})
}

// learn takes a challenge in.
func (t *registration) learn(dir *sipconf.Directory, m *sipstack.Message) bool {
	_, e := t.settings(dir)
	who := auth.Credentials{User: cmp.Or(t.line.AuthUser, t.line.User), Password: t.line.Secret}
	return t.creds.Learn(m, e.Reg.Algorithms, func(string) (auth.Credentials, bool) { return who, true })
}
