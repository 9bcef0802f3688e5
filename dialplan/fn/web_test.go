package fn

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/pbx"
)

// What a web server answers, and how it is asked.
func TestCurl(t *testing.T) {
	b := newBoard(t, "")
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/there":
			http.Redirect(w, r, "/here", http.StatusFound)
			return
		case "/hash":
			w.Write([]byte("a=1&b=x%2Cy"))
			return
		}
		r.ParseForm()
		user, secret, _ := r.BasicAuth()
		had := []string{r.Method, r.URL.Path, r.PostForm.Get("x"), r.UserAgent(), r.Referer(), user + secret,
			r.Header.Get("X-A") + r.Header.Get("X-B")}
		w.Write([]byte(strings.Join(had, "|") + "\r\n"))
	}))
	defer web.Close()
	at := func(s string) string { return strings.ReplaceAll(s, "WEB", web.URL) }
	for _, r := range [][2]string{
		{"${CURL(WEB/p)}", "GET|/p||asterisk-libcurl-agent/1.0|||"}, {"${CURL(WEB/p,x=1&y=2)}", "POST|/p|1|asterisk-libcurl-agent/1.0|||"},
		{"Set CURLOPT(useragent)=me", ""}, {"Set CURLOPT(referer)=r", ""}, {"Set CURLOPT(userpwd)=u:s", ""},
		{"Set CURLOPT(httpheader)=X-A: 1", ""}, {"Set CURLOPT(httpheader)=X-B: 2", ""}, {"Set CURLOPT(httptimeout)=5", ""},
		{"${CURL(WEB/)} ${CURLOPT(useragent)}", "GET|/||me|r|us|12 me"}, {"${CURL(WEB/there):0:4}", "<a h"},
		{"Set CURLOPT(followlocation)=1", ""}, {"${CURL(WEB/there):0:9}", "GET|/here"},
		{"${CURL(WEB/gone):0:9}", "GET|/gone"}, {"Set CURLOPT(failurecodes)=404,410", ""}, {"${CURL(WEB/gone)}", ""},
		{"Set CURLOPT(hashcompat)=yes", ""}, {"Set HASH(answer)=${CURL(WEB/hash)}", ""}, {"${HASH(answer,a)} ${HASH(answer,b)}", "1 x,y"},
		{"Set CURLOPT(nope)=1", "unknown option 'nope'"},
	} {
		b.rows(t, [][2]string{{at(r[0]), r[1]}})
	}
	b.refused(t, [][2]string{{at("${CURL(WEB/gone)}"), "410 Gone"}, {"${CURL(http://127.0.0.1:1/)}", "CURL"}, {"${CURL(:)}", "CURL"}})
}

// JSON by paths.
func TestJSON(t *testing.T) {
	b := newBoard(t, "")
	b.ch.SetVar("J", `{"a":{"b":["one",2.5,true,null,{"x":1}],"k.l":"dot"},"n":12345678}`)
	b.ch.SetVar("BAD", "{")
	b.rows(t, [][2]string{
		{"${JSON_DECODE(J,a.b.0)} ${JSON_DECODE(J,a.b.1)} ${JSON_DECODE(J,a.b.2)} ${JSON_DECODE(J,a.b.3)}. ${JSON_DECODE(J,n)}",
			"one 2.5 1 . 12345678"},
		{"${JSON_DECODE(J,a/k.l,/)} ${JSON_DECODE(J,a.b,.,c)} ${JSON_DECODE(J,a,.,c)} ${JSON_DECODE(J,a.b.4)}",
			`dot 5 {"b":["one",2.5,true,null,{"x":1}],"k.l":"dot"} {"x":1}`},
		{"${JSON_DECODE(J,a.none)}.${JSON_DECODE(J,a.b[0])}.${JSON_DECODE(J,a.b.9)}.${JSON_DECODE(J,n.x)}.${JSON_DECODE(J,a.b.x)}",
			"...12345678."},
	})
	b.refused(t, [][2]string{{"${JSON_DECODE(BAD,a)}", "no object or list of JSON"}})
}

// Servers that SRVQUERY has found.
func TestServers(t *testing.T) {
	b := newBoard(t, "")
	b.ch.SetVar("~SRV~_sip._udp.x", "a.example.org:5060:10:1,b.example.org:5070:20:2")
	b.rows(t, [][2]string{
		{"${SRVRESULT(_sip._udp.x,getnum)} ${SRVRESULT(_sip._udp.x,1,host)} ${SRVRESULT(_sip._udp.x,2,port)} " +
			"${SRVRESULT(_sip._udp.x,2,priority)} ${SRVRESULT(_sip._udp.x,2,weight)}",
			"2 a.example.org 5070 20 2"}})
	b.refused(t, [][2]string{
		{"${SRVRESULT(other,1)}", "SRVQUERY has not asked for 'other'"}, {"${SRVRESULT(_sip._udp.x,1)}", "unknown field"},
		{"${SRVRESULT(_sip._udp.x,3,host)}", "that is no number"},
		{"${SRVRESULT(_sip._udp.x,1,what)}", "unknown field"},
	})
}

// The call record of a channel, and what the dialplan says of it. As in Asterisk one that nobody
// else is in has its disposition at its end only.
func TestRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, "")
		time.Sleep(2 * time.Second)
		b.ch.MarkAnswered()
		time.Sleep(1500 * time.Millisecond)
		b.rows(t, [][2]string{
			{"${CDR(start)}|${CDR(answer)}|${CDR(end)}|${CDR(start,u)}|${CDR(end,u)}",
				"2000-01-01 00:00:00|2000-01-01 00:00:02||946684800.000000|0.000000"},
			{"${CDR(duration)} ${CDR(billsec)} ${CDR(duration,f)} ${CDR(billsec,f)}", "3 1 3.500000 1.500000"},
			{"${CDR(disposition)} ${CDR(disposition,u)} ${CDR(amaflags)} ${CDR(amaflags,u)}", "NO ANSWER 1 DOCUMENTATION 3"},
			{"${CDR(clid)} ${CDR(src)} ${CDR(dst)} ${CDR(dcontext)} ${CDR(channel)}", `"Ann B" <555> 555 s test ` + b.ch.Name()},
			{"Set CDR(mine)=v", ""}, {"Set CDR(userfield)=u", ""}, {"Set CDR(accountcode)=a", ""}, {"Set CDR(amaflags)=billing", ""},
			{"${CDR(MINE)}${CDR(userfield)}${CDR(accountcode)}${CDR(amaflags)}${CDR(none)}", "vuaBILLING"},
			{"Set CDR(dst)=x", "'dst' is read only"}, {"Set CDR(amaflags)=x", "'x' is not"}, {"Set CDR()=x", "arguments are missing"},
			{"Set CDR_PROP(disable)=1", ""}, {"Set CDR_PROP(party_a)=yes", ""}, {"Set CDR_PROP(what)=1", "unknown field"},
		})
		fresh := b.another(pbx.CallerID{})
		b.ch = fresh
		b.rows(t, [][2]string{{"${CDR(disposition)} ${CDR(disposition,u)} ${CDR(billsec)}", "NO ANSWER 1 0"}})
	})
}
