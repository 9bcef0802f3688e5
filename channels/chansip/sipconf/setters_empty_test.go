package sipconf

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// An empty value behind a template takes back what the template said, where it does with
// chan_sip, and changes nothing else.
func TestEmptyValues(t *testing.T) {
	for line, want := range map[string]func(*Peer) (any, any){
		"callgroup=1,2":      func(p *Peer) (any, any) { return p.Groups.Call, uint64(0) },
		"pickupgroup=3":      func(p *Peer) (any, any) { return p.Groups.Pickup, uint64(0) },
		"namedcallgroup=a,b": func(p *Peer) (any, any) { return len(p.Groups.NamedCall), 0 },
		"namedpickupgroup=a": func(p *Peer) (any, any) { return len(p.Groups.NamedPickup), 0 },
		"md5secret=0123456789abcdef0123456789abcdef": func(p *Peer) (any, any) { return p.HA1[0], "" },
		"amaflags=billing":                           func(p *Peer) (any, any) { return p.AMAFlags, "" },
		"callingpres=prohib":                         func(p *Peer) (any, any) { return p.Presentation, "" },
		"busylevel=3":                                func(p *Peer) (any, any) { return p.BusyLevel, 0 },
		"call-limit=3":                               func(p *Peer) (any, any) { return p.CallLimit, 0 },
		"defaultip=10.0.0.9":                         func(p *Peer) (any, any) { return p.DefaultAddr.IsValid(), false },
		"videosupport=yes":                           func(p *Peer) (any, any) { return p.Video, VideoNo },
		"maxcallbitrate=100":                         func(p *Peer) (any, any) { return p.MaxCallBitrate, 0 },
		"session-timers=refuse":                      func(p *Peer) (any, any) { return p.SessionTimers, SessionTimersOriginate },
		"session-expires=100":                        func(p *Peer) (any, any) { return p.SessionExpires, 700 },
		"session-minse=100":                          func(p *Peer) (any, any) { return p.MinSE, 90 },
		"session-refresher=uac":                      func(p *Peer) (any, any) { return p.Refresher, "uas" },
		"qualifyfreq=30":                             func(p *Peer) (any, any) { return p.QualifyFreq, 77 * time.Second },
		"maxforwards=30":                             func(p *Peer) (any, any) { return p.MaxForwards, 70 },
		"trust_id_outbound=yes":                      func(p *Peer) (any, any) { return p.TrustOut, "legacy" },
		"keepalive=10":                               func(p *Peer) (any, any) { return p.KeepAlive, time.Duration(0) },
		"timert1=300":                                func(p *Peer) (any, any) { return p.T1, 100 * time.Millisecond },
		"nat=force_rport,comedia":                    func(p *Peer) (any, any) { return p.NAT, NATMode{ForceRport: true, Comedia: true} },
		"outboundproxy=10.0.0.9":                     func(p *Peer) (any, any) { return p.OutboundProxy, "10.0.0.9" },
		"sendrpid=pai":                               func(p *Peer) (any, any) { return p.SendRPID, SendPAI },
		"deny=0.0.0.0/0":                             func(p *Peer) (any, any) { return len(p.ACL.ACL), 1 },
		"contactdeny=0.0.0.0/0":                      func(p *Peer) (any, any) { return len(p.ContactACL.ACL), 1 },
		"mailbox=1@x":                                func(p *Peer) (any, any) { return fmt.Sprint(p.Mailboxes), "[1@x]" },
		"insecure=port,invite":                       func(p *Peer) (any, any) { return p.Insecure, InsecureMode{} },
		"callerid=\"A\" <1>":                         func(p *Peer) (any, any) { return p.CallerID.Name + p.CallerID.Num, "" },
		"transport=tcp":                              func(p *Peer) (any, any) { return p.TransportList(), "UDP" },
	} {
		option, _, _ := strings.Cut(line, "=")
		d, diags := compile(t, "[general]\ntcpenable=yes\nqualifyfreq=77\nsession-timers=originate\nsession-expires=700\n[t](!)\n"+
			"type=friend\nhost=dynamic\n"+line+"\n[p](t)\n"+option+"=\n[q](t)\n")
		p := d.Lookup("p")
		if p == nil {
			t.Errorf("%s: the peer is gone %v", line, diags)
			continue
		}
		if got, want := want(p); got != want {
			t.Errorf("%s, then nothing: %v, want %v", line, got, want)
		}
		if q := d.Lookup("q"); q == nil {
			t.Errorf("%s: the template is spoilt", line)
		}
	}
	if d, _ := compile(t, "[p]\ntype=friend\nhost=10.0.0.1\nhost=\n"); d.Lookup("p") != nil {
		t.Error("host= leaves a peer of which nobody knows where it is")
	}
}

// Of callcounter and call-limit the later line counts; callcounter of [general] is one
// before all.
func TestCallCounterIsALimit(t *testing.T) {
	for lines, want := range map[string]int{
		"":                              NoCallLimit,
		"call-limit=3":                  3,
		"callcounter=no":                0,
		"call-limit=3\ncallcounter=yes": NoCallLimit,
		"callcounter=yes\ncall-limit=3": 3,
		"call-limit=3\ncallcounter=no":  0,
	} {
		d, _ := compile(t, "[general]\ncallcounter=yes\n[p]\ntype=friend\nhost=dynamic\n"+lines+"\n")
		if p := d.Lookup("p"); p.CallLimit != want || p.CountsCalls() != (want > 0) {
			t.Errorf("%q: %d, want %d", lines, p.CallLimit, want)
		}
	}
}
