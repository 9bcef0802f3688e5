package voiceagent

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/wsock"
	"obelisk/media"
	"obelisk/media/coder"
	"obelisk/media/soundfile"
	"obelisk/pbx"
)

// statusVariable says what became of it.
const statusVariable = "VOICEAGENTSTATUS"

// exec is the application.
func (m *Module) exec(c *pbx.Channel, text string) dialplan.Result {
	args := strings.Split(text, ",")
	name := strings.TrimSpace(args[0])
	p := (*m.profiles.Load())[name]
	c.SetVar(statusVariable, "FAILED")
	stream := c.Leg().Stream()
	switch {
	case p == nil:
		c.Warn("VoiceAgent: there is no agent '" + name + "' in voiceagent.conf")
		return dialplan.Continue
	case stream == nil:
		c.Warn("VoiceAgent: a message has no audio")
		return dialplan.Continue
	}
	if p = p.with(args[1:]); !c.AnswerHeard(0) {
		return dialplan.End
	}
	t := newTalk(m, p, c)
	m.mu.Lock()
	m.talks[t] = true
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		delete(m.talks, t)
		m.mu.Unlock()
	}()
	k := &keeper{talk: t, stream: stream}
	defer k.end()
	return k.run()
}

// with is the profile with parameters of a call.
func (p *Profile) with(args []string) *Profile {
	q := *p
	q.Parameters = append([][2]string{}, p.Parameters...)
	for _, a := range args {
		if name, value, ok := strings.Cut(a, "="); ok && strings.TrimSpace(name) != "" {
			q.Parameters = append(q.Parameters, [2]string{strings.TrimSpace(name), value})
		}
	}
	return &q
}

// keeper is the channel's worker while it is with an agent.
type keeper struct {
	*talk
	stream *media.Stream
	voice  *media.Voice
	filler *media.Voice
	music  bool
	until  <-chan struct{} // the longest time
}

// run is the conversation.
func (k *keeper) run() dialplan.Result {
	tap := k.stream.Overhear(media.In, k.hear)
	defer tap.Stop()
	k.voice = k.stream.Start(k.said, media.Play{})
	defer k.voice.Stop()
	k.voice.Pause(true)
	defer k.fill(false)
	go k.listen()
	if k.p.Longest > 0 {
		over := make(chan struct{})
		timer := time.AfterFunc(k.p.Longest, func() { close(over) })
		defer timer.Stop()
		k.until = over
	}
	for resumed := false; ; resumed = true {
		conn, r, ok := k.reach(resumed)
		if !ok {
			return r
		}
		k.fill(false)
		k.voice.Pause(false)
		lost := make(chan error, 1)
		go func() { lost <- k.read(conn) }()
		if r, ok := k.serve(lost); ok {
			return r
		}
		k.m.lost.Add(1)
		k.said.Flush(false)
		k.voice.Pause(true)
		k.fill(true)
	}
}

// status notes what became of it.
func (k *keeper) status(s string) dialplan.Result {
	k.c.SetVar(statusVariable, s)
	k.c.Trace().Note("agent %s: %s", k.p.Name, strings.ToLower(s))
	return dialplan.Continue
}

// reach connects, as often as the profile says; not ok: r is the end.
func (k *keeper) reach(resumed bool) (conn *wsock.Conn, r dialplan.Result, ok bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for try := 0; ; try++ {
		var err error
		done := make(chan struct{})
		go func() {
			defer close(done)
			conn, err = k.connect(ctx, resumed)
		}()
		if !k.wait(done) {
			cancel()
			if <-done; conn != nil {
				conn.Break()
			}
			return nil, dialplan.End, false
		}
		if err == nil {
			return conn, r, true
		}
		k.c.Warn("VoiceAgent: the agent '" + k.p.Name + "' cannot be reached: " + err.Error())
		if try >= k.p.Tries {
			return nil, k.fallBack(), false
		}
		k.fill(true)
		if !k.sleep(k.p.Pause) {
			return nil, dialplan.End, false
		}
	}
}

// wait waits for done; who waits for more than a second hears something. Keys are typed ahead: the agent
// is told once it is there. false: the call has ended, or goes elsewhere.
func (k *keeper) wait(done <-chan struct{}) bool {
	for w := (pbx.Wait{Also: done, For: time.Second}); ; w.For = 0 {
		switch _, why := k.c.Await(w); why {
		case pbx.Also:
			return !k.c.Gone()
		case pbx.TimedOut:
			k.fill(true)
		default:
			return false
		}
	}
}

func (k *keeper) sleep(d time.Duration) bool {
	_, why := k.c.Await(pbx.Wait{For: d})
	return why == pbx.TimedOut
}

// serve is the time of a connection. ok: the conversation has ended so; else the connection has broken.
func (k *keeper) serve(lost <-chan error) (r dialplan.Result, ok bool) {
	wake := make(chan struct{}, 1)
	stop := make(chan struct{})
	defer close(stop)
	var err error
	var got order
	var over bool
	next := func() {
		go func() {
			select {
			case got = <-k.orders:
			case err = <-lost:
				over = true
			case <-k.until:
				got = order{kind: "timeout"}
			case <-stop:
				return
			}
			wake <- struct{}{}
		}()
	}
	next()
	for d := k.typedAhead(); d != 0; d = k.typedAhead() {
		k.key(d)
	}
	for {
		e, why := k.c.Await(pbx.Wait{Keys: true, Also: wake})
		switch {
		case why == pbx.Came && e.Kind == pbx.EventDigit:
			k.key(e.Digit)
			continue
		case why != pbx.Also || k.c.Gone():
			return dialplan.End, true
		}
		if over {
			if err == errOver {
				k.drain()
				return k.status("DONE"), true
			}
			k.c.Warn("VoiceAgent: the connection with '" + k.p.Name + "' is lost: " + err.Error())
			return r, false
		}
		if r, ok := k.do(got); ok {
			return r, true
		}
		next()
	}
}

// typedAhead is the next key that came while the agent was not there; 0: none.
func (k *keeper) typedAhead() byte { return k.c.TypedAhead(func(byte) bool { return true }) }

// drain lets the caller hear what the agent has said before it went, ten seconds at most.
func (k *keeper) drain() {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if n, _ := k.said.Length(); n == 0 || !k.sleep(20*time.Millisecond) {
			return
		}
	}
}

// do carries out an order; ok: it ends the conversation.
func (k *keeper) do(o order) (r dialplan.Result, ok bool) {
	switch o.kind {
	case "hangup":
		k.drain()
		k.status("HANGUP")
		return dialplan.End, true
	case "done":
		k.drain()
		return k.status("DONE"), true
	case "timeout":
		return k.status("TIMEOUT"), true
	case "transfer":
		return k.transfer(o)
	}
	return r, false
}

// transfer sends the call to an extension, with what the agent has to say about it.
func (k *keeper) transfer(o order) (r dialplan.Result, ok bool) {
	at, found := k.place(o.to)
	if !found {
		k.c.Warn("VoiceAgent: '" + k.p.Name + "' wants to transfer to '" + o.to + "', which is no extension of the context for that")
		k.send(object{"event": "TRANSFER_FAILED", "channel_id": k.c.UniqueID(), "to": o.to}.message())
		return r, false
	}
	k.drain()
	k.c.SetVar("VOICEAGENT_SUMMARY", o.summary)
	if sound := k.keepSummary(); sound != "" {
		k.c.SetVar("VOICEAGENT_SUMMARY_SOUND", sound)
	}
	k.c.Machine().Goto(at)
	return k.status("TRANSFER"), true
}

// place is an extension to which the agent may send the call.
func (k *keeper) place(to string) (at dialplan.Location, ok bool) {
	within := k.p.Context
	if within == "" {
		within = k.c.View().At.Context
	}
	exten, context, given := strings.Cut(strings.TrimSpace(to), "@")
	if given && context != within {
		return at, false
	}
	at = dialplan.Location{Context: within, Exten: exten, Priority: 1}
	return at, exten != "" && k.m.core.Plan().Exists(within, exten, pbx.QueryFor(k.c))
}

// keepSummary writes what the agent has dictated, until the call ends; "": nothing.
func (k *keeper) keepSummary() (sound string) {
	k.mu.Lock()
	pcm := k.summary
	k.summary = nil
	k.mu.Unlock()
	if len(pcm) == 0 {
		return ""
	}
	folder := filepath.Join(k.m.spool, "voiceagent")
	sound = filepath.Join(folder, k.token)
	var err error
	k.c.Off(func() {
		if err = os.MkdirAll(folder, 0o700); err == nil {
			err = writeSound(sound+".wav", coder.Resample(pcm, k.rate, 8000))
		}
	})
	if err != nil {
		k.c.Warn("VoiceAgent: the summary is lost: " + err.Error())
		return ""
	}
	k.c.AtEnd(func() { os.Remove(sound + ".wav") })
	return sound
}

// writeSound writes samples at 8 kHz as a file.
func writeSound(path string, pcm []int16) error {
	w, err := soundfile.Create(path, soundfile.ByName("wav"))
	if err != nil {
		return err
	}
	if err = w.Write(pcm); err != nil {
		w.Close()
		return err
	}
	return w.Close()
}

// fallBack is for a call whose agent cannot be reached.
func (k *keeper) fallBack() dialplan.Result {
	k.m.fallen.Add(1)
	exten, context, ok := strings.Cut(k.p.Fallback, "@")
	if !ok {
		return k.status("FAILED")
	}
	k.c.Machine().Goto(dialplan.Location{Context: context, Exten: exten, Priority: 1})
	return k.status("FALLBACK")
}

// fill has the caller hear something, or not any more.
func (k *keeper) fill(on bool) {
	if !on {
		if k.filler != nil {
			k.filler.Stop()
			k.filler = nil
		}
		if k.music {
			k.c.StopMusic()
			k.music = false
		}
		return
	}
	if k.filler != nil || k.music || k.p.Filler == "" {
		return
	}
	if sound, ok := strings.CutPrefix(k.p.Filler, "prompt:"); ok {
		voice, _, err := k.m.player.Start(k.c, strings.TrimSpace(sound))
		if err != nil {
			k.c.Warn("VoiceAgent: " + err.Error())
			return
		}
		k.filler = voice
		return
	}
	k.music = k.c.StartMusic(k.p.Filler)
}
