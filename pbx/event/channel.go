package event

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
)

// State is that of a channel, with Asterisk's numbers.
type State uint8

const (
	StateDown    State = 0
	StateRing    State = 4
	StateRinging State = 5
	StateUp      State = 6
	StateBusy    State = 7
)

// String is the state in Asterisk's words.
func (s State) String() string {
	switch s {
	case StateRing:
		return "Ring"
	case StateRinging:
		return "Ringing"
	case StateUp:
		return "Up"
	case StateBusy:
		return "Busy"
	}
	return "Down"
}

// Party is the number and the name of somebody in a call; "" for unknown ones.
type Party struct{ Num, Name string }

// Channel is a channel at a moment.
type Channel struct {
	Name                string
	State               State
	CallerID, Connected Party
	Language            string
	AccountCode         string
	PeerAccount         string
	ANI, DNID, RDNIS    string
	AMAFlags, UserField string
	At                  dialplan.Location
	UniqueID, LinkedID  string
	Vars                [][2]string // those that manager.conf's channelvars names
	Created             time.Time
	App, AppData        string      // what runs
	CallID              string      // that of the protocol, "" for none
	Shown               [][2]string // variables and functions that ari.conf's channelvars, or a program, names
}

// unknownParty is what programs are shown of a party without a number or name.
const unknownParty = "<unknown>"

// Fields are those of the channel in the manager interface, each with a prefix.
func (c *Channel) Fields(prefix string) (out []Field) {
	out = []Field{{"Channel", c.Name}, {"ChannelState", strconv.Itoa(int(c.State))}, {"ChannelStateDesc", c.State.String()},
		{"CallerIDNum", cmp.Or(c.CallerID.Num, unknownParty)}, {"CallerIDName", cmp.Or(Escaped(c.CallerID.Name), unknownParty)},
		{"ConnectedLineNum", cmp.Or(c.Connected.Num, unknownParty)}, {"ConnectedLineName", cmp.Or(Escaped(c.Connected.Name), unknownParty)},
		{"Language", cmp.Or(c.Language, "en")}, {"AccountCode", c.AccountCode}, {"Context", c.At.Context}, {"Exten", c.At.Exten},
		{"Priority", strconv.Itoa(max(c.At.Priority, 1))}, {"Uniqueid", c.UniqueID}, {"Linkedid", c.LinkedID}}
	for _, v := range c.Vars {
		out = append(out, Field{"ChanVariable", v[0] + "=" + v[1]})
	}
	if prefix != "" {
		for i := range out {
			out[i].Name = prefix + out[i].Name
		}
	}
	return out
}

// Bridge is a bridge at a moment.
type Bridge struct {
	ID         string // a UUID
	Kind       string // basic, holding and so on
	Technology string // how its media are joined, in Asterisk's words
	Name       string // "": none
	Creator    string // "": none
	Channels   int    // that are in it
	Video      string // who is seen: none, talker, single; "": none
	Seen       string // unique id of that one; "": nobody
}

// ParkedCall is a call that is parked.
type ParkedCall struct {
	ParkerDialString, Lot string
	Space                 int
	Left, Since           time.Duration // until its time is over, and since it was parked
}

// Fields are those of the call in the manager interface, beside its channel's.
func (c ParkedCall) Fields() []Field {
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	return []Field{{"ParkerDialString", c.ParkerDialString}, {"Parkinglot", c.Lot}, {"ParkingSpace", strconv.Itoa(c.Space)},
		{"ParkingTimeout", seconds(c.Left.Round(time.Second))}, {"ParkingDuration", seconds(c.Since)}}
}

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `\'`, "?", `\?`, "\a", `\a`, "\b", `\b`, "\f", `\f`, "\n", `\n`, "\r", `\r`,
	"\t", `\t`, "\v", `\v`)

// Escaped is a text as the manager interface writes the values of variables and the names of parties: with the escapes of C.
func Escaped(s string) string { return escapes.Replace(s) }
