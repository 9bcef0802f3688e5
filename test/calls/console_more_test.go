package calls

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/store/realtime"
	"obelisk/internal/testkit"
)

// What console commands answer, as those of a running Asterisk 20.20.1 without anything in use.
func TestConsoleCommandsOfFewWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, baseExtensions, testkit.Faults{})
		for _, row := range [][2]string{
			{"core ping taskprocessor nope", "\nping failed: nope not found\n\n"},
			{"core reset taskprocessor nope", "\nReset failed: nope not found\n\n"},
			{"core reset taskprocessor sip/shard-00000000", "\nResetting sip/shard-00000000\n\n"},
			{"core reset taskprocessors", "\nResetting stats for all taskprocessors\n\n"},
			{"core ping taskprocessor sip/shard-00000000",
				"\npinging sip/shard-00000000 ...\n\t      sip/shard-00000000 ping time: 0.000000 sec\n\n"},
			{"say load", "say mode is [old]\n"}, {"say load old", "say mode is old already\n"},
			{"manager set debug", "manager debug is off\n"}, {"manager set debug on", ""}, {"manager set debug", "manager debug is on\n"},
			{"manager set debug off", ""},
			{"manager kick session 99", "No manager session found using file descriptor 99\n"},
			{"manager kick session foo", "Invalid AMI file descriptor: foo\nCommand 'manager kick session foo' failed.\n"},
			{"cli reload permissions", ""},
			{"indication add us foo 400+450/500", ""}, {"indication add xx dial 400", ""},
			{"indication show xx", "Country Indication      PlayList\n=====================================\nxx      dial            400\n"},
			{"indication remove xx", ""}, {"indication remove xx", "Command 'indication remove xx' failed.\n"},
			{"indication remove us foo", ""}, {"indication remove us foo", "Command 'indication remove us foo' failed.\n"},
			{"rtcp set debug on", "RTCP Packet Debugging Enabled\n"}, {"rtcp set debug off", "RTCP Packet Debugging Disabled\n"},
			{"rtcp set debug ip 1.2.3.4", "RTCP Packet Debugging Enabled for address: 1.2.3.4:0\n"}, {"rtcp set stats off", ""},
			{"cdr set debug on", "CDR debugging enabled\n"}, {"cdr set debug on", ""}, {"cdr set debug off", "CDR debugging disabled\n"},
			{"udptl set debug off", ""}, {"stun set debug off", ""},
			{"manager show event nope", "Could not find event 'nope'\n"},
			{"manager show event presencestatechange", "Event: presencestatechange\n\n  -= Info about Manager Event 'PresenceStateChange' =- \n\n" +
				"[Syntax]\nEvent: PresenceStateChange\nPresentity: <value>\nStatus: <value>\nSubtype: <value>\nMessage: <value>\n\n"},
			{"_complete manager show event Newch", "Newchannel\n"}, {"moh unregister class default", "No such realtime moh class 'default'\n"},
			{"fax show capabilities", "\n\nRegistered FAX Technology Modules:\n\n0 registered modules\n\n"},
			{"fax show version", "FAX For Asterisk Components:\n\tApplications: 20.20.1\n\n"},
			{"fax show session 1", "\nFAX Session Details:\n--------------------\n\n\n\n"},
			{"_complete manager set debug ", "off\non\n"}, {"_complete rtcp set debug ", "ip\noff\non\n"}, {"_complete say load ", "new\nold\n"},
			{"_complete core ping taskprocessor rec", "records/files\n"}, {"_complete indication remove us co", "congestion\n"},
			{"_complete fax show ", "capabilities\nsession\nsessions\nstats\nversion\n"},
		} {
			if got := w.console(row[0]); got != row[1] {
				t.Errorf("%s: %q, want %q", row[0], got, row[1])
			}
		}
		for line, want := range map[string]string{"say load new": "say.conf is not read here", "udptl set debug on": "are not logged",
			"stun set debug on": "are not logged", "rtcp set stats on": "'rtp show stats'", "fax show sessions": "0 FAX sessions",
			"indication add us x nothing": "Unable to register indication us/x", "indication add us": "Usage: indication add <country>",
			"realtime store f a": "Usage: realtime store <family>", "realtime update2 f a b c d": "Usage: realtime update2",
			"realtime store f c v": "Failed to store record: ", "realtime destroy f c v": "Failed to remove record: ",
			"realtime update f a b c d": "Failed to update: "} {
			if got := w.console(line); !strings.Contains(got, want) {
				t.Errorf("%s: %q has no %q", line, got, want)
			}
		}
		w.stop()
	})
}

// A manager session is ended from the console, and events are numbered while that is asked for.
func TestManagerSessionsFromTheConsole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := managerWorld(t, "[inside]\n")
		c := w.client("admin", "secret")
		c.read(time.Second)
		w.console("manager set debug on")
		if got := c.ask("Action: UserEvent\r\nUserEvent: x"); !strings.Contains(got, "SequenceNumber: 0\r\n") {
			t.Errorf("no number: %s", got)
		}
		w.console("manager set debug off")
		if got := c.ask("Action: UserEvent\r\nUserEvent: y"); strings.Contains(got, "SequenceNumber") {
			t.Errorf("a number: %s", got)
		}
		row := strings.Fields(strings.Split(w.console("manager show connected"), "\n")[1])
		if got := w.console("manager kick session " + row[4]); got != "Kicking manager session connected using file descriptor "+row[4]+"\n" {
			t.Error(got)
		}
		time.Sleep(time.Second)
		if got := w.console("manager show connected"); !strings.HasSuffix(got, "0 users connected.\n") {
			t.Error(got)
		}
		w.stop()
	})
}

// Rows of a table are added, changed and removed from the console.
func TestRowsFromTheConsole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "rows.db")
		tables, _ := realtime.Open([]realtime.Mapping{{Family: "things", Driver: "sqlite3", Database: "main", Table: "things"}},
			[]realtime.Source{{Driver: "sqlite3", Name: "main", File: file}}, func(string, bool) {})
		if err := tables.Exec("things", "CREATE TABLE things (name TEXT, a TEXT, b TEXT)"); err != nil {
			t.Fatal(err)
		}
		defer tables.Close()
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": baseExtensions,
			"extconfig.conf":          "[settings]\nthings => sqlite3,main,things\n",
			"res_config_sqlite3.conf": "[main]\ndbfile => " + file + "\n"})
		for _, row := range [][2]string{
			{"realtime store things name x a 1", "Stored RealTime record.\n"}, {"realtime store things name x b 2", "Stored RealTime record.\n"},
			{"realtime update things name x b 9", "Updated 2 RealTime records.\n"},
			{"realtime update things name nope b 9", "Updated 0 RealTime records.\n"},
			{"realtime update2 things name x a 1 NULL b 77", "Updated 1 RealTime record.\n"},
			{"realtime store things nocol 5",
				"Failed to store record: there is no column 'nocol'\nCommand 'realtime store things nocol 5' failed.\n"},
			{"realtime destroy things name x a 1", "Removed 1 RealTime record.\n"},
			{"realtime destroy things name x", "Removed 1 RealTime record.\n"},
			{"realtime load things name x", "No rows found matching search criteria.\n"},
		} {
			if got := w.console(row[0]); got != row[1] {
				t.Errorf("%s: %q, want %q", row[0], got, row[1])
			}
		}
		w.stop()
	})
}

// LocalOptimizeAway leaves out a Local channel that was to stay (/n), by the name of either half.
func TestLocalOptimizeAwayOfOneThatStays(t *testing.T) {
	for _, half := range []string{";1", ";2"} {
		t.Run(half, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := managerWorld(t, localPlan)
				a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
				call := a.Dial("320")
				in := <-b.Incoming
				in.Answer()
				call.Wait("200", time.Second)
				time.Sleep(time.Second)
				c := w.client("admin", "secret")
				c.read(time.Second)
				if got := c.ask("Action: LocalOptimizeAway\r\nChannel: Local/311@inside-00000000" + half); !strings.Contains(got,
					"Message: Queued channel to be optimized away") {
					t.Error(got)
				}
				time.Sleep(time.Second)
				if got := strings.Join(channelNames(w), " "); got != "SIP/1001 SIP/1002" {
					t.Errorf("channels: %s", got)
				}
				call.Hangup()
				time.Sleep(time.Second)
				a.Close()
				b.Close()
				w.stop()
			})
		})
	}
}
