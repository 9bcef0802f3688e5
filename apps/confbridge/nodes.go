package confbridge

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

// Where several nodes are one switchboard a conference is at one of them: the one that has it, else the one that
// ranks highest for its name. Who comes at another node goes there by a visit (pbx.Visit), with the profiles that CONFBRIDGE() has
// made for him, and when that node dies to the one that follows it.

// nodeKind is that of the shared words about conferences, whose key is the name in lower case, and the topic of who comes;
// infoTopic that of CONFBRIDGE_INFO.
const (
	nodeKind  = pbx.ConferenceOwner
	infoTopic = "conference-info"
	// thereTopic is the question whether a node is at work: whose calls have ended because it stops is not.
	thereTopic = "conference-there"
)

// guest is who comes from another node.
type guest struct {
	Name     string      `json:"n"`
	App      string      `json:"a"` // ConfBridge or MeetMe
	Args     string      `json:"d"`
	Profile  [][3]string `json:"p,omitempty"` // kind, option, value of CONFBRIDGE()
	Language string      `json:"l,omitempty"`
}

// Start implements pbx.Starter.
func (m *Module) Start() {
	others := m.core.Elsewhere()
	if others == nil {
		return
	}
	m.core.AnswerNodes(nodeKind, func(_, text string) (v pbx.Visit, ok bool) {
		var g guest
		if json.Unmarshal([]byte(text), &g) != nil || m.core.Draining() && m.find(g.Name) == nil {
			return v, false
		}
		return pbx.Visit{App: g.App, Data: g.Args, Begins: func(c *pbx.Channel) { m.receives(c, g) }}, true
	})
	others.Answer(thereTopic, func(string, string) string {
		if m.core.Refusing() && !m.core.Draining() {
			return ""
		}
		return "yes"
	})
	others.Answer(infoTopic, func(_, text string) string {
		what, name, _ := strings.Cut(text, ",")
		if m.find(name) == nil {
			return ""
		}
		value, _ := m.info(what, name)
		return value
	})
}

// receives gives a guest what he has brought.
func (m *Module) receives(c *pbx.Channel, g guest) {
	o := m.ownOf(c)
	for _, x := range g.Profile {
		if next, err := m.set(o, x[0], x[1], x[2]); err == nil {
			o = next
		}
	}
	m.keep(c, o)
	c.SetLanguage(g.Language)
}

// tellNodes says whether a conference is here.
func (m *Module) tellNodes(name string, is bool) {
	if m.core.Elsewhere() == nil {
		return
	}
	shared, key := m.core.Shared(), strings.ToLower(name)
	if !is {
		shared.Delete(nodeKind, key)
	} else if err := shared.Put(nodeKind, key, "here", 0); err != nil {
		m.core.Log().Warn().Msgf("the other nodes are not told of the conference '%s': %v", name, err)
	}
}

// at is the node that has a conference, or is to have it; "": this one.
func (m *Module) at(name string) string {
	others := m.core.Elsewhere()
	if others == nil || m.find(name) != nil {
		return ""
	}
	shared, nodes := m.core.Shared(), others.Nodes()
	for _, w := range shared.Get(nodeKind, strings.ToLower(name)) {
		if w.Node != shared.Node() && slices.Contains(nodes, w.Node) {
			return w.Node
		}
	}
	node, here := others.Owner(nodeKind, strings.ToLower(name)) // silent ones too: all agree on who follows when it is dead
	if here {
		return ""
	}
	return node
}

// What a visit goes by: a node that does not let a guest in is asked again, until others take it for dead as well and
// agree who follows it.
const (
	askAgain = 500 * time.Millisecond
	askings  = 12
)

// visits has somebody take part at the node that has the conference; false: it is here. When that node dies he
// goes where the others go.
func (m *Module) visits(c *pbx.Channel, name, app, args string) (r dialplan.Result, away bool) {
	dial := m.core.App("Dial")
	if c.Visitor() || c.Leg().Stream() == nil || dial == nil {
		return r, false
	}
	for range askings {
		node := m.at(name)
		if node == "" {
			return r, false
		}
		g, _ := json.Marshal(guest{name, app, args, m.ownOf(c).said, c.View().Language})
		way := m.core.AskNode(node, nodeKind, string(g))
		if way == "" {
			if c.Sleep(askAgain); c.Gone() {
				return dialplan.End, true
			}
			continue
		}
		c.Answer()
		r = c.Below(func() dialplan.Result { return dial.Exec(c, pbx.VisitArgs(way)+",g") })
		if c.Gone() || m.isThere(node) {
			return r, true
		}
	}
	return r, false
}

// isThere says whether a node is at work still.
func (m *Module) isThere(node string) bool {
	answer, err := m.core.Elsewhere().Ask(node, thereTopic, "", pbx.NodePatience)
	return err == nil && answer == "yes"
}

// infoAbroad is CONFBRIDGE_INFO of a conference at another node; "": there is none.
func (m *Module) infoAbroad(what, name string) string {
	others := m.core.Elsewhere()
	if others == nil {
		return ""
	}
	shared := m.core.Shared()
	for _, w := range shared.Get(nodeKind, strings.ToLower(name)) {
		if w.Node == shared.Node() {
			continue
		}
		if value, err := others.Ask(w.Node, infoTopic, what+","+name, pbx.NodePatience); err == nil && value != "" {
			return value
		}
	}
	return ""
}
