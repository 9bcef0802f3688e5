package pbx

import (
	"obelisk/dialplan"
	"obelisk/internal/config"
)

// What the tools beside the switchboard ask of modules: obelisk check, obelisk test, the pages
// of documentation.

// Optioned is a module whose files have options: docs/compat.md lists them.
type Optioned interface {
	Module
	Options() []config.OptionRow
}

// Checked is what a module has prepared and obelisk check asks of the configuration as a
// whole: whether what it names is there, and whether those who name what is in its files name
// what is there. What is wrong in a file by itself is among the findings of Prepare already.
type Checked interface {
	Next
	Check(Whole) []config.Diagnostic
}

// Naming is what a module has prepared and that names what is in files of others.
type Naming interface {
	Next
	Names(kind string) []Reference
}

// Kinds of what files name in each other.
const (
	NamedMailbox = "mailbox"    // 1001@default, of voicemail.conf
	NamedMusic   = "music"      // a class of musiconhold.conf
	NamedDevice  = "device"     // SIP/1001
	NamedContext = "context"    // of extensions.conf
	NamedQueue   = "queue"      // of queues.conf
	NamedParking = "parkinglot" // of res_parking.conf
)

// Reference is a name that stands somewhere, and is meant to be that of something.
type Reference struct {
	Name string
	Pos  config.Pos
	By   string // who names it: endpoint '1001'
}

// Whole is a configuration that was read and is not in force.
type Whole interface {
	Files
	// Plan is the dialplan; nil without one that can be used.
	Plan() *dialplan.Plan
	// Devices are the endpoints of the files, as Dial names them: SIP/1001. HasDevice says
	// whether a name may be one of them; with phones in a database every name may.
	Devices() []string
	HasDevice(name string) bool
	// Named is what files name, of a kind: mailboxes of endpoints and the like.
	Named(kind string) []Reference
}

// Rehearsed is a module with words of its own for the tests of dialplans (obelisk test).
type Rehearsed interface {
	Module
	Words() []Word
}

// Word begins lines of a test. "mailbox 1001@default = 2 new" has Prepare called with what is
// behind the word and with the value, before the call; "expect mailbox 1001@default = 3 new"
// compares what Look returns after it, where * of the expectation stands for anything.
type Word struct {
	Name    string                         // one word in lower case
	Usage   string                         // mailbox NAME = COUNT new, COUNT old
	Prepare func(what, value string) error // nil: it can be expected only
	Look    func(what string) string       // nil: it cannot be expected
}
