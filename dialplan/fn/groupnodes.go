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
	units  map[string]map[*pbx.Channel]bool // who has a unit of a hard limit, by "group@category"
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
		g.core, g.said, g.others, g.units = core, map[string]int{}, map[string]int{}, map[string]map[*pbx.Channel]bool{}
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
	g.giveBack()
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

// take takes the unit that a channel needs in a group with a hard limit. It may wait for other nodes.
func (g *groupNodes) take(c *pbx.Channel, group, category string) {
	if g == nil || group == "" {
		return
	}
	most, key := g.core.Elsewhere().GroupLimit(group, category), group+"@"+category
	if most == 0 || g.has(c, key) || !g.core.Elsewhere().Take("group "+key, most, pbx.UnitPatience) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.units[key] == nil {
		g.units[key] = map[*pbx.Channel]bool{}
	}
	g.units[key][c] = true
}

func (g *groupNodes) has(c *pbx.Channel, key string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.units[key][c]
}

// giveBack gives the units back of channels that have ended, or have left the group.
func (g *groupNodes) giveBack() {
	live := map[*pbx.Channel]bool{}
	for _, c := range g.core.Channels() {
		live[c] = true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for key, list := range g.units {
		at := strings.LastIndexByte(key, '@')
		for c := range list {
			if group, _ := c.Var(groupPrefix + key[at+1:]); live[c] && group == key[:at] {
				continue
			}
			delete(list, c)
			g.core.Elsewhere().Give("group " + key)
		}
		if len(list) == 0 {
			delete(g.units, key)
		}
	}
}

// exact is what a channel is told of the count of a group with a hard limit: one that is in it with a unit is never told more than
// the limit, one that is in it without a unit never less than one more.
func (g *groupNodes) exact(c *pbx.Channel, args string, n int) int {
	if g == nil {
		return n
	}
	group, category, _ := strings.Cut(strings.TrimSpace(args), "@")
	own, _ := c.Var(groupPrefix + category)
	most := g.core.Elsewhere().GroupLimit(own, category)
	switch {
	case own == "" || most == 0 || group != "" && group != own:
		return n
	case g.has(c, own+"@"+category):
		return min(n, most)
	}
	return max(n, most+1)
}

// groupFuncs are those that count channels in groups.
func groupFuncs() []pbx.Func {
	g := &groupNodes{}
	type chooser = func(*pbx.Channel, string) (fits func(group, category string) bool, err error)
	counted := func(f chooser, hard bool) func(*pbx.Channel, string) (string, error) {
		return func(c *pbx.Channel, args string) (string, error) {
			fits, err := f(c, args)
			if fits == nil || err != nil {
				return "0", err
			}
			nodes := g.at(c.Core())
			n := count(c, fits) + nodes.count(fits)
			if hard {
				n = nodes.exact(c, args, n)
			}
			return strconv.Itoa(n), nil
		}
	}
	return []pbx.Func{
		{Name: "GROUP", Synopsis: "The group of the channel in a category", Usage: "GROUP([category])", Read: readGroup,
			Write: func(c *pbx.Channel, category, value string) error {
				group, of := writeGroup(c, category, value)
				nodes := g.at(c.Core())
				nodes.take(c, group, of)
				nodes.changed()
				return nil
			}},
		{Name: "GROUP_COUNT", Synopsis: "How many channels are in a group", Usage: "GROUP_COUNT([group][@category])",
			Read: counted(groupCount, true)},
		{Name: "GROUP_MATCH_COUNT", Synopsis: "How many channels are in groups that match", Usage: "GROUP_MATCH_COUNT(expression[@category])",
			Read: counted(groupMatchCount, false)},
	}
}
