// Command rig loads a switchboard over loopback and measures its CPU time and
// memory for each unit of work. With two switchboards it runs every scenario on
// both in turn and prints the ratio, beside the goal; only figures of one run should be compared.
// What was measured while the load itself came late is measured again.
//
//	rig -obelisk bin/obelisk [-asterisk /usr/sbin/asterisk] [-only calls,media] [-rounds 2]
//
// It speaks from 127.0.0.2 to 127.0.0.4 to 127.0.0.1:5960 and stops by itself.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

var soakFor *time.Duration

func main() {
	obelisk := flag.String("obelisk", "", "the obelisk binary")
	asterisk := flag.String("asterisk", "", "an Asterisk with chan_sip to compare with")
	only := flag.String("only", "", "scenarios, comma list of "+strings.Join(names(), ","))
	rounds := flag.Int("rounds", 1, "how often each scenario runs on each, in turn; the median is printed")
	soakFor = flag.Duration("soak", time.Minute, "length of the scenarios soak and churn")
	flag.IntVar(&agentStreams, "streams", agentStreams, "streams of the scenario agents, an even number")
	flag.Func("rates", "calls a second of the scenario calls, comma list (default 100,200,400,1000)", readRates)
	flag.Parse()
	both := []starter{{"asterisk", *asterisk}, {"obelisk", *obelisk}}
	for _, s := range both {
		if s.binary != "" && !exists(s.binary) {
			fmt.Fprintf(os.Stderr, "there is no %s at %s\n", s.kind, s.binary)
			os.Exit(2)
		}
	}
	t := &table{}
	for _, s := range scenarios {
		if *only == "" && !s.usual || *only != "" && !strings.Contains(","+*only+",", ","+s.name+",") {
			continue
		}
		for range *rounds {
			for _, x := range both {
				if x.binary == "" {
					continue
				}
				if err := s.run(t, x); err != nil {
					fmt.Fprintf(os.Stderr, "%s, %s: %v\n", x.kind, s.name, err)
				}
				t.keep()
			}
			slices.Reverse(both)
		}
	}
	t.print()
}

// readRates is the flag -rates.
func readRates(list string) error {
	callRates = nil
	for _, r := range strings.Split(list, ",") {
		n, err := strconv.ParseFloat(r, 64)
		if err != nil || n <= 0 {
			return fmt.Errorf("'%s' is no rate", r)
		}
		callRates = append(callRates, n)
	}
	return nil
}
