package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Commands that show the inside of media, names and tones.

// Names is what dnsmgr status tells.
type Names struct {
	Every   time.Duration // 0: looked up with each reload
	Entries int
}

// Country is what indication show tells of one: its tones as they are written.
type Country struct {
	Name, Description string
	Tones             [][2]string
}

// Stream is a row of rtp show stats.
type Stream struct {
	Channel, Local, Source          string
	Received, Sent, Lost, BadSource uint64
}

// Inside is what these commands ask.
type Inside interface {
	Names() Names
	// LookUpNames has all names looked up anew.
	LookUpNames()
	// Countries lists those of indications.conf, else those that are built in.
	Countries() (list []Country, main string)
	// AddTone and RemoveTone change a tone of a country until indications.conf is read anew; with "" the
	// country goes.
	AddTone(country, name, tones string) error
	RemoveTone(country, name string) bool
	Streams() []Stream
	// LocalChannels lists the first half of each, and where it leads: exten@context.
	LocalChannels() [][2]string
}

// AddInside adds the commands.
func (c *Console) AddInside(i Inside, o Operation) {
	k := insideCommands{i, o}
	c.Add([]Command{
		{"dnsmgr status", "how names are looked up anew", k.names},
		{"dnsmgr refresh", "look all names up now", k.refresh},
		{"dnsmgr reload", "read dnsmgr.conf anew", systemCommands{o}.reloadOf("dnsmgr")},
		{"indication show", "[country ...]: the tones of countries", k.indications},
		{"indication add", "<country> <name> <tones>: give a country a tone", k.addTone},
		{"indication remove", "<country> [name]: take a tone away, or all of a country", k.removeTone},
		{"rtp show stats", "what each RTP stream has received and sent", k.streams},
		{"udptl show config", "how T.38 packets travel", k.fax},
		{"stun show status", "whether a STUN server is asked for our address", k.stun},
		{"local show channels", "list the local channels", k.locals},
	}...)
	countries := func() (out []string) {
		list, _ := i.Countries()
		for _, x := range list {
			out = append(out, x.Name)
		}
		return out
	}
	c.Completes("indication show", func([]string) []string { return countries() })
	c.Completes("indication add", func(args []string) []string { return oneOf(countries()...)(args) })
	c.Completes("indication remove", func(args []string) (out []string) {
		if len(args) == 0 {
			return countries()
		}
		list, _ := i.Countries()
		for _, x := range list {
			if len(args) == 1 && strings.EqualFold(x.Name, args[0]) {
				for _, t := range x.Tones {
					out = append(out, t[0])
				}
			}
		}
		return out
	})
}

type insideCommands struct {
	i Inside
	o Operation
}

func (k insideCommands) names(w io.Writer, _ []string) bool {
	n := k.i.Names()
	state := "enabled"
	if n.Every == 0 {
		state, n.Every = "disabled", 5*time.Minute
	}
	printf(w, "DNS Manager: %s\nRefresh Interval: %d seconds\nNumber of entries: %d\n", state, int(n.Every.Seconds()), n.Entries)
	return true
}

func (k insideCommands) refresh(w io.Writer, _ []string) bool {
	if k.i.Names().Every == 0 {
		fmt.Fprintln(w, "DNS Manager is disabled.")
		return true
	}
	k.i.LookUpNames()
	return true
}

func (k insideCommands) indications(w io.Writer, args []string) bool {
	list, main := k.i.Countries()
	if len(args) == 0 {
		fmt.Fprint(w, "Country   Description\n===========================\n")
		for _, c := range list {
			printf(w, "%-7.7s  %s\n", c.Name, c.Description)
		}
		printf(w, "===========================\nDefault tone zone: %s\n", main)
		return true
	}
	found := false
	for _, c := range list {
		if !slices.ContainsFunc(args, func(a string) bool { return strings.EqualFold(a, c.Name) }) {
			continue
		}
		if !found {
			fmt.Fprint(w, "Country Indication      PlayList\n=====================================\n")
			found = true
		}
		for _, t := range c.Tones {
			printf(w, "%-7.7s %-15.15s %s\n", c.Name, t[0], t[1])
		}
	}
	if !found {
		fmt.Fprintln(w, "No countries matched your criteria.")
	}
	return true
}

func (k insideCommands) addTone(w io.Writer, args []string) bool {
	if len(args) != 3 {
		return usage(w)
	}
	if err := k.i.AddTone(args[0], args[1], args[2]); err != nil {
		printf(w, "Unable to register indication %s/%s: %v\n", args[0], args[1], err)
		return false
	}
	return true
}

func (k insideCommands) removeTone(w io.Writer, args []string) bool {
	switch len(args) {
	case 1:
		return k.i.RemoveTone(args[0], "")
	case 2:
		return k.i.RemoveTone(args[0], args[1])
	}
	return usage(w)
}

func (k insideCommands) streams(w io.Writer, _ []string) bool {
	const row = "%-35.35s %-22.22s %-22.22s %10v %10v %8v %8v\n"
	printf(w, row, "Channel", "Local", "Source", "Received", "Sent", "Lost", "Strange")
	list := k.i.Streams()
	for _, s := range list {
		printf(w, row, s.Channel, s.Local, s.Source, s.Received, s.Sent, s.Lost, s.BadSource)
	}
	fmt.Fprintln(w, plural(len(list), "RTP stream", "RTP streams"))
	return true
}

// fax tells what is in force: the ports are those of RTP, and the far side's wish decides how
// packets are repeated. Differs: udptl.conf is not read.
func (k insideCommands) fax(w io.Writer, _ []string) bool {
	p := k.o.Packets()
	printf(w, "UDPTL Global options\n--------------------\nudptlstart:      %d\nudptlend:        %d\nudptlfecentries: 0\nudptlfecspan:    "+
		"0\nuse_even_ports:  Yes\nudptlchecksums: Yes\n", p.From, p.To)
	return true
}

func (k insideCommands) stun(w io.Writer, _ []string) bool {
	fmt.Fprintln(w, "No STUN server is asked; externaddr of sip.conf names our address.")
	return true
}

func (k insideCommands) locals(w io.Writer, _ []string) bool {
	list := k.i.LocalChannels()
	for _, l := range list {
		printf(w, "%s -- %s\n", l[0], l[1])
	}
	if len(list) == 0 {
		fmt.Fprintln(w, "No local channels in use")
	}
	return true
}
