package ari

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"obelisk/internal/auth"
)

// What is looked at first, and what is said then.
func TestWhoAsks(t *testing.T) {
	w := newWorld(t, files{"ari.conf": conf})
	basic := func(name, password string) []string {
		r, _ := http.NewRequest("GET", "/", nil)
		r.SetBasicAuth(name, password)
		return []string{"", "Authorization", r.Header.Get("Authorization")}
	}
	for _, x := range []struct {
		name, password string
		status         int
		text           string
	}{
		{"prog", "right", 200, ""}, {"prog", "wrong", 401, "Authentication required"}, {"nobody", "", 401, "Authentication required"},
		{"looker", "look", 200, ""}, {"far", "far", 403, "Access denied by ACL"}, {"hashed", "foo", 200, ""},
		{"hashed", "bar", 401, "Authentication required"},
	} {
		want := ""
		if x.text != "" {
			want = says(x.text)
		}
		w.wants(x.status, want, "GET", "channels", basic(x.name, x.password)...)
	}
	if a := w.ask("GET", "channels", "", "Authorization", ""); a.status != 401 ||
		a.header.Get("WWW-Authenticate") != `Basic realm="Asterisk REST Interface"` || a.header.Get("Server") != "Asterisk/20.1.2" {
		t.Error(a)
	}
	w.wants(200, "", "GET", "channels?api_key=prog:right", "", "Authorization", "")
	looks := basic("looker", "look")
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		w.wants(403, says("Write access denied"), method, "channels", looks...)
	}
	w.wants(204, "", "OPTIONS", "channels", looks...)
	w.wants(404, says("ARI URLs do not end with a slash. Try /ari/channels"), "GET", "channels/")
	w.wants(404, says("Resource not found"), "GET", "nosuch")
	w.wants(405, says("Invalid method"), "GET", "recordings")
	w.wants(405, says("Invalid method"), "GET", "")
	w.wants(405, says("Invalid method"), "PUT", "channels")
	w.wants(405, says("Unsupported method"), "POST", "api-docs/channels.json")
	w.h.booted = false
	w.wants(503, says("Asterisk not booted"), "GET", "channels")
}

// Pages of origins that are allowed may read answers, and no others; a WebSocket by the password that a
// browser keeps is refused to others.
func TestOrigins(t *testing.T) {
	w := newWorld(t, files{"ari.conf": conf})
	a := w.ask("OPTIONS", "channels", "", "Origin", "http://a.example", "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "x-foo")
	for name, want := range map[string]string{"Access-Control-Allow-Origin": "http://a.example", "Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Methods": "OPTIONS,GET,POST",
		"Access-Control-Allow-Headers": "x-foo", "Allow": "OPTIONS,GET,POST"} {
		if got := a.header.Get(name); got != want || a.status != 204 {
			t.Errorf("%d %s: %q", a.status, name, got)
		}
	}
	if a = w.ask("GET", "channels", "", "Origin", "http://evil.example"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error(a)
	}
	upgrade := []string{"", "Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key",
		"AAAAAAAAAAAAAAAAAAAAAA=="}
	evil := []string{"Origin", "http://evil.example"}
	for _, sign := range [][]string{{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"}, {"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Mode", "websocket"}} {
		page := append(slices.Clone(upgrade), sign...)
		w.wants(403, says("Origin not allowed"), "GET", "events?app=x", append(page, evil...)...)
		w.wants(101, "", "GET", "events?app=x", append(page, "Origin", "http://a.example")...)
		w.wants(101, "", "GET", "events?app=x&api_key=prog:right", append(page, evil...)...)
		form := append([]string{"", "Content-Type", "application/x-www-form-urlencoded"}, sign...) // which no browser asks about before
		w.wants(403, says("Origin not allowed"), "POST", "bridges", append(form, evil...)...)
		w.wants(200, "", "POST", "bridges", append(form, "Origin", "http://a.example")...)
		w.wants(200, "", "GET", "bridges", append(form, evil...)...)
	}
	w.wants(101, "", "GET", "events?app=x", append(slices.Clone(upgrade), "Origin", "http://localhost/")...) // no browser
	w.wants(400, says("HTTP request is missing param: [app]"), "GET", "events", upgrade...)
	w.wants(426, "", "GET", "events?app=x")
}

// Parameters come from the body, then from the query.
func TestBodies(t *testing.T) {
	w := newWorld(t, files{"ari.conf": conf})
	const form, object = "application/x-www-form-urlencoded", "application/json"
	w.wants(200, "", "POST", "bridges?bridgeId=query", `{"bridgeId":"b1","type":"holding"}`, "Content-Type", object)
	w.wants(200, "", "POST", "bridges?bridgeId=query", "bridgeId=b2&type=mixing", "Content-Type", form)
	w.wants(200, "", "POST", "bridges?bridgeId=b3", "bridgeId=no", "Content-Type", "text/plain")
	for _, id := range []string{"b1", "query", "b3"} {
		w.wants(200, "", "GET", "bridges/"+id)
	}
	w.wants(404, says("Bridge not found"), "GET", "bridges/b2") // a form gives way to the query
	w.wants(400, says("Error parsing request body"), "POST", "bridges", `"x"`, "Content-Type", object)
	w.wants(400, says("Error parsing request body"), "POST", "bridges", `{bad`, "Content-Type", object)
	w.wants(400, says("Error parsing request body"), "POST", "bridges", `%zz`, "Content-Type", form)
	w.wants(400, says("Endpoint must be specified"), "POST", "channels", `[]`, "Content-Type", object)
	w.wants(413, says("Request body too large"), "POST", "channels", strings.Repeat("x", mostBody+1), "Content-Type", object)
	w.wants(400, says("Each value in 'variables' must be a string or an object with 'value' and optional 'report_events'"), "POST", "bridges",
		`{"variables":{"a":[1]}}`, "Content-Type", object)
	w.wants(400, says("Each object value in 'variables' must include string field 'value'"), "POST", "bridges", `{"variables":{"a":{}}}`,
		"Content-Type", object)
	w.wants(400, says("Field 'report_events' in 'variables' entries must be boolean"), "POST", "bridges",
		`{"variables":{"a":{"value":"1","report_events":1}}}`, "Content-Type", object)
	w.wants(400, says("Each value in 'variables' must be a string or an object with 'value' and optional 'report_events'"), "POST", "bridges",
		`{"variables":{"a":1}}`, "Content-Type", object)
	for _, body := range []string{`{}`, `{"variables":1}`, `{"variables":null}`} {
		w.wants(400, says("The 'variables' field must be a JSON object"), "POST", "channels/x/variables", body, "Content-Type", object)
	}
	w.wants(404, says("Provided channel was not found"), "POST", "channels/x/variables", `{"variables":{"a":"1"}}`, "Content-Type", object)
	w.wants(404, says("Provided bridge was not found"), "POST", "bridges/x/variables", `{"variables":{"a":"1"}}`, "Content-Type", object)
	w.wants(400, says("Only string values in the 'variables' object allowed"), "PUT", "endpoints/sendMessage?to=sip:x&from=sip:y",
		`{"variables":{"a":1}}`, "Content-Type", object)
}

// What requests refuse, with Asterisk's words.
func TestRefusals(t *testing.T) {
	w := newWorld(t, files{"ari.conf": conf})
	for _, x := range []struct {
		status       int
		method, path string
		text         string
	}{
		{400, "POST", "channels?endpoint=Local", "Invalid endpoint specified"}, {400, "POST", "channels?endpoint=Local/up@default",
			"Application or extension must be specified"},
		{400, "POST", "channels?endpoint=Local/up@default&app=x&formats=nosuch", "Provided format (nosuch) was not found"},
		{400, "POST", "channels?endpoint=Local/up@default&app=x&formats=ulaw&originator=y", "Originator and formats can't both be specified"},
		{400, "POST", "channels?endpoint=Local/up@default&app=x&originator=y", "Provided originator channel was not found"},
		{400, "POST", "channels?endpoint=Local/up@default&channelId=" + strings.Repeat("x", 150), "Uniqueid length exceeds maximum of 149"},
		{404, "POST", "channels?endpoint=Local/up@default&extension=up&label=nosuch", "Requested label can not be found"},
		{404, "GET", "channels/x", "Channel not found"}, {404, "DELETE", "channels/x", "Channel not found"},
		{404, "POST", "channels/x/play?media=sound:x", "Channel not found"}, {400, "GET", "channels/x/variable", "Variable name is required"},
		{404, "GET", "channels/x/variable?variable=a", "Provided channel was not found"},
		{400, "GET", "channels/x/variables", "At least one variable name is required"},
		{400, "POST", "channels/x/variables", "The 'variables' field is required"},
		{400, "POST", "channels/x/redirect", "Required parameter 'endpoint' not provided."},
		{404, "POST", "channels/x/dial", "Channel not found"}, {400, "POST", "channels/externalMedia", "app cannot be empty"},
		{400, "POST", "channels/externalMedia?app=x", "external_host is required for all but websocket server connections"},
		{400, "POST", "channels/externalMedia?app=x&external_host=a",
			"external_host must be <host>:<port> for all transports other than websocket"},
		{400, "POST", "channels/externalMedia?app=x&external_host=a:1", "format cannot be empty"},
		{400, "POST", "channels/externalMedia?app=x&external_host=a:1&format=ulaw&transport=tcp",
			"transport must be 'udp' for rtp encapsulation"},
		{400, "POST", "channels/externalMedia?app=x&external_host=a:1&format=ulaw&encapsulation=audiosocket",
			"transport must be 'tcp' for audiosocket encapsulation"},
		{400, "POST", "channels/externalMedia?app=x&external_host=a:1&format=ulaw&encapsulation=audiosocket&transport=tcp",
			"data can not be empty"},
		{400, "POST", "channels/externalMedia?app=x&external_host=a:1&format=ulaw&direction=in", "Invalid direction specified"},
		{501, "POST", "channels/externalMedia?app=x&external_host=a:1&format=ulaw&encapsulation=foo",
			"The encapsulation and/or transport is not supported"},
		{404, "POST", "channels/x/transfer_progress?states=channel_answered", "Channel not found"},
		{400, "POST", "channels?endpoint=/x&app=y", "Invalid endpoint specified"},
		{409, "GET", "asterisk/modules/app_echo", "Module information could not be retrieved"},
		{404, "PUT", "deviceStates/Stasis:?deviceState=INUSE", "Device name is missing"},
		{500, "PUT", "deviceStates/Stasis:x?deviceState=UNKNOWN", "Unknown device"},
		{400, "POST", "playbacks/x/control?operation=", "Invalid operation "},
		{500, "POST", "bridges/x?type=sdp_label", "Unable to create bridge"},
		{400, "POST", "bridges/x/addChannel", ""}, {404, "DELETE", "bridges/x", "Bridge not found"},
		{400, "GET", "bridges/x/variable", "Variable name is required"}, {404, "GET", "recordings/stored/x", "Recording not found"},
		{404, "GET", "recordings/stored/..%2Fx", "Recording not found"}, {404, "GET", "recordings/stored/x/file", "Recording not found"},
		{404, "POST", "recordings/live/x/stop", "Recording not found"}, {404, "GET", "playbacks/x", "Playback not found"},
		{400, "POST", "playbacks/x/control", "Missing operation"}, {400, "POST", "playbacks/x/control?operation=sing", "Invalid operation sing"},
		{404, "GET", "sounds/nosuch", "Sound not found"}, {409, "PUT", "deviceStates/x?deviceState=INUSE", "Uncontrolled device specified"},
		{404, "GET", "mailboxes/x", "Mailbox is does not exist"}, {404, "DELETE", "mailboxes/x", "Mailbox does not exist"},
		{404, "GET", "endpoints/IAX", "No Endpoints found - invalid tech IAX"}, {404, "GET", "endpoints/SIP/x", "Endpoint not found"},
		{400, "PUT", "endpoints/sendMessage", "To must be specified"}, {404, "GET", "applications/x", "Application not found"},
		{400, "POST", "applications/x/subscription", "Missing parameter eventSource"},
		{400, "POST", "events/user/x", "Missing parameter application"}, {404, "POST", "events/user/x?application=y", "Application not found"},
		{400, "POST", "events/claim", "channelId parameter is required"}, {404, "GET", "asterisk/config/dynamic/x/y/z",
			"configClass 'x' not found"}, {404, "GET", "asterisk/modules/nosuch", "Module could not be found in running modules"},
		{409, "PUT", "asterisk/modules/app_echo.so", "Module does not support reloading"},
		{404, "PUT", "asterisk/modules/nosuch", "Module not found in running modules"}, {409, "POST", "asterisk/modules/app_echo.so",
			"Module is already loaded"}, {409, "POST", "asterisk/modules/nosuch", "Module load declined"},
		{404, "DELETE", "asterisk/modules/nosuch", "Module not found in running modules"}, {409, "DELETE", "asterisk/modules/res_x.so",
			"Module could not be unloaded"}, {400, "POST", "asterisk/logging/x", "Configuration levels are required"},
		{404, "DELETE", "asterisk/logging/x", "Log channel does not exist"}, {404, "PUT", "asterisk/logging/x/rotate",
			"Log channel does not exist"}, {400, "GET", "asterisk/variable", "Variable name is required"},
		{400, "POST", "asterisk/variable", "Variable name is required"},
	} {
		want := says(x.text)
		if x.text == "" {
			want, x.status = "", 404
		}
		w.wants(x.status, want, x.method, x.path)
	}
}

func TestSmallResources(t *testing.T) {
	w := newWorld(t, files{"ari.conf": conf})
	w.wants(200, `{"build":{"os":"Linux"},"status":{"startup_time":""}}`, "GET", "asterisk/info?only=status,build")
	if a := w.ask("GET", "asterisk/ping", ""); !strings.HasPrefix(a.body, `{"ping":"pong","timestamp":"`) ||
		a.header.Get("Content-Type") != "application/json" {
		t.Error(a)
	}
	w.wants(204, "", "DELETE", "asterisk/modules/app_echo.so")
	if w.s.stasis.Core().App("Echo") != nil {
		t.Error("the application is there")
	}
	w.wants(204, "", "POST", "asterisk/modules/app_echo.so")
	if w.s.stasis.Core().App("Echo") == nil {
		t.Error("the application is not there")
	}
	w.wants(204, "", "PUT", "asterisk/modules/res_x.so")
	w.wants(204, "", "POST", "asterisk/logging/new?configuration=notice")
	w.wants(409, says("Log channel already exists"), "POST", "asterisk/logging/new?configuration=notice")
	w.wants(200, `[{"channel":"new","type":"File","status":"Enabled","configuration":"notice"}]`, "GET", "asterisk/logging")
	w.wants(204, "", "DELETE", "asterisk/logging/new")
	w.wants(204, "", "PUT", "asterisk/logging/full/rotate")
	w.wants(204, "", "POST", "asterisk/variable?variable=X&value=1")
	w.wants(200, `{"value":"1"}`, "GET", "asterisk/variable?variable=X")
	w.wants(204, "", "PUT", "deviceStates/stasis:a%2Fb?deviceState=INUSE")
	w.wants(500, `{"error":"Allocation failed"}`, "POST", "channels?endpoint=NOSUCH/x&app=y")
	w.wants(200, `{"name":"Stasis:a/b","state":"INUSE"}`, "GET", "deviceStates/Stasis:a%2Fb")
	w.wants(204, "", "PUT", "mailboxes/1?newMessages=2&oldMessages=3")
	w.wants(200, `{"name":"1","old_messages":3,"new_messages":2}`, "GET", "mailboxes/1")
	w.wants(200, `{"technology":"SIP","resource":"1001","state":"online","channel_ids":[]}`, "GET", "endpoints/SIP/1001")
}

// The descriptions are JSON, name every operation once, and every type in them is described there.
func TestDocs(t *testing.T) {
	w := newWorld(t, files{"ari.conf": conf})
	var list struct{ APIs []struct{ Path string } }
	if err := json.Unmarshal([]byte(w.ask("GET", "api-docs/resources.json", "").body), &list); err != nil || len(list.APIs) != 11 {
		t.Fatal(err, list)
	}
	n := 0
	for _, x := range list.APIs {
		path := strings.Replace(strings.TrimPrefix(x.Path, "/"), "{format}", "json", 1)
		a := w.ask("GET", path, "")
		var d struct {
			BasePath string
			APIs     []struct {
				Path       string
				Operations []struct{ Nickname, ResponseClass string }
			}
			Models map[string]struct {
				Properties map[string]struct{ Type string }
			}
		}
		if err := json.Unmarshal([]byte(a.body), &d); err != nil || d.BasePath != w.web.URL+"/ari" {
			t.Errorf("%s: %v %s", path, err, d.BasePath)
		}
		seen := map[string]bool{}
		for _, api := range d.APIs {
			for _, o := range api.Operations {
				if n++; seen[o.Nickname] {
					t.Errorf("%s: %s is there twice", path, o.Nickname)
				}
				seen[o.Nickname] = true
				for _, name := range typeNames.FindAllString(o.ResponseClass, -1) {
					if _, ok := d.Models[name]; !ok && name != "List" {
						t.Errorf("%s: %s is not described", path, name)
					}
				}
			}
		}
		for name, m := range d.Models {
			for member, p := range m.Properties {
				for _, kind := range typeNames.FindAllString(p.Type, -1) {
					if _, ok := d.Models[kind]; !ok && !slices.Contains([]string{"List", "Date"}, kind) {
						t.Errorf("%s: %s.%s is a %s, which is not described", path, name, member, kind)
					}
				}
			}
		}
	}
	if n != len(operations) || n < 109 {
		t.Errorf("%d operations are described, of %d", n, len(operations))
	}
	w.wants(404, says("Resource not found"), "GET", "api-docs/nosuch.json")
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range operations {
		if key := o.Method + " " + o.Path; seen[key] || o.Run == nil || o.Summary == "" || o.Nickname == "" {
			t.Errorf("%s", key)
		} else {
			seen[key] = true
		}
	}
	p := readParam("operation*:int=3{a|b}")
	if p.Name != "operation" || !p.Required || p.Type != "int" || p.Default != "3" || len(p.Allowed) != 2 || p.Many {
		t.Errorf("%+v", p)
	}
}

func TestReadConfig(t *testing.T) {
	c, diags := ReadConfig(files{"ari.conf": conf}.File("ari.conf"), nil)
	if len(diags) > 0 || len(c.Users) != 4 || !c.Users["looker"].ReadOnly || !slices.Equal(c.ChannelVars, []string{"FOO", "CALLERID(num)"}) ||
		!slices.Equal(c.Origins, []string{"http://a.example", "http://b.example"}) {
		t.Errorf("%v %+v", diags, c)
	}
	for text, want := range map[string]string{
		"[general]\nenabled=perhaps\n":                                                    "'perhaps' is not a valid value of 'enabled'",
		"[general]\nwebsocket_write_timeout=0\n":                                          "it takes 1 to 3600000",
		"[general]\nprety=yes\n":                                                          "did you mean 'pretty'",
		"[u]\npassword=x\n":                                                               "has no type",
		"[u]\ntype=robot\n":                                                               "neither user nor outbound_websocket",
		"[u]\ntype=user\n":                                                                "has no password",
		"[u]\ntype=user\npassword=x\npassword_format=rot13\n":                             "plain or crypt",
		"[u]\ntype=user\npassword=x\npassword_format=crypt\n":                             "no hash that can be checked",
		"[u]\ntype=user\npassword=x\nacl=nosuch\n":                                        "no list 'nosuch'",
		"[u]\ntype=user\npassword=x\npermit=here\n":                                       "not an address",
		"[o]\ntype=outbound_websocket\napps=x\n":                                          "no websocket_client_id",
		"[o]\ntype=outbound_websocket\nwebsocket_client_id=x\n":                           "no apps",
		"[o]\ntype=outbound_websocket\nwebsocket_client_id=x\napps=x\nlocal_ari_user=y\n": "no user 'y'",
	} {
		_, diags := ReadConfig(files{"ari.conf": text}.File("ari.conf"), map[string]auth.ACL{})
		if len(diags) == 0 || !strings.Contains(diags[0].Text, want) || diags[0].Pos.Line == 0 {
			t.Errorf("%q: %v, want %s", text, diags, want)
		}
	}
	if c, _ := ReadConfig(nil, nil); c.Enabled {
		t.Error("without a file it is on")
	}
}

func TestPassword(t *testing.T) {
	text, err := hashed("secret")
	if err != nil || !strings.HasPrefix(text, "$6$") {
		t.Fatal(text, err)
	}
	u := &User{Crypt: true, Password: text}
	if !u.right("secret") || u.right("Secret") || u.right("") || u.right(strings.Repeat("x", 1000)) {
		t.Error("a hash is checked wrongly")
	}
}

func TestSplitVars(t *testing.T) {
	for text, want := range map[string]string{"": "", "A": "A", " A , B(c,d),E ": "A|B(c,d)|E", "A(,": "A(,", ",,": ""} {
		if got := strings.Join(splitVars(text), "|"); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// Whatever is asked, the answer is JSON and no request breaks the server.
func FuzzAsk(f *testing.F) {
	f.Add("channels", "endpoint=Local/x@y&app=z", `{"variables":{"a":"b"}}`)
	f.Add("bridges/x/addChannel", "channel=a,b", "")
	f.Add("recordings/stored/..%2f..%2fx/file", "", "[]")
	s := &Server{root: tree(operations)}
	f.Fuzz(func(t *testing.T, path, query, body string) {
		s.route(path)
		a := &ask{}
		values := map[string][]string{"x": {query}}
		if bad := a.read(values, "application/json", []byte(body)); bad.status != 0 && bad.status != 400 && bad.status != 413 {
			t.Error(bad)
		}
		a.variables()
		a.list("x")
		a.number("x", 1)
		splitVars(query)
	})
}
