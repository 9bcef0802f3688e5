package cli

import (
	"fmt"
	"io"
)

// Commands about faxes that are sent and received here. As with an Asterisk to which no fax
// technology is loaded there are none: faxes pass through (T.38, t38pt_udptl).

func (c *Console) addFax(o Operation) {
	say := func(text string) func(io.Writer, []string) bool {
		return func(w io.Writer, _ []string) bool {
			fmt.Fprint(w, text)
			return true
		}
	}
	columns := fmt.Sprintf("%-30.30s %-10.10s %-10.10s %-5.5s %-10.10s %-15.15s %-30.30s", "Channel", "Tech", "FAXID", "Type", "Operation",
		"State", "File(s)")
	c.Add([]Command{
		{"fax show capabilities", "what sends and receives faxes: nothing, they pass through",
			say("\n\nRegistered FAX Technology Modules:\n\n0 registered modules\n\n")},
		{"fax show sessions", "list the faxes that are sent or received here", say("\nCurrent FAX Sessions:\n\n" + columns +
			"\n\n0 FAX sessions\n\n")},
		{"fax show session", "<number>: one of them", func(w io.Writer, args []string) bool {
			if len(args) != 1 {
				return usage(w)
			}
			fmt.Fprint(w, "\nFAX Session Details:\n--------------------\n\n\n\n")
			return true
		}},
		{"fax show stats", "how many there were", say("\nFAX Statistics:\n---------------\n\nCurrent Sessions     : 0\n" +
			"Reserved Sessions    : 0\n" +
			"Transmit Attempts    : 0\nReceive Attempts     : 0\nCompleted FAXes      : 0\nFailed FAXes         : 0\n\n\n")},
		{"fax show version", "which version of Asterisk's they answer as", func(w io.Writer, _ []string) bool {
			printf(w, "FAX For Asterisk Components:\n\tApplications: %s\n\n", o.Version())
			return true
		}},
	}...)
}
