package webshow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"obelisk/channels/chansip"
	"obelisk/internal/store/history"
	"obelisk/manage/web/console"
	"obelisk/media"
	"obelisk/pbx"
)

const (
	gaugeEvery = 5 * time.Second // a look at all calls
	gaugeKeep  = 5 * time.Minute // until the hour is written
	mostLooks  = 500             // streams that are asked in one look
	mostPoints = 120             // samples of a leg: then every other one goes
	mostNamed  = 200             // phones and trunks of an hour
)

// gauges measure, a few seconds each time, what the pictures of the console are drawn of.
type gauges struct {
	l *lookout

	mu      sync.Mutex // guards all below
	hour    map[string]*console.Hour
	began   time.Time // of the hour
	minutes [60]int   // calls that began, by minute of the hour
	minute  time.Time
	tally   pbx.Tally
	calls   uint64
	strips  map[string]*callStrip // by the ID of the call's trace
	order   []string              // of strips, oldest first
	next    int                   // the channel with which the next look begins
}

// callStrip is how well the audio of a call goes.
type callStrip struct {
	begun time.Time
	legs  []*legStrip
}

type legStrip struct {
	media.Quality
	channel, codec string
	samples        []console.Sample
	every, skipped int // of so many looks one is kept
}

func (g *gauges) begin(l *lookout) {
	g.l, g.strips, g.hour = l, map[string]*callStrip{}, map[string]*console.Hour{}
	g.began, g.minute = time.Now().Truncate(time.Hour), time.Now().Truncate(time.Minute)
	g.tally = l.s.Core.Tally()
	_, _, processed := l.s.Core.Counts()
	g.calls = uint64(processed)
	for _, h := range g.stored(g.began) { // of the hour in which the switchboard was started anew
		if h.At.Equal(g.began) {
			g.hour[h.Name] = &h
		}
	}
}

// run looks until the end.
func (g *gauges) run() {
	look, keep := time.NewTicker(gaugeEvery), time.NewTicker(gaugeKeep)
	defer look.Stop()
	defer keep.Stop()
	defer g.keep()
	for {
		select {
		case <-g.l.closed:
			return
		case now := <-look.C:
			if now.Truncate(time.Hour) != g.began {
				g.keep()
				g.mu.Lock()
				g.began, g.hour = now.Truncate(time.Hour), map[string]*console.Hour{}
				g.mu.Unlock()
			}
			g.look(now)
		case <-keep.C:
			g.keep()
		}
	}
}

// of is the hour of a name; nil where there are too many. mu is held.
func (g *gauges) of(name string) *console.Hour {
	h := g.hour[name]
	if h == nil && len(g.hour) <= mostNamed {
		h = &console.Hour{At: g.began, Name: name}
		g.hour[name] = h
	}
	return h
}

// look counts, and asks the streams of calls.
func (g *gauges) look(now time.Time) {
	t := g.l.s.Core.Tally()
	_, calls, processed := g.l.s.Core.Counts()
	registered, known := registrations(g.l.s.SIP().Driver)
	g.mu.Lock()
	g.turn(now)
	fresh := int(uint64(processed) - g.calls)
	g.minutes[now.Minute()] += fresh
	h := g.of("")
	h.Calls += uint64(fresh)
	h.Answered += t.Outcomes["answered"] - g.tally.Outcomes["answered"]
	h.NoAnswer += t.Outcomes["no_answer"] - g.tally.Outcomes["no_answer"]
	h.Busy += t.Outcomes["busy"] - g.tally.Outcomes["busy"]
	h.Failed += t.Outcomes["failed"] - g.tally.Outcomes["failed"]
	below, belowBefore := uint64(0), uint64(0)
	for i, b := range console.SetupBounds { // the tally's are sums of all below
		n, before := t.SetupBounds[b], g.tally.SetupBounds[b]
		h.Setups[i] += (n - below) - (before - belowBefore)
		below, belowBefore = n, before
	}
	h.Setups[len(console.SetupBounds)] += (t.SetupCount - below) - (g.tally.SetupCount - belowBefore)
	h.Peak = max(h.Peak, calls)
	if h.Known == 0 || registered < h.Least {
		h.Least = registered
	}
	h.Registered, h.Known = registered, known
	g.tally, g.calls = t, uint64(processed)
	g.mu.Unlock()
	g.listen(now)
}

// turn empties the minutes that have gone by. mu is held.
func (g *gauges) turn(now time.Time) {
	for m := now.Truncate(time.Minute); g.minute.Before(m); {
		g.minute = g.minute.Add(time.Minute)
		if m.Sub(g.minute) > time.Hour {
			g.minute = m.Add(-time.Hour)
		}
		g.minutes[g.minute.Minute()] = 0
	}
}

// listen asks the streams of calls how well they are heard.
func (g *gauges) listen(now time.Time) {
	list := g.l.s.Core.Channels()
	if len(list) == 0 {
		return
	}
	begin := 0
	if len(list) > mostLooks { // in turns
		begin = g.next % len(list)
		g.next += mostLooks
	}
	for i := range min(len(list), mostLooks) {
		ch := list[(begin+i)%len(list)]
		t, leg := ch.Trace(), ch.Leg()
		if t == nil || leg == nil || ch.IsBare() {
			continue
		}
		s := leg.Stream()
		if s == nil || s.Inner() {
			continue
		}
		if q := s.Quality(); q.Received+q.Sent > 0 {
			codec := ""
			if c := leg.Codecs(); len(c) > 0 {
				codec = c[0].String()
			}
			g.heard(now, t.ID, t.Started, ch.Name(), codec, q)
		}
	}
}

// heard adds what a stream says of itself.
func (g *gauges) heard(now time.Time, id string, begun time.Time, channel, codec string, q media.Quality) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.strips[id]
	if c == nil {
		c = &callStrip{begun: begun}
		g.strips[id] = c
		if g.order = append(g.order, id); len(g.order) > keptStrips {
			delete(g.strips, g.order[0])
			g.order = g.order[1:]
		}
	}
	var s *legStrip
	for _, x := range c.legs {
		if x.channel == channel {
			s = x
		}
	}
	if s == nil {
		if len(c.legs) >= 8 {
			return
		}
		s = &legStrip{channel: channel, every: 1}
		c.legs = append(c.legs, s)
	}
	s.codec = codec
	here, there := lostOf(int64(q.Received-s.Received), q.Lost-s.Lost), lostOf(int64(q.Sent-s.Sent), q.RemoteLost-s.RemoteLost)
	if h := g.of(peerOf(channel)); h != nil && h.Name != "" {
		h.Packets += q.Received - min(s.Received, q.Received) + q.Sent - min(s.Sent, q.Sent)
		h.Lost += uint64(max(q.Lost-s.Lost, 0) + max(q.RemoteLost-s.RemoteLost, 0))
		if ms := 1000 * q.Jitter; q.Received > s.Received {
			h.Jitters, h.JitterSum, h.JitterMax = h.Jitters+1, h.JitterSum+ms, max(h.JitterMax, ms)
		}
	}
	s.Quality = q
	if s.skipped++; s.skipped < s.every {
		return
	}
	s.skipped = 0
	s.samples = append(s.samples, console.Sample{After: now.Sub(c.begun), Here: here, There: there,
		Jitter: time.Duration(q.Jitter * float64(time.Second))})
	if len(s.samples) >= mostPoints {
		for i := range s.samples[:mostPoints/2] {
			s.samples[i] = s.samples[2*i]
		}
		s.samples, s.every = s.samples[:mostPoints/2], 2*s.every
	}
}

// lostOf is the share that was lost, in percent.
func lostOf(came, lost int64) float64 {
	if lost <= 0 || came+lost <= 0 {
		return 0
	}
	return 100 * float64(lost) / float64(came+lost)
}

// peerOf is the endpoint of a channel: "SIP/6001-0000002a" is of 6001; "" for what is no endpoint's.
func peerOf(channel string) string {
	tech, rest, ok := strings.Cut(channel, "/")
	if i := strings.LastIndexByte(rest, '-'); ok && tech == "SIP" && i > 0 {
		return rest[:i]
	}
	return ""
}

// registrations count the phones that register, and those that are there.
func registrations(d *chansip.Driver) (registered, known int) {
	if d == nil {
		return 0, 0
	}
	for _, p := range d.Peers() {
		if p.Dynamic {
			if known++; p.Address != "" {
				registered++
			}
		}
	}
	return registered, known
}

// keep writes the hour.
func (g *gauges) keep() {
	if g.l.db == nil {
		return
	}
	g.mu.Lock()
	var list []history.Hour
	for _, h := range g.hour {
		text, err := json.Marshal(h)
		if err == nil {
			list = append(list, history.Hour{At: h.At, Name: h.Name, Figures: text})
		}
	}
	g.mu.Unlock()
	if err := g.l.db.Put(list); err != nil {
		g.l.s.Log.Error().Msgf("console: the figures of the hour are not kept: %v", err)
	}
}

// stored are the hours in the store since a time.
func (g *gauges) stored(since time.Time) (out []console.Hour) {
	if g.l.db == nil {
		return nil
	}
	list, err := g.l.db.Hours(since)
	if err != nil {
		g.l.s.Log.Error().Msgf("console: %v", err)
	}
	for _, x := range list {
		var h console.Hour
		if json.Unmarshal(x.Figures, &h) == nil {
			h.At, h.Name = x.At, x.Name
			out = append(out, h)
		}
	}
	return out
}

// hours are those of the store, and the current one as it stands.
func (g *gauges) hours(since time.Time) (out []console.Hour) {
	g.mu.Lock()
	began := g.began
	g.mu.Unlock()
	for _, h := range g.stored(since) {
		if h.At.Before(began) {
			out = append(out, h)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, h := range g.hour {
		out = append(out, *h)
	}
	return out
}

// pulse are the calls of the last 60 minutes, oldest first.
func (g *gauges) pulse(now time.Time) []int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(now)
	out := make([]int, 60)
	for i := range out {
		out[i] = g.minutes[(now.Minute()+1+i)%60]
	}
	return out
}

// media are the legs of a call.
func (g *gauges) media(id string) (out []console.Media) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.strips[id]
	if c == nil {
		return nil
	}
	seconds := func(x float64) time.Duration { return time.Duration(x * float64(time.Second)) }
	for _, s := range c.legs {
		out = append(out, console.Media{Channel: s.channel, Codec: s.codec, Received: s.Received, Sent: s.Sent,
			Here: console.Ear{Lost: s.Lost, Jitter: seconds(s.Jitter)}, There: console.Ear{Lost: s.RemoteLost, Jitter: seconds(s.RemoteJitter)},
			RoundTrip: seconds(s.RoundTrip), Samples: append([]console.Sample(nil), s.samples...)})
	}
	return out
}

// hear has each call say how well it is heard: the worst of its legs, in the last sample.
func (g *gauges) hear(list []console.Call) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range list {
		if c := g.strips[list[i].ID]; c != nil {
			list[i].Heard = c.heard()
		}
	}
}

func (c *callStrip) heard() *console.Heard {
	worst := -1.0
	for _, s := range c.legs {
		if n := len(s.samples); n > 0 {
			worst = max(worst, s.samples[n-1].Here, s.samples[n-1].There)
		}
	}
	if worst < 0 {
		return nil
	}
	return console.Hear(worst)
}

// worst are the channels that lose so much now that an alarm is due, with their calls and the loss;
// of calls that were measured in the last look alone.
func (g *gauges) worst() (out [][3]string) {
	running := map[string]bool{}
	for _, ch := range g.l.s.Core.Channels() {
		running[ch.Name()] = true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, c := range g.strips {
		for _, s := range c.legs {
			n := len(s.samples)
			if n == 0 || !running[s.channel] || len(out) >= mostNames {
				continue
			}
			if loss := max(s.samples[n-1].Here, s.samples[n-1].There); loss >= badLoss {
				out = append(out, [3]string{s.channel, id, fmt.Sprintf("%.0f %%", loss)})
			}
		}
	}
	slices.SortFunc(out, func(a, b [3]string) int { return strings.Compare(a[0], b[0]) })
	return out
}
