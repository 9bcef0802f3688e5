package cli

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"obelisk/pbx"
)

// SettingBlock is a heading of sip show settings, with label and value below.
type SettingBlock struct {
	Title string
	Rows  [][2]string
}

// SIPUser is one row of sip show users. Asterisk shows the secret; we never do.
type SIPUser struct {
	Name, Account, Context, ACL, Forcerport string
	Secret                                  bool // it has one
}

// SIPStatistics is one row of sip show channelstats; jitter in seconds.
type SIPStatistics struct {
	Addr, CallID         string
	Lasted               time.Duration
	Received, Sent       uint64
	Lost, RemoteLost     int64
	Jitter, RemoteJitter float64
}

func (k sipCommands) settings(w io.Writer, _ []string) bool {
	fmt.Fprintln(w)
	for _, b := range k.s.Settings() {
		line := strings.Repeat("-", len(b.Title))
		if strings.Contains(b.Title, "Network") || strings.Contains(b.Title, "Signalling") {
			line = strings.Repeat("-", 27)
		}
		printf(w, "\n%s\n%s\n", b.Title, line)
		for _, r := range b.Rows {
			printf(w, settingForm(r[0]), r[0], r[1])
		}
	}
	fmt.Fprintln(w, "\n----")
	return true
}

// settingForm is how chan_sip writes a row: some labels are not like the others.
func settingForm(label string) string {
	switch {
	case label == "Outbound reg. retry 403:", strings.HasPrefix(label, "**"), strings.HasPrefix(label, " ") && len(label) > 23:
		return "  %s%s\n"
	case label == "Outbound transport:":
		return "  %s\t  %s\n"
	}
	return "  %-23s %s\n"
}

// chosen is what "like <pattern>" lists: all without it; ok is false for what is written in another way.
func chosen(args []string) (fits func(name string) bool, ok bool) {
	if len(args) == 0 {
		return func(string) bool { return true }, true
	}
	if len(args) != 2 || !strings.EqualFold(args[0], "like") {
		return nil, false
	}
	re, err := regexp.CompilePOSIX(args[1])
	if err != nil {
		return nil, false
	}
	return re.MatchString, true
}

func (k sipCommands) users(w io.Writer, args []string) bool {
	fits, ok := chosen(args)
	if !ok {
		return usage(w)
	}
	const row = "%-25.25s  %-15.15s  %-15.15s  %-15.15s  %-5.5s%-10.10s\n"
	printf(w, row, "Username", "Secret", "Accountcode", "Def.Context", "ACL", "Forcerport")
	for _, u := range k.s.Users() {
		if fits(u.Name) {
			printf(w, row, u.Name, mark(u.Secret, "<hidden>"), u.Account, u.Context, u.ACL, u.Forcerport)
		}
	}
	return true
}

func (k sipCommands) domains(w io.Writer, _ []string) bool {
	list := k.s.Domains()
	if len(list) == 0 {
		fmt.Fprint(w, "SIP Domain support not enabled.\n\n")
		return true
	}
	const row = "%-40.40s %-20.20s %-16.16s\n"
	printf(w, row, "Our local SIP domains:", "Context", "Set by")
	for _, d := range list {
		context := d[1]
		if context == "" {
			context = "(default)"
		}
		printf(w, row, d[0], context, "["+d[2]+"]")
	}
	fmt.Fprintln(w)
	return true
}

// channel shows the dialogs whose Call-ID begins with a text.
func (k sipCommands) channel(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	list := k.s.Dialog(args[0])
	for _, rows := range list {
		fmt.Fprintln(w, "\n  * SIP Call")
		for _, r := range rows {
			printf(w, "  %-23s %s\n", r[0], r[1])
		}
		fmt.Fprintln(w)
	}
	if len(list) == 0 {
		printf(w, "No such SIP Call ID starting with '%s'\n", args[0])
	}
	return true
}

func (k sipCommands) statistics(w io.Writer, _ []string) bool {
	printf(w, "%-15.15s  %-11.11s  %-8.8s %-10.10s  %-10.10s (     %%) %-6.6s %-10.10s  %-10.10s (     %%) %-6.6s\n", "Peer", "Call ID",
		"Duration", "Recv: Pack", "Lost", "Jitter", "Send: Pack", "Lost", "Jitter")
	percent := func(lost int64, of uint64) float64 {
		if of == 0 {
			return 0
		}
		return 100 * float64(lost) / float64(of+uint64(lost))
	}
	list := k.s.Statistics()
	for _, s := range list {
		printf(w, "%-15.15s  %-11.11s  %-8.8s %010d  %010d (%5.2f%%) %.4f %010d  %010d (%5.2f%%) %.4f\n", s.Addr, s.CallID, pbx.Clock(s.Lasted),
			s.Received, s.Lost, percent(s.Lost, s.Received), s.Jitter, s.Sent, s.RemoteLost, percent(s.RemoteLost, s.Sent), s.RemoteJitter)
	}
	fmt.Fprintln(w, plural(len(list), "active SIP channel", "active SIP channels"))
	return true
}

// registrations is ours; chan_sip has one contact for each peer, in sip show peer.
func (k sipCommands) registrations(w io.Writer, args []string) bool {
	if len(args) > 1 {
		return usage(w)
	}
	name := ""
	if len(args) == 1 {
		name = args[0]
	}
	list, last := k.s.Bindings(name), ""
	for _, b := range list {
		if b.AOR != last {
			printf(w, "AOR: %s\n", b.AOR)
			last = b.AOR
		}
		printf(w, "   Contact: %s Q=%s\n", b.Contact, b.Q)
		for _, row := range [][2]string{{"Expires", fmt.Sprint(int(b.Left.Seconds()))}, {"Call-ID", b.CallID}, {"CSeq", fmt.Sprint(b.CSeq)},
			{"User-Agent", b.UserAgent}, {"Socket", b.Socket}, {"State", b.State}, {"Path", b.Path}, {"Instance", b.Instance}} {
			if row[1] != "" {
				printf(w, "      %-10s: %s\n", row[0], row[1])
			}
		}
	}
	printf(w, "%d contacts.\n", len(list))
	return true
}

func (k sipCommands) peers(w io.Writer, args []string) bool {
	fits, ok := chosen(args)
	if !ok {
		return usage(w)
	}
	printf(w, peerFormat, "Name/username", "Host", "Dyn", "Forcerport", "Comedia", "ACL", "Port", "Status", "Description", "")
	n, monOn, monOff, unOn, unOff := 0, 0, 0, 0, 0
	for _, p := range k.s.Peers() {
		if !fits(p.Name) {
			continue
		}
		n++
		switch {
		case p.Monitored && p.Available:
			monOn++
		case p.Monitored:
			monOff++
		case p.Available:
			unOn++
		default:
			unOff++
		}
		name, host := p.Name, p.Host
		if p.User != "" {
			name += "/" + p.User
		}
		if host == "" {
			host = "(Unspecified)"
		}
		printf(w, peerFormat, name, host, mark(p.Dynamic, " D "), p.Forcerport, p.Comedia, mark(p.ACL, " A "), fmt.Sprint(p.Port), p.Status,
			p.Description, mark(p.Realtime, "Cached RT"))
	}
	printf(w, "%d sip peers [Monitored: %d online, %d offline Unmonitored: %d online, %d offline]\n", n, monOn, monOff, unOn, unOff)
	return true
}

func mark(on bool, s string) string {
	if on {
		return s
	}
	return ""
}

func (k sipCommands) peer(w io.Writer, args []string) bool {
	if len(args) != 1 && !(len(args) == 2 && args[1] == "load") { // tables are asked anyway
		return usage(w)
	}
	rows, ok := k.s.Details(args[0])
	if !ok {
		printf(w, "Peer %s not found.\n\n", args[0])
		return true
	}
	printf(w, "\n\n  * Name       : %s\n", args[0])
	for _, r := range rows {
		detail(w, r)
	}
	fmt.Fprintln(w)
	return true
}

// detail writes a row of "sip show peer" or "sip show user".
func detail(w io.Writer, r [2]string) {
	switch r[0] {
	case "": // a further value
		printf(w, "                 %s\n", r[1])
	case "Variables":
		printf(w, "  %-13s:\n", r[0])
	default:
		printf(w, "  %-13s: %s\n", r[0], r[1])
	}
}

func (k sipCommands) registry(w io.Writer, _ []string) bool {
	printf(w, "%-39.39s %-6.6s %-12.12s  %8.8s %-20.20s %-25.25s\n", "Host", "dnsmgr", "Username", "Refresh", "State", "Reg.Time")
	list := k.s.Registrations()
	for _, r := range list {
		at := ""
		if !r.At.IsZero() {
			at = r.At.Format("Mon, 02 Jan 2006 15:04:05")
		}
		printf(w, "%-39.39s %-6.6s %-12.12s  %8d %-20.20s %-25.25s\n", r.Host, "N", r.User, r.Refresh, r.State, at)
	}
	printf(w, "%d SIP registrations.\n", len(list))
	return true
}

func (k sipCommands) channels(w io.Writer, _ []string) bool {
	printf(w, channelFormat, "Peer", "User/ANR", "Call ID", "Format", "Hold", "", "Last Message", "Expiry", "Peer")
	list := k.s.Dialogs()
	for _, d := range list {
		hold := "No"
		if d.Held {
			hold = "Yes"
		}
		printf(w, channelFormat, d.Addr, d.User, d.CallID, d.Format, hold, "", d.Last, "", d.Peer)
	}
	fmt.Fprintln(w, plural(len(list), "active SIP dialog", "active SIP dialogs"))
	return true
}

func (k sipCommands) subscriptions(w io.Writer, _ []string) bool {
	const format = "%-15.15s  %-15.15s  %-15.15s  %-15.15s  %-13.13s  %-15.15s %-10.10s %6.6s\n"
	printf(w, format, "Peer", "User", "Call ID", "Extension", "Last state", "Type", "Mailbox", "Expiry")
	list := k.s.Subscriptions()
	for _, s := range list {
		printf(w, format, s.Addr, s.User, s.CallID, s.Exten, s.State, s.Type, s.Mailbox, fmt.Sprintf("%06d", s.Expiry))
	}
	fmt.Fprintln(w, plural(len(list), "active SIP subscription", "active SIP subscriptions"))
	return true
}

func (k sipCommands) inuse(w io.Writer, args []string) bool {
	const format = "%-25.25s %-15.15s %-15.15s \n"
	printf(w, format, "* Peer name", "In use", "Limit")
	for _, u := range k.s.Usage(len(args) == 1 && args[0] == "all") {
		limit := "N/A"
		if u.Limit > 0 {
			limit = fmt.Sprint(u.Limit)
		}
		printf(w, format, u.Name, fmt.Sprintf("%d/%d/%d", u.Calls, u.Ringing, u.Held), limit)
	}
	return true
}
