package ami

import "strings"

// databaseActions are about the astdb.
var databaseActions = []action{
	{"DBGet", "Get DB Entry.", ClassSystem | ClassReporting, false, dbGet},
	{"DBGetTree", "Get DB entries, optionally at a particular family/key", ClassSystem | ClassReporting, false, dbGetTree},
	{"DBPut", "Put DB entry.", ClassSystem, false, dbPut},
	{"DBDel", "Delete DB entry.", ClassSystem, false, dbDel},
	{"DBDelTree", "Delete DB Tree.", ClassSystem, false, dbDelTree},
}

// key reads Family and Key; false after an error, which ends with a dot or none.
func (a *act) key(dot string) (family, key string, ok bool) {
	family, key = a.m.get("Family"), a.m.get("Key")
	switch {
	case family == "":
		a.fail("No family specified" + dot)
	case key == "":
		a.fail("No key specified" + dot)
	default:
		return family, key, true
	}
	return "", "", false
}

func dbGet(a *act) {
	family, key, ok := a.key(".")
	if !ok {
		return
	}
	value, found := a.o.srv.rooms.DB.Get(family, key)
	if !found {
		a.fail("Database entry not found")
		return
	}
	a.lastID = true
	a.list("Result will follow", "DBGetComplete", [][]header{{{"Event", "DBGetResponse"}, {"Family", family}, {"Key", key}, {"Val", value}}})
}

func dbGetTree(a *act) {
	family, key := a.m.get("Family"), a.m.get("Key")
	var rows [][]header
	for _, r := range a.o.srv.rooms.DB.Rows(family) {
		if key == "" || r[0] == "/"+family+"/"+key || strings.HasPrefix(r[0], "/"+family+"/"+key+"/") {
			rows = append(rows, []header{{"Event", "DBGetTreeResponse"}, {"Key", r[0]}, {"Val", r[1]}})
		}
	}
	a.lastID = true
	a.list("Result will follow", "DBGetTreeComplete", rows)
}

func dbPut(a *act) {
	if family, key, ok := a.key(""); ok {
		a.o.srv.rooms.DB.Put(family, key, a.m.get("Val"))
		a.ok("Updated database successfully")
	}
}

func dbDel(a *act) {
	family, key, ok := a.key(".")
	switch {
	case !ok:
	case a.o.srv.rooms.DB.Delete(family, key):
		a.ok("Key deleted successfully")
	default:
		a.fail("Database entry could not be deleted")
	}
}

func dbDelTree(a *act) {
	family := a.m.get("Family")
	switch {
	case family == "":
		a.fail("No family specified.")
	case a.o.srv.rooms.DB.DeleteTree(family, a.m.get("Key")) > 0:
		a.ok("Key tree deleted successfully")
	default:
		a.fail("Database entry not found")
	}
}
