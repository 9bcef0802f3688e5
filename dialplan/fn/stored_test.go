package fn

import (
	"errors"
	"path/filepath"
	"testing"

	"obelisk/internal/store/realtime"
	"obelisk/pbx"
)

// The database of the switchboard.
func TestDatabase(t *testing.T) {
	b := newBoard(t, "")
	b.rows(t, [][2]string{
		{"Set DB(fam/key)=v", ""}, {"Set DB(fam/deep/er)=w", ""}, {"${DB(fam/key)} ${DB_RESULT}", "v v"},
		{"${DB(fam/none)}.${DB_RESULT}.", ".v."}, {"${DB_EXISTS(fam/key)}${DB_RESULT}${DB_EXISTS(fam/none)}${DB_RESULT}", "1v0v"},
		{"${DB_KEYS(fam)} ${DB_KEYS()} ${DB_KEYS(fam/deep)} ${DB_KEYCOUNT(fam)}${DB_KEYCOUNT(none)}", "deep,key fam er 20"},
		{"${DB_DELETE(fam/key)}${DB_EXISTS(fam/key)}", "v0"}, {"Set DB_DELETE(fam/deep/er)=", ""}, {"${DB_KEYCOUNT(fam)}", "0"},
		{"Set DB(nokey)=v", "arguments are missing"}, {"${BLACKLIST()}", "0"}, {"Set DB(blacklist/555)=1", ""}, {"${BLACKLIST()}", "1"},
		{"${DB_DELETE(blacklist/555)}${BLACKLIST()}", "10"}, {"Set DB(blacklist/Ann B)=1", ""}, {"${BLACKLIST()}", "1"},
		{"${DB_DELETE(/k)}", ""},
	})
	b.refused(t, [][2]string{{"${DB(nokey)}", "arguments are missing"}, {"${DB_EXISTS(nokey)}", "arguments are missing"}})
	for _, f := range []string{"a/1", "a/b/2", "a/b/3", "c/1"} {
		b.set("DB(" + f + ")=x")
	}
	b.core.App("DBdel").Exec(b.ch, "a/1")
	b.core.App("DBdeltree").Exec(b.ch, "a/b")
	b.core.App("DBdel").Exec(b.ch, "nokey")
	b.rows(t, [][2]string{{"${DB_KEYCOUNT(a)}${DB_KEYCOUNT(c)}", "01"}})
}

// States of devices and of hints about them.
func TestDevices(t *testing.T) {
	b := newBoard(t, "[default]\nexten => 10,hint,Custom:door&Custom:lamp\n[other]\nexten => _2X,hint,Custom:${EXTEN},CustomPresence:x\n")
	b.rows(t, [][2]string{
		{"${DEVICE_STATE(Custom:door)} ${DEVICE_STATE(Nope/x)} ${EXTENSION_STATE(10)} ${EXTENSION_STATE(11)} ${EXTENSION_STATE(10@other)}",
			"UNKNOWN INVALID NOT_INUSE UNKNOWN UNKNOWN"},
		{"${HINT(10)} ${HINT(25@other)} ${HINT(99)}.", "Custom:door&Custom:lamp Custom:25,CustomPresence:x ."},
		{"Set DEVICE_STATE(Custom:door)=ringing", ""}, {"${DEVICE_STATE(Custom:door)} ${EXTENSION_STATE(10)}", "RINGING RINGING"},
		{"Set DEVICE_STATE(Custom:lamp)=INUSE", ""}, {"${EXTENSION_STATE(10)}", "RINGINUSE"},
		{"Set DEVICE_STATE(Custom:door)=ONHOLD", ""}, {"Set DEVICE_STATE(Custom:lamp)=NOT_INUSE", ""},
		{"${EXTENSION_STATE(10)}", "ONHOLD"},
		{"Set DEVICE_STATE(Custom:25)=BUSY", ""}, {"${EXTENSION_STATE(25@other)} ${DB(CustomDevstate/25)}", "BUSY BUSY"},
		{"Set DEVICE_STATE(Custom:door)=open", "that is no state of a device"},
		{"Set DEVICE_STATE(SIP/door)=INUSE", "only the state of a Custom: device"}, {"Set DEVICE_STATE(Custom:door)=UNKNOWN", ""},
	})
	var list []string
	b.devs.List(func(name string, s pbx.DeviceState) { list = append(list, name+"="+s.String()) })
	if len(list) != 3 || list[0] != "25=BUSY" || list[1] != "door=UNKNOWN" || list[2] != "lamp=NOT_INUSE" {
		t.Errorf("%v", list)
	}
}

// What people say of themselves.
func TestPresence(t *testing.T) {
	b := newBoard(t, "")
	b.rows(t, [][2]string{
		{"${PRESENCE_STATE(CustomPresence:x,value)}", "not_set"}, {"Set PRESENCE_STATE(CustomPresence:x)=away,lunch,back at two", ""},
		{"${PRESENCE_STATE(CustomPresence:x,value)}|${PRESENCE_STATE(CustomPresence:x,subtype)}|${PRESENCE_STATE(CustomPresence:x,message)}|${PRESENCE_STATE(CustomPresence:x)}",
			"away|lunch|back at two|"},
		{"Set PRESENCE_STATE(CustomPresence:x)=asleep", "that is no state"},
		{"Set PRESENCE_STATE(SIP/x)=away", "there is no provider of presence but CustomPresence"},
	})
	b.refused(t, [][2]string{
		{"${PRESENCE_STATE(SIP/x,value)}", "no provider"}, {"${PRESENCE_STATE(CustomPresence:x,mood)}", "unknown field"},
	})
}

// Tables of extconfig.conf.
func TestRealtime(t *testing.T) {
	b := newBoard(t, "")
	tables, problems := realtime.Open([]realtime.Mapping{{Family: "people", Driver: "sqlite3", Database: "main", Table: "people"}},
		[]realtime.Source{{Driver: "sqlite3", Name: "main", File: filepath.Join(t.TempDir(), "x.db")}}, func(string, bool) {})
	if err := errors.Join(problems...); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tables.Close)
	if err := tables.Exec("people", "CREATE TABLE people (name VARCHAR(40) PRIMARY KEY, phone TEXT, room TEXT)"); err != nil {
		t.Fatal(err)
	}
	Realtime(b.core, tables)
	b.rows(t, [][2]string{
		{"Set REALTIME_STORE(people,name,phone,room)=ann,101,blue", ""}, {"Set REALTIME_STORE(people,name,phone)=bob,102", ""},
		{"${REALTIME(people,name,ann)}|${REALTIME(people,name,ann,;,:)}|${REALTIME(people,name,nobody)}|",
			"name=ann,phone=101,room=blue,|name:ann;phone:101;room:blue;||"},
		{"${REALTIME_FIELD(people,name,bob,phone)}.${REALTIME_FIELD(people,name,bob,room)}.", "102.."},
		{"Set REALTIME(people,name,bob,room)=red", ""}, {"${REALTIME_FIELD(people,phone,102,room)}", "red"},
		{"Set HASH(row)=${REALTIME_HASH(people,name,bob)}", ""}, {"${HASH(row,phone)}", "102"},
		{"${REALTIME_DESTROY(people,name,bob)}|${REALTIME(people,name,bob)}|", "name=bob,phone=102,room=red,||"},
		{"Set REALTIME_DESTROY(people,name,ann)=", ""}, {"${REALTIME(people,name,ann)}", ""},
		{"Set REALTIME(people,name)=x", "family, field and value are needed"},
		{"Set REALTIME_STORE(people)=x", "family, field and value are needed"},
	})
	b.refused(t, [][2]string{
		{"${REALTIME(people)}", "family, field and value are needed"}, {"${REALTIME_FIELD(none,name,x,y)}", "REALTIME_FIELD"},
		{"${REALTIME_HASH(none,name,x)}", "REALTIME_HASH"}, {"${REALTIME_DESTROY(none,name,x)}", "REALTIME_DESTROY"},
	})
}

// Values of configuration files, by their number.
func TestConfiguration(t *testing.T) {
	b := newBoard(t, "")
	Configuration(b.core, func(file, category, variable string) ([]string, error) {
		if file != "a.conf" {
			return nil, errors.New("there is no " + file)
		}
		return []string{category + "1", variable + "2"}, nil
	})
	b.rows(t, [][2]string{{"${AST_CONFIG(a.conf,c,v)} ${AST_CONFIG(a.conf,c,v,1)} ${AST_CONFIG(a.conf,c,v,-1)}", "c1 v2 v2"}})
	b.refused(t, [][2]string{{"${AST_CONFIG(b.conf,c,v)}", "there is no b.conf"}, {"${AST_CONFIG(a.conf,c,v,2)}", "that is no number"}})
}
