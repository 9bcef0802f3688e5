package calls

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
	"obelisk/internal/testkit/front"
)

// fenced is what stands in a page of the guide between the fences of a file.
func fenced(t *testing.T, page, file string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/guide/" + page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```text "+file+"\n")
	if rest, _, _ = strings.Cut(rest, "```"); !ok {
		t.Fatalf("%s has no %s", page, file)
	}
	return rest
}

// A phone that knows a domain finds the nodes by its SRV records: it goes to the other one when its own drains, and when it is
// dead.
func TestInFrontSRV(t *testing.T) {
	inNodes(t, 2, "", func(n []*node) {
		a, b := n[0], n[1]
		zone := strings.NewReplacer("192.168.1.11", "10.0.0.1", "192.168.1.12", "10.0.1.1").Replace(fenced(t, "cluster.md", "office.zone"))
		ns := netip.MustParseAddrPort("10.9.9.53:53")
		z, err := front.NewZone(a.net.Listen, ns, zone)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r := rand.New(rand.NewPCG(1, 1))
		servers := func() []netip.AddrPort {
			list, err := front.Servers(a.net.Listen, netip.MustParseAddrPort("10.9.9.7:5353"), ns, "office.example.", r)
			if err != nil || len(list) != 2 {
				t.Fatalf("%v %v", list, err)
			}
			return list
		}
		first := map[netip.AddrPort]int{}
		for range 100 {
			first[servers()[0]]++
		}
		if first[a.addr] < 30 || first[b.addr] < 30 {
			t.Errorf("phones are not shared out: %v", first)
		}
		from := a.registered("1001", "one", "10.9.9.6:5060")
		defer from.Close()
		p := b.phone("1002", "two", "10.9.9.7:5060")
		defer p.Close()
		register := func() {
			t.Helper()
			for _, at := range append([]netip.AddrPort{p.Server}, servers()...) {
				p.Server = at
				if status, _, _ := p.Register(60); status == 200 {
					time.Sleep(200 * time.Millisecond)
					return
				}
			}
			t.Fatal("no server takes the phone")
		}
		reached := func(at *node) {
			t.Helper()
			a.says("cluster show registrations", "1002", " "+at.name+" ")
			out := from.Dial("1002")
			answered(t, p).Answer()
			if !out.Wait("200", 10*time.Second) {
				t.Error("not answered")
			}
			out.Hangup()
		}
		register()
		reached(b)
		b.says("cluster drain", "takes no new calls")
		calls := false
		for _, at := range append([]netip.AddrPort{p.Server}, servers()...) {
			p.Server = at
			if c := p.Dial("600"); c.Wait("200", 10*time.Second) {
				calls = true
				c.Hangup()
				break
			}
		}
		if !calls || p.Server != a.addr {
			t.Error("a call does not move on")
		}
		p.Server = b.addr
		register()
		reached(a)
		b.says("cluster join", "again")
		time.Sleep(time.Second)
		p.Server = b.addr
		register()
		reached(b)
		b.kill()
		time.Sleep(6 * time.Second)
		register() // after its own patience
		reached(a)
	})
}

// A dispatcher before the nodes asks them with OPTIONS: one that drains gets nothing more, nor one that is dead, and phones
// are called through it at whichever node they are.
func TestInFrontDispatcher(t *testing.T) {
	inNodes(t, 2, "supportpath=yes\n", func(n []*node) {
		at := netip.MustParseAddrPort("10.9.9.1:5060")
		d, err := front.NewDispatcher(n[0].net.Listen, at, n[0].addr, n[1].addr)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		phone := func(user, secret, addr string) *testkit.Phone {
			p := n[0].phone(user, secret, addr)
			p.Server = at
			return p
		}
		from, to := phone("1001", "one", "10.9.9.6:5060"), phone("1002", "two", "10.9.9.7:5060")
		defer from.Close()
		defer to.Close()
		in := func(want int) {
			t.Helper()
			time.Sleep(10 * time.Second)
			if got := d.In(); len(got) != want {
				t.Errorf("in are %v", got)
			}
		}
		reached := func() {
			t.Helper()
			for _, p := range []*testkit.Phone{from, to} {
				if status, _, err := p.Register(60); status != 200 {
					t.Fatalf("%s: %d %v", p.User, status, err)
				}
			}
			time.Sleep(200 * time.Millisecond)
			for _, x := range [][2]*testkit.Phone{{from, to}, {to, from}} {
				out := x[0].Dial(x[1].User)
				got := answered(t, x[1])
				got.Answer()
				if !out.Wait("200", 10*time.Second) {
					t.Fatal("not answered")
				}
				if s := got.Hangup(); s != 200 {
					t.Errorf("BYE is answered %d", s)
				}
				within(t, 10*time.Second, "the call ends", out.Over)
			}
		}
		in(2)
		reached()
		n[1].says("cluster drain", "takes no new calls")
		time.Sleep(100 * time.Millisecond)
		reached() // before it is known: what one refuses the other one gets
		in(1)
		reached()
		n[1].says("cluster show registrations b", "\n0 registrations")
		n[1].says("cluster join", "again")
		in(2)
		reached()
		n[1].kill()
		in(1)
		reached()
	})
}
