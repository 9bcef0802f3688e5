package pbx

import (
	"fmt"
	"strings"
	"time"

	"obelisk/internal/printable"
)

// QueueLog writes a line of the log of queues: what happened to a call, "NONE" for what is
// not known, and what there is to say of it.
func (c *Core) QueueLog(uniqueID, queue, agent, event string, data ...string) {
	if c.cfg.QueueLog == nil {
		return
	}
	c.cfg.QueueLog(printable.Line(fmt.Sprintf("%d|%s|%s|%s|%s|%s", time.Now().Unix(), uniqueID, queue, agent, event,
		strings.Join(data, "|"))))
}
