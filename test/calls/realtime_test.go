package calls

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/boot"
	"obelisk/internal/config"
	"obelisk/internal/store/realtime"
	"obelisk/internal/testkit"
)

// tableWorld is a switchboard whose phones and extensions are in a SQLite file.
type tableWorld struct {
	*world
	tables *realtime.Tables // the test's own look at the file
	file   string
}

const tablesOfPhones = `CREATE TABLE sip (id INTEGER PRIMARY KEY, name VARCHAR(40) UNIQUE, type TEXT, host TEXT, secret TEXT, context TEXT, disallow TEXT, allow TEXT, setvar TEXT, "call-limit" TEXT,
	ipaddr TEXT, port INTEGER, regseconds INTEGER, defaultuser TEXT, fullcontact TEXT, regserver TEXT, useragent TEXT, lastms INTEGER)`

const tableOfExtensions = "CREATE TABLE ext (id INTEGER PRIMARY KEY, context TEXT, exten TEXT, priority TEXT, app TEXT, appdata TEXT)"

// inTables runs f with lines in [general] of sip.conf and rows for both tables.
func inTables(t *testing.T, general string, phones, extensions []realtime.Row, f func(w *tableWorld)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "tables.db")
		mappings := []realtime.Mapping{{Family: "sippeers", Driver: "sqlite3", Database: "main", Table: "sip"},
			{Family: "extensions", Driver: "sqlite3", Database: "main", Table: "ext"}}
		tables, _ := realtime.Open(mappings, []realtime.Source{{Driver: "sqlite3", Name: "main", File: file}},
			func(s string, _ bool) { t.Log(s) })
		for _, statement := range []string{tablesOfPhones, tableOfExtensions} {
			if err := tables.Exec("sippeers", statement); err != nil {
				t.Fatal(err)
			}
		}
		for family, rows := range map[string][]realtime.Row{"sippeers": phones, "extensions": extensions} {
			for _, r := range rows {
				if err := tables.Insert(family, r); err != nil {
					t.Fatal(err)
				}
			}
		}
		w := newWorldWith(t, map[string]string{
			"sip.conf": "[general]\nudpbindaddr=10.0.0.1:5060\nallowguest=no\n" + general +
				"[static]\ntype=friend\nhost=dynamic\nsecret=static\ncontext=inside\n",
			"extensions.conf": "[inside]\nexten => 100,1,Busy()\nswitch => Realtime/@\ninclude => later\n[later]\nexten => " +
				"200,1,Congestion()\nexten => 300,1,Congestion()\n",
			"extconfig.conf":          "[settings]\nsippeers => sqlite3,main,sip\nextensions => sqlite3,main,ext\n",
			"res_config_sqlite3.conf": "[main]\ndbfile => " + file + "\n",
		})
		f(&tableWorld{w, tables, file})
		w.stop()
		tables.Close()
	})
}

func phoneRow(name string, more ...string) realtime.Row {
	r := realtime.Row{{Name: "name", Value: name}, {Name: "type", Value: "friend"}, {Name: "host", Value: "dynamic"},
		{Name: "secret", Value: "pw" + name}, {Name: "context", Value: "inside"}, {Name: "disallow", Value: "all"},
		{Name: "allow", Value: "alaw;ulaw"}}
	for i := 0; i < len(more); i += 2 {
		r = append(r, realtime.Field{Name: more[i], Value: more[i+1]})
	}
	return r
}

func stepRow(exten, priority, app, data string) realtime.Row {
	return realtime.Row{{Name: "context", Value: "inside"}, {Name: "exten", Value: exten}, {Name: "priority", Value: priority},
		{Name: "app", Value: app}, {Name: "appdata", Value: data}}
}

// row is a phone's row as it stands in the file.
func (w *tableWorld) row(name string) realtime.Row {
	w.t.Helper()
	r, _, err := w.tables.Load("sippeers", realtime.Condition{Field: "name", Value: name})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *tableWorld) set(name, column, value string) {
	w.t.Helper()
	if _, err := w.tables.Update("sippeers", realtime.Condition{Field: "name", Value: name},
		realtime.Row{{Name: column, Value: value}}); err != nil {
		w.t.Fatal(err)
	}
}

// With sipregs where phones are is kept apart from what they are.
func TestRegistrationsInATableOfTheirOwn(t *testing.T) {
	inTables(t, "", []realtime.Row{phoneRow("71"), phoneRow("72")}, []realtime.Row{stepRow("71", "1", "Dial", "SIP/71")},
		func(w *tableWorld) {
			w.world.stop()
			w.write("extconfig.conf", "[settings]\nsippeers => sqlite3,main,sip\nsipregs => sqlite3,main,regs\nextensions => sqlite3,main,ext\n")
			for _, statement := range []string{"CREATE TABLE regs (name TEXT UNIQUE, ipaddr TEXT, port INTEGER, regseconds INTEGER, fullcontact " +
				"TEXT)",
				fmt.Sprintf("INSERT INTO regs VALUES ('71', '10.0.0.11', 5060, %d, 'sip:71@10.0.0.11:5060'), ('72', '', 0, 0, '')",
					time.Now().Unix()+100)} {
				if err := w.tables.Exec("sippeers", statement); err != nil {
					t.Fatal(err)
				}
			}
			w.start(nil)
			a, s := w.phone("71", "pw71", "10.0.0.11:5060"), w.registered("72", "pw72", "10.0.0.12:5060")
			call := s.Dial("71") // who has not registered since the start
			in := answered(t, a)
			in.Reject("486 Busy Here")
			call.Wait("486", time.Second)
			time.Sleep(time.Second)
			if got := w.ask("realtime load sipregs name 72"); !strings.Contains(got, "fullcontact  sip:72@10.0.0.12:5060") ||
				w.row("72").Get("fullcontact") != "" {
				t.Errorf("%s%v", got, w.row("72"))
			}
			time.Sleep(time.Minute)
			a.Close()
			s.Close()
		})
}

// Phones of a table register and call each other by extensions of a table; where they
// are is written, and known again after a restart.
func TestPhonesOfATable(t *testing.T) {
	steps := []realtime.Row{stepRow("_7X", "1", "NoOp", "to ${EXTEN}"), stepRow("_7X", "2", "Dial", "SIP/${EXTEN},20"),
		stepRow("300", "1", "Busy", "")}
	inTables(t, "", []realtime.Row{phoneRow("71"), phoneRow("72")}, steps, func(w *tableWorld) {
		a, b := w.registered("71", "pw71", "10.0.0.11:5060"), w.registered("72", "pw72", "10.0.0.12:5060")
		s := w.registered("static", "static", "10.0.0.13:5060")
		stranger := w.phone("73", "pw73", "10.0.0.14:5060")
		defer stranger.Close()
		if st, _, _ := stranger.Register(300); st != 403 {
			t.Errorf("a phone without a row: %d", st)
		}
		time.Sleep(time.Second)
		r := w.row("72")
		if r.Get("ipaddr") != "10.0.0.12" || r.Get("port") != "5060" || r.Get("fullcontact") != "sip:72@10.0.0.12:5060" ||
			r.Get("regseconds") != fmt.Sprint(time.Now().Unix()+299) || r.Get("defaultuser") != "72" || r.Get("regserver") != "" {
			t.Errorf("%v", r)
		}
		for number, want := range map[string]string{"100": "486", "200": "503", "300": "486", "400": "404"} {
			call := s.Dial(number)
			if !call.Wait(want, time.Second) {
				t.Errorf("%s: not %s", number, want)
			}
		}
		talk := func() {
			t.Helper()
			call := a.DialWith("72", "0 8 101")
			in := answered(t, b)
			if !strings.Contains(in.Invite().Body, " RTP/AVP 8 0 101") {
				t.Errorf("%s", in.Invite().Body)
			}
			in.Answer()
			if !call.Wait("200", time.Second) {
				t.Error("no answer")
			}
			call.Hangup()
			in.Wait("BYE", time.Second)
		}
		talk()
		w.world.stop()
		w.start(nil)
		talk()
		b.Register(0)
		time.Sleep(time.Second)
		if r := w.row("72"); r.Get("ipaddr") != "" || r.Get("regseconds") != "0" || r.Get("fullcontact") != "" {
			t.Errorf("after it has gone: %v", r)
		}
		// Another node of ours registers it.
		for column, value := range map[string]string{"ipaddr": "10.0.0.12", "port": "5060", "fullcontact": "sip:72@10.0.0.12:5060",
			"regseconds": fmt.Sprint(time.Now().Unix() + 100)} {
			w.set("72", column, value)
		}
		time.Sleep(6 * time.Second)
		talk()
		time.Sleep(time.Minute)
		for _, p := range []*testkit.Phone{a, b, s} {
			p.Close()
		}
	})
}

// What is changed in the table counts within seconds, or with rtcachefriends once the
// phone is pruned.
func TestTableIsReadAgain(t *testing.T) {
	for _, general := range []string{"", "rtcachefriends=yes\nrtautoclear=no\n"} {
		inTables(t, general, []realtime.Row{phoneRow("71")}, nil, func(w *tableWorld) {
			a := w.registered("71", "pw71", "10.0.0.11:5060")
			defer a.Close()
			status := func(secret string) int {
				a.Secret = secret
				s, _, _ := a.Register(300)
				return s
			}
			w.set("71", "secret", "new")
			if status("pw71") != 200 {
				t.Errorf("%q: the old secret is refused at once", general)
			}
			time.Sleep(6 * time.Second)
			if general != "" {
				if status("pw71") != 200 {
					t.Error("the cached row is not kept")
				}
				if got := w.ask("sip show peers"); !strings.Contains(got, "71/71 ") || !strings.Contains(got, " Cached RT") ||
					!strings.Contains(got, "2 sip peers") {
					t.Error(got)
				}
				for command, want := range map[string]string{"sip prune realtime static": "Peer 'static' is not a Realtime peer, cannot be pruned.\n",
					"sip prune realtime nobody": "Peer 'nobody' not found.\n"} {
					if got := w.ask(command); got != want {
						t.Errorf("%s: %s", command, got)
					}
				}
				if got := w.ask("sip prune realtime peer 71") + w.ask(
					"sip prune realtime all"); got != "Peer '71' pruned.\nNo peers found to prune.\n" {
					t.Error(got)
				}
			}
			if status("pw71") != 403 || status("new") != 200 {
				t.Errorf("%q: the new secret does not count", general)
			}
			w.set("71", "secret", "newer")
			if w.ask("sip prune realtime all"); status("newer") != 200 {
				t.Errorf("%q: not read after prune", general)
			}
		})
	}
}

// While the database is away phones that are known go on, who is not known is asked to
// come later, and nothing is lost.
func TestDatabaseAway(t *testing.T) {
	inTables(t, "", []realtime.Row{phoneRow("71"), phoneRow("72")}, []realtime.Row{stepRow("500", "1", "Busy", "")}, func(w *tableWorld) {
		a, b := w.registered("71", "pw71", "10.0.0.11:5060"), w.phone("72", "pw72", "10.0.0.12:5060")
		defer a.Close()
		defer b.Close()
		time.Sleep(time.Second)
		away := func(from, to string) {
			for _, end := range []string{"", "-wal", "-shm"} {
				os.Rename(w.file+from+end, w.file+to+end)
			}
		}
		w.tables.Close()
		w.sys.Tables().Idle() // so that the file is opened anew
		away("", ".away")
		os.Mkdir(w.file, 0o755)
		time.Sleep(10 * time.Second)
		if s, _, _ := a.Register(600); s != 200 {
			t.Errorf("a refresh while the database is away: %d", s)
		}
		if s, m, _ := b.Register(300); s != 503 || m.Get("Retry-After") == "" {
			t.Errorf("an unknown phone while the database is away: %d", s)
		}
		if call := a.Dial("500"); !call.Wait("486", 5*time.Second) {
			t.Error("the extensions are gone")
		}
		until := time.Now().Unix() + 600
		if got := w.ask("realtime show status"); !strings.Contains(got, "sqlite3 main: away for ") ||
			!strings.Contains(got, "1 databases, 1 writes wait\n") {
			t.Error(got)
		}
		os.Remove(w.file)
		away(".away", "")
		time.Sleep(10 * time.Second)
		if s, _, _ := b.Register(300); s != 200 {
			t.Errorf("once it is back: %d", s)
		}
		time.Sleep(time.Second)
		if got := w.ask("realtime load sippeers name 71"); !strings.Contains(got, "                    regseconds  "+fmt.Sprint(until)) {
			t.Errorf("until %d:\n%s", until, got)
		}
		if got := w.ask("realtime show status"); got != "sqlite3 main: reachable\n1 databases, 0 writes wait\n" {
			t.Error(got)
		}
		time.Sleep(time.Minute)
	})
}

// The functions of the REALTIME family.
func TestRealtimeFunctions(t *testing.T) {
	same := func(got, want string) string { return "$[\"" + got + "\" = \"" + want + "\"]" }
	steps := []realtime.Row{
		stepRow("1", "1", "Set", "REALTIME(sippeers,name,72,secret)=changed"),
		stepRow("1", "2", "GotoIf", same("${REALTIME_FIELD(sippeers,name,72,secret)}", "changed")+"?3:9"),
		stepRow("1", "3", "Set", "REALTIME_STORE(extensions,context,exten)=x,y"),
		stepRow("1", "4", "GotoIf", same("${REALTIME(extensions,exten,y,|,:):6}", "context:x|exten:y|priority:|app:|appdata:|")+"?5:9"),
		stepRow("1", "5", "Set", "Y=${REALTIME_DESTROY(extensions,exten,y)}"),
		stepRow("1", "6", "GotoIf", same("${REALTIME(extensions,exten,y)}", "")+"?7:9"),
		stepRow("1", "7", "Set", "H=${REALTIME_HASH(sippeers,name LIKE,7_)}"),
		stepRow("1", "8", "GotoIf", same("${H:0:10}:${~ODBCFIELDS~:0:8}", ",1,71,frie:,id,name")+"?10:9"),
		stepRow("1", "9", "Congestion", ""),
		stepRow("1", "10", "Busy", ""),
	}
	inTables(t, "", []realtime.Row{phoneRow("71"), phoneRow("72")}, steps, func(w *tableWorld) {
		a := w.registered("71", "pw71", "10.0.0.11:5060")
		defer a.Close()
		if call := a.Dial("1"); !call.Wait("486", time.Second) {
			t.Errorf("not all as it should be; %s", w.verdict(""))
		}
		if w.row("72").Get("secret") != "changed" {
			t.Error("not written")
		}
		time.Sleep(time.Minute)
	})
}

// rtupdate, rtsavesysname, rtsavepath and ignoreregexpire.
func TestWhatIsSavedOfRegistrations(t *testing.T) {
	for general, want := range map[string]string{
		"rtupdate=no\n":       " ",
		"rtsavesysname=yes\n": "sip:71@10.0.0.11:5060 box",
	} {
		inTables(t, general, []realtime.Row{phoneRow("71")}, nil, func(w *tableWorld) {
			w.world.stop()
			conf, _ := os.ReadFile(filepath.Join(w.dir, "asterisk.conf"))
			w.write("asterisk.conf", string(conf)+"[options]\nsystemname=box\n")
			w.start(nil)
			a := w.registered("71", "pw71", "10.0.0.11:5060")
			defer a.Close()
			time.Sleep(time.Second)
			if got := w.row("71").Get("fullcontact") + " " + w.row("71").Get("regserver"); got != want {
				t.Errorf("%q: %s", general, got)
			}
		})
	}
	inTables(t, "ignoreregexpire=yes\nrtsavepath=yes\nsupportpath=yes\n",
		[]realtime.Row{phoneRow("71", "ipaddr", "10.0.0.11", "port", "5060", "regseconds", "1000", "fullcontact", "sip:71@10.0.0.11:5060")},
		[]realtime.Row{stepRow("71", "1", "Dial", "SIP/71")}, func(w *tableWorld) {
			s, a := w.registered("static", "static", "10.0.0.13:5060"), w.phone("71", "pw71", "10.0.0.11:5060")
			call := s.Dial("71")
			in := answered(t, a)
			in.Reject("486 Busy Here")
			call.Wait("486", time.Second)
			time.Sleep(time.Minute)
			s.Close()
			a.Close()
		})
}

// obelisk migrate makes tables and fills them; what a row says is what the section said.
func TestMigrate(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) { os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644) }
	write("sip.conf", "[general]\n[t](!)\ntype=friend\nhost=dynamic\ndisallow=all\nallow=alaw\nallow=g722\n[71](t)\nsecret=a\\;b^c\n"+
		"setvar=X=1\nsetvar=Y=2\ncontext=inside\ndeny=0.0.0.0/0\npermit=10.0.0.0/8\nservice_route=sip:x\\;lr\nusername=u\nnosuchoption=1\n"+
		"[72](t)\n[notype]\nhost=x\n")
	write("asterisk.conf", "[directories]\nastetcdir => "+dir+"\n")
	run := func(dry bool) string {
		t.Helper()
		var b strings.Builder
		if err := boot.Migrate(filepath.Join(dir, "asterisk.conf"), dir, dry, &b); err != nil {
			return b.String() + err.Error()
		}
		return b.String()
	}
	if got := run(false); !strings.HasPrefix(got, "extconfig.conf maps no table to sippeers") {
		t.Error(got)
	}
	file := filepath.Join(dir, "x.db")
	write("extconfig.conf", "[settings]\nsippeers => sqlite3,main,sip\nsipregs => sqlite3,main\nextensions => sqlite3,main,ext\n")
	write("res_config_sqlite3.conf", "[main]\ndbfile => "+file+"\n")
	const made = "table ext of sqlite3, main: made\ntable sip of sqlite3, main: made\ntable sipregs of sqlite3, main: made\n"
	const hint = "sip.conf comes first: a row counts once its section is taken out there\n"
	for i, c := range []struct {
		dry  bool
		want string
	}{
		{true, made + "2 endpoints of sip.conf put into the table, 0 were there already\n" + hint},
		{false, made + "column nosuchoption: added\n2 endpoints of sip.conf put into the table, 0 were there already\n" + hint},
		{false, "0 endpoints of sip.conf put into the table, 2 were there already\n"},
	} {
		if got := run(c.dry); got != c.want {
			t.Errorf("run %d:\n%s\nwant\n%s", i, got, c.want)
		}
	}
	// Without its sections sip.conf has the same endpoints, by way of the table.
	before, _, err := compileDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	write("sip.conf", "[general]\n")
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": "[general]\nudpbindaddr=10.0.0.1:5060\n", "extensions.conf": "[inside]\n",
			"extconfig.conf":          "[settings]\nsippeers => sqlite3,main,sip\nsipregs => sqlite3,main\nextensions => sqlite3,main,ext\n",
			"res_config_sqlite3.conf": "[main]\ndbfile => " + file + "\n"})
		for _, name := range []string{"71", "72"} {
			p, ok := w.sys.Driver().Peer(name)
			if !ok || !p.SameAs(before.Lookup(name)) {
				t.Errorf("%s is not what it was:\n%+v\n%+v", name, p.Peer, before.Lookup(name))
			}
		}
		w.stop()
	})
}

// Lists of addresses that stand in a table (family acls), in the order of their rules; those of acl.conf
// go before, and one with a rule that cannot be read lets nobody in.
func TestListsOfAddressesInATable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "tables.db")
		tables, _ := realtime.Open([]realtime.Mapping{{Family: "acls", Driver: "sqlite3", Database: "main", Table: "acltable"}},
			[]realtime.Source{{Driver: "sqlite3", Name: "main", File: file}}, func(s string, _ bool) { t.Log(s) })
		if err := tables.Exec("acls", "CREATE TABLE acltable (systemname TEXT, rule TEXT, sense TEXT, rule_order NUMERIC, name TEXT)"); err != nil {
			t.Fatal(err)
		}
		for _, r := range [][4]string{{"office", "10.0.0.11", "permit", "2"}, {"office", "0.0.0.0/0", "deny", "1"}, {"filed", "0.0.0.0/0", "deny", "1"},
			{"broken", "10.0.0.11", "permit", "1"}, {"broken", "10.0.0.x", "permit", "2"}} {
			row := realtime.Row{{Name: "name", Value: r[0]}, {Name: "rule", Value: r[1]}, {Name: "sense", Value: r[2]}, {Name: "rule_order", Value: r[3]}}
			if err := tables.Insert("acls", row); err != nil {
				t.Fatal(err)
			}
		}
		tables.Close()
		sip := "[general]\nudpbindaddr=10.0.0.1:5060\n"
		for _, name := range []string{"office", "filed", "broken"} {
			sip += "[" + name + "]\ntype=friend\nhost=dynamic\ncontext=inside\nacl=" + name + "\n"
		}
		w := newWorldWith(t, map[string]string{"sip.conf": sip, "extensions.conf": "[inside]\n", "acl.conf": "[filed]\npermit=10.0.0.0/8\n",
			"extconfig.conf": "[settings]\nacls => sqlite3,main,acltable\n", "res_config_sqlite3.conf": "[main]\ndbfile => " + file + "\n"})
		for name, want := range map[string][2]bool{"office": {true, false}, "filed": {true, true}, "broken": {false, false}} {
			p, _ := w.sys.Driver().Peer(name)
			for i, addr := range []string{"10.0.0.11", "10.0.0.12"} {
				if got := p.ACL.Allows(netip.MustParseAddr(addr)); got != want[i] {
					t.Errorf("%s lets %s in: %v", name, addr, got)
				}
			}
		}
		w.stop()
	})
}

func compileDir(dir string) (*sipconf.Directory, []config.Diagnostic, error) {
	f, err := config.Load(config.Dir(dir), "sip.conf", config.Options{})
	if err != nil {
		return nil, nil, err
	}
	d, diags := sipconf.Compile(f, sipconf.Surroundings{Names: dnsmgr.New(names)})
	return d, diags, nil
}
