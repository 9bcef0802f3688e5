package pbx

import "time"

// Exhibitor is a module with something that people of an office look at while it changes: queues,
// conferences, parked calls ...
type Exhibitor interface {
	Module
	// Exhibits are what there is now, in an order that stays. It is called every other second while
	// somebody looks, from any goroutine.
	Exhibits() []Exhibit
}

// Exhibit is one thing of a kind: a queue, a conference. Kind, labels, columns and words are keys of
// the console's texts (office.KIND, office.LABEL ...).
type Exhibit struct {
	Kind   string
	Name   string // "" where there is one of that kind
	Facts  []ExhibitFact
	Tables []ExhibitTable
}

// ExhibitFact is a value of the whole.
type ExhibitFact struct {
	Label string
	Value Cell
}

// ExhibitTable are rows of a kind: members, callers.
type ExhibitTable struct {
	Name    string
	Columns []string
	Rows    [][]Cell
	More    int // rows that are left out
}

// MostExhibited is how many rows of a table are shown at most.
const MostExhibited = 200

// Add adds a row, or counts it where there are many.
func (t *ExhibitTable) Add(row ...Cell) {
	if len(t.Rows) >= MostExhibited {
		t.More++
		return
	}
	t.Rows = append(t.Rows, row)
}

// Cell is what stands in a place: one of these, or a text with a device or channel that it is about.
type Cell struct {
	Text    string
	Word    string // a key of the console's texts
	Device  string // SIP/1001
	Channel *Channel
	State   DeviceState // of Stated cells
	Stated  bool
	Since   time.Time // a time that runs
	At      time.Time // a time of day
}

// TextCell is a text.
func TextCell(text string) Cell { return Cell{Text: text} }

// WordCell is a text that the console translates.
func WordCell(key string) Cell { return Cell{Word: key} }

// YesCell is yes or no.
func YesCell(is bool) Cell {
	if is {
		return WordCell("yes")
	}
	return WordCell("no")
}

// StateCell is the state of a device.
func StateCell(s DeviceState) Cell { return Cell{State: s, Stated: true} }

// SinceCell runs from a time on; nothing for none.
func SinceCell(t time.Time) Cell { return Cell{Since: t} }

// ChannelCell is who is on a channel.
func ChannelCell(c *Channel) Cell {
	if c == nil {
		return Cell{}
	}
	text := c.Name()
	if id := c.View().CallerID; id.Num != "" && id.Name != "" {
		text = id.Name + " <" + id.Num + ">"
	} else if id.Num != "" || id.Name != "" {
		text = id.Num + id.Name
	}
	return Cell{Text: text, Channel: c}
}
