package websocket

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"obelisk/internal/wsock"
	"obelisk/media"
	"obelisk/media/program"
	"obelisk/pbx"
)

const (
	// mostOut is what waits to be sent; who lets so much wait is cut off.
	mostOut = 512
	// mostAudio is how many pieces of audio are among it; what comes then is left out.
	mostAudio = 50
	// mostText is how many bytes of events and audio may wait where they are sent at once.
	mostText = 256 << 10
)

// leg implements pbx.Leg.
type leg struct {
	m         *Module
	client    *wsock.Client // nil: it is waited for
	o         options
	name, at  string
	id        string // of the connection
	near, far *media.Stream
	queue     *program.Queue
	reader    *program.Reader // of the socket's goroutine; nil where packets pass
	out       chan message
	gone      chan struct{}
	ends      sync.Once
	upped     sync.Once
	ch        atomic.Pointer[pbx.Channel]
	conn      atomic.Pointer[wsock.Conn]
	way       atomic.Pointer[direction]
	bulk      atomic.Bool
	taken     bool // guarded by Module.mu: a program is there

	polled bool            // far's loop looks at the connection, and no goroutine waits for it
	hearer *program.Hearer // of who sends
	audio  []byte          // at hand, of who sends
}

// message is what goes to the program: text, or a packet that was heard.
type message struct {
	text  string
	codec media.Codec
	audio []byte
}

func newLeg(m *Module, client *wsock.Client, o options, near, far *media.Stream) *leg {
	l := &leg{m: m, client: client, o: o, near: near, far: far, id: newID(), out: make(chan message, mostOut), gone: make(chan struct{})}
	l.way.Store(&o.way)
	rate := o.format.Rate
	l.queue = program.NewQueue(rate, program.Limits{Most: levelFull * rate / 50, Off: levelOff * rate / 50, On: levelOn * rate / 50},
		l.notice)
	if !o.format.Through() {
		l.reader = program.NewReader(o.format)
	}
	return l
}

func (l *leg) ChannelName() string     { return l.name }
func (l *leg) Resource() string        { return l.at }
func (l *leg) Bind(c *pbx.Channel)     { l.ch.Store(c) }
func (l *leg) Indicate(pbx.Indication) {}
func (l *leg) Answer()                 {}
func (l *leg) Stream() *media.Stream   { return l.near }
func (l *leg) Restrict([]media.Codec)  {}

// Codecs implements pbx.Leg: what cannot be converted has to be that of the other side.
func (l *leg) Codecs() []media.Codec {
	if l.o.format.Through() {
		return []media.Codec{l.o.format.Codec}
	}
	return nil
}

// House implements pbx.Housed: a program reads from these where to connect.
func (l *leg) House() pbx.House {
	return pbx.House{Context: "default", Exten: "s", Vars: [][2]string{{"MEDIA_WEBSOCKET_CONNECTION_ID", l.id},
		{"MEDIA_WEBSOCKET_OPTIMAL_FRAME_SIZE", strconv.Itoa(l.o.format.Frame)}}}
}

// Rebind implements pbx.Leg.
func (l *leg) Rebind(c *pbx.Channel) {
	l.Bind(c)
	select {
	case <-l.gone:
		c.Post(pbx.Event{Kind: pbx.EventHungUp, Cause: pbx.CauseNormal})
	default:
	}
}

func (l *leg) post(e pbx.Event) {
	if c := l.ch.Load(); c != nil {
		c.Post(e)
	}
}

func (l *leg) channelID() string {
	if c := l.ch.Load(); c != nil {
		return c.UniqueID()
	}
	return ""
}

func (l *leg) direction() direction { return *l.way.Load() }

// answered tells the switchboard, once.
func (l *leg) answered() {
	l.upped.Do(func() { l.post(pbx.Event{Kind: pbx.EventAnswered}) })
}

// Call implements pbx.Leg: a program is called beside the call, or waited for.
func (l *leg) Call(pbx.CallInfo) {
	if l.client != nil {
		go l.dial()
	}
}

// dial calls the program, as often as its section says.
func (l *leg) dial() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-l.gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	for try := 1; ; try++ {
		conn, err := l.client.Dial(ctx, l.o.query, "media")
		if err == nil {
			l.serve(conn)
			return
		}
		if ctx.Err() != nil {
			return
		}
		if try >= max(l.client.Tries, 1) {
			l.m.failed.Add(1)
			if c := l.ch.Load(); c != nil {
				c.Warn("WebSocket: the program of [" + l.client.Name + "] cannot be reached: " + err.Error())
			}
			l.over(pbx.CauseNoRoute)
			return
		}
		select {
		case <-l.gone:
			return
		case <-time.After(l.client.Pause):
		}
	}
}

// serve is the time of the connection.
func (l *leg) serve(conn *wsock.Conn) {
	l.hearer = program.NewHearer(l.o.format)
	l.polled = l.reader != nil && conn.Loosen()
	l.conn.Store(conn)
	l.m.connected.Add(1)
	l.start() // before any audio
	wrote := make(chan struct{})
	if l.polled {
		close(wrote)
	} else {
		go func() {
			defer close(wrote)
			l.write(conn)
		}()
	}
	l.far.OnDigit(func(d byte) {
		if l.o.json {
			l.tell("DTMF_END", field{"channel_id", l.channelID()}, field{"digit", string(d)})
		} else {
			l.tell("DTMF_END", field{"digit", string(d)}, field{"channel_id", l.channelID()})
		}
	})
	tap := l.far.Overhear(media.In, l.hear)
	var voice *media.Voice
	if l.reader != nil {
		voice = l.far.Start(l.source(conn), media.Play{Done: func(bool) { l.end() }})
	}
	if !l.o.manual {
		l.answered()
	}
	if l.polled {
		<-l.gone
		conn.Close(wsock.Normal)
	} else {
		l.read(conn)
	}
	tap.Stop()
	if voice != nil {
		voice.Stop()
	}
	l.over(pbx.CauseNormal)
	<-wrote
}

// source is what is heard of the program.
func (l *leg) source(conn *wsock.Conn) media.Source {
	if l.polled {
		return &polled{l.queue, l, conn}
	}
	return l.queue
}

// polled is a queue whose program is looked at before each frame: what has come until then is in time.
type polled struct {
	*program.Queue
	l    *leg
	conn *wsock.Conn
}

// Framed implements media.Framed.
func (p *polled) Framed() {}

// Frame implements media.Source.
func (p *polled) Frame(dst []int16) int {
	if p.conn.Poll(p.l.came) != nil {
		p.l.end()
	}
	return p.Queue.Frame(dst)
}

// over ends the leg from the program's side.
func (l *leg) over(cause pbx.Cause) {
	l.end()
	l.post(pbx.Event{Kind: pbx.EventHungUp, Cause: cause})
}

func (l *leg) end() {
	l.ends.Do(func() {
		close(l.gone)
		if l.client == nil {
			l.m.forget(l)
		}
	})
}

// Hangup implements pbx.Leg.
func (l *leg) Hangup(pbx.Cause) {
	l.end()
	l.near.Close()
	l.far.Close()
}

// hear is a media.Ear: what the other side says is sent on.
func (l *leg) hear(codec media.Codec, _, _ uint32, payload []byte) {
	if l.direction() == onlyOut {
		return
	}
	if l.polled {
		l.pass(codec, payload)
		return
	}
	if len(l.out) >= mostAudio {
		l.m.dropped.Add(1)
		return
	}
	select {
	case l.out <- message{codec: codec, audio: append([]byte(nil), payload...)}:
	default:
	}
}

// pass sends what was heard at once, unless the program is behind.
func (l *leg) pass(codec media.Codec, payload []byte) {
	conn := l.conn.Load()
	if conn.Waiting() > mostAudio*max(l.o.format.Frame, 160) {
		l.m.dropped.Add(1)
		return
	}
	if l.audio = l.hearer.Packet(l.audio[:0], codec, payload); len(l.audio) > 0 && conn.Binary(l.audio) != nil {
		l.end()
	}
}

// text sends an event. Who lets too many wait is cut off.
func (l *leg) text(s string) {
	if l.polled {
		if c := l.conn.Load(); c.Waiting() > mostText || c.Text([]byte(s)) != nil {
			c.Break()
			l.end()
		}
		return
	}
	select {
	case l.out <- message{text: s}:
	case <-l.gone:
	default:
		if c := l.conn.Load(); c != nil {
			c.Break()
		}
	}
}

// write sends what waits, and says goodbye. An error ends the reading as well.
func (l *leg) write(conn *wsock.Conn) {
	send := func(m message) error {
		if m.text != "" {
			return conn.Text([]byte(m.text))
		}
		if l.audio = l.hearer.Packet(l.audio[:0], m.codec, m.audio); len(l.audio) == 0 {
			return nil
		}
		return conn.Binary(l.audio)
	}
	for {
		select {
		case m := <-l.out:
			if send(m) != nil {
				conn.Break()
				return
			}
		case <-l.gone:
			conn.Close(wsock.Normal)
			return
		}
	}
}

// read takes in what the program sends, until the connection ends.
func (l *leg) read(conn *wsock.Conn) {
	for {
		text, b, err := conn.Read()
		if err != nil {
			return
		}
		l.came(text, b)
	}
}

// came takes in a message.
func (l *leg) came(text bool, b []byte) {
	switch {
	case text:
		l.order(b)
	case l.direction() == onlyIn:
	default:
		l.take(b)
	}
}

// take has the other side hear a piece.
func (l *leg) take(b []byte) {
	if l.reader == nil {
		l.far.Forward(l.o.format.Codec, b, uint32(l.o.format.Codec.Info().Rate/50))
		return
	}
	full, stop := l.queue.Put(l.reader.Read(b))
	switch {
	case full:
		l.m.dropped.Add(1)
	case stop && !l.o.through:
		l.bare("MEDIA_XOFF")
	}
}
