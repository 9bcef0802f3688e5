package confbridge

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	c := &m.config
	users := func() []string { return names(c.Load().users, func(u *user) string { return u.name }) }
	bridges := func() []string { return names(c.Load().bridges, func(b *bridge) string { return b.name }) }
	menus := func() []string { return names(c.Load().menus, func(x *menu) string { return x.name }) }
	list := []pbx.Command{
		{Name: "confbridge list", Usage: "[<name>]: list conferences, or who is in one. Flags: A admin, M marked, W has to wait for a marked " +
			"one, E ends with the last of them, m muted, w waits", Complete: m.first, Run: m.cmdList},
		{Name: "confbridge kick", Usage: kickUsage, Complete: m.second, Run: m.cmdKick},
		{Name: "confbridge record start", Usage: "<conference> [<file>]: record it; without a file as its bridge profile says", System: true,
			Complete: m.first, Run: m.cmdRecord},
		{Name: "confbridge record stop", Usage: "<conference>: end its recording", System: true, Complete: m.first, Run: m.cmdStop},
		{Name: "confbridge show profile users", Usage: ": list user profiles", Run: listing("--------- User Profiles -----------", users)},
		{Name: "confbridge show profile bridges", Usage: ": list bridge profiles", Run: listing("--------- Bridge Profiles -----------",
			bridges)},
		{Name: "confbridge show menus", Usage: ": list menus", Run: listing("--------- Menus -----------", menus)},
		{Name: "confbridge show profile user", Usage: "<profile name>: show a user profile", Complete: only(users), Run: m.cmdUser},
		{Name: "confbridge show profile bridge", Usage: "<profile name>: show a bridge profile", Complete: only(bridges), Run: m.cmdBridge},
		{Name: "confbridge show menu", Usage: "<menu name>: show a menu", Complete: only(menus), Run: m.cmdMenu},
	}
	for _, on := range []bool{true, false} {
		mute, lock := pbx.Command{Name: "confbridge unmute", Usage: muteUsage + "have somebody speak again"},
			pbx.Command{Name: "confbridge unlock", Usage: "<conference>: let all in again"}
		if on {
			mute.Name, mute.Usage = "confbridge mute", muteUsage+"mute somebody"
			lock.Name, lock.Usage = "confbridge lock", "<conference>: let nobody in any more but admins"
		}
		mute.Complete, lock.Complete = m.second, m.first
		mute.Run = func(w io.Writer, a []string) bool { return m.cmdMute(w, mute.Name, a, on) }
		lock.Run = func(w io.Writer, a []string) bool { return m.cmdLock(w, lock.Name, a, on) }
		list = append(list, mute, lock)
	}
	return pbx.Helped(list, usages)
}

const (
	kickUsage = "<conference> <channel>: put somebody out (all: everybody, participants: who are no admins)"
	muteUsage = "<conference> <channel>: (all: everybody, participants: who are no admins, or the beginning of a channel's name) "
)

// only completes one argument.
func only(list func() []string) func([]string) []string {
	return func(args []string) []string {
		if len(args) > 0 {
			return nil
		}
		return list()
	}
}

// first completes a conference.
func (m *Module) first(args []string) (out []string) {
	if len(args) == 0 {
		for _, r := range m.list() {
			out = append(out, r.name)
		}
	}
	return out
}

// second completes a conference and who is in it.
func (m *Module) second(args []string) []string {
	if len(args) != 1 {
		return m.first(args)
	}
	r := m.find(args[0])
	if r == nil {
		return nil
	}
	out := []string{"all", "participants"}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.all() {
		out = append(out, x.ch.Name())
	}
	return out
}

// listing prints names under a title.
func listing(title string, list func() []string) func(io.Writer, []string) bool {
	return func(w io.Writer, _ []string) bool {
		fmt.Fprintln(w, title)
		all := list()
		slices.Sort(all)
		for _, name := range all {
			printable.Fprintf(w, "%s\n", name)
		}
		return true
	}
}

func (m *Module) cmdList(w io.Writer, a []string) bool {
	switch {
	case len(a) > 1:
		return misused(w, "confbridge list")
	case len(a) == 1:
		return m.listOne(w, a[0])
	}
	fmt.Fprintln(w, "Conference Bridge Name           Users  Marked Locked Muted")
	fmt.Fprintln(w, "================================ ====== ====== ====== =====")
	for _, r := range m.list() {
		r.mu.Lock()
		printable.Fprintf(w, "%-32s %6d %6d %-6s %s\n", r.name, r.count(anybody), r.marked(), yesNo(r.locked), yesNo(r.muted))
		r.mu.Unlock()
	}
	return true
}

// Boards implements pbx.Boarded: the conferences, and who is in them.
func (m *Module) Boards() []pbx.Board {
	rooms := pbx.Board{Name: "conferences", Columns: []string{"conference", "members", "marked", "locked", "muted"}}
	people := pbx.Board{Name: "conferees", Columns: []string{"conference", "channel", "number", "muted"}}
	for _, r := range m.list() {
		r.mu.Lock()
		rooms.Rows = append(rooms.Rows, []string{r.name, strconv.Itoa(r.count(anybody)), strconv.Itoa(r.marked()), yesNo(r.locked),
			yesNo(r.muted)})
		for _, x := range r.all() {
			people.Rows = append(people.Rows, []string{r.name, x.ch.Name(), x.ch.View().CallerID.Num, yesNo(x.muted)})
		}
		r.mu.Unlock()
	}
	if len(people.Rows) == 0 {
		return []pbx.Board{rooms}
	}
	return []pbx.Board{rooms, people}
}

// flags are the letters of a member.
func (x *member) flags() string {
	var out strings.Builder
	for _, f := range []struct {
		is     bool
		letter byte
	}{{x.u.admin, 'A'}, {x.u.marked, 'M'}, {x.u.waitMarked, 'W'}, {x.u.endMarked, 'E'}, {x.muted, 'm'}, {x.waits, 'w'}} {
		if f.is {
			out.WriteByte(f.letter)
		}
	}
	return out.String()
}

func (m *Module) listOne(w io.Writer, name string) bool {
	r := m.find(name)
	if r == nil {
		printable.Fprintf(w, "No conference bridge named '%s' found!\n", name)
		return true
	}
	fmt.Fprintln(w, "Channel                        Flags  User Profile     Bridge Profile   Menu             CallerID")
	fmt.Fprintln(w, "============================== ====== ================ ================ ================ ================")
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range r.all() {
		id := x.ch.View().CallerID.Num
		if id == "" {
			id = "<unknown>"
		}
		printable.Fprintf(w, "%-30s %-6s %-16s %-16s %-16s %s\n", x.ch.Name(), x.flags(), x.u.name, x.of, x.menu.name, id)
	}
	return true
}

func (m *Module) cmdKick(w io.Writer, a []string) bool {
	if len(a) != 2 {
		return misused(w, "confbridge kick")
	}
	switch r := m.find(a[0]); {
	case r == nil:
		printable.Fprintf(w, "No conference bridge named '%s' found!\n", a[0])
	case r.kick(a[1]):
		printable.Fprintf(w, "Kicked '%s' out of conference '%s'\n", a[1], r.name)
	case a[1] == "all" || a[1] == "participants":
		fmt.Fprintln(w, "No participants found!")
	default:
		printable.Fprintf(w, "No participant named '%s' found!\n", a[1])
	}
	return true
}

func (m *Module) cmdMute(w io.Writer, name string, a []string, on bool) bool {
	if len(a) != 2 {
		return misused(w, name)
	}
	word := "Unmuting"
	if on {
		word = "Muting"
	}
	switch r := m.find(a[0]); {
	case r == nil:
		printable.Fprintf(w, "No conference bridge named '%s' found!\n", a[0])
	case r.mute(a[1], on):
		printable.Fprintf(w, "%s %s from confbridge %s\n", word, a[1], r.name)
	default:
		printable.Fprintf(w, "No channel named '%s' found in conference %s\n", a[1], r.name)
	}
	return true
}

func (m *Module) cmdLock(w io.Writer, name string, a []string, on bool) bool {
	if len(a) != 1 {
		return misused(w, name)
	}
	r := m.find(a[0])
	if r == nil {
		printable.Fprintf(w, "Conference %s is not found\n", a[0])
		return true
	}
	r.lock(on)
	word := "unlocked"
	if on {
		word = "locked"
	}
	printable.Fprintf(w, "Conference %s is %s.\n", r.name, word)
	return true
}

func (m *Module) cmdRecord(w io.Writer, a []string) bool {
	if len(a) < 1 || len(a) > 2 {
		return misused(w, "confbridge record start")
	}
	file := ""
	if len(a) == 2 {
		file = a[1]
	}
	switch r := m.find(a[0]); {
	case r == nil:
		fmt.Fprintln(w, "Conference not found.")
		return false
	case r.recorded():
		fmt.Fprintln(w, "Conference is already being recorded.")
	case !r.startTape(file):
		fmt.Fprintln(w, "Could not start recording due to internal error.")
		return false
	default:
		fmt.Fprintln(w, "Recording started")
	}
	return true
}

func (m *Module) cmdStop(w io.Writer, a []string) bool {
	if len(a) != 1 {
		return misused(w, "confbridge record stop")
	}
	switch r := m.find(a[0]); {
	case r == nil:
		fmt.Fprintln(w, "Conference not found.")
	case r.stopTape():
		fmt.Fprintln(w, "Recording stopped.")
	default:
		fmt.Fprintln(w, "Recording could not be stopped.")
	}
	return true
}
