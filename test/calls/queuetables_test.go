package calls

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/store/realtime"
)

// A queue, its member and its log are in a database: the member rings, and the log has the call.
func TestQueueInTables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "queues.db")
		families := []string{"queues", "queue_members", "queue_log", "musiconhold"}
		var mappings []realtime.Mapping
		conf := "[settings]\n"
		for _, f := range families {
			mappings = append(mappings, realtime.Mapping{Family: f, Driver: "sqlite3", Database: "main", Table: f})
			conf += f + " => sqlite3,main," + f + "\n"
		}
		tables, _ := realtime.Open(mappings, []realtime.Source{{Driver: "sqlite3", Name: "main", File: file}},
			func(s string, _ bool) { t.Log(s) })
		for _, statement := range []string{"CREATE TABLE queues (name TEXT PRIMARY KEY, strategy TEXT, timeout TEXT, retry TEXT, " +
			"servicelevel TEXT, announce_frequency TEXT)",
			"CREATE TABLE queue_members (uniqueid INTEGER PRIMARY KEY, queue_name TEXT, interface TEXT, membername TEXT, penalty INTEGER, " +
				"paused INTEGER, reason_paused TEXT, wrapuptime INTEGER)",
			"CREATE TABLE queue_log (id INTEGER PRIMARY KEY, time TEXT, callid TEXT, queuename TEXT, agent TEXT, event TEXT, data1 TEXT, data2 " +
				"TEXT, data3 TEXT, data4 TEXT, data5 TEXT)",
			"CREATE TABLE musiconhold (name TEXT PRIMARY KEY, mode TEXT, directory TEXT)",
			"INSERT INTO queues VALUES ('sales', 'rrmemory', '10', '1', '60', '')",
			"INSERT INTO queue_members VALUES (7, 'sales', 'SIP/1002', 'Ben', 0, 0, '', 0)"} {
			if err := tables.Exec("queues", statement); err != nil {
				t.Fatal(err)
			}
		}
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": "[inside]\nexten => 800,1,Answer()\nsame => " +
			"n,Queue(sales,c,,,60)\nsame => n,PauseQueueMember(sales,SIP/1002,,tea)\nsame => n,Wait(1)\n",
			"extconfig.conf": conf, "res_config_sqlite3.conf": "[main]\ndbfile => " + file + "\n"})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		call := a.Dial("800")
		in := answered(t, b)
		in.Answer()
		time.Sleep(5 * time.Second)
		in.Hangup()
		call.Wait("BYE", 10*time.Second)
		time.Sleep(2 * time.Second)
		rows, err := tables.LoadAll("queue_log", realtime.Condition{Field: "queuename", Value: "sales"})
		var events []string
		for _, r := range rows {
			events = append(events, r.Get("agent")+" "+r.Get("event"))
		}
		if got, want := strings.Join(events,
			", "), "SIP/1002 ADDMEMBER, NONE ENTERQUEUE, Ben CONNECT, Ben COMPLETEAGENT, Ben PAUSE"; err != nil || got != want {
			t.Errorf("queue_log: %s, %v", got, err)
		}
		row, _, err := tables.Load("queue_members", realtime.Condition{Field: "uniqueid", Value: "7"})
		if err != nil || row.Get("paused") != "1" || row.Get("reason_paused") != "tea" {
			t.Errorf("the member's row: %v, %v", row, err)
		}
		synctest.Wait()
		w.stop()
		a.Close()
		b.Close()
		tables.Close()
	})
}
