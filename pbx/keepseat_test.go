package pbx

import (
	"testing"
	"testing/synctest"
	"time"
)

// Who wants the seat of a channel in a bridge that is over gets it where that one goes next, as soon
// as it is sent there, and none where it stays.
func TestKeepSeatWhereItGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := NewCore(Config{})
		over, next := k.NewBridge(Policy{}), k.NewBridge(Policy{})
		over.over.Store(true)
		c := &Channel{core: k}
		c.hold(over)
		begun := time.Now()
		if to := c.keepSeat(); to != nil || time.Since(begun) != leavePatience {
			t.Errorf("%v after %v", to.name(), time.Since(begun))
		}
		begun = time.Now()
		time.AfterFunc(time.Millisecond, func() {
			over.departed() // somebody else was sent away
			c.hold(next)
			over.departed()
		})
		if to := c.keepSeat(); to != next || time.Since(begun) != time.Millisecond {
			t.Errorf("%v after %v", to.name(), time.Since(begun))
		}
		if next.reserved != 1 {
			t.Errorf("%d seats are kept", next.reserved)
		}
	})
}
