package voicemail

import (
	"time"

	"obelisk/dialplan/say"
	"obelisk/pbx"
)

// key is what a caller presses.
type key byte

const (
	none key = 0 // nothing, in time
	gone key = 1 // nothing any more: the call is over, or goes elsewhere
)

// anyKey are the keys that interrupt most prompts.
const anyKey = "0123456789*#ABCD"

// call is what the menus need of a channel. Once it is gone all waiting returns gone at once.
type call interface {
	// play plays prompts one after the other until one of the keys of stops is pressed, which it
	// returns. Names are those of prompts or paths, without extension.
	play(stops string, names ...string) key
	// wait waits for a key.
	wait(d time.Duration) key
	// ask plays prompts and reads keys until #, or until none comes for so long. A key ends the
	// prompts and is the first one.
	ask(limits reading, prompts ...string) (typed string, ended key)
	// listen plays a message, which keys steer, and returns the key that stopped it.
	listen(path string, keys Keys, skip time.Duration) key
	// record records until a key, silence or the end of time.
	record(r recording) recorded
	// has says whether there is a prompt of that name.
	has(name string) bool
	// voice says numbers and dates.
	voice() say.Voice
	spell(text string) []string
	setLanguage(language string)
	gone() bool
	dialogue
}

// dialogue is what they need of its dialplan.
type dialogue interface {
	answer()
	progress()
	up() bool
	place() place
	caller() pbx.CallerID
	rdnis() string
	variable(name string) string
	setVar(name, value string)
	// exists says whether there is an extension, begins whether a key may begin one.
	exists(context, exten string) bool
	begins(context string, k byte) bool
	// goTo has the dialplan go on there.
	goTo(context, exten string)
	name() string
	address() string // where the call comes from, for who watches break-ins; "": not known
	warn(text string)
	verbose(format string, args ...any)
}

// place is where the dialplan is.
type place struct {
	context, exten string
	priority       int
	macro          string // the context that called a macro; ""
}

// reading is how keys are read.
type reading struct {
	first, next time.Duration
	most        int
}

// usual is how numbers and passwords are read.
var usual = reading{first: 10 * time.Second, next: 2 * time.Second, most: 79}

// recording is what is recorded.
type recording struct {
	prompt    string // what is played before it, with a beep; "": nothing
	beep      bool   // a beep is played before it, with a prompt always
	path      string // without extension
	formats   []string
	most      time.Duration // 0: as long as somebody speaks
	silence   time.Duration // that ends it; 0: none does
	threshold int
	accepts   string // keys that end it
	cancels   string // and keys after which somebody decides what becomes of it
	gain      int    // dB
	quiet     bool   // nobody is thanked for it
}

// recorded is what became of it.
type recorded struct {
	key    key           // that ended it; none: silence or the end of time, gone: the call is over
	silent bool          // silence did
	length time.Duration // of what is kept
	sound  time.Duration // of that, what is not silent
	err    error         // why there is nothing
}

// all plays prompts that any key interrupts.
func all(c call, names ...string) key { return c.play(anyKey, names...) }
