// Package chanspy has somebody listen to the calls of others, whisper into them and take part.
package chanspy

import (
	"sync"

	"obelisk/pbx"
	"obelisk/pbx/prompt"
	"obelisk/sounds"
)

// Module implements pbx.Furnisher.
type Module struct {
	folder string // <astspooldir>/monitor, of what option r records
	spool  string // <astspooldir>/voicemail, of the names that option n says
	player *prompt.Player

	mu    sync.Mutex // guards spies
	spies map[*pbx.Channel]bool
}

var _ pbx.Furnisher = (*Module)(nil)

// New makes the module.
func New(lib *sounds.Library, monitor, voicemail string) *Module {
	return &Module{folder: monitor, spool: voicemail, player: &prompt.Player{Lib: lib}, spies: map[*pbx.Channel]bool{}}
}

// Name implements pbx.Module.
func (m *Module) Name() string { return "app_chanspy" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "Listening to the audio of active channels" }

const usage = `  b        only channels that are with somebody
  B        both sides hear the spy
  c(key)   goes to the next channel (*)
  d        4 listens, 5 whispers, 6 has both sides hear the spy
  e(a:b)   only SIP/a, SIP/b: names of channels up to the last part
  E        ends with the channel
  g(a:b)   only channels of whose SPYGROUP one is named
  n(box)   say the recorded name of the mailbox, or of the one that the channel is named by
  N        do not answer
  o        only what the channel says
  q        no beep, and no names
  r(name)  record what the spy hears to name.TIME.raw among the recordings
  s        do not say the kind of channel
  S        end when there is nobody to listen to
  u        the first argument is a unique id, or the whole name of a channel
  v(n)     how loud, -4 to 4
  w        whisper: the channel hears the spy
  W        whisper only, without listening
  x(key)   ends it
  X        an extension of one key in SPY_EXIT_CONTEXT, or here, ends it there
  keys: * next channel; # louder, from the loudest to the softest; digits and # the channel PREFIX/digits`

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	core.RegisterApp(pbx.App{Name: "ChanSpy", Synopsis: "Listen to a call, whisper into it, take part",
		Usage: "ChanSpy([beginning of a channel's name|all[,options]])\n" + usage, Dangerous: true, Check: check, Exec: m.chanSpy})
	core.RegisterApp(pbx.App{Name: "ExtenSpy", Synopsis: "Listen to the calls of an extension",
		Usage: "ExtenSpy(extension[@context][,options])\n" + usage, Dangerous: true, Check: check, Exec: m.extenSpy})
}

// spying notes that a channel is a spy, whom nobody may listen to meanwhile.
func (m *Module) spying(c *pbx.Channel, is bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if is {
		m.spies[c] = true
	} else {
		delete(m.spies, c)
	}
}

func (m *Module) isSpy(c *pbx.Channel) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.spies[c]
}
