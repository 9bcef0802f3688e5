package media

// Speaker says something to all in a Mixer: announcements. It hears nothing.
type Speaker struct{ near, far *Stream }

// Speaker makes one. Close ends it.
func (m *Mixer) Speaker() *Speaker {
	near, far := m.engine.Pipe(nil)
	m.take(near, Seating{Deaf: true}, true)
	return &Speaker{near, far}
}

// Play says a source, in place of what it said before. done is told, on a loop, whether it reached its end;
// it must not block, and may be nil.
func (k *Speaker) Play(src Source, done func(finished bool)) *Voice { return k.far.Play(src, done) }

// Close ends it, and what it says.
func (k *Speaker) Close() {
	k.far.Close()
	k.near.Close()
}
