package voicemail

import (
	"io"
	"strconv"
	"strings"

	"obelisk/apps/voicemail/spool"
	"obelisk/internal/printable"
	"obelisk/pbx"
)

// Commands implements pbx.Commander.
func (m *Module) Commands() []pbx.Command {
	d := m.desk
	return pbx.Helped([]pbx.Command{
		{Name: "voicemail show users", Usage: "[for <context>]: list the mailboxes", Run: d.showUsers},
		{Name: "voicemail show zones", Usage: "list the zones of [zonemessages]", Run: d.showZones},
		{Name: "voicemail show aliases", Usage: "list other names of mailboxes", Run: d.showAliases},
		{Name: "voicemail show mailbox", Usage: "<mailbox> <context>: what is in it", Run: d.showMailbox},
		{Name: "voicemail show mail", Usage: "list the mails that are to be sent", Run: d.showMail},
		{Name: "voicemail forward", Usage: "<mailbox> <context> <folder> <message> <mailbox> <context> <folder>: copy a message into a " +
			"folder of another mailbox", Run: d.forwardCommand},
		{Name: "voicemail move", Usage: "<mailbox> <context> <folder> <message> <folder>: put a message into another folder",
			Run: d.moveCommand},
		{Name: "voicemail remove", Usage: "<mailbox> <context> <folder> <message>: delete a message", Run: d.removeCommand},
		{Name: "voicemail explain", Usage: "<mailbox>[@<context>]: why its lamp is on or off, who is told, and what callers hear",
			Run: d.explain},
		{Name: "voicemail reload", Usage: "read voicemail.conf anew", Run: m.reload},
	}, usages)
}

func (m *Module) reload(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return misused(w, "voicemail reload")
	}
	printable.Fprintf(w, "Reloading voicemail configuration...\n")
	if err := m.desk.core.Reload(m.Name()); err != nil {
		printable.Fprintf(w, "Reload refused, everything stays as it was: %v\n", err)
		return false
	}
	return true
}

// Boards implements pbx.Boarded: there is one where there are mailboxes.
func (m *Module) Boards() []pbx.Board {
	b := pbx.Board{Name: "mailboxes", Columns: []string{"mailbox", "context", "name", "new", "old"}}
	for _, box := range m.desk.settings().Boxes {
		lamp, _ := m.desk.lamp(box.Ref)
		b.Rows = append(b.Rows, []string{box.Box, box.Context, box.FullName, strconv.Itoa(lamp.New), strconv.Itoa(lamp.Old)})
	}
	if len(b.Rows) == 0 {
		return nil
	}
	return []pbx.Board{b}
}

func (d *desk) showUsers(w io.Writer, args []string) bool {
	if len(args) != 0 && (len(args) != 2 || args[0] != "for") {
		return misused(w, "voicemail show users")
	}
	s := d.settings()
	if len(s.Boxes) == 0 {
		printable.Fprintf(w, "There are no voicemail users currently defined\n")
		return false
	}
	var list []*Box
	for _, b := range s.Boxes {
		if len(args) == 0 || b.Context == args[1] {
			list = append(list, b)
		}
	}
	if len(list) == 0 {
		printable.Fprintf(w, "No such voicemail context \"%s\"\n", args[1])
		return false
	}
	const row = "%-10s %-5s %-25s %-10s %6s\n"
	printable.Fprintf(w, row, "Context", "Mbox", "User", "Zone", "NewMsg")
	for _, b := range list {
		m, _ := d.lamp(b.Ref)
		printable.Fprintf(w, row, b.Context, b.Box, b.FullName, b.Zone, strconv.Itoa(m.New))
	}
	printable.Fprintf(w, "%d voicemail users configured.\n", len(list))
	return true
}

func (d *desk) showZones(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return misused(w, "voicemail show zones")
	}
	s := d.settings()
	if len(s.Zones) == 0 {
		printable.Fprintf(w, "There are no voicemail zones currently defined\n")
		return false
	}
	const row = "%-15s %-20s %-45s\n"
	printable.Fprintf(w, row, "Zone", "Timezone", "Message Format")
	for _, z := range s.Zones {
		printable.Fprintf(w, row, z.Name, z.TimeZone, z.Format)
	}
	return true
}

func (d *desk) showAliases(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return misused(w, "voicemail show aliases")
	}
	s := d.settings()
	if s.AliasesContext == "" {
		printable.Fprintf(w, "Aliases are not enabled\n")
		return true
	}
	const row = "%-32s %-32s\n"
	printable.Fprintf(w, "Aliases context: %s\n", s.AliasesContext)
	printable.Fprintf(w, row, "Alias", "Mailbox")
	for _, a := range s.Aliases {
		printable.Fprintf(w, row, a[0], a[1])
	}
	return true
}

func (d *desk) showMailbox(w io.Writer, args []string) bool {
	if len(args) != 2 {
		return misused(w, "voicemail show mailbox")
	}
	b := d.find(d.settings(), args[1], args[0])
	if b == nil {
		printable.Fprintf(w, "Can't find voicemail user %s@%s\n", args[0], args[1])
		return false
	}
	const who, row = "%-32.32s %-32.32s %-16.16s %-16.16s %-16.16s %-16.16s\n", "%-8.8s %-32.32s %-32.32s %-9.9s %-6.6s %-30.30s\n"
	printable.Fprintf(w, who, "Full Name", "Email", "Pager", "Language", "Locale", "Time Zone")
	printable.Fprintf(w, who, b.FullName, b.Email, b.Pager, b.Language, b.Locale, b.Zone)
	printable.Fprintf(w, "\n")
	printable.Fprintf(w, row, "Folder", "Caller ID", "Date", "Duration", "Flag", "ID")
	total := 0
	for f, list := range d.store.Snapshot(b.Ref) {
		for _, m := range list {
			printable.Fprintf(w, row, spool.Folder(f).String(), m.CallerID(), m.Get("origdate"), m.Get("duration"), m.Flag(), m.ID())
			total++
		}
	}
	plural := "s"
	if total == 1 {
		plural = ""
	}
	printable.Fprintf(w, "%d Message%s Total\n", total, plural)
	return true
}

func (d *desk) showMail(w io.Writer, args []string) bool {
	if len(args) > 0 {
		return pbx.Misused(w, "voicemail show mail")
	}
	list := d.outgoing().Waiting()
	for _, l := range list {
		printable.Fprintf(w, "%s to %s: attempt %d at %s", l.What, strings.Join(l.To, ", "), l.Tries+1, l.Next.Format("15:04:05"))
		if l.Last != "" {
			printable.Fprintf(w, "; the last one: %s", l.Last)
		}
		printable.Fprintf(w, "\n")
	}
	printable.Fprintf(w, "%d mails are to be sent.\n", len(list))
	return true
}

func (d *desk) forwardCommand(w io.Writer, a []string) bool {
	if len(a) != 7 {
		return misused(w, "voicemail forward")
	}
	ok := d.forwardMessage(a[0], a[1], a[2], a[3], a[4], a[5], a[6]) == nil
	text := "Forwarded message %s from mailbox %s@%s %s to mailbox %s@%s %s\n"
	if !ok {
		text = "Error forwarding message %s from mailbox %s@%s %s to mailbox %s@%s %s\n"
	}
	printable.Fprintf(w, text, a[3], a[0], a[1], a[2], a[4], a[5], a[6])
	return ok
}

func (d *desk) moveCommand(w io.Writer, a []string) bool {
	if len(a) != 5 {
		return misused(w, "voicemail move")
	}
	ok := d.moveMessage(a[0], a[1], a[2], a[3], a[4]) == nil
	text := "Moved message %s from mailbox %s@%s %s to %s\n"
	if !ok {
		text = "Error moving message %s from mailbox %s@%s %s to %s\n"
	}
	printable.Fprintf(w, text, a[3], a[0], a[1], a[2], a[4])
	return ok
}

func (d *desk) removeCommand(w io.Writer, a []string) bool {
	if len(a) != 4 {
		return misused(w, "voicemail remove")
	}
	ok := d.removeMessage(a[0], a[1], a[2], a[3]) == nil
	text := "Removed message %s from mailbox %s@%s %s\n"
	if !ok {
		text = "Error removing message %s from mailbox %s@%s %s\n"
	}
	printable.Fprintf(w, text, a[3], a[0], a[1], a[2])
	return ok
}
