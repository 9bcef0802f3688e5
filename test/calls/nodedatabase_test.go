package calls

import (
	"testing"
	"time"

	"obelisk/internal/testkit/common"
)

// What one node writes into astdb the others have within moments, a state of a device that was set with it; while the
// database is away each goes on with what it has, and what was written meanwhile arrives later.
func TestDatabaseOverNodes(t *testing.T) {
	db := &common.DB{}
	plan := "exten => 700,1,Set(DB(cfim/1001)=2001)\nsame => n,Set(DEVICE_STATE(Custom:night)=INUSE)\n" +
		"exten => 701,hint,Custom:night\n"
	inNodesWith(t, 3, nodeKit{plan: "[inside]\n" + plan, common: db}, func(n []*node) {
		a, b, c := n[0], n[1], n[2]
		p := a.registered("1001", "one", "10.0.0.7:5060")
		defer p.Close()
		p.Dial("700")
		time.Sleep(time.Second)
		for _, x := range n {
			x.says("database get cfim 1001", "2001")
			x.says("core show hint 701", "State:InUse")
		}
		b.says("devstate change Custom:night NOT_INUSE", "")
		b.says("database del cfim 1001", "removed")
		time.Sleep(time.Second)
		for _, x := range n {
			x.says("database get cfim 1001", "not found")
			x.says("core show hint 701", "State:Idle")
			x.says("database show SIP/Registry", map[bool]string{true: "1 results", false: "0 results"}[x == a])
		}
		db.Away(true)
		a.says("database put cfim 1002 away", "Updated")
		c.says("database put cfim 1003 away", "Updated")
		time.Sleep(10 * time.Second)
		a.says("database get cfim 1002", "away")
		a.says("cluster check", "the database of all nodes is away; 1 changes")
		b.says("database get cfim 1002", "not found")
		c.stop()
		c.run()
		c.says("database get cfim 1003", "away")
		db.Away(false)
		time.Sleep(10 * time.Second)
		for _, x := range n {
			x.says("database get cfim 1002", "away")
			x.says("database get cfim 1003", "away")
		}
	})
}
