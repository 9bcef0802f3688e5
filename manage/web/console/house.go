package console

import (
	"io"
	"slices"
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
	Phones() []Phone
	// Phone is all that is known of one; false when it is unknown.
	Phone(name string) (PhoneStory, bool)
	// CheckSync asks a phone to fetch its configuration anew (NOTIFY, Event: check-sync).
	CheckSync(name string) error
	Trunks() []Trunk
	// Contexts are those of the dialplan, by name.
	Contexts() []string
	// Explain tells which extension a number reaches in a context, and why; false when none.
	Explain(number, context, caller string) (text string, found bool)
	// Boards are what the rooms of an office show: queues, conferences, parked calls ...
	Boards() []Board
	// Media is how well the legs of the call are heard that a dialog (Call-ID) is of.
	Media(callID string) []Media
	// Export writes a call as pcap, json or text; an error when it is not remembered, or is none of these.
	Export(w io.Writer, id, kind string) error
	// Facts are the state of the switchboard itself: label and value.
	Facts() []Facts
	// Hangup ends a call; false when it is not there any more.
	Hangup(id string) bool
	// Reload reads the configuration again and tells what changes; an error says what is wrong with it.
	Reload() ([]string, error)
	// Audit notes who has done what; Deeds are the last n notes, newest first.
	Audit(user, from, what string)
	Deeds(n int) []Deed
	// Log are the last n lines of the log, oldest first; of a call alone where it is not "".
	Log(n int, call string) []LogLine
	// Rehearse runs the tests of the dialplan (obelisk test) and tells how they went and what they
	// did not come to; false when one failed.
	Rehearse(w io.Writer) (bool, error)
	Workshop
	Gauges
}

// Workshop is what the console asks of the files of the configuration.
type Workshop interface {
	// Files are those of the configuration's folder, by name; an error says why there are none to
	// work on.
	Files() ([]File, error)
	// Findings are what is to be said of the files as they are now, in the order of files and lines.
	Findings() ([]Finding, error)
	// Text is a file as it is now. The errors are ErrNoFile, ErrNew where there is none yet and Save
	// would make one, and those of the disk.
	Text(name string) ([]byte, error)
	// Try judges the configuration as it would be with a file of that text. broken is the finding for
	// which a reload would be refused, nil for none.
	Try(name string, text []byte) (list []Finding, broken *Finding, err error)
	// Save writes a file and keeps the version that was there and the new one. was is the sum of the
	// text that the change began with: ErrChanged when the file has another one now. *BrokenError:
	// nothing was written, since no reload could read it.
	Save(name string, text []byte, was, user string) error
	// Versions of a file, newest first, without their texts; Version is one with it.
	Versions(name string) ([]Version, error)
	Version(name string, id int64) (Version, error)
}

// Gauges are what the pictures are drawn of.
type Gauges interface {
	// Pulse is how busy the switchboard is.
	Pulse() Pulse
	// Alarms are what somebody should look at.
	Alarms() []Alarm
	// Hours are the figures of the hours since a time, oldest first, the current one included.
	Hours(since time.Time) []Hour
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
	Heard   *Heard // how well its audio goes; nil while that is not known
	Verdict string // of one that has ended
	Over    bool
}

// same says whether a row shows the same of both.
func (c *Call) same(d *Call) bool {
	return c.ID == d.ID && c.State == d.State && c.At == d.At && c.From == d.From && c.To == d.To && c.Codec == d.Codec &&
		c.Begun.Equal(d.Begun) && c.Verdict == d.Verdict && c.Over == d.Over && c.Heard.same(d.Heard) && slices.Equal(c.Parties, d.Parties)
}

// Heard is how well the audio of a call goes, in a word and a figure: the worst of its legs.
type Heard struct {
	Loss float64 // percent
	Word string  // good, fair or bad
}

// Text is the figure.
func (h Heard) Text() string { return number(h.Loss, "%") }

// String tells what a row shows of it.
func (h *Heard) String() string { return h.Word + h.Text() }

func (h *Heard) same(g *Heard) bool {
	return h == g || h != nil && g != nil && (*h == *g || h.String() == g.String())
}

// Hear is the word for a share of packets that are lost, in percent.
func Hear(loss float64) *Heard {
	switch {
	case loss < 1:
		return &Heard{loss, "good"}
	case loss < 3:
		return &Heard{loss, "fair"}
	}
	return &Heard{loss, "bad"}
}

// Story is a call with all that is remembered of it.
type Story struct {
	Call
	Legs    []string // Call-IDs, in the order in which they came
	Entries []Entry
	Lost    int // entries that were not kept
	Media   []Media
	Records [][][2]string // the call records that were made of it: label and value
}

// Media is how well the audio of a leg goes, or went.
type Media struct {
	Channel        string
	Codec          string
	Received, Sent uint64 // packets
	Here, There    Ear
	RoundTrip      time.Duration // 0: not known
	Samples        []Sample      // oldest first, every few seconds
}

// Ear is how well one end hears: this one, or the far one by its reports.
type Ear struct {
	Lost   int64 // packets
	Jitter time.Duration
}

// Sample is a piece of it.
type Sample struct {
	After       time.Duration // since the call began
	Here, There float64       // percent of packets that were lost in it
	Jitter      time.Duration // as heard here
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
	NAT                          string // what stands between, "" for nothing
	Lamp                         string // the state of the device, "" for one that is not known
	Refused                      string // the event of the last refusal, later than its registration
	Registered                   bool
}

// PhoneStory is what there is to know of a phone.
type PhoneStory struct {
	Name     string
	Checks   []Check     // why it rings, or does not
	Refusal  Refusal     // the last one; its time is zero without any
	Lamps    []Lamp      // that show it
	Last     *Call       // the last call that it was in
	Settings [][2]string // label and value
	Media    []Hour      // its figures of the last days
}

// Check is a step of the way to a phone. The text is that of Key, with Args in it.
type Check struct {
	State CheckState
	Key   string
	Args  []any
}

// CheckState says what a check came to.
type CheckState uint8

// The states.
const (
	CheckGood  CheckState = iota
	CheckDoubt            // it may be why
	CheckBad              // it is why
)

// String names the state for style and words.
func (s CheckState) String() string { return [...]string{"good", "doubt", "bad"}[s] }

// Refusal is a request of a phone that was refused.
type Refusal struct {
	At           time.Time
	Event        string // InvalidPassword ...: a security event of Asterisk's
	From, Detail string // transport and address of who asked
}

// Lamp is an extension with a hint that shows a phone.
type Lamp struct {
	Exten, Context, State string
	Watchers              int
}

// Deed is something that a user did.
type Deed struct {
	At                 time.Time
	User, Source, What string
}

// LogLine is a line of the log.
type LogLine struct {
	At                        time.Time
	Level, Source, Call, Text string
}

// Pulse is how busy the switchboard is.
type Pulse struct {
	Calls, Channels   int
	Registered, Known int   // phones that are there, of all
	Minutes           []int // calls that began in each of the last 60 minutes, oldest first
	LastHour          int   // the sum of them
}

// Alarm is something that somebody should look at. The text is that of Key, with Args in it.
type Alarm struct {
	Key  string
	Args []any
	Link string // the page that has more, "" for none
}

// Trunk is a registration of ours.
type Trunk struct {
	Host, User, State string
	Elsewhere         bool   // another machine of the cluster keeps it; State names that
	Peer              string // the section of sip.conf with that host, "" for none
	Refresh           time.Duration
	Since             time.Time // of the state; zero: never
}

// Board is a table that a room of the office shows.
type Board struct {
	Name    string   // the key of its title
	Columns []string // the keys of theirs
	Rows    [][]string
}

// Facts are a group of them.
type Facts struct {
	Title string
	Rows  [][2]string
}
