// Command rig loads a switchboard over loopback and measures its CPU time and
// memory for each unit of work. With two switchboards it runs every scenario on
// both in turn and prints the ratio; only figures of one run should be compared.
//
//	rig -obelisk bin/obelisk [-asterisk /usr/sbin/asterisk] [-only calls,media] [-rounds 2]
//
// It speaks from 127.0.0.2 to 127.0.0.4 to 127.0.0.1:5960 and stops by itself.
package main

import (
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one line of the table: what, and for each switchboard the values of
// all rounds. Less is better unless more is set.
type row struct {
	what, unit string
	more       bool
	value      map[string][]float64
}

type table struct{ rows []*row }

// add notes a value; it is reported at once, for those who wait.
func (t *table) add(p *pbx, what, unit string, more bool, v float64) {
	fmt.Fprintf(os.Stderr, "%-9s %-58s %10.2f %s\n", p.kind, what, v, unit)
	for _, r := range t.rows {
		if r.what == what {
			r.value[p.kind] = append(r.value[p.kind], v)
			return
		}
	}
	t.rows = append(t.rows, &row{what, unit, more, map[string][]float64{p.kind: {v}}})
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := append([]float64(nil), v...)
	sort.Float64s(s)
	return s[len(s)/2]
}

func (t *table) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| work\t| Obelisk\t| Asterisk\t| ratio\t|")
	fmt.Fprintln(w, "|---\t|---\t|---\t|---\t|")
	for _, r := range t.rows {
		o, a, ratio := "-", "-", "-"
		if v := r.value["obelisk"]; v != nil {
			o = fmt.Sprintf("%.2f %s", median(v), r.unit)
		}
		if v := r.value["asterisk"]; v != nil {
			a = fmt.Sprintf("%.2f %s", median(v), r.unit)
			if median(v) != 0 && r.value["obelisk"] != nil {
				ratio = fmt.Sprintf("%.2f", median(r.value["obelisk"])/median(v))
			}
		}
		fmt.Fprintf(w, "| %s\t| %s\t| %s\t| %s\t|\n", r.what, o, a, ratio)
	}
	w.Flush()
}

var soakFor *time.Duration

func main() {
	obelisk := flag.String("obelisk", "", "the obelisk binary")
	asterisk := flag.String("asterisk", "", "an Asterisk with chan_sip to compare with")
	only := flag.String("only", "", "scenarios, comma list of "+strings.Join(names(), ","))
	rounds := flag.Int("rounds", 1, "how often each scenario runs on each; the median is printed")
	soakFor = flag.Duration("soak", 10*time.Minute, "length of the scenario soak")
	flag.Parse()
	t := &table{}
	for _, s := range scenarios {
		if *only == "" && !s.usual || *only != "" && !strings.Contains(","+*only+",", ","+s.name+",") {
			continue
		}
		for range *rounds {
			for kind, binary := range map[string]string{"asterisk": *asterisk, "obelisk": *obelisk} {
				if binary == "" {
					continue
				}
				if err := s.run(t, starter{kind, binary}); err != nil {
					fmt.Fprintf(os.Stderr, "%s, %s: %v\n", kind, s.name, err)
				}
			}
		}
	}
	t.print()
}
