package local

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/config"
	"obelisk/internal/trace"
	"obelisk/manage/ami/wording"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/event"
	"obelisk/sounds"

	"github.com/rs/zerolog"
)

const plan = `[in]
exten => answer,1,Answer()
same => n,Set(GLOBAL(SEEN)=${A}${B}${C}. ${CALLERID(all)} ${CHANNEL})
same => n,Wait(5)
exten => ring,1,Ringing()
same => n,Progress()
same => n,Wait(60)
exten => busy,1,Busy(1)
exten => congestion,1,Congestion(1)
exten => hangup,1,Hangup(21)
exten => direct,1,Set(_A=1)
same => n,Set(__B=2)
same => n,Set(C=3)
same => n,Dial(Local/answer@in/n,10)
exten => two,1,Dial(Local/three@in,10)
exten => three,1,Dial(Local/answer@in,10)
exten => kept,1,Dial(Local/three@in/n,10)
exten => device,1,NoOp()
exten => text,1,Dial(Reader/far)
[default]
exten => s,1,NoOp()
`

// board is a switchboard with Local channels.
type board struct {
	core *pbx.Core
	tech *Tech
}

// onBoard runs f in a bubble; no channel, and no place in use, may be left.
func onBoard(t *testing.T, f func(*testing.T, *board)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		engine, err := media.New(media.Config{Listen: func(netip.AddrPort) (net.PacketConn, error) { return nil, errors.New("no network") }})
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close()
		b := &board{core: pbx.NewCore(pbx.Config{Log: zerolog.Nop(), Book: trace.NewBook(10)})}
		app.Register(b.core, &sounds.Library{})
		fn.Register(b.core)
		b.tech = New(b.core, engine)
		b.core.RegisterTech(b.tech)
		file, err := config.Load(config.FS{FS: fstest.MapFS{"x": {Data: []byte(plan)}}}, "x", config.Options{})
		if err != nil {
			t.Fatal(err)
		}
		compiled, _ := dialplan.Compile(file, nil)
		b.core.SetPlan(compiled)
		f(t, b)
		time.Sleep(2 * time.Minute)
		for _, c := range b.core.Channels() {
			t.Errorf("%s is left", c.Name())
		}
		if len(b.tech.busy) != 0 {
			t.Errorf("in use: %v", b.tech.busy)
		}
	})
}

// names are those of the channels, without their numbers.
func (b *board) names() string {
	var out []string
	for _, c := range b.core.Channels() {
		at := strings.LastIndexByte(c.Name(), '-')
		_, half, _ := strings.Cut(c.Name()[at:], ";")
		out = append(out, c.Name()[:at]+";"+half)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// What is asked for: extension and context, options, and what is not there.
func TestRequest(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		leg, err := b.tech.Request(pbx.Request{Resource: "answer@in/n", Codecs: []media.Codec{media.ALaw}})
		if err != nil {
			t.Fatal(err)
		}
		one := leg.(*half)
		if one.ChannelName() != "Local/answer@in-00000000;1" || one.other().ChannelName() != "Local/answer@in-00000000;2" ||
			one.Resource() != "answer@in" || !one.p.stays.Load() {
			t.Errorf("%s %s, stays %v", one.ChannelName(), one.Resource(), one.p.stays.Load())
		}
		if h := one.House(); h.Context != "in" || h.Exten != "answer" {
			t.Errorf("at home in %+v", h)
		}
		if got := one.other().Codecs(); len(got) != 1 || got[0] != media.ALaw {
			t.Errorf("codecs %v", got)
		}
		one.Restrict(nil)
		one.other().Restrict([]media.Codec{media.ULaw})
		if got := one.Codecs(); len(got) != 1 || got[0] != media.ULaw {
			t.Errorf("restricted to %v", got)
		}
		second, _ := b.tech.Request(pbx.Request{Resource: "s"}) // of the context default
		if name := second.(*half).ChannelName(); name != "Local/s@default-00000001;1" {
			t.Errorf("the second is %s", name)
		}
		var refused *pbx.RequestError
		third, err := b.tech.Request(pbx.Request{Resource: "none@in"})
		if err != nil {
			t.Fatal(err)
		}
		if err := one.Unready(pbx.CallerID{}); err != nil {
			t.Errorf("who leads to an extension is told %v", err)
		}
		if err := third.(*half).Unready(pbx.CallerID{}); !errors.As(err, &refused) ||
			refused.Why != "No such extension/context none@in while calling Local channel" || refused.Cause != pbx.CauseNone {
			t.Errorf("%v", err)
		}
		one.Hangup(pbx.CauseNormal)
		second.Hangup(pbx.CauseNormal)
		third.Hangup(pbx.CauseNormal)
		one.Hangup(pbx.CauseNormal) // once more is nothing
	})
}

// An extension is in use while channels lead to it.
func TestDeviceState(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		for device, want := range map[string]pbx.DeviceState{"Local/ring@in": pbx.DeviceNotInUse, "Local/ring@in/n": pbx.DeviceNotInUse,
			"Local/none@in": pbx.DeviceInvalid, "Local/s": pbx.DeviceInvalid} {
			if got := b.core.DeviceState(device); got != want {
				t.Errorf("%s is %v, want %v", device, got, want)
			}
		}
		go b.core.Originate(pbx.Originate{Tech: "Local", Resource: "ring@in", App: "Wait", Data: "1", Timeout: 10 * time.Second})
		time.Sleep(time.Second)
		if got, options := b.core.DeviceState("Local/ring@in"), b.core.DeviceState("Local/ring@in/n"); got != pbx.DeviceInUse ||
			options != pbx.DeviceNotInUse {
			t.Errorf("%v, with options %v", got, options)
		}
		time.Sleep(15 * time.Second)
		if got := b.core.DeviceState("Local/ring@in"); got != pbx.DeviceNotInUse {
			t.Errorf("%v when it is over", got)
		}
	})
}

// What becomes of a call is what its dialplan does.
func TestOutcomes(t *testing.T) {
	for exten, want := range map[string]pbx.OriginateReason{"answer": pbx.OriginateAnswered, "ring": pbx.OriginateNoAnswer,
		"busy": pbx.OriginateBusy, "congestion": pbx.OriginateCongestion, "hangup": pbx.OriginateFailed, "device": pbx.OriginateFailed} {
		onBoard(t, func(t *testing.T, b *board) {
			if got := b.core.Originate(pbx.Originate{Tech: "Local", Resource: exten + "@in", App: "Wait", Data: "1",
				Timeout: 10 * time.Second}); got.Reason != want {
				t.Errorf("%s: %d, want %d", exten, got.Reason, want)
			}
		})
	}
	onBoard(t, func(t *testing.T, b *board) { // early media is enough of an answer
		if got := b.core.Originate(pbx.Originate{Tech: "Local", Resource: "ring@in", Early: true,
			At: dialplan.Location{Context: "in", Exten: "answer", Priority: 1}}); got.Reason != pbx.OriginateAnswered {
			t.Errorf("early media: %d", got.Reason)
		}
	})
}

// ;2 has the caller, and the variables that are inherited.
func TestInherits(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		b.core.Originate(pbx.Originate{Tech: "Local", Resource: "direct@in", App: "Wait", Data: "1",
			CallerID: pbx.CallerID{Num: "55", Name: "Ann"}})
		time.Sleep(time.Second) // of which its Answer waits a half for the first audio
		if got, _ := b.core.Global("SEEN"); got != `12. "Ann" <55> Local/answer@in-00000001;2` {
			t.Errorf("%s", got)
		}
	})
}

// Halves know each other, and each who is behind the other.
func TestHalves(t *testing.T) {
	onBoard(t, func(t *testing.T, b *board) {
		var local []string
		defer b.core.Listen(func(e event.Event) {
			n := wording.Event(e)
			if n.Name == "LocalBridge" {
				local = append(local, n.Who("LocalOne").Name, n.Who("LocalTwo").Name, n.Field("Context"), n.Field("Exten"),
					n.Field("LocalOptimization"))
			}
		})()
		r := b.core.Originate(pbx.Originate{Tech: "Local", Resource: "answer@in", App: "Wait", Data: "3"})
		one := r.Channel.Leg().(*half)
		two := one.Pair()
		if two == nil || two.Leg().(*half).Pair() != r.Channel || one.Beyond() != two || two.Name() != "Local/answer@in-00000000;2" {
			t.Fatalf("the other half of %s is %v", r.Channel.Name(), two)
		}
		if got := strings.Join(local, " "); got != "Local/answer@in-00000000;1 Local/answer@in-00000000;2 in answer Yes" {
			t.Errorf("LocalBridge tells %s", got)
		}
		one.p.stays.Store(true)
		if one.Beyond() != nil {
			t.Error("one that is to stay is left out")
		}
		two.Leg().(*half).Connected(pbx.CallerID{Num: "9"})
		time.Sleep(time.Millisecond)
		if one.Identity().Num != "9" {
			t.Errorf("behind it is %+v", one.Identity())
		}
		two.Leg().(*half).Forwarded(pbx.Redirecting{Num: "8", Reason: "cfu"})
		if d := one.Diversion(); d.Num != "8" || d.Reason != "cfu" {
			t.Errorf("diverted by %+v", d)
		}
		if b.names() != "Local/answer@in;1 Local/answer@in;2" {
			t.Errorf("channels %s", b.names())
		}
	})
}
