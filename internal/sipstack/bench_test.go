package sipstack

import (
	"net/netip"
	"testing"
	"time"
)

// nowhere is a socket that swallows.
type nowhere struct{}

func (nowhere) addr() netip.AddrPort    { return pbxAddr }
func (nowhere) send(Flow, []byte) error { return nil }
func (nowhere) halt()                   {}
func (nowhere) close()                  {}

// One request of ours with its answer, in a shard that holds many other timers.
func BenchmarkClientTransaction(b *testing.B) {
	s := &Stack{cfg: Config{Handler: &uas{}}}
	s.udp.Store(&[]udpSocket{nowhere{}})
	sh := newShard(s)
	timers := make([]Timer, 2000)
	for i := range timers {
		sh.After(&timers[i], time.Duration(i+100)*time.Second, func() {})
	}
	const text = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx;rport\r\nFrom: \"A\" <sip:1000@pbx>;tag=as12345678\r\n" +
		"To: <sip:100@pbx>;tag=t\r\nCall-ID: c1@x\r\nCSeq: 102 OPTIONS\r\nContent-Length: 0\r\n\r\n"
	out := &Outgoing{Method: "OPTIONS", URI: "sip:100@pbx", From: "\"A\" <sip:1000@pbx>;tag=as12345678", To: "<sip:100@pbx>", CallID: "c1@x",
		CSeq: 102, ForceRport: true}
	flow := Flow{Proto: UDP, Local: pbxAddr, Remote: uaAddr}
	b.ReportAllocs()
	for b.Loop() {
		sh.now = time.Now()
		done := false
		tx := sh.Send(flow, out, SendOptions{SentBy: "10.0.0.1:5060"}, func(*Message, error) { done = true })
		m, err := Parse([]byte(text))
		if err != nil {
			b.Fatal(err)
		}
		m.Flow, m.Via.Branch = flow, tx.branch
		sh.response(m)
		sh.runTimers()
		sh.setAlarm()
		if !done {
			b.Fatal("the answer was not taken")
		}
		tx.end()
	}
}
