package fn

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/pbx"
)

// groupKind is the kind of shared words on groups: "group@category" has how many channels a node has in it.
const groupKind = "group"

// groupGather is how long changes of groups wait for others, groupPoll how often a node that has channels in groups
// looks who of them has ended.
const (
	groupGather = 5 * time.Millisecond
	groupPoll   = 250 * time.Millisecond
)

// groupNodes tells the other nodes of the groups here, and knows those of theirs. It does nothing on a machine
// that is alone.
type groupNodes struct {
	mu     sync.Mutex // guards all below
	core   *pbx.Core  // nil: nobody has asked yet
	said   map[string]int
	others map[string]int
	timer  *time.Timer
}

// at is it at work; nil on a machine that is alone.
func (g *groupNodes) at(core *pbx.Core) *groupNodes {
	if core.Elsewhere() == nil {
		return nil
	}
	g.mu.Lock()
	begin := g.core == nil
	if begin {
		g.core, g.said, g.others = core, map[string]int{}, map[string]int{}
	}
	g.mu.Unlock()
	if begin {
		core.Shared().Watch(groupKind, g.heard)
		for _, key := range core.Shared().Keys(groupKind) {
			g.heard(key)
		}
	}
	return g
}

// heard is told that some node has more or fewer channels in a group.
func (g *groupNodes) heard(key string) {
	shared, n := g.core.Shared(), 0
	for _, w := range shared.Get(groupKind, key) {
		if more, err := strconv.Atoi(w.Value); err == nil && more > 0 && w.Node != shared.Node() {
			n += more
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.others[key] = n; n == 0 {
		delete(g.others, key)
	}
}

// changed has what is here told in a moment.
func (g *groupNodes) changed() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.timer == nil {
		g.timer = time.AfterFunc(groupGather, g.tell)
		return
	}
	g.timer.Reset(groupGather)
}

// tell says how many channels are in each group, and again while there are some.
func (g *groupNodes) tell() {
	now := map[string]int{}
	for _, row := range Groups(g.core) {
		now[row[1]+"@"+row[2]]++
	}
	g.mu.Lock()
	was := g.said
	g.said = now
	if len(now) > 0 {
		g.timer.Reset(groupPoll)
	}
	g.mu.Unlock()
	shared := g.core.Shared()
	for key, n := range now {
		if was[key] != n {
			if err := shared.Put(groupKind, key, strconv.Itoa(n), 0); err != nil {
				g.core.Log().Warn().Msgf("the other nodes are not told of the group '%s': %v", key, err)
			}
		}
	}
	for key := range was {
		if now[key] == 0 {
			shared.Delete(groupKind, key)
		}
	}
}

// count counts the channels of other nodes in groups that fit.
func (g *groupNodes) count(fits func(group, category string) bool) (n int) {
	if g == nil {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, more := range g.others {
		at := strings.LastIndexByte(key, '@')
		if fits(key[:at], key[at+1:]) {
			n += more
		}
	}
	return n
}

// groupFuncs are those that count channels in groups.
func groupFuncs() []pbx.Func {
	g := &groupNodes{}
	counted := func(f func(*pbx.Channel, string) (func(group, category string) bool, error)) func(*pbx.Channel, string) (string, error) {
		return func(c *pbx.Channel, args string) (string, error) {
			fits, err := f(c, args)
			if fits == nil || err != nil {
				return "0", err
			}
			return strconv.Itoa(count(c, fits) + g.at(c.Core()).count(fits)), nil
		}
	}
	return []pbx.Func{
		{Name: "GROUP", Synopsis: "The group of the channel in a category", Usage: "GROUP([category])", Read: readGroup,
			Write: func(c *pbx.Channel, category, value string) error {
				err := writeGroup(c, category, value)
				g.at(c.Core()).changed()
				return err
			}},
		{Name: "GROUP_COUNT", Synopsis: "How many channels are in a group", Usage: "GROUP_COUNT([group][@category])", Read: counted(groupCount)},
		{Name: "GROUP_MATCH_COUNT", Synopsis: "How many channels are in groups that match", Usage: "GROUP_MATCH_COUNT(expression[@category])",
			Read: counted(groupMatchCount)},
	}
}
