package cli

import (
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// Table is a family of extconfig.conf.
type Table struct{ Family, Driver, Database, Table string }

// TableState is how a database does.
type TableState struct {
	Driver, Database, Error string
	Away                    bool
	Down                    time.Duration // how long it has been away
}

// Realtime is what the commands about tables ask.
type Realtime interface {
	Tables() []Table
	// States of the databases, and how many writes wait for one.
	States() (list []TableState, waiting int)
	// Load lists the columns of the rows of a family that fit.
	Load(family, column, value string) ([][][2]string, error)
	// Store adds a row with columns and their values.
	Store(family string, row [][2]string) error
	// Change sets a column of the rows whose columns are so, and counts them.
	Change(family string, where [][2]string, set [2]string) (int64, error)
	// Destroy removes the rows whose columns are so, and counts them.
	Destroy(family string, where [][2]string) (int64, error)
	// Prune forgets the peers of tables whose names fit, and counts them.
	Prune(fits func(name string) bool) int
	// PeerOf says whether a peer is known, and whether it is of a table.
	PeerOf(name string) (known, realtime bool)
}

// AddRealtime adds the commands about tables.
func (c *Console) AddRealtime(r Realtime) {
	k := realtimeCommands{r}
	c.Add([]Command{
		{"core show config mappings", "list the families of extconfig.conf", k.mappings},
		{"realtime show status", "how the databases do, and what waits to be written", k.status},
		{"realtime load", "<family> <column> <value>: print rows", k.load},
		{"realtime store", "<family> <column> <value> ...: add a row", k.store},
		{"realtime update", "<family> <column> <value> <column> <new value>: change rows", k.update},
		{"realtime update2", "<family> <column> <value> ... NULL <column> <new value>: change rows", k.update2},
		{"realtime destroy", "<family> <column> <value> ...: remove rows", k.destroy},
		{"sip prune realtime", "[peer] <name>|all|like <pattern>: forget peers that were read from a table", k.prune},
	}...)
}

type realtimeCommands struct{ r Realtime }

func (k realtimeCommands) mappings(w io.Writer, _ []string) bool {
	fmt.Fprint(w, "\n\n")
	last := ""
	for _, t := range k.r.Tables() {
		if t.Driver != last {
			printf(w, "Config Engine: %s\n", t.Driver)
			last = t.Driver
		}
		printf(w, "===> %s (db=%s, table=%s)\n", t.Family, t.Database, t.Table)
	}
	return true
}

func (k realtimeCommands) status(w io.Writer, _ []string) bool {
	list, waiting := k.r.States()
	for _, s := range list {
		state := "reachable"
		if s.Away {
			state = fmt.Sprintf("away for %d s: %s", int(s.Down.Seconds()), s.Error)
		}
		printf(w, "%s %s: %s\n", s.Driver, s.Database, state)
	}
	printf(w, "%d databases, %d writes wait\n", len(list), waiting)
	return true
}

func (k realtimeCommands) load(w io.Writer, args []string) bool {
	if len(args) != 3 {
		return usage(w)
	}
	rows, err := k.r.Load(args[0], args[1], args[2])
	if err != nil {
		fmt.Fprintln(w, err)
		return false
	}
	if len(rows) == 0 {
		fmt.Fprintln(w, "No rows found matching search criteria.")
		return true
	}
	for _, r := range rows {
		printf(w, "%30s  %-30s\n%30s  %-30s\n", "Column Name", "Column Value", "--------------------", "--------------------")
		for _, c := range r {
			printf(w, "%30s  %-30s\n", c[0], c[1])
		}
	}
	return true
}

func (k realtimeCommands) prune(w io.Writer, args []string) bool {
	if len(args) > 0 && (args[0] == "peer" || args[0] == "user") {
		args = args[1:]
	}
	switch {
	case len(args) == 1 && args[0] == "all":
		k.pruned(w, k.r.Prune(func(string) bool { return true }))
	case len(args) == 2 && args[0] == "like":
		k.pruned(w, k.r.Prune(func(name string) bool { ok, _ := path.Match(strings.ReplaceAll(args[1], "%", "*"), name); return ok }))
	case len(args) == 1:
		switch known, realtime := k.r.PeerOf(args[0]); {
		case realtime:
			k.r.Prune(func(name string) bool { return name == args[0] })
			printf(w, "Peer '%s' pruned.\n", args[0])
		case known:
			printf(w, "Peer '%s' is not a Realtime peer, cannot be pruned.\n", args[0])
		default:
			printf(w, "Peer '%s' not found.\n", args[0])
		}
	default:
		return usage(w)
	}
	return true
}

func (k realtimeCommands) pruned(w io.Writer, n int) {
	if n == 0 {
		fmt.Fprintln(w, "No peers found to prune.")
		return
	}
	printf(w, "%d peers pruned.\n", n)
}
