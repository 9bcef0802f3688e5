package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

const nodesConference = "[inside]\nexten => 800,1,Answer()\nsame => n,Set(CONFBRIDGE(user,quiet)=yes)\nsame => n,ConfBridge(sales)\n" +
	"same => n,Set(GLOBAL(AFTER)=${EXTEN})\nsame => n,Hangup()\n" +
	"exten => 801,1,Answer()\nsame => n,Set(GLOBAL(PARTIES)=${CONFBRIDGE_INFO(parties,sales)})\nsame => n,Hangup()\n"

// owner is the node that has the conference, and the others.
func owner(t *testing.T, n []*node) (has *node, rest []*node) {
	t.Helper()
	for _, x := range n {
		if x.sys == nil {
			continue
		}
		if strings.Contains(x.ask("confbridge list"), "sales") {
			if has != nil {
				t.Fatal("two nodes have the conference")
			}
			has = x
		} else {
			rest = append(rest, x)
		}
	}
	if has == nil {
		t.Fatal("no node has the conference")
	}
	return has, rest
}

// A conference is at one node, and who comes at any is in it; when that node dies the others meet at the next one.
func TestConferenceOverNodes(t *testing.T) {
	inNodesWith(t, 3, nodeKit{plan: nodesConference}, func(n []*node) {
		phones := []*testkit.Phone{n[0].registered("1001", "one", "10.0.0.7:5060"), n[1].registered("1002", "two", "10.0.1.7:5060"),
			n[2].registered("1004", "four", "10.0.2.7:5060")}
		calls := map[string]*testkit.Call{}
		for i, p := range phones {
			defer p.Close()
			calls[n[i].name] = reaches(t, p, "800")
			time.Sleep(time.Second)
		}
		has, rest := owner(t, n)
		has.says("confbridge list", "3")
		for _, x := range n {
			c := x.phone("1003", "three", "10.0.7.7:5060")
			reaches(t, c, "801")
			time.Sleep(time.Second)
			if got := x.global("PARTIES"); got != "3" {
				t.Errorf("%s counts %s parties", x.name, got)
			}
			c.Close()
		}
		talk(t, calls["a"], calls["b"])
		talk(t, calls["b"], calls["c"])
		has.kill()
		time.Sleep(10 * time.Second)
		next, _ := owner(t, rest)
		next.says("confbridge list", "2")
		talk(t, calls[rest[0].name], calls[rest[1].name])
		calls[rest[0].name].Hangup()
		time.Sleep(time.Second)
		next.says("confbridge list", "1")
	})
}
