package cli

import (
	"fmt"
	"io"
	"strings"
)

// Database is what the database commands ask of the astdb.
type Database interface {
	Get(family, key string) (string, bool)
	Put(family, key, value string)
	Delete(family, key string) bool
	DeleteTree(family, key string) int
	// Rows lists "/family/key" and value of a family, or of all for "".
	Rows(family string) [][2]string
	// Query answers a SELECT.
	Query(text string, row func(columns, values []string)) error
}

// AddDatabase adds the database commands.
func (c *Console) AddDatabase(db Database) {
	c.Add(Command{"database get", "<family> <key>: the value of a key", func(w io.Writer, a []string) bool {
		if len(a) != 2 {
			return usage(w)
		}
		if v, ok := db.Get(a[0], a[1]); ok {
			printf(w, "Value: %s\n", v)
		} else {
			fmt.Fprintln(w, "Database entry not found.")
		}
		return true
	}})
	c.Add(Command{"database put", "<family> <key> <value>: set the value of a key", func(w io.Writer, a []string) bool {
		if len(a) < 3 {
			return usage(w)
		}
		db.Put(a[0], a[1], strings.Join(a[2:], " "))
		fmt.Fprintln(w, "Updated database successfully")
		return true
	}})
	c.Add(Command{"database showkey", "<key>: the entries of that key in all families", func(w io.Writer, a []string) bool {
		if len(a) != 1 {
			return usage(w)
		}
		n := 0
		for _, r := range db.Rows("") {
			if strings.HasSuffix(r[0], "/"+a[0]) {
				printf(w, "%-50s: %-25s\n", r[0], r[1])
				n++
			}
		}
		printf(w, "%d results found.\n", n)
		return true
	}})
	c.Add(Command{"database del", "<family> <key>: delete a key", func(w io.Writer, a []string) bool {
		if len(a) != 2 {
			return usage(w)
		}
		if db.Delete(a[0], a[1]) {
			fmt.Fprintln(w, "Database entry removed.")
		} else {
			fmt.Fprintln(w, "Database entry could not be removed.")
		}
		return true
	}})
	c.Add(Command{"database deltree", "<family> [key]: delete all keys of a family, or those below a key",
		func(w io.Writer, a []string) bool {
			if len(a) < 1 || len(a) > 2 {
				return usage(w)
			}
			family, key, _ := strings.Cut(strings.Join(a, "/"), "/")
			if n := db.DeleteTree(family, key); n > 0 {
				printf(w, "%d database entries removed.\n", n)
			} else {
				fmt.Fprintln(w, "Database entries do not exist.")
			}
			return true
		}})
	c.Add(Command{"database show", "[family [keytree]]: what the database holds", func(w io.Writer, a []string) bool {
		if len(a) > 2 {
			return usage(w)
		}
		family, tree, _ := strings.Cut(strings.Join(a, "/"), "/")
		n := 0
		for _, r := range db.Rows(family) {
			if at := "/" + family + "/" + tree; tree == "" || r[0] == at || strings.HasPrefix(r[0], at+"/") {
				printf(w, "%-50s: %-25s\n", r[0], r[1])
				n++
			}
		}
		printf(w, "%d results found.\n", n)
		return true
	}})
	c.Add(Command{"database query", "\"<SELECT ...>\": ask the table astdb(key, value)", func(w io.Writer, a []string) bool {
		if len(a) == 0 {
			return usage(w)
		}
		err := db.Query(strings.Trim(strings.Join(a, " "), `"`), func(columns, values []string) {
			for i := range columns {
				printf(w, "%-5s: %-50s\n", columns[i], values[i])
			}
			fmt.Fprintln(w)
		})
		if err != nil {
			printf(w, "SQL error: %v\n", err)
			return false
		}
		return true
	}})
}
