package enum

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"obelisk/pbx"

	"github.com/miekg/dns"
)

const (
	patience    = 5 * time.Second // how long a call waits for an answer, all name servers together
	longest     = 1232            // bytes of an answer over UDP (DNS flag day 2020); longer ones come over TCP
	mostAtATime = 100             // calls that ask at once
	resolvConf  = "/etc/resolv.conf"
)

// asker asks name servers.
type asker struct {
	servers func() (*dns.ClientConfig, error)
}

// systemServers are those of the system, which may change at any time.
func systemServers() (*dns.ClientConfig, error) { return dns.ClientConfigFromFile(resolvConf) }

// asking counts calls that wait for name servers.
var asking = make(chan struct{}, mostAtATime)

var errBusy = errors.New("too many calls look numbers up already")

// ask is the answer's records of a kind, in the order of the answer. A name without any is no error. The call is
// served meanwhile.
func (a asker) ask(c *pbx.Channel, name string, kind uint16) (out []dns.RR, err error) {
	if name == "" || c.Core().Outside() != nil { // rehearsed: nobody is asked
		return nil, nil
	}
	if _, ok := dns.IsDomainName(name); !ok {
		return nil, fmt.Errorf("'%s' is no name of the DNS", name)
	}
	f := func() {
		select {
		case asking <- struct{}{}:
			defer func() { <-asking }()
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			out, err = a.exchange(ctx, name, kind)
		default:
			err = errBusy
		}
	}
	if c.IsBare() { // of no call
		f()
	} else {
		c.Off(f)
	}
	return out, err
}

// exchange asks one server after the other, as often as resolv.conf says.
func (a asker) exchange(ctx context.Context, name string, kind uint16) ([]dns.RR, error) {
	conf, err := a.servers()
	if err != nil {
		return nil, err
	}
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), kind)
	q.SetEdns0(longest, false)
	err = errors.New("there is no name server")
	for range max(conf.Attempts, 1) {
		for _, s := range conf.Servers {
			var r *dns.Msg
			if r, err = one(ctx, q, net.JoinHostPort(s, conf.Port), time.Duration(max(conf.Timeout, 1))*time.Second); err == nil {
				return slices.DeleteFunc(r.Answer, func(rr dns.RR) bool { return rr.Header().Rrtype != kind }), nil
			}
			if ctx.Err() != nil {
				return nil, fmt.Errorf("no name server has answered for %s in %v", name, patience)
			}
		}
	}
	return nil, err
}

// one asks one server, over TCP where the answer over UDP has no room or cannot be read.
func one(ctx context.Context, q *dns.Msg, server string, wait time.Duration) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	r, _, err := (&dns.Client{Timeout: wait}).ExchangeContext(ctx, q, server)
	if (err != nil || r.Truncated) && ctx.Err() == nil {
		r, _, err = (&dns.Client{Net: "tcp", Timeout: wait}).ExchangeContext(ctx, q, server)
	}
	switch {
	case err != nil:
		return nil, err
	case r.Rcode != dns.RcodeSuccess && r.Rcode != dns.RcodeNameError:
		return nil, fmt.Errorf("name server %s says %s", server, dns.RcodeToString[r.Rcode])
	}
	return r, nil
}

// addresses are those of a number for a method, the one to take first at the head (RFC 6116 3.4.1: order, then
// preference). failed: there was no answer, or one with a record that cannot be used; then the list has what
// stands before it.
func (a asker) addresses(c *pbx.Channel, number, method string, t tree) (list []string, failed bool, err error) {
	number = plainNumber(number)
	name := domain(number, t)
	if own, _, isn := strings.Cut(number, "*"); isn {
		number = own
	}
	answer, err := a.ask(c, name, dns.TypeNAPTR)
	if err != nil || len(answer) == 0 {
		return nil, true, err
	}
	type ranked struct {
		order, preference uint16
		uri               string
	}
	var all []ranked
	for _, rr := range answer {
		r := rr.(*dns.NAPTR)
		uri, err := address(r, number)
		if err != nil {
			c.Warn("NAPTR of " + name + ": " + err.Error())
			failed = true
			break
		}
		if uri != "" && (strings.EqualFold(method, everyMethod) || strings.EqualFold(service(r.Service), method)) {
			all = append(all, ranked{r.Order, r.Preference, uri})
		}
	}
	slices.SortStableFunc(all, func(x, y ranked) int {
		return (int(x.order)-int(y.order))<<16 + int(x.preference) - int(y.preference)
	})
	for _, r := range all {
		list = append(list, r.uri)
	}
	return list, failed, nil
}

// texts are the first texts of a name's TXT records.
func (a asker) texts(c *pbx.Channel, name string) (out []string, err error) {
	answer, err := a.ask(c, name, dns.TypeTXT)
	for _, rr := range answer {
		if t := rr.(*dns.TXT).Txt; len(t) > 0 {
			out = append(out, printableText(bytesOf(t[0])))
		}
	}
	return out, err
}
