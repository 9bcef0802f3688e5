package calls

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/testkit"
)

// several is an endpoint of several phones.
const several = "[7]\ntype=friend\nhost=dynamic\nsecret=pw\nmax_contacts=3\n"

// in registers a phone of user 7 and returns the status.
func (a *agent) in(lines string) string {
	a.t.Helper()
	answer := a.register(lines)
	if strings.HasPrefix(answer, "SIP/2.0 401") && a.learn(answer) {
		answer = a.register(lines)
	}
	return answer
}

// at is a phone of user 7.
func at7(w *world, addr string) *agent { return newAgent(w, addr, "7", "10.0.0.1", "pw") }

// bindingsOf lists the contacts of an endpoint with their seconds.
func bindingsOf(w *world, name string) string {
	var out []string
	for _, b := range w.sys.Driver().Bindings(name) {
		out = append(out, fmt.Sprintf("%s %d", b.Contact, int(b.Left().Seconds())))
	}
	return strings.Join(out, ", ")
}

// ask runs a console command.
func (w *world) ask(command string) string {
	var b strings.Builder
	w.sys.Console().Run(&b, command)
	return b.String()
}

func expectBindings(t *testing.T, w *world, what, want string) {
	t.Helper()
	if got := bindingsOf(w, "7"); got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// Several contacts: all are told in the answer and to a query, one is refreshed or
// removed by its URI, * removes all, the oldest makes room, and a restart keeps them.
func TestSeveralContacts(t *testing.T) {
	inTenants(t, "", several, func(w *world) {
		a, b := at7(w, "10.0.0.7:5060"), at7(w, "10.0.0.8:5060")
		defer a.conn.Close()
		defer b.conn.Close()
		a.in("Contact: <sip:7@10.0.0.7>;q=0.5;expires=100\r\n")
		time.Sleep(time.Second)
		answer := b.in("Contact: <sip:7@10.0.0.8>;q=0.8\r\nExpires: 200\r\n")
		if got := strings.Join(fields(answer, "Contact"), " "); got != "<sip:7@10.0.0.8>;q=0.8;expires=200 <sip:7@10.0.0.7>;q=0.5;expires=99" {
			t.Errorf("contacts %s", got)
		}
		time.Sleep(time.Second)
		if got := strings.Join(fields(b.in(""), "Contact"), " "); got != "<sip:7@10.0.0.8>;q=0.8;expires=199 <sip:7@10.0.0.7>;q=0.5;expires=98" {
			t.Errorf("a query tells %s", got)
		}
		a.in("Contact: <sip:7@10.0.0.7:5060;ob>, <sip:7@10.0.0.9;transport=udp>\r\nExpires: 300\r\n")
		expectBindings(t, w, "two more, the oldest made room",
			"sip:7@10.0.0.9;transport=udp 300, sip:7@10.0.0.7:5060;ob 300, sip:7@10.0.0.8 199")
	})
}

func TestContactsOneByOne(t *testing.T) {
	inTenants(t, "", several, func(w *world) {
		a := at7(w, "10.0.0.7:5060")
		defer a.conn.Close()
		for i, step := range []struct{ lines, want string }{
			{"Contact: <sip:a@10.0.0.7>\r\nExpires: 100\r\n", "sip:a@10.0.0.7 100"},
			{"Contact: <sip:b@10.0.0.7>\r\nExpires: 100\r\n", "sip:b@10.0.0.7 100, sip:a@10.0.0.7 99"},
			{"Contact: <sip:a@10.0.0.7>\r\nExpires: 200\r\n", "sip:a@10.0.0.7 200, sip:b@10.0.0.7 99"},
			{"Contact: <sip:c@10.0.0.7>, <sip:b@10.0.0.7>;expires=0\r\nExpires: 300\r\n", "sip:c@10.0.0.7 300, sip:a@10.0.0.7 199"},
			{"Contact: <sip:d@10.0.0.7>\r\nContact: <sip:e@10.0.0.7>\r\nExpires: 400\r\n",
				"sip:e@10.0.0.7 400, sip:d@10.0.0.7 400, sip:c@10.0.0.7 299"},
			{"Contact: <sip:E@10.0.0.7>;expires=0\r\n", "sip:e@10.0.0.7 399, sip:d@10.0.0.7 399, sip:c@10.0.0.7 298"},
			{"Contact: <sip:e@10.0.0.7>;expires=0\r\n", "sip:d@10.0.0.7 398, sip:c@10.0.0.7 297"},
			{"Contact: <sip:x@10.0.0.7>;+sip.instance=\"<urn:uuid:1>\";reg-id=1\r\nExpires: 60\r\n",
				"sip:x@10.0.0.7 60, sip:d@10.0.0.7 397, sip:c@10.0.0.7 296"},
			{"Contact: <sip:y@10.0.0.7:1234>;+sip.instance=\"<urn:uuid:1>\";reg-id=1\r\nExpires: 70\r\n",
				"sip:y@10.0.0.7:1234 70, sip:d@10.0.0.7 396, sip:c@10.0.0.7 295"},
			{"Contact: *\r\nExpires: 0\r\n", ""},
		} {
			answer := a.in(step.lines)
			begins(t, step.lines, answer, "SIP/2.0 200 OK")
			expectBindings(t, w, fmt.Sprintf("step %d, %q", i, step.lines), step.want)
			if n := len(fields(answer, "Contact")); step.want != "" && n != strings.Count(step.want, ",")+1 {
				t.Errorf("%d contacts in\n%s", n, answer)
			}
			time.Sleep(time.Second)
		}
		a.in("Contact: <sip:a@10.0.0.7>\r\nExpires: 100\r\n")
		a.cseq -= 3
		begins(t, "a REGISTER that was overtaken", a.in("Contact: <sip:a@10.0.0.7>\r\nExpires: 0\r\n"), "SIP/2.0 400 Invalid CSeq Number")
		expectBindings(t, w, "after it", "sip:a@10.0.0.7 100")
		a.cseq -= 3
		begins(t, "all at once", a.in("Contact: *\r\nExpires: 0\r\n"), "SIP/2.0 400 Invalid CSeq Number")
		expectBindings(t, w, "after that", "sip:a@10.0.0.7 100")
	})
}

// A REGISTER that was overtaken is refused where there is one contact too; a phone that
// has started again, with the same Call-ID and a low CSeq, is let in when nothing can be
// on its way any more.
func TestRegisterOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "[general]\nudpbindaddr=10.0.0.1:5060\n[7]\ntype=friend\nhost=dynamic\n", baseExtensions, testkit.Faults{})
		defer w.stop()
		a := newAgent(w, "10.0.0.8:5060", "7", "10.0.0.1", "")
		defer a.conn.Close()
		a.cseq = 9
		a.in("Contact: <sip:7@10.0.0.8>\r\nExpires: 300\r\n")
		a.cseq = 9
		begins(t, "the same CSeq", a.in("Contact: <sip:7@10.0.0.8:5099>\r\nExpires: 300\r\n"), "SIP/2.0 500 Server error")
		for _, lines := range []string{"Contact: <sip:7@10.0.0.8:5099>\r\nExpires: 300\r\n", "Contact: <sip:7@10.0.0.8>\r\nExpires: 0\r\n",
			"Contact: *\r\nExpires: 0\r\n"} {
			a.cseq = 5
			begins(t, "a late one", a.in(lines), "SIP/2.0 500 Server error")
			expectBindings(t, w, "after it", "sip:7@10.0.0.8 300")
		}
		time.Sleep(33 * time.Second)
		a.cseq = 0
		begins(t, "the phone after its start", a.in("Contact: <sip:7@10.0.0.8:5070>\r\nExpires: 300\r\n"), "SIP/2.0 200 OK")
		expectBindings(t, w, "after that", "sip:7@10.0.0.8:5070 300")
	})
}

// What is registered comes back after a restart, IPv6, path and instance included, and
// what has run out meanwhile does not.
func TestContactsSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "[general]\nudpbindaddr=10.0.0.1:5060\n"+several+"supportpath=yes\n[8]\ntype=friend\nhost=dynamic\n", baseExtensions,
			testkit.Faults{})
		a, b := at7(w, "10.0.0.7:5060"), newAgent(w, "10.0.0.8:5060", "8", "10.0.0.1", "")
		a.in("Contact: <sip:a@10.0.0.7>;q=0.3\r\nExpires: 600\r\nPath: <sip:10.0.0.99;lr>\r\n")
		a.in("Contact: <sip:b@[2001:db8::7]>;+sip.instance=\"<urn:x>\";reg-id=2\r\nExpires: 90\r\n")
		b.in(contactOf(b))
		before := bindingsOf(w, "")
		time.Sleep(time.Second)
		w.stop()
		w.start(nil)
		if after := bindingsOf(w, ""); after != strings.NewReplacer("90", "89", "600", "599", "300", "299").Replace(before) ||
			!strings.Contains(after, "2001:db8") {
			t.Errorf("before %s\nafter %s", before, after)
		}
		for _, x := range w.sys.Driver().Bindings("7") {
			if x.Contact == "sip:a@10.0.0.7" && (x.Path != "<sip:10.0.0.99;lr>" || x.Q != "0.3" || x.CallID != a.callID || x.CSeq != uint32(2)) {
				t.Errorf("%+v", x)
			}
		}
		w.stop()
		time.Sleep(2 * time.Minute)
		w.start(nil)
		expectBindings(t, w, "two minutes later", "sip:a@10.0.0.7 479")
		w.stop()
		a.conn.Close()
		b.conn.Close()
	})
}

// All that one binding knows outlives a restart: where it came from and in, its dialog with
// the registrar, and the time it had left.
func TestOneBindingSurvivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "[general]\nudpbindaddr=10.0.0.1:5060\nminexpiry=1\n[7]\ntype=friend\nhost=dynamic\nsecret=pw\n"+
			"contact_policy=refuse_other_address\n[8]\ntype=friend\nhost=dynamic\n",
			baseExtensions, testkit.Faults{})
		a, b, other := at7(w, "10.0.0.7:5060"), newAgent(w, "10.0.0.8:5060", "8", "10.0.0.1", ""), at7(w, "10.0.0.9:5060")
		elsewhere := "Contact: <sip:7@192.0.2.77:5062>\r\nExpires: 600\r\nUser-Agent: Box 1\r\n"
		a.in(elsewhere)
		b.in("Contact: <sip:8@10.0.0.8>\r\nExpires: 2\r\n")
		shown := func() string {
			x := w.sys.Driver().Bindings("7")[0]
			return fmt.Sprint(x.Addr, x.Flow.Remote, x.Flow.Local, x.Contact, x.UserAgent, x.CallID, x.CSeq, x.Granted, x.Expires.Unix())
		}
		before := shown()
		w.stop()
		time.Sleep(11 * time.Second)
		w.start(nil)
		if after := shown(); after != before {
			t.Errorf("before %s\nafter  %s", before, after)
		}
		expectBindings(t, w, "after eleven seconds", "sip:7@192.0.2.77:5062 589")
		begins(t, "its own refresh", a.in(elsewhere), "SIP/2.0 200 OK")
		begins(t, "another host", other.in(contactOf(other)), "SIP/2.0 403 Occupied")
		w.stop()
		for _, p := range []*agent{a, b, other} {
			p.conn.Close()
		}
	})
}

// What chan_sip or a person has done to the row of the astdb counts.
func TestTheRowDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "[general]\nudpbindaddr=10.0.0.1:5060\n[7]\ntype=friend\nhost=dynamic\n[8]\ntype=friend\nhost=dynamic\n",
			baseExtensions, testkit.Faults{})
		for _, name := range []string{"7", "8"} {
			a := newAgent(w, "10.0.0."+name+":5060", name, "10.0.0.1", "")
			a.in(contactOf(a))
			a.conn.Close()
		}
		w.ask("database del SIP/Registry 7")
		w.ask("database put SIP/Registry 8 10.0.0.18:5070:120:8:sip:8@10.0.0.18:5070")
		w.stop()
		w.start(nil)
		if got := bindingsOf(w, ""); got != "sip:8@10.0.0.18:5070 120" {
			t.Error(got)
		}
		w.stop()
	})
}

// Two phones of one account behind two NATs have the same private Contact: each has its
// place, and with refuse_other_address the second has none, nor can it take the first out.
func TestOneContactBehindTwoNATs(t *testing.T) {
	const same = "Contact: <sip:7@192.168.1.2:5060>\r\nExpires: 600\r\n"
	for lines, want := range map[string][]string{
		"max_contacts=2\n": {"200 OK", "200 OK", "200 OK"},
		"max_contacts=1\n": {"200 OK", "200 OK", "200 OK"},
		"max_contacts=2\ncontact_policy=refuse_other_address\n": {"200 OK", "403 Occupied", "403 Occupied"},
		"max_contacts=1\ncontact_policy=refuse_other_address\n": {"200 OK", "403 Occupied", "403 Occupied"},
	} {
		inTenants(t, "", "[7]\ntype=friend\nhost=dynamic\nsecret=pw\nnat=force_rport\n"+lines, func(w *world) {
			first, second := at7(w, "10.0.0.7:5060"), at7(w, "10.0.0.8:5060")
			defer first.conn.Close()
			defer second.conn.Close()
			got := []string{status(first.in(same)), status(second.in(same))}
			held := 2
			if strings.Contains(lines, "refuse") || strings.Contains(lines, "=1") {
				held = 1
			}
			if n := len(w.sys.Driver().Bindings("7")); n != held {
				t.Errorf("%q: %d bindings", lines, n)
			}
			got = append(got, status(second.in("Contact: *\r\nExpires: 0\r\n")))
			if !slices.Equal(got, want) {
				t.Errorf("%q: %q", lines, got)
			}
			first.in(same)
			if n := len(w.sys.Driver().Bindings("7")); n != 1 {
				t.Errorf("%q, after the refresh of the first: %d bindings", lines, n)
			}
		})
	}
}

// Each of the phones that have one private Contact behind several NATs is called, and once.
func TestOneContactBehindTwoNATsRingsBoth(t *testing.T) {
	const same = "Contact: <sip:77@192.168.1.2:5060>\r\nExpires: 600\r\n"
	inTenants(t, "", "[77]\ntype=friend\nhost=dynamic\nsecret=pw\nnat=force_rport\nmax_contacts=3\n", func(w *world) {
		var phones []*agent
		for _, at := range []string{"10.0.0.7:5060", "10.0.0.8:5060", "10.0.0.9:5060"} {
			a := newAgent(w, at, "77", "10.0.0.1", "pw")
			defer a.conn.Close()
			begins(t, at, a.in(same), "SIP/2.0 200 OK")
			phones = append(phones, a)
		}
		w.ask("channel originate Local/77@inside application Wait 5")
		for _, a := range phones {
			calls := map[string]bool{}
			b := make([]byte, 4096)
			for a.conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); ; {
				n, _, err := a.conn.ReadFrom(b)
				if err != nil {
					break
				}
				if text := string(b[:n]); strings.HasPrefix(text, "INVITE ") {
					calls[field(text, "Call-ID")] = true
				}
			}
			if len(calls) != 1 {
				t.Errorf("%s: %d calls", a.conn.LocalAddr(), len(calls))
			}
		}
		w.ask("channel request hangup all")
		time.Sleep(time.Minute)
	})
}

// A query within the grace of a contact does not tell of it.
func TestQueryWithinTheGrace(t *testing.T) {
	inTenants(t, "minexpiry=1\n", "[7]\ntype=friend\nhost=dynamic\nsecret=pw\n", func(w *world) {
		a := at7(w, "10.0.0.7:5060")
		defer a.conn.Close()
		a.in("Contact: <sip:7@10.0.0.7>\r\nExpires: 2\r\n")
		time.Sleep(4 * time.Second)
		if r := a.in(""); strings.Contains(r, "Contact:") || strings.Contains(r, "Expires:") {
			t.Errorf("%s", r)
		}
	})
}

// contact_policy, from the same address and from another one.
func TestContactPolicies(t *testing.T) {
	const first, second, third = "10.0.0.7:5060", "10.0.0.7:5070", "10.0.0.8:5060"
	for _, c := range []struct {
		lines string
		order []string // of phones that register
		want  []string
	}{
		{"max_contacts=1\n", []string{first, second, third, first}, []string{"200 OK", "200 OK", "200 OK", "200 OK"}},
		{"max_contacts=2\ncontact_policy=refuse\n", []string{first, second, third, first}, []string{"200 OK", "200 OK", "403 Forbidden",
			"200 OK"}},
		{"max_contacts=1\ncontact_policy=refuse_other_address\n", []string{first, third, second, second, third},
			[]string{"200 OK", "403 Occupied", "200 OK", "200 OK", "403 Occupied"}},
		{"max_contacts=4\ncontact_policy=refuse_other_address\n", []string{first, second, third, first},
			[]string{"200 OK", "200 OK", "403 Occupied", "200 OK"}},
		{"max_contacts=2\n", []string{first, second, third, first}, []string{"200 OK", "200 OK", "200 OK", "200 OK"}},
	} {
		inTenants(t, "", "[7]\ntype=friend\nhost=dynamic\nsecret=pw\n"+c.lines, func(w *world) {
			phones := map[string]*agent{}
			for _, at := range []string{first, second, third} {
				phones[at] = at7(w, at)
			}
			for i, at := range c.order {
				if got := status(phones[at].in(contactOf(phones[at]))); got != c.want[i] {
					t.Errorf("%q, %d. from %s: %s, want %s", c.lines, i, at, got, c.want[i])
				}
			}
			// Whoever is gone makes room.
			for _, p := range phones {
				p.in("Contact: *\r\nExpires: 0\r\n")
			}
			if got := status(phones[third].in(contactOf(phones[third]))); got != "200 OK" {
				t.Errorf("%q, afterwards: %s", c.lines, got)
			}
			for _, p := range phones {
				p.conn.Close()
			}
		})
	}
}

// All phones of an account ring, one answers, the others are told where; a call limit
// counts the call once.
func TestAllContactsRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, configured("", "", "max_contacts=3\ncall-limit=1\n"), baseExtensions, testkit.Faults{})
		a := w.registered("1001", "one", "10.0.0.11:5060")
		x, y, z := w.registered("1002", "two", "10.0.0.12:5060"), w.registered("1002", "two", "10.0.0.13:5060"), w.registered("1002", "two",
			"10.0.0.14:5060")
		call := a.Dial("1002")
		atX, atY, atZ := answered(t, x), answered(t, y), answered(t, z)
		atX.Ring()
		atY.Ring()
		atZ.Reject("486 Busy Here")
		time.Sleep(time.Second)
		atY.Answer()
		if !call.Wait("200", time.Second) {
			t.Fatal("the call is not answered")
		}
		if !atX.Wait("CANCEL", time.Second) {
			t.Error("the other phone goes on ringing")
		}
		second := a.Dial("1002")
		if !second.Wait("503", time.Second) { // CHANUNAVAIL, as with chan_sip
			t.Error("a second call in spite of the limit")
		}
		call.Hangup()
		atY.Wait("BYE", time.Second)
		time.Sleep(time.Minute)
		for _, p := range []*testkit.Phone{a, x, y, z} {
			p.Close()
		}
		w.stop()
	})
}

// A phone follows its own registration (RFC 3680), and nobody else's.
func TestRegistrationEvents(t *testing.T) {
	inTenants(t, "", several+"[8]\ntype=friend\nhost=dynamic\nsecret=pw\n", func(w *world) {
		a := w.phone("7", "pw", "10.0.0.7:5060")
		defer a.Close()
		a.Register(300)
		if status := a.Subscribe("8", "reg", "Accept: application/reginfo+xml\r\n").Status; status != 403 {
			t.Errorf("another's registration: %d", status)
		}
		if status := a.Subscribe("7", "reg", "Accept: text/plain\r\n").Status; status != 406 {
			t.Errorf("an unknown type: %d", status)
		}
		s := a.Subscribe("7", "reg", "Accept: application/reginfo+xml\r\nExpires: 600\r\n")
		if s.Status != 200 {
			t.Fatal(s.Status)
		}
		told := func(what string, want ...string) {
			t.Helper()
			m := s.Next(time.Second)
			if m == nil {
				t.Fatalf("%s: nothing is told", what)
			}
			if m.Get("Event") != "reg" || m.Get("Content-Type") != "application/reginfo+xml" {
				t.Errorf("%s: %s", what, m.Raw)
			}
			for _, x := range want {
				if !strings.Contains(m.Body, x) {
					t.Errorf("%s: %q is not in\n%s", what, x, m.Body)
				}
			}
		}
		told("at first", `version="0" state="full"`, `aor="sip:7@10.0.0.1"`, `state="active"`, `event="registered"`,
			"<uri>sip:7@10.0.0.7:5060</uri>", `expires="300"`)
		b := at7(w, "10.0.0.9:5060")
		defer b.conn.Close()
		b.in(contactOf(b))
		told("a second phone", `version="1"`, "<uri>sip:7@10.0.0.9:5060</uri>", "<uri>sip:7@10.0.0.7:5060</uri>")
		b.in("Contact: <sip:7@10.0.0.9:5060>\r\nExpires: 0\r\n")
		told("it has gone", `state="terminated" event="unregistered"`)
		a.Register(0)
		told("all have gone", `aor="sip:7@10.0.0.1" id=`, `state="terminated">`)
	})
}

// sip show registrations has a block for each contact.
func TestShowRegistrations(t *testing.T) {
	inTenants(t, "", several, func(w *world) {
		a := at7(w, "10.0.0.7:5060")
		defer a.conn.Close()
		a.in("Contact: <sip:a@10.0.0.7>;q=0.5\r\nExpires: 600\r\nUser-Agent: Box 1\r\n")
		want := "AOR: 7\n   Contact: sip:a@10.0.0.7 Q=0.5\n      Expires   : 600\n      Call-ID   : " + a.callID +
			"\n      CSeq      : 2\n      User-Agent: Box 1\n      Socket    : udp:10.0.0.1:5060\n      State     : Registered\n1 contacts.\n"
		for _, command := range []string{"sip show registrations", "sip show registrations 7"} {
			if got := w.ask(command); got != want {
				t.Errorf("%s:\n%s", command, got)
			}
		}
		if got := w.ask("sip show registrations 8"); got != "0 contacts.\n" {
			t.Error(got)
		}
	})
}

// Nobody goes through more hands than he may.
func TestTooManyHops(t *testing.T) {
	inTenants(t, "", "", func(w *world) {
		a := newAgent(w, "10.0.0.7:5060", "7", "10.0.0.1", "")
		defer a.conn.Close()
		invite := "INVITE sip:600@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKhops\r\nMax-Forwards: 0\r\nFrom: " +
			"<sip:7@x>;tag=f\r\nTo: <sip:600@x>\r\nCall-ID: hops\r\nCSeq: 1 INVITE\r\nContact: <sip:7@10.0.0.7>\r\nContent-Length: 0\r\n\r\n"
		begins(t, "Max-Forwards: 0", a.ask(invite), "SIP/2.0 483 Too many hops")
	})
}
