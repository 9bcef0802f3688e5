package listen

import (
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
)

const detectUsage = `Set(TONE_DETECT(hz[,ms[,options]])=): listens for a tone while the call goes on; a second one takes its place
  TONE_DETECT(rx|tx): how often it has come from the channel, or has gone to it. hz 0: only what options name
  a, b, c, p: special information, busy, dial tone, ringing too; d(n): so many decibels louder than all else (16)
  n(n): so many times (1), then g(place) for what comes, h(place) for what goes; e: then no more
  r, t: only what comes, what goes; x: not any more; s has no effect`

// detectors are the channels that are listened to.
type detectors struct {
	mu sync.Mutex // guards at
	at map[*pbx.Channel]*detector
}

// detector listens in one or both directions.
type detector struct {
	ears [2]*toneEar // In, Out; nil: that is not wanted
}

// toneEar is a media.Sink: one direction.
type toneEar struct {
	c        *pbx.Channel
	tap      *media.Tap
	finder   *media.ToneFinder
	progress *media.ProgressEar // nil: no tones of lines
	wanted   map[media.CallProgress]bool
	quiet    bool // of progress, since it has said something
	needed   int64
	place    string // "" : nowhere
	once     bool
	hits     atomic.Int64
	over     atomic.Bool
	end      func()
}

func toneDetect() pbx.Func {
	d := &detectors{at: map[*pbx.Channel]*detector{}}
	return pbx.Func{Name: "TONE_DETECT", Synopsis: "Count tones while a call goes on", Usage: detectUsage, Read: d.read, Write: d.write}
}

// read is how often; "" where nothing listens.
func (d *detectors) read(c *pbx.Channel, args string) (string, error) {
	way, ok := map[string]int{"rx": 0, "tx": 1}[strings.ToLower(strings.TrimSpace(args))]
	if !ok {
		return "", hitch("Invalid direction: " + args)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	x := d.at[c]
	switch {
	case x == nil:
		return "", nil
	case x.ears[way] == nil:
		return "0", nil
	}
	return strconv.FormatInt(x.ears[way].hits.Load(), 10), nil
}

func (d *detectors) write(c *pbx.Channel, args, _ string) error {
	f := append(dialplan.SplitArgs(args, 3), "", "", "")
	o := dialplan.ParseOptions(f[2], "abcdeghnprstx")
	if o.Has('x') {
		if !d.remove(c) {
			return hitch("Cannot remove TONE_DETECT from " + c.Name() + ": TONE_DETECT not currently enabled")
		}
		return nil
	}
	hz, long, err := frequency(f[0], f[1])
	if err != nil {
		return err
	}
	db, err := decibels(&o)
	if err != nil {
		return err
	}
	needed, ok := count(o.Arg('n'), 1, 1)
	if !ok {
		return hitch("Invalid number hits required: " + o.Arg('n'))
	}
	s := c.Leg().Stream()
	if s == nil {
		return hitch("a message has no audio")
	}
	d.remove(c)
	x := &detector{}
	for way, skip := range [2]byte{'t', 'r'} {
		if o.Has(skip) && !o.Has("rt"[way]) {
			continue
		}
		e := &toneEar{c: c, finder: media.NewToneFinder(hz, long, db), needed: int64(needed), once: o.Has('e'),
			end: func() { d.forget(c, x) }, place: o.Arg('h')}
		if way == 0 && o.Has('g') {
			e.place = o.Arg('g')
		}
		e.listensFor(&o)
		x.ears[way] = e
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at[c] = x
	for way, e := range x.ears {
		if e != nil {
			e.tap = s.Tap([2]media.Direction{media.In, media.Out}[way], e)
		}
	}
	return nil
}

// listensFor has it listen for tones of lines, where options name some.
func (e *toneEar) listensFor(o *dialplan.Options) {
	e.wanted = map[media.CallProgress]bool{}
	for letter, tone := range map[byte]media.CallProgress{'a': media.ProgressSIT, 'b': media.ProgressBusy, 'c': media.ProgressDialTone,
		'p': media.ProgressRinging} {
		if o.Has(letter) {
			e.wanted[tone] = true
		}
	}
	if len(e.wanted) > 0 {
		e.progress = media.NewProgressEar("", 1)
	}
}

// Rate implements media.Sink.
func (e *toneEar) Rate() int { return 8000 }

// Put implements media.Sink.
func (e *toneEar) Put(pcm []int16) {
	if e.over.Load() {
		return
	}
	for range e.finder.Take(pcm) {
		e.hit()
	}
	if e.progress == nil {
		return
	}
	says := e.progress.Take(pcm)
	if e.wanted[says] && !e.quiet {
		e.hit()
	}
	e.quiet = says != ""
}

// End implements media.Sink.
func (e *toneEar) End() { e.end() }

// hit counts a tone, and sends the channel where it is to go then.
func (e *toneEar) hit() {
	if e.over.Load() || e.hits.Add(1) < e.needed {
		return
	}
	if e.once {
		e.over.Store(true)
	}
	if e.place == "" {
		return
	}
	to, err := e.c.Core().Plan().TargetFrom(e.c.View().At, e.place, e.c.Query())
	if err == nil {
		err = e.c.Redirect(to)
	}
	if err != nil {
		e.c.Warn("TONE_DETECT: " + e.place + ": " + err.Error())
	}
}

// remove ends it, and says whether there was one.
func (d *detectors) remove(c *pbx.Channel) bool {
	d.mu.Lock()
	was := d.at[c]
	delete(d.at, c)
	d.mu.Unlock()
	if was == nil {
		return false
	}
	for _, e := range was.ears {
		if e != nil {
			e.over.Store(true)
			e.tap.Stop()
		}
	}
	return true
}

// forget is for when nothing comes any more.
func (d *detectors) forget(c *pbx.Channel, x *detector) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at[c] == x {
		delete(d.at, c)
	}
}
