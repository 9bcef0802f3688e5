package websocket

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"

	"obelisk/media"
	"obelisk/media/program"
	"obelisk/pbx"
)

// tech implements pbx.Tech.
type tech struct{ m *Module }

func (t tech) Name() string { return "WebSocket" }

// incoming is the name of who calls here.
const incoming = "INCOMING"

// mostWaiting channels wait for their programs at a time.
const mostWaiting = 10000

// direction is whose audio passes, as the program sees it.
type direction string

const (
	both    direction = "both"
	onlyIn  direction = "in"  // the program hears
	onlyOut direction = "out" // it is heard
)

func (d direction) valid() bool { return d == both || d == onlyIn || d == onlyOut }

// options are what follows the name in a dial string.
type options struct {
	format  program.Format
	json    bool
	manual  bool // n: the program answers
	through bool // p: messages are frames
	way     direction
	query   string // v: added to the address
}

// Request implements pbx.Tech: name[/c(codec)d(in)f(json)npv(a=b)].
func (t tech) Request(r pbx.Request) (pbx.Leg, error) {
	fail := func(cause pbx.Cause, format string, args ...any) (pbx.Leg, error) {
		return nil, &pbx.RequestError{Cause: cause, Why: "WebSocket: " + fmt.Sprintf(format, args...)}
	}
	name, text, _ := strings.Cut(r.Resource, "/")
	c := t.m.conf.Load()
	client := c.clients[name]
	if name == "" || client == nil && !strings.EqualFold(name, incoming) {
		return fail(pbx.CauseNoRoute, "there is no section [%s] in websocket_client.conf", name)
	}
	o, err := readOptions(text, r.Codecs, c.json)
	switch {
	case err != nil:
		return fail(pbx.CauseNotImplemented, "%v", err)
	case client == nil && o.query != "":
		return fail(pbx.CauseNotImplemented, "v() is for programs that are called")
	}
	engine := t.engine()
	if engine == nil {
		return fail(pbx.CauseCongestion, "there is no media")
	}
	near, far := engine.Pipe(r.Near())
	l := newLeg(t.m, client, o, near, far)
	l.name = fmt.Sprintf("WebSocket/%s/0x%x", name, t.m.next.Add(1))
	l.at = name
	if client == nil && !t.m.wait(l) {
		l.Hangup(pbx.CauseCongestion)
		return fail(pbx.CauseCongestion, "%d channels wait for their programs already", mostWaiting)
	}
	return l, nil
}

func (t tech) engine() *media.Engine {
	if t.m.media == nil {
		return nil
	}
	return t.m.media()
}

// wait has a channel be found by its id.
func (m *Module) wait(l *leg) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.waiting) >= mostWaiting {
		return false
	}
	m.waiting[l.id] = l
	return true
}

func (m *Module) forget(l *leg) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.waiting, l.id)
}

// newID is a random UUID (RFC 4122 section 4.4).
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// readOptions reads them; the format without c() is the best of those of the caller.
func readOptions(text string, codecs []media.Codec, json bool) (o options, err error) {
	o.way, o.json = both, json
	o.format, _ = program.Named("ulaw")
	if len(codecs) > 0 {
		if f, ok := program.Named(codecs[0].String()); ok {
			o.format = f
		}
	}
	for i := 0; i < len(text); i++ {
		letter, value := text[i], ""
		if i+1 < len(text) && text[i+1] == '(' {
			end := strings.IndexByte(text[i:], ')')
			if end < 2 {
				return o, fmt.Errorf("the options '%s' miss a bracket", text)
			}
			value = text[i+2 : i+end]
			i += end
		}
		if err = o.set(letter, value); err != nil {
			return o, err
		}
	}
	if o.format.Through() {
		o.through = true
	}
	switch o.format.Codec {
	case media.Opus, media.Speex, media.Speex16, media.G729:
		o.format.Frame = 0
	}
	return o, nil
}

func (o *options) set(letter byte, value string) error {
	switch letter {
	case 'c':
		f, ok := program.Named(value)
		if !ok {
			return fmt.Errorf("there is no codec '%s'", value)
		}
		o.format = f
	case 'd':
		if o.way = direction(value); !o.way.valid() {
			return fmt.Errorf("d() takes in, out or both, not '%s'", value)
		}
	case 'f':
		json, ok := formatNamed(value)
		if !ok {
			return fmt.Errorf("f() takes plain-text or json, not '%s'", value)
		}
		o.json = json
	case 'n':
		o.manual = true
	case 'p':
		o.through = true
	case 'v':
		var pairs []string
		for _, p := range strings.Split(value, ",") {
			if p = strings.TrimSpace(p); p == "" || strings.ContainsAny(p, " \t\r\n#&") {
				return fmt.Errorf("v() takes parameters of an address, not '%s'", value)
			}
			if _, err := url.ParseQuery(p); err != nil {
				return fmt.Errorf("v(): %v", err)
			}
			pairs = append(pairs, p)
		}
		o.query = strings.Join(pairs, "&")
	case ',', ' ':
	default:
		return fmt.Errorf("there is no option '%c'", letter)
	}
	return nil
}
