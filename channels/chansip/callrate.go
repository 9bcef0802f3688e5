package chansip

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
)

// The options of overload control are ours; chan_sip had none.

// Known implements the stack's question whether an address is a peer's: a
// static host, where a phone is registered, or a node of ours. It runs on the reader.
func (d *Driver) Known(a netip.Addr) bool {
	return len(d.Directory().StaticPeers(a)) > 0 || d.bindings.AnyAt(a) || d.phones.IsNode(a)
}

// callRates are the token buckets of endpoints with callrate=. They outlive a
// reload.
type callRates struct {
	mu      sync.Mutex // guards buckets
	buckets map[string]*sipstack.Bucket
	refused uint64
}

// allow takes a token of an endpoint's callrate.
func (r *callRates) allow(p *sipconf.Peer) bool {
	if p.CallRate == 0 {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.buckets[p.Name]
	if b == nil {
		if r.buckets == nil {
			r.buckets = map[string]*sipstack.Bucket{}
		}
		b = &sipstack.Bucket{}
		r.buckets[p.Name] = b
	}
	ok := b.Take(time.Now(), p.CallRate)
	if !ok {
		r.refused++
	}
	return ok
}

// checkCallRate refuses a call over its endpoint's callrate.
func (in *incoming) checkCallRate() *trace.Refusal {
	p := in.id.Peer
	if p == nil || in.d.callRates.allow(p) {
		return nil
	}
	return &trace.Refusal{Status: 503, Reason: "Service Unavailable", Cause: 42, Rule: "'" + p.Name + "' makes more calls than its callrate",
		Pos: p.Line("callrate")}
}

// OverloadInfo is what the console shows of overload control.
type OverloadInfo struct {
	Limits                                                             sipstack.Limits
	Calls, TooOld, TooMany, TooFast, Endpoint, Strangers, Echoed, Full uint64
	Pending                                                            int64
	Shares                                                             []access.LimitInfo
}

// Overload reads the counters.
func (d *Driver) Overload() OverloadInfo {
	a := d.stack.Admission()
	d.callRates.mu.Lock()
	endpoint := d.callRates.refused
	d.callRates.mu.Unlock()
	o := OverloadInfo{Limits: d.stack.Limits(), Calls: a.Calls.Load(), TooOld: a.TooOld.Load(), TooMany: a.TooMany.Load(),
		TooFast: a.TooFast.Load(), Endpoint: endpoint, Strangers: a.Strangers.Load(), Echoed: a.Echoed.Load(), Full: a.Full.Load(),
		Pending: a.Pending.Load()}
	g := &d.Directory().General
	o.Shares = slices.Concat(d.callLimits.list(g), d.pubsub.Limits(g), []access.LimitInfo{d.registrar.Auto.Limit(g)})
	return o
}
