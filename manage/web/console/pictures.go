package console

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"
)

// strip is a leg's quality over its time: loss as bars, at both ends, and jitter as a line.
func strip(say words, m Media) chart {
	c := chart{Title: say.T("media.strip") + " " + m.Channel, Kind: "lines", Unit: "", Small: true}
	here, there, jitter := series{Name: say.T("media.losshere"), Class: "three"}, series{Name: say.T("media.lossthere"),
		Class: "two"}, series{Name: say.T("media.jitter") + " (ms)", Class: "one"}
	for _, s := range m.Samples {
		here.Values, there.Values = append(here.Values, s.Here), append(there.Values, s.There)
		jitter.Values = append(jitter.Values, float64(s.Jitter.Microseconds())/1000)
	}
	c.Series = []series{here, there, jitter}
	return c
}

// spark is the last hour's calls, a minute each.
func spark(say words, p Pulse) chart {
	s := series{Name: say.T("pulse.minute"), Class: "one"}
	for _, n := range p.Minutes {
		s.Values = append(s.Values, float64(n))
	}
	return chart{Title: say.T("pulse.minute"), Kind: "bars", Small: true, Series: []series{s}}
}

// phoneCharts are the pictures of a phone's days.
func phoneCharts(say words, list []Hour) []chart {
	if len(list) == 0 {
		return nil
	}
	end := time.Now().Truncate(time.Hour).Add(time.Hour)
	t := timeline{begin: end.Add(-7 * 24 * time.Hour), end: end, step: 3 * time.Hour}
	loss, jitter := series{Name: say.T("numbers.loss"), Class: "three"}, series{Name: say.T("numbers.jitter"), Class: "one"}
	heard := false
	for _, h := range t.gather(list) {
		loss.Values, jitter.Values = append(loss.Values, h.Loss()), append(jitter.Values, h.Jitter())
		heard = heard || !math.IsNaN(h.Loss())
	}
	if !heard {
		return nil
	}
	return []chart{{Title: say.T("numbers.loss"), Kind: "bars", Unit: "%", t: t, Series: []series{loss}},
		{Title: say.T("numbers.jitter"), Kind: "lines", Unit: "ms", t: t, Series: []series{jitter}}}
}

// lanes draws the arrow of a message between the switchboard, in the middle, and the end of a leg:
// the first leg's on the left, all others' on the right.
func lanes(e Entry) template.HTML {
	from, to := 4.0, 96.0
	if inward := e.Arrow == "in"; inward != (e.Leg == "A") {
		from, to = to, from
	}
	head := 6.0
	if to < from {
		head = -head
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="arrow" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><path d="M%g 5H%gm%g -3l%g 3l%g 3"/></svg>`, from, to, -head/3, head/3, -head/3)
	return template.HTML(b.String())
}
