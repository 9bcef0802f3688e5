package agents

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/config"
	"obelisk/internal/testkit/handset"
	"obelisk/internal/trace"
	"obelisk/manage/ami/wording"
	"obelisk/media"
	"obelisk/media/soundfile"
	"obelisk/pbx"
	"obelisk/pbx/event"
	"obelisk/pbx/prompt"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

const plan = `[in]
exten => _1XXX,1,AgentLogin(${EXTEN}${S})
 same => n,UserEvent(login,Status: ${AGENT_STATUS})
exten => _2XXX,1,AgentRequest(1${EXTEN:1})
 same => n,UserEvent(request,Status: ${AGENT_STATUS})
exten => _3XXX,1,Set(AGENTACKCALL=yes)
 same => n,Set(AGENTACCEPTDTMF=12)
 same => n,Set(AGENTAUTOLOGOFF=10)
 same => n,Set(AGENTWRAPUPTIME=7000)
 same => n,AgentLogin(1${EXTEN:1},s)
`

const agentsConf = "[1001]\nfullname = Ann\n[1002]\nwrapuptime = 4000\n[1003]\n"

// pool is a switchboard with agents.
type pool struct {
	t     *testing.T
	core  *pbx.Core
	m     *Module
	media *media.Engine

	mu  sync.Mutex // guards all below
	log []string
	got []string // user events and states of Agent:

	lasted string // what the last AGENTLOGOFF says, in seconds
}

func inPool(t *testing.T, f func(p *pool)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pool{t: t}
		var err error
		if p.media, err = media.New(
			media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("no network") }}); err != nil {
			t.Fatal(err)
		}
		defer p.media.Close()
		p.core = pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(10), QueueLog: p.line})
		lib := &sounds.Library{}
		app.Register(p.core, lib)
		fn.Register(p.core)
		p.m = New(&prompt.Player{Lib: lib})
		p.m.Furnish(p.core)
		p.core.Listen(p.hear)
		p.read(agentsConf)
		compiled, _ := dialplan.Compile(p.file(plan), nil)
		p.core.SetPlan(compiled)
		time.Sleep(time.Second)
		p.takes()
		f(p)
		p.core.HangupAll(pbx.CauseNormal)
		time.Sleep(time.Minute)
		for _, c := range p.core.Channels() {
			t.Errorf("%s is left", c.Name())
		}
		p.m.Close()
		time.Sleep(time.Minute)
		if n := len(p.core.Bridges()); n > 0 {
			t.Errorf("%d bridges are left", n)
		}
		for id, a := range p.m.agents {
			if a.state != loggedOff || a.call != nil {
				t.Errorf("agent %s is left as one who is %s", id, a.state)
			}
		}
	})
}

func (p *pool) file(text string) *config.File {
	p.t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte(text)}}}, "x", config.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

type oneFile struct{ f *config.File }

func (o oneFile) File(string) *config.File { return o.f }

func (p *pool) read(text string) []config.Diagnostic {
	next, diags := p.m.Prepare(oneFile{p.file(text)})
	next.Commit()
	return diags
}

func (p *pool) line(text string) {
	f := strings.Split(text, "|")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, f[3]+" "+f[4])
	if f[4] == "AGENTLOGOFF" {
		p.lasted = f[6]
	}
}

func (p *pool) hear(e event.Event) {
	n := wording.Event(e)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch n.Name {
	case "UserEvent":
		p.got = append(p.got, n.Field("UserEvent")+" "+n.Field("Status"))
	case "DeviceStateChange":
		if d, ok := strings.CutPrefix(n.Field("Device"), "Agent:"); ok {
			p.got = append(p.got, d+" "+n.Field("State"))
		}
	}
}

// takes is what has happened since the last time.
func (p *pool) takes() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	got := strings.Join(p.got, ", ")
	p.got = nil
	return got
}

type phone struct{ *handset.Handset }

func (phone) Call(pbx.CallInfo) {}

func (p *pool) calls(name, exten string) phone {
	p.t.Helper()
	h := phone{handset.New(p.media, name)}
	if _, err := p.core.Incoming(pbx.NewCall{Tech: "Phone", Leg: h, Context: "in", Exten: exten, CallerID: pbx.CallerID{Num: name},
		Trace: p.core.Book().Open()}); err != nil {
		p.t.Fatal(err)
	}
	return h
}

func (h phone) hangsUp() { h.Channel().Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal}) }

func (h phone) presses(keys string) {
	for _, k := range []byte(keys) {
		h.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: k})
		time.Sleep(100 * time.Millisecond)
	}
}

func (h phone) with() string {
	if o := h.Channel().With(); o != nil {
		return strings.TrimPrefix(o.Device(), "Phone/")
	}
	return ""
}

// An agent logs in, settles, takes a call, and is ready again when that is over.
func TestCallOfAnAgent(t *testing.T) {
	inPool(t, func(p *pool) {
		a := p.calls("ann", "1001")
		time.Sleep(3 * time.Second)
		p.calls("early", "2001")
		time.Sleep(5 * time.Second)
		b := p.calls("bob", "2001")
		time.Sleep(2 * time.Second)
		if a.with() != "bob" || !strings.Contains(b.Heard(), "answered") {
			t.Errorf("ann is with %q, bob was told %q", a.with(), b.Heard())
		}
		p.calls("cid", "2001")
		time.Sleep(time.Second)
		b.hangsUp()
		time.Sleep(time.Second)
		if got, want := p.takes(), "request BUSY, 1001 NOT_INUSE, 1001 INUSE, request BUSY, 1001 NOT_INUSE"; got != want {
			t.Errorf("happened: %s\nnot:      %s", got, want)
		}
		if a.Ended() || a.with() != "" {
			t.Error("ann is not in the pool again")
		}
		a.hangsUp()
		time.Sleep(time.Second)
		p.mu.Lock()
		got := strings.Join(p.log, ", ")
		p.mu.Unlock()
		if got != "1001 AGENTLOGIN, 1001 AGENTLOGOFF" || p.takes() != "1001 UNAVAILABLE" {
			t.Errorf("queue_log: %s", got)
		}
	})
}

// The login begins before the prompt that tells of it: lists have the agent from then on, and the time of the prompt is
// part of what AGENTLOGOFF says, as with Asterisk.
func TestLoginBeginsBeforeThePrompt(t *testing.T) {
	inPool(t, func(p *pool) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "agent-loginok.sln"), make([]byte, 3*16000), 0o644); err != nil {
			t.Fatal(err)
		}
		p.m.play.Lib.Dirs, p.m.play.Lib.Extensions = []string{dir}, soundfile.Extensions
		began := time.Now()
		a := p.calls("ann", "1001")
		time.Sleep(time.Second)
		p.calls("early", "2001")
		r := p.m.rows("1001")[0]
		if !r.on || r.status() != "AGENT_IDLE" || r.login != epoch(began) {
			t.Errorf("in the prompt: logged in %v, %s, since %s", r.on, r.status(), r.login)
		}
		var out strings.Builder
		p.m.showOnline(&out, nil)
		if got := out.String(); !strings.HasSuffix(got, "\n\nDefined agents: 3, Logged in: 1, Talking: 0\n") {
			t.Errorf("agent show online: %q", got)
		}
		time.Sleep(time.Second)
		if got := p.takes(); got != "request NOT_LOGGED_IN" {
			t.Errorf("who asks for him meanwhile is told: %s", got)
		}
		time.Sleep(8 * time.Second)
		a.hangsUp()
		time.Sleep(time.Second)
		logged := func(want, lasted string) {
			t.Helper()
			p.mu.Lock()
			defer p.mu.Unlock()
			if got := strings.Join(p.log, ", "); got != want || p.lasted != lasted {
				t.Errorf("queue_log: %s, after %s s", got, p.lasted)
			}
			p.log = nil
		}
		logged("1001 AGENTLOGIN, 1001 AGENTLOGOFF", "10")
		dismissed := func(soft bool) func(phone) { return func(phone) { p.m.dismiss("1001", soft) } }
		for _, ends := range []func(a phone){phone.hangsUp, dismissed(false), dismissed(true)} {
			a := p.calls("ann", "1001")
			time.Sleep(time.Second)
			ends(a)
			time.Sleep(time.Second)
			if !a.Ended() {
				t.Error("he is there still")
			}
			logged("1001 AGENTLOGIN, 1001 AGENTLOGOFF", "1")
		}
	})
}

// What the dialplan is told of who cannot be reached, or cannot log in.
func TestStatus(t *testing.T) {
	inPool(t, func(p *pool) {
		for _, exten := range []string{"1009", "2009", "2001"} {
			p.calls("x", exten)
			time.Sleep(time.Second)
		}
		time.Sleep(time.Second)
		a := p.calls("ann", "1001")
		time.Sleep(time.Second)
		p.calls("again", "1001")
		time.Sleep(time.Second)
		if got := p.takes(); got != "login INVALID, request INVALID, request NOT_LOGGED_IN, login ALREADY_LOGGED_IN" {
			t.Errorf("told: %s", got)
		}
		a.hangsUp()
		time.Sleep(time.Second)
	})
}

// With ackcall a call waits for the agent's keys; variables of his channel go before the file.
func TestKeysOfAnAgent(t *testing.T) {
	inPool(t, func(p *pool) {
		a := p.calls("ann", "3001")
		time.Sleep(6 * time.Second)
		b := p.calls("bob", "2001")
		time.Sleep(3 * time.Second)
		a.presses("312")
		time.Sleep(time.Second)
		if a.with() != "bob" {
			t.Fatalf("ann is with %q", a.with())
		}
		b.hangsUp()
		time.Sleep(3 * time.Second)
		p.takes()
		p.calls("early", "2001") // she wraps up
		time.Sleep(5 * time.Second)
		c := p.calls("cid", "2001")
		time.Sleep(3 * time.Second)
		c.hangsUp() // before she has taken the call
		time.Sleep(time.Second)
		if got, want := p.takes(), "request BUSY, 1001 NOT_INUSE, 1001 INUSE, 1001 NOT_INUSE"; got != want {
			t.Errorf("happened: %s\nnot:      %s", got, want)
		}
		p.calls("dan", "2001")
		time.Sleep(15 * time.Second) // she does not take it
		if got := p.takes(); !strings.Contains(got, "1001 UNAVAILABLE") || !strings.Contains(got, "request NOT_CONNECTED") || !a.Ended() {
			t.Errorf("happened: %s", got)
		}
	})
}

// People and programs log an agent off: at once, or when his call is over.
func TestLogoff(t *testing.T) {
	inPool(t, func(p *pool) {
		a, b := p.calls("ann", "1001"), p.calls("ben", "1002")
		time.Sleep(6 * time.Second)
		x, y := p.calls("x", "2001"), p.calls("y", "2002")
		time.Sleep(2 * time.Second)
		if p.m.dismiss("1009", true) || !p.m.dismiss("1003", false) || !p.m.dismiss("1001", true) || !p.m.dismiss("1002", false) {
			t.Error("dismissed whom there is not")
		}
		time.Sleep(time.Second)
		if a.with() != "x" || a.Ended() || !b.Ended() || !y.Ended() {
			t.Errorf("ann is with %q, ben ended: %v, y: %v", a.with(), b.Ended(), y.Ended())
		}
		x.hangsUp()
		time.Sleep(time.Second)
		if !a.Ended() {
			t.Error("ann is logged in still")
		}
	})
}

// A reload changes who is not logged in; who is not in the file any more stays until he logs off.
func TestReload(t *testing.T) {
	inPool(t, func(p *pool) {
		a := p.calls("ann", "1001")
		time.Sleep(6 * time.Second)
		next, _ := p.m.Prepare(oneFile{p.file("[1002]\nackcall=yes\n[1004]\n")})
		if got := strings.Join(next.Changes(), ", "); got != "~ agent 1002, + agent 1004, - agent 1001, - agent 1003" {
			t.Errorf("changes: %s", got)
		}
		next.Commit()
		if p.m.find("1001") == nil || p.m.find("1003") != nil || p.core.DeviceState("Agent:1004") != pbx.DeviceUnavailable {
			t.Error("not in force")
		}
		b := p.calls("bob", "2001")
		time.Sleep(2 * time.Second)
		if a.with() != "bob" {
			t.Errorf("ann is with %q", a.with())
		}
		b.hangsUp()
		time.Sleep(time.Second)
		if !a.Ended() || p.m.find("1001") != nil {
			t.Error("she is an agent still")
		}
	})
}

// What is wrong in the file is said with its line.
func TestFile(t *testing.T) {
	inPool(t, func(p *pool) {
		var got []string
		for _, d := range p.read("[general]\nmultiplelogin=no\n[7]\nackcal=yes\nautologoff=-3\nacceptdtmf=x\nagent => 8,pw,Eight\n[7]\n") {
			got = append(got, fmt.Sprintf("%d %s", d.Pos.Line, d.Text))
		}
		slices.Sort(got)
		for i, want := range []string{"2 agents.conf has no options", "4 unknown option 'ackcal' in [7] (did you mean 'ackcall'?)",
			"5 '-3' is not a valid value of 'autologoff'",
			"6 'x' is not a valid value of 'acceptdtmf'", "7 'agent => 8,pw,Eight' is of Asterisk 11"} {
			if i >= len(got) || !strings.HasPrefix(got[i], want) {
				t.Errorf("%q, not %q", got, want)
				break
			}
		}
	})
}

// Agents and callers come and go at random: nobody is left anywhere, and no agent is lost.
func TestAgentsAtRandom(t *testing.T) {
	for seed := range uint64(8) {
		inPool(t, func(p *pool) {
			r := rand.New(rand.NewPCG(seed, 1))
			var agents, callers []phone
			for range 400 {
				switch r.IntN(7) {
				case 0, 1:
					agents = append(agents, p.calls("a", fmt.Sprintf("%d00%d", 1+2*r.IntN(2), 1+r.IntN(3))))
				case 2, 3, 4:
					callers = append(callers, p.calls("c", fmt.Sprintf("200%d", 1+r.IntN(3))))
				case 5:
					if len(callers) > 0 {
						callers[r.IntN(len(callers))].hangsUp()
					}
				case 6:
					if len(agents) > 0 && r.IntN(3) == 0 {
						agents[r.IntN(len(agents))].hangsUp()
					} else if len(agents) > 0 {
						agents[r.IntN(len(agents))].presses("12")
					}
					if r.IntN(8) == 0 {
						p.m.dismiss(fmt.Sprintf("100%d", 1+r.IntN(3)), r.IntN(2) == 0)
					}
				}
				time.Sleep(time.Duration(r.IntN(3000)) * time.Millisecond)
			}
		})
	}
}
