package console

import (
	"io"
	"time"
)

// House is what the console asks of the switchboard. Its methods may be called from any goroutine
// and do not wait for calls.
type House interface {
	// Base is what stands before every path of the console: prefix of http.conf.
	Base() string
	// Calls are those that are there now, oldest first.
	Calls() []Call
	// Past are the last n calls that have ended, newest first.
	Past(n int) []Call
	// Story is what became of a call; false when it is not remembered.
	Story(id string) (Story, bool)
	// Watch has tell called, from any goroutine, when calls, phones or trunks have changed; it must
	// not block.
	Watch(tell func()) (end func())
	Phones() []Phone
	// Phone lists label and value of one; false when it is unknown.
	Phone(name string) ([][2]string, bool)
	Trunks() []Trunk
	// Contexts are those of the dialplan, by name.
	Contexts() []string
	// Explain tells which extension a number reaches in a context, and why; false when none.
	Explain(number, context, caller string) (text string, found bool)
	// Boards are what the rooms of an office show: queues, conferences, parked calls ...
	Boards() []Board
	// Export writes a call as pcap, json or text; an error when it is not remembered, or is none of these.
	Export(w io.Writer, id, kind string) error
	// Facts are the state of the switchboard itself: label and value.
	Facts() []Facts
	// Hangup ends a call; false when it is not there any more.
	Hangup(id string) bool
	// Findings is what an administrator should know of the files as they are now, as "config check" tells it.
	Findings() string
	// Reload reads the configuration again; an error says what is wrong with it.
	Reload() error
	// Audit notes who has done what.
	Audit(user, from, what string)
}

// Call is a row of the page of calls.
type Call struct {
	ID      string // of its trace
	Begun   time.Time
	From    string // number and name of the caller
	To      string // the number that was called
	Parties []string
	State   string // ringing, up ...
	At      string // the step of the dialplan that runs: application and place
	Codec   string
	Verdict string // of one that has ended
	Over    bool
}

// Story is a call with all that is remembered of it.
type Story struct {
	Call
	Legs    []string // Call-IDs, in the order in which they came
	Entries []Entry
	Lost    int // entries that were not kept
}

// Entry is a line of it: a message (Arrow is not "") or a decision.
type Entry struct {
	After time.Duration // since the call began
	Arrow string        // in, out; "" for a decision
	Leg   string        // A, B ...
	Peer  string        // the other end's address
	Text  string
}

// Phone is a row of the page of phones.
type Phone struct {
	Name, Address, Status, Agent string
	Registered                   bool
}

// Trunk is a registration of ours.
type Trunk struct {
	Host, User, State string
	Refresh           time.Duration
	Since             time.Time // of the state; zero: never
}

// Board is what a room of the office shows, as the console in a terminal does.
type Board struct {
	Name string // the key of its title
	Text string
}

// Facts are a group of them.
type Facts struct {
	Title string
	Rows  [][2]string
}
