package enum

import (
	"bytes"
	"context"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/trace"
	"obelisk/pbx"

	"github.com/miekg/dns"
	"github.com/rs/zerolog"
)

// server is a name server on loopback with the records of testdata/zone.txt. It never answers for silent.test, and
// truncates what does not fit.
func server(t *testing.T) asker {
	t.Helper()
	text, err := os.ReadFile("testdata/zone.txt")
	if err != nil {
		t.Fatal(err)
	}
	records := map[string][]dns.RR{}
	parser := dns.NewZoneParser(bytes.NewReader(text), ".", "zone.txt")
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		records[rr.Header().Name] = append(records[rr.Header().Name], rr)
	}
	if err := parser.Err(); err != nil {
		t.Fatal(err)
	}
	for i := range 70 {
		rr, _ := dns.NewRR("many.zone.test. 60 IN NAPTR 1 " + string(rune('0'+i%10)) + ` "u" "E2U+sip" "!^.*$!sip:n@example.com!" .`)
		records["many.zone.test."] = append(records["many.zone.test."], rr)
	}
	h := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) { answer(w, q, records) })
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", udp.LocalAddr().String())
	if err != nil {
		t.Skip(err) // somebody has that port of TCP
	}
	for _, s := range []*dns.Server{{PacketConn: udp, Handler: h}, {Listener: tcp, Handler: h}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() { _ = s.ActivateAndServe() }()
		<-started
		t.Cleanup(func() { _ = s.Shutdown() })
	}
	_, port, _ := net.SplitHostPort(udp.LocalAddr().String())
	return asker{func() (*dns.ClientConfig, error) {
		return &dns.ClientConfig{Servers: []string{"127.0.0.1"}, Port: port, Attempts: 1, Timeout: 2}, nil
	}}
}

func answer(w dns.ResponseWriter, q *dns.Msg, records map[string][]dns.RR) {
	name := q.Question[0].Name
	m := new(dns.Msg)
	m.SetReply(q)
	switch {
	case strings.Contains(name, "silent"):
		return
	case strings.Contains(name, "servfail"):
		m.Rcode = dns.RcodeServerFailure
	case len(records[name]) == 0:
		m.Rcode = dns.RcodeNameError
	}
	for range 5 {
		next := ""
		for _, rr := range records[name] {
			if alias, ok := rr.(*dns.CNAME); ok {
				next = alias.Target
			} else if rr.Header().Rrtype != q.Question[0].Qtype {
				continue
			}
			m.Answer = append(m.Answer, rr)
		}
		name = next
	}
	if w.RemoteAddr().Network() == "udp" {
		m.Truncate(longest)
	}
	_ = w.WriteMsg(m)
}

// board is a channel of no call with the functions, and what it was warned of.
func board(t *testing.T) (*pbx.Channel, *bytes.Buffer) {
	log := &bytes.Buffer{}
	core := pbx.NewCore(pbx.Config{Log: zerolog.New(log), Book: trace.NewBook(10)})
	(&Module{server(t)}).Furnish(core)
	c := core.Bare(dialplan.Location{Context: "test", Exten: "s", Priority: 1})
	t.Cleanup(func() { core.Drop(c) })
	return c, log
}

// The values are those of Asterisk 20.20.1 with the same records on its name server.
func TestValues(t *testing.T) {
	c, _ := board(t)
	text, err := os.ReadFile("testdata/values.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		call, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " = ")
		name, args, _ := strings.Cut(strings.TrimSuffix(call, ")"), "(")
		if got, _ := c.Core().Func(name).Value(c, args); got != want {
			t.Errorf("%s is %q, want %q", call, got, want)
		}
	}
	for number, want := range map[string]string{"+493021007": "Anna ", "+493030058": " blanks both "} {
		if got, err := c.Core().Func("TXTCIDNAME").Value(c, number); got != want || err != nil {
			t.Errorf("the name of %s is %q (%v)", number, got, err)
		}
	}
	if got, err := c.Core().Func("ENUMLOOKUP").Value(c, "many,sip,dc,,zone.test"); got != "70" {
		t.Errorf("an answer that comes over TCP has %s (%v)", got, err)
	}
}

// A query keeps what it finds for the channel, under an id of its own.
func TestResults(t *testing.T) {
	c, log := board(t)
	for _, row := range []struct{ name, args, want, problem string }{
		{"ENUMQUERY", "", "", "ENUMQUERY requires at least a number as an argument..."},
		{"ENUMQUERY", "+493021002", "0", ""},
		{"ENUMQUERY", "+493021002,ALL,e164.arpa", "1", ""},
		{"ENUMQUERY", "+493030006,sip", "2", ""},
		{"ENUMQUERY", "+493021099", "3", ""},
		{"ENUMQUERY", "+49-302-1001,TEL", "4", ""},
		{"ENUMRESULT", "0,getnum", "3", ""},
		{"ENUMRESULT", "0,GETNUM", "3", ""},
		{"ENUMRESULT", "0,1", "493021002@first.com", ""},
		{"ENUMRESULT", "0,2", "21002-30@second.com", ""},
		{"ENUMRESULT", "0, 3x", "third@example.com", ""},
		{"ENUMRESULT", "0,1,2", "493021002@first.com", ""},
		{"ENUMRESULT", "0,4", "", "Result number 4 is not valid for ENUM query results for ID 0!"},
		{"ENUMRESULT", "0,0", "", "Result number 0 is not valid for ENUM query results for ID 0!"},
		{"ENUMRESULT", "0,abc", "", "Invalid value 'abc' for resultnum to ENUMRESULT!"},
		{"ENUMRESULT", "0,", "", "A result number must be given to ENUMRESULT!"},
		{"ENUMRESULT", "0", "", "A result number must be given to ENUMRESULT!"},
		{"ENUMRESULT", "", "", "ENUMRESULT requires two arguments (id and resultnum)"},
		{"ENUMRESULT", ",1", "", "A result ID must be provided to ENUMRESULT"},
		{"ENUMRESULT", "abc,1", "", "No ENUM results found for query id!"},
		{"ENUMRESULT", "1,getnum", "6", ""},
		{"ENUMRESULT", "1,2", "http://b.c/", ""},
		{"ENUMRESULT", "2,getnum", "-1", ""},
		{"ENUMRESULT", "2,1", "", ""},
		{"ENUMRESULT", "3,getnum", "-1", ""},
		{"ENUMRESULT", "4,getnum", "0", ""},
	} {
		got, err := c.Core().Func(row.name).Value(c, row.args)
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		if got != row.want || problem != row.problem {
			t.Errorf("%s(%s) is %q, %q; want %q, %q", row.name, row.args, got, problem, row.want, row.problem)
		}
	}
	if !strings.Contains(log.String(), "NAPTR Flag must be 'U' or 'u'.") {
		t.Errorf("nothing is said of the flag: %s", log)
	}
}

// A name server that is silent holds a call no longer than the limit.
func TestSilence(t *testing.T) {
	a := server(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if rr, err := a.exchange(ctx, "silent.test", dns.TypeNAPTR); err == nil {
		t.Errorf("%v %v", rr, err)
	}
	a.servers = func() (*dns.ClientConfig, error) { return &dns.ClientConfig{}, nil }
	if _, err := a.exchange(t.Context(), "x.test", dns.TypeTXT); err == nil {
		t.Error("it asks nobody, and nothing is said")
	}
}

func TestDomain(t *testing.T) {
	for number, want := range map[string]string{"+15551212": "2.1.2.1.5.5.5.i.1", "+20555": "5.5.5.i.0.2", "+21555": "5.5.i.5.1.2",
		"+705551": "1.5.5.5.0.i.7", "+8855": "5.i.5.8.8", "+9855": "5.5.i.8.9", "4": "i.4", "": "i"} {
		if got := domain(number, tree{infra: true, zone: "x"}); got != want+".x" {
			t.Errorf("%s is %s, want %s.x", number, got, want)
		}
	}
}

// Whatever a stranger's record says, it costs that record.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{`!^.*$!sip:a@b!`, `!^(.)(.*)$!sip:\\2\\1@b!i`, `!(!x!!!!!`, `a[+]4a5asip:c@xa`, `\\033\\`} {
		f.Add(s, "+4930123", "E2U+sip")
	}
	f.Fuzz(func(t *testing.T, rule, number, what string) {
		uri, err := address(&dns.NAPTR{Flags: "u", Regexp: rule, Service: what}, number)
		if err != nil && uri != "" || strings.ContainsAny(uri, "\r\n") {
			t.Errorf("%q %v", uri, err)
		}
		if strings.ContainsAny(service(what), ":") && strings.Count(what, ":") < 2 {
			t.Errorf("service %q", service(what))
		}
		for zone := range slices.Values([]tree{{zone: "e164.arpa"}, {infra: true, zone: "e164.arpa"}, {direct: true, zone: "x"}}) {
			if d := domain(number, zone); d != "" && !strings.HasSuffix(d, "."+zone.zone) {
				t.Errorf("%q of %q", d, number)
			}
		}
	})
}
