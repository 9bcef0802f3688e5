package cluster

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"obelisk/pbx"
)

// channelsTopic is what a node is asked for its channels by; the answer is a nodeChannels.
const channelsTopic = "cluster.channels"

// Bounds of the answer: a message of the bus is 1 MB at most.
const (
	channelsPatience = 2 * time.Second
	channelsShown    = 2000
)

// nodeChannels is what a node says of its channels.
type nodeChannels struct {
	Channels int          `json:"channels"`
	Calls    int          `json:"calls"`
	List     []channelRow `json:"list"` // the oldest
}

// channelRow is one of them, as `core show channels` has it.
type channelRow struct {
	Name, Location, State, App string
	Seconds                    int
}

// ownChannels answers for this node.
func ownChannels(core *pbx.Core) (x nodeChannels) {
	x.Channels, x.Calls, _ = core.Counts()
	for _, ch := range core.Channels() {
		if len(x.List) == channelsShown {
			break
		}
		v := ch.View()
		row := channelRow{Name: ch.Name(), State: fmt.Sprint(v.State), Seconds: int(time.Since(ch.Created()).Seconds()), Location: "(None)",
			App: "(None)"}
		if v.At.Exten != "" && v.At.Context != "" {
			row.Location = fmt.Sprintf("%s@%s:%d", v.At.Exten, v.At.Context, v.At.Priority)
		}
		if v.App != "" {
			row.App = fmt.Sprintf("%s(%.60s)", v.App, v.AppData)
		}
		x.List = append(x.List, row)
	}
	return x
}

// text is the answer as it goes over the bus.
func (x nodeChannels) text() string {
	data, err := json.Marshal(x)
	if err != nil {
		return ""
	}
	return string(data)
}

// channelsOf asks nodes, all in one moment.
func (m *Module) channelsOf(names []string) (answers []nodeChannels, errs []error) {
	answers, errs = make([]nodeChannels, len(names)), make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			if name == m.conf.Node {
				answers[i] = ownChannels(m.core)
				return
			}
			text, err := m.asks.ask(name, channelsTopic, "", channelsPatience)
			if err == nil {
				err = json.Unmarshal([]byte(text), &answers[i])
			}
			errs[i] = err
		})
	}
	all.Wait()
	return answers, errs
}

// showChannels asks each node for its channels, all in one moment.
func (m *Module) showChannels(w io.Writer, args []string) bool {
	node := m.here(w)
	if node == nil {
		return m.devices == nil
	}
	if len(args) > 1 {
		return pbx.Misused(w, "cluster show channels [node]")
	}
	names := []string{m.conf.Node}
	for _, x := range node.Members() {
		names = append(names, x.Name)
	}
	if len(args) == 1 {
		names = args
	}
	answers, errs := m.channelsOf(names)
	const row = "%-16.16s %-40.40s %-32.32s %-7.7s %8s %s\n"
	fmt.Fprintf(w, row, "Node", "Channel", "Location", "State", "Duration", "Application(Data)")
	channels, calls := 0, 0
	for i, name := range names {
		x := &answers[i]
		for _, c := range x.List {
			fmt.Fprintf(w, row, name, c.Name, c.Location, c.State, pbx.Clock(time.Duration(c.Seconds)*time.Second), c.App)
		}
		if more := x.Channels - len(x.List); more > 0 {
			fmt.Fprintf(w, "node '%s' has %d more\n", name, more)
		}
		channels, calls = channels+x.Channels, calls+x.Calls
	}
	good := true
	for i, name := range names {
		if errs[i] != nil {
			good = false
			fmt.Fprintf(w, "node '%s' does not answer within %v: its channels are not here\n", name, channelsPatience)
		}
	}
	fmt.Fprintf(w, "%d channels, %d calls at %d nodes\n", channels, calls, len(names))
	return good
}
