package cli

import (
	"fmt"
	"io"
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

func (k sipCommands) users(w io.Writer, _ []string) bool {
	const row = "%-25.25s  %-15.15s  %-15.15s  %-15.15s  %-5.5s%-10.10s\n"
	printf(w, row, "Username", "Secret", "Accountcode", "Def.Context", "ACL", "Forcerport")
	for _, u := range k.s.Users() {
		printf(w, row, u.Name, mark(u.Secret, "<hidden>"), u.Account, u.Context, u.ACL, u.Forcerport)
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
		return usage(w, "sip show channel <call-id> [<call-id> ..]")
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
