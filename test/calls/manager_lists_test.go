package calls

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Where the ActionID stands in the events of lists: last in those of queues, agents, parked calls and of
// Status, second in all others, as clients that read by place know it.
func TestActionIDInLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "manager.conf": managerConf, "queues.conf": "[q]\nmember => SIP/1002\n",
			"agents.conf": "[1001]\nfullname=A\n", "extensions.conf": "[inside]\nexten => park,1,Park()\nexten => queue,1,Queue(q)\n" +
				"exten => wait,1,Answer()\n same => n,Wait(60)\n"})
		c := w.client("admin", "secret")
		for _, exten := range []string{"park", "queue"} {
			c.ask("Action: Originate\r\nAsync: yes\r\nChannel: Local/wait@inside\r\nContext: inside\r\nPriority: 1\r\nExten: " + exten)
		}
		time.Sleep(3 * time.Second)
		c.ask("Action: Events\r\nEventMask: off")
		for action, last := range map[string]string{"QueueStatus": "QueueParams QueueMember QueueEntry", "QueueSummary": "QueueSummary",
			"Agents": "Agents", "ParkedCalls": "ParkedCall", "Status": "Status", "CoreShowChannels": "", "SIPpeers": "", "Parkinglots": ""} {
			seen := map[string]bool{}
			for _, e := range strings.Split(c.ask("Action: "+action+"\r\nActionID: 9"), "\r\n\r\n") {
				lines := strings.Split(e, "\r\n")
				name, event := strings.CutPrefix(lines[0], "Event: ")
				if !event {
					continue
				}
				seen[name] = true
				place := 1
				if strings.Contains(" "+last+" ", " "+name+" ") {
					place = len(lines) - 1
				}
				if lines[place] != "ActionID: 9" {
					t.Errorf("%s: %q", action, lines)
				}
			}
			for _, name := range strings.Fields(last) {
				if !seen[name] {
					t.Errorf("%s has no %s", action, name)
				}
			}
		}
		c.ask("Action: Hangup\r\nChannel: /.*/")
		time.Sleep(3 * time.Second)
		c.ask("Action: Logoff")
		w.stop()
	})
}
