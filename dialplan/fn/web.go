package fn

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
)

// webFunctions ask other servers.
var webFunctions = []pbx.Func{
	{Name: "CURL", Dangerous: true, Synopsis: "What a web server answers", Usage: "CURL(url[,what to post])", Read: curl},
	{Name: "CURLOPT", Synopsis: "How CURL asks, for the rest of the call",
		Usage: "CURLOPT(conntimeout|httptimeout|useragent|userpwd|referer|httpheader|followlocation|maxredirs|ssl_verifypeer|failurecodes|hashcompat)=value", Read: readCurlOption, Write: writeCurlOption},
	{Name: "JSON_DECODE", Synopsis: "A value of a JSON text", Usage: "JSON_DECODE(variable,path[,separator[,c]])\n  path: keys and, for " +
		"lists, numbers from 0 on, parted by the separator (a dot)\n  c  how long a list is", Read: jsonDecode},
	{Name: "SRVQUERY", Synopsis: "Looks up the servers of a service", Usage: "SRVQUERY(service); SRVRESULT tells", Read: srvQuery},
	{Name: "SRVRESULT", Synopsis: "A server that SRVQUERY has found", Usage: "SRVRESULT(service,n|getnum[,host|port|priority|weight])",
		Read: srvResult},
}

// curlOptions are variables of the channel, so that they go with it.
const curlPrefix = "~CURLOPT~"

// curlKnown are the options; those without effect here are accepted.
var curlKnown = map[string]bool{"conntimeout": true, "dnstimeout": true, "httptimeout": true, "useragent": true, "userpwd": true,
	"referer": true, "httpheader": true, "followlocation": true, "maxredirs": true, "ssl_verifypeer": true, "failurecodes": true,
	"hashcompat": true, "header": true, "proxy": true, "cookie": true}

func readCurlOption(c *pbx.Channel, name string) (string, error) {
	v, _ := c.Var(curlPrefix + strings.ToLower(strings.TrimSpace(name)))
	return v, nil
}

func writeCurlOption(c *pbx.Channel, name, value string) error {
	name = strings.ToLower(strings.TrimSpace(name))
	if !curlKnown[name] {
		return fmt.Errorf("unknown option '%s'", name)
	}
	if old, _ := c.Var(curlPrefix + name); name == "httpheader" && old != "" && value != "" {
		value = old + "\n" + value
	}
	c.SetVar(curlPrefix+name, value)
	return nil
}

// seconds of an option, or the usual.
func curlSeconds(c *pbx.Channel, name string, usual time.Duration) time.Duration {
	v, _ := readCurlOption(c, name)
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || n <= 0 {
		return usual
	}
	return time.Duration(n * float64(time.Second))
}

// curl asks a server; the call waits, its hangup does not end the question before the
// timeout.
func curl(c *pbx.Channel, args string) (string, error) {
	address, post, posts := strings.Cut(args, ",")
	option := func(name string) string { v, _ := readCurlOption(c, name); return v }
	ctx, cancel := context.WithTimeout(context.Background(), curlSeconds(c, "httptimeout", 180*time.Second))
	defer cancel()
	method, body := http.MethodGet, io.Reader(nil)
	if posts {
		method, body = http.MethodPost, strings.NewReader(post)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSpace(address), body)
	if err != nil {
		return "", err
	}
	req.Header.Set("User-Agent", "asterisk-libcurl-agent/1.0")
	if posts {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v := option("useragent"); v != "" {
		req.Header.Set("User-Agent", v)
	}
	if v := option("referer"); v != "" {
		req.Header.Set("Referer", v)
	}
	if user, secret, ok := strings.Cut(option("userpwd"), ":"); ok {
		req.SetBasicAuth(user, secret)
	}
	for _, h := range strings.Split(option("httpheader"), "\n") {
		if name, value, ok := strings.Cut(h, ":"); ok {
			req.Header.Set(strings.TrimSpace(name), strings.TrimSpace(value))
		}
	}
	client, failures := curlClient(c, option), option("failurecodes")
	var text string
	if world := c.Core().Outside(); world != nil {
		var status int
		if text, status = world.Program(req.URL.String()); status != 0 {
			return "", errors.New("the test says that the server does not answer")
		}
	} else if busy := servers.off(c, func() { text, err = fetch(client, req, failures) }); busy != nil || err != nil {
		return "", cmp.Or(busy, err)
	}
	out := strings.TrimRight(text, "\r\n")
	if on := strings.ToLower(option("hashcompat")); on == "yes" || on == "legacy" || on == "1" {
		return hashOf(c, out), nil
	}
	return out, nil
}

// fetch is what the server answers; the codes of failures are parted by commas.
func fetch(client *http.Client, req *http.Request, failures string) (string, error) {
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	for _, code := range strings.Split(failures, ",") {
		if code != "" && code == strconv.Itoa(resp.StatusCode) {
			return "", fmt.Errorf("the server answered %s", resp.Status)
		}
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, mostRead))
	return string(text), err
}

func curlClient(c *pbx.Channel, option func(string) string) *http.Client {
	dialer := &net.Dialer{Timeout: curlSeconds(c, "conntimeout", 180*time.Second)}
	t := &http.Transport{DialContext: dialer.DialContext, Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	if option("ssl_verifypeer") == "0" {
		t.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // asked for by CURLOPT(ssl_verifypeer)=0
	}
	client := &http.Client{Transport: t}
	if option("followlocation") != "1" {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return client
}

// hashOf reads "a=1&b=2": the names are the result, the values go where HASH() looks.
func hashOf(c *pbx.Channel, text string) string {
	var names, values []string
	for _, pair := range strings.Split(text, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if v, err := url.QueryUnescape(value); err == nil {
			value = v
		}
		names = append(names, name)
		values = append(values, strings.ReplaceAll(value, ",", `\,`))
	}
	c.SetVar("~ODBCFIELDS~", strings.Join(names, ","))
	c.SetVar("~ODBCVALUES~", strings.Join(values, ","))
	return strings.Join(values, ",")
}

func srvQuery(c *pbx.Channel, service string) (string, error) {
	var list []*net.SRV
	var err error
	if busy := lookups.off(c, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, list, err = net.DefaultResolver.LookupSRV(ctx, "", "", strings.TrimSpace(service))
	}); busy != nil || err != nil {
		return "", cmp.Or(busy, err)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Priority < list[j].Priority })
	var rows []string
	for _, s := range list {
		rows = append(rows, fmt.Sprintf("%s:%d:%d:%d", strings.TrimSuffix(s.Target, "."), s.Port, s.Priority, s.Weight))
	}
	c.SetVar("~SRV~"+service, strings.Join(rows, ","))
	return service, nil
}

func srvResult(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 3), "", "host")
	text, asked := c.Var("~SRV~" + f[0])
	if !asked {
		return "", fmt.Errorf("SRVQUERY has not asked for '%s'", f[0])
	}
	rows := strings.Split(text, ",")
	if f[1] == "getnum" {
		return strconv.Itoa(len(rows)), nil
	}
	n, err := strconv.Atoi(f[1])
	if err != nil || n < 1 || n > len(rows) {
		return "", errNumber
	}
	i, ok := map[string]int{"host": 0, "port": 1, "priority": 2, "weight": 3}[f[2]]
	if !ok {
		return "", errField
	}
	return strings.Split(rows[n-1], ":")[i], nil
}
