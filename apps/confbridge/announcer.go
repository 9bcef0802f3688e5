package confbridge

import (
	"path/filepath"
	"sync"
	"time"

	"obelisk/dialplan/say"
	"obelisk/media"
)

// announcer says something to all who are in a conference, one thing after the other.
type announcer struct {
	r *room

	mu      sync.Mutex // guards all below
	queue   []saying
	running bool // there is a goroutine
	over    bool
	stop    chan struct{} // closed with over

	// owned by the goroutine
	mixer   *media.Mixer
	speaker *media.Speaker
}

// saying is prompts that belong together.
type saying struct {
	prompts []string
	done    func() // is told that it is over; nil: nobody waits
}

// mostSayings is how many announcements wait; later ones are dropped, as a minute later they are stale.
const mostSayings = 20

// say has a prompt of the profile said once the room's mu is free.
func (a *announcer) say(t *told, option string) {
	if file := a.r.p.sound(option); file != "" {
		t.do(func() { a.add(saying{prompts: []string{file}}) })
	}
}

// add queues an announcement; false: it was dropped.
func (a *announcer) add(s saying) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over || len(a.queue) >= mostSayings || len(s.prompts) == 0 {
		if s.done != nil {
			s.done()
		}
		return false
	}
	a.queue = append(a.queue, s)
	if !a.running {
		a.running = true
		go a.run()
	}
	return true
}

// close ends it.
func (a *announcer) close() {
	a.mu.Lock()
	was := a.over
	a.over = true
	idle := !a.running
	a.mu.Unlock()
	if !was {
		close(a.stop)
	}
	if idle {
		a.hush()
	}
}

// run says what waits.
func (a *announcer) run() {
	for {
		a.mu.Lock()
		if len(a.queue) == 0 {
			a.running = false
			over := a.over
			a.mu.Unlock()
			if over {
				a.hush()
			}
			return
		}
		s := a.queue[0]
		a.queue = a.queue[1:]
		over := a.over
		a.mu.Unlock()
		for _, name := range s.prompts {
			if !over {
				a.play(name)
			}
		}
		if s.done != nil {
			s.done()
		}
	}
}

// play says one prompt to its end, or that of the conference.
func (a *announcer) play(name string) {
	if a.at() == nil {
		return // nobody is there who could hear
	}
	src, err := a.r.m.play.Source(name, a.r.p.language)
	if err != nil {
		a.r.m.core.Log().Warn().Msgf("conference %s: %v", a.r.name, err)
		return
	}
	done := make(chan struct{})
	v := a.speaker.Play(src, func(bool) { close(done) })
	limit := time.NewTimer(mostAnnounced)
	defer limit.Stop()
	select {
	case <-done:
	case <-a.stop:
		v.Stop()
	case <-limit.C:
		v.Stop()
	}
}

// mostAnnounced is the longest prompt, or name, that all have to hear.
const mostAnnounced = 2 * time.Minute

// at is the speaker in the mixer that the bridge has now; nil without one.
func (a *announcer) at() *media.Speaker {
	m := a.r.bridge.Mixer()
	if m != a.mixer {
		a.hush()
		if a.mixer = m; m != nil {
			a.speaker = m.Speaker()
		}
	}
	return a.speaker
}

// hush takes the speaker away.
func (a *announcer) hush() {
	if a.speaker != nil {
		a.speaker.Close()
		a.speaker, a.mixer = nil, nil
	}
}

// counted are the prompts that tell how many others there are, to one of so many.
func (r *room) counted(n int, voice say.Voice) []string {
	switch {
	case n <= 1:
		return []string{r.p.sound("sound_only_person")}
	case n == 2:
		return []string{r.p.sound("sound_only_one")}
	}
	out := append([]string{r.p.sound("sound_there_are")}, voice.Number(n-1, "")...)
	return append(out, r.p.sound("sound_other_in_party"))
}

// voice says numbers to all.
func (r *room) voice() say.Voice {
	return say.Voice{Language: r.p.language, Has: func(name string) bool { return r.m.play.Lib.Has(name, r.p.language) }}
}

// farewell is what is said when a member has left.
func (r *room) farewell(x *member, last bool) {
	var list []string
	if x.name != "" && !last {
		list = append(list, x.name)
		if file := r.p.sound("sound_has_left"); file != "" {
			list = append(list, file)
		}
	}
	if file := r.p.sound("sound_leave"); file != "" && !x.u.quiet && !last {
		list = append(list, file)
	}
	r.says.add(saying{list, func() { x.dropName() }})
}

// nameFile is where the name of somebody is kept while he is there.
func (m *Module) nameFile(conference, id string) string {
	return filepath.Join(m.spool, "confbridge", "confbridge-name-"+safe(conference)+"-"+id)
}
