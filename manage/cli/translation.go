package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// TranslationCodec is a codec that can be converted: its name in paths and its rate in Hz.
type TranslationCodec struct {
	Name string // as CHANNEL(audioreadformat) has it
	Rate int
}

// column is the name above its column: signed linear has its rate behind it.
func (c TranslationCodec) column() string {
	if c.Name == "slin" {
		return "slin8"
	}
	return c.Name
}

// base is the name without a rate: slin16 is slin of another rate.
func (c TranslationCodec) base() string {
	if strings.HasPrefix(c.Name, "slin") {
		return "slin"
	}
	return c.Name
}

// translation prints Asterisk's matrix; the costs are measured, where Asterisk
// prints a table of its own.
func (k coreCommands) translation(w io.Writer, args []string) bool {
	codecs, cost := k.sys.Translations()
	switch {
	case len(args) == 2 && args[0] == "paths":
		return translationPaths(w, codecs, cost, args[1])
	case len(args) == 2 && args[0] == "recalc":
		seconds, _ := strconv.Atoi(args[1])
		if seconds < 1 {
			fmt.Fprintln(w, "         Recalc must be greater than 0.  Defaulting to 1.")
			seconds = 1
		}
		printf(w, "         Recalculating Codec Translation (number of sample seconds: %d)\n\n", seconds)
	case len(args) > 0:
		return usage(w)
	}
	fmt.Fprintln(w, "         Translation times between formats (in microseconds) for one second of data")
	fmt.Fprint(w, "          Source Format (Rows) Destination Format (Columns)\n\n")
	label := 9 // Asterisk's, whose longest name is g726aal2
	for _, c := range codecs {
		label = max(label, len(c.column())+1)
	}
	printf(w, "%*s", label, "")
	for _, c := range codecs {
		printf(w, " %*s", max(len(c.column()), 5), c.column())
	}
	for i, c := range codecs {
		printf(w, "\n%*s", label, c.column())
		for j, d := range cost[i] {
			width := max(len(codecs[j].column()), 5)
			if d == 0 {
				printf(w, " %*s", width, "-")
			} else {
				printf(w, " %*d", width, max(d.Microseconds(), 1))
			}
		}
	}
	fmt.Fprintln(w)
	return true
}

// translationPaths lists how a codec gets to each of the others: by signed linear of its
// rate.
func translationPaths(w io.Writer, codecs []TranslationCodec, cost [][]time.Duration, name string) bool {
	from := -1
	for i, c := range codecs {
		if c.Name == name {
			from = i
		}
	}
	if from < 0 {
		printf(w, "Source codec \"%s\" is not found.\n", name)
		return false
	}
	at := func(c TranslationCodec) string { return fmt.Sprintf("%s@%d", c.base(), c.Rate) }
	src := codecs[from]
	printf(w, "--- Translation paths SRC Codec \"%s\" sample rate %d ---\n", src.base(), src.Rate)
	for i, to := range codecs {
		if i == from {
			continue
		}
		path := "No Translation Path"
		if cost[from][i] > 0 {
			steps := []string{at(src)}
			middle := TranslationCodec{"slin", src.Rate}
			g711 := map[string]bool{"ulaw": true, "alaw": true}
			if !(g711[src.Name] && g711[to.Name]) && src.base() != "slin" {
				steps = append(steps, at(middle))
			}
			if to.base() != "slin" && to.Rate != src.Rate {
				steps = append(steps, at(TranslationCodec{"slin", to.Rate}))
			}
			if last := at(to); steps[len(steps)-1] != last {
				steps = append(steps, last)
			}
			path = "(" + strings.Join(steps, ")->(") + ")"
		}
		printf(w, "\t%-16s To %-16s : %-60s\n", fmt.Sprintf("%s:%d", src.base(), src.Rate), fmt.Sprintf("%s:%d", to.base(), to.Rate), path)
	}
	return true
}
