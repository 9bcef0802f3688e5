package effects

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"sync"

	"obelisk/dialplan"
	"obelisk/media"
	"obelisk/pbx"
	"obelisk/pbx/event"
)

const volumeUsage = `Set(VOLUME(TX|RX[,p])=n): what it hears, what it says, n times louder; n times softer below 0; 0 as it is
  p  its keys * and # make both louder and softer by one; they do what else they do as well
  read: what was set, with six digits; empty where nothing was`

// mostVolume is the loudest and the softest factor.
const mostVolume = 1000

// volumes are those that keys change, by channel. Nobody listens to keys where there is none.
type volumes struct {
	mu   sync.Mutex // guards the rest
	list map[string]*volume
	deaf func() // ends listening; nil: nobody does
}

// volume is what was set of a channel.
type volume struct {
	stream *media.Stream
	mu     sync.Mutex // guards the rest, and is held while the stream is told
	factor [2]float64 // of what it says and hears
}

func (m *Module) volume(c *pbx.Channel, args, value string) error {
	f := append(dialplan.SplitArgs(args, 2), "", "")
	way, ok := map[string]int{"rx": 0, "tx": 1}[strings.ToLower(f[0])]
	if !ok {
		return errors.New("the direction is RX or TX")
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || math.Abs(n) > mostVolume {
		return errors.New("VOLUME takes a number, not '" + value + "'")
	}
	s, err := stream(c)
	if err != nil {
		return err
	}
	c.SetFact(loud+strings.ToLower(f[0]), strconv.FormatFloat(n, 'f', 6, 64))
	if strings.Contains(f[1], "p") {
		m.volumes.of(c, s).set(way, n)
		return nil
	}
	m.volumes.change(c.Name(), way, n)
	s.SetGain(ways[way], decibels(n))
	return nil
}

// loud is before the facts that say what was set, one for each direction.
const loud = "volume:"

// loudness is VOLUME() as it is read: of a channel of which one direction was set the other is 0.
func (m *Module) loudness(c *pbx.Channel, args string) (string, error) {
	direction := strings.ToLower(dialplan.SplitArgs(args+",", 2)[0])
	way, ok := map[string]int{"rx": 0, "tx": 1}[direction]
	if !ok || c == nil {
		return "", errors.New("the direction is RX or TX")
	}
	if n, turned := m.volumes.now(c.Name(), way); turned {
		return strconv.FormatFloat(n, 'f', 6, 64), nil
	}
	said, set := c.Fact(loud + direction)
	_, rx := c.Fact(loud + "rx")
	_, tx := c.Fact(loud + "tx")
	if !set && (rx || tx) {
		said = "0.000000"
	}
	return said, nil
}

// now is how loud a channel is that keys change.
func (l *volumes) now(name string, way int) (n float64, ok bool) {
	l.mu.Lock()
	v := l.list[name]
	l.mu.Unlock()
	if v == nil {
		return 0, false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.factor[way], true
}

// ways are what a channel says and hears.
var ways = [2]media.Direction{media.In, media.Out}

// of is the volume of a channel, which keys change from now on.
func (l *volumes) of(c *pbx.Channel, s *media.Stream) *volume {
	l.mu.Lock()
	defer l.mu.Unlock()
	if v := l.list[c.Name()]; v != nil {
		return v
	}
	if l.list == nil {
		l.list = map[string]*volume{}
	}
	v := &volume{stream: s}
	for way, direction := range []string{"rx", "tx"} { // what was set before keys could change it
		said, _ := c.Fact(loud + direction)
		v.factor[way], _ = strconv.ParseFloat(said, 64)
	}
	l.list[c.Name()] = v
	if l.deaf == nil {
		l.deaf = c.Core().Listen(l.hear)
	}
	return v
}

// change notes what was set without option p.
func (l *volumes) change(name string, way int, n float64) {
	l.mu.Lock()
	v := l.list[name]
	l.mu.Unlock()
	if v != nil {
		v.set(way, n)
	}
}

// hear takes keys, and channels that are over.
func (l *volumes) hear(e event.Event) {
	switch e := e.(type) {
	case event.Key:
		if e.Ends && e.Received {
			l.press(e.Channel.Name, e.Digit)
		}
	case event.Hangup:
		l.remove(e.Channel.Name)
	}
}

func (l *volumes) press(name string, digit byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.list[name]
	switch {
	case v != nil && digit == '*':
		go v.turn(1)
	case v != nil && digit == '#':
		go v.turn(-1)
	}
}

func (l *volumes) remove(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.list[name] == nil {
		return
	}
	if delete(l.list, name); len(l.list) == 0 {
		go l.deaf()
		l.deaf = nil
	}
}

// set makes one direction so loud.
func (v *volume) set(way int, n float64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.factor[way] = n
	v.stream.SetGain(ways[way], decibels(n))
}

// turn makes both louder or softer by one.
func (v *volume) turn(by float64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range ways {
		v.factor[i] = max(-mostVolume, min(v.factor[i]+by, mostVolume))
		v.stream.SetGain(ways[i], decibels(v.factor[i]))
	}
}

// decibels are those of a factor, or below 0 of a divisor; 0 for 0.
func decibels(n float64) float64 {
	switch {
	case n > 0:
		return 20 * math.Log10(n)
	case n < 0:
		return -20 * math.Log10(-n)
	}
	return 0
}
