package console

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SetupBounds part answers by how long they took, in seconds; a last class is for those above.
var SetupBounds = [...]float64{0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60}

// Hour is what was measured in an hour: of the switchboard, or of a phone or trunk.
type Hour struct {
	At   time.Time `json:"-"` // when it began
	Name string    `json:"-"` // "": the switchboard

	// Of the switchboard.
	Calls      uint64                       `json:"calls,omitempty"` // that began
	Answered   uint64                       `json:"answered,omitempty"`
	NoAnswer   uint64                       `json:"noanswer,omitempty"`
	Busy       uint64                       `json:"busy,omitempty"`
	Failed     uint64                       `json:"failed,omitempty"`
	Setups     [len(SetupBounds) + 1]uint64 `json:"setups"` // answers by SetupBounds
	Peak       int                          `json:"peak,omitempty"`
	Registered int                          `json:"registered,omitempty"` // at the end of the hour
	Least      int                          `json:"least,omitempty"`      // of it, registered
	Known      int                          `json:"known,omitempty"`      // phones that register

	// Of a phone or trunk: packets in both directions, and jitter as it was sampled.
	Packets   uint64  `json:"packets,omitempty"`
	Lost      uint64  `json:"lost,omitempty"`
	Jitters   uint64  `json:"jitters,omitempty"` // samples
	JitterSum float64 `json:"jittersum,omitempty"`
	JitterMax float64 `json:"jittermax,omitempty"` // ms
}

// Loss is the share of packets that were lost, in percent; NaN without any.
func (h *Hour) Loss() float64 {
	if h.Packets+h.Lost == 0 {
		return math.NaN()
	}
	return 100 * float64(h.Lost) / float64(h.Packets+h.Lost)
}

// Jitter is the mean in ms, NaN without any.
func (h *Hour) Jitter() float64 {
	if h.Jitters == 0 {
		return math.NaN()
	}
	return h.JitterSum / float64(h.Jitters)
}

// setup is the time in seconds within which a share of the answers came, NaN without any.
func (h *Hour) setup(share float64) float64 {
	var all uint64
	for _, n := range h.Setups {
		all += n
	}
	if all == 0 {
		return math.NaN()
	}
	want, seen, low := share*float64(all), 0.0, 0.0
	for i, n := range h.Setups {
		high := 2 * SetupBounds[len(SetupBounds)-1]
		if i < len(SetupBounds) {
			high = SetupBounds[i]
		}
		if seen+float64(n) >= want && n > 0 {
			return low + (high-low)*(want-seen)/float64(n)
		}
		seen, low = seen+float64(n), high
	}
	return low
}

// spans are those that the page of figures has, in hours.
var spans = []int{24, 7 * 24, 30 * 24}

// numbersView is the page of figures.
type numbersView struct {
	Span   int
	Spans  []int
	Charts []chart
	Names  []nameRow
	Empty  bool
}

// nameRow is how well a phone or trunk was heard.
type nameRow struct {
	Name                    string
	Packets                 uint64
	Loss, Jitter, JitterMax string
	Line                    chart
	bad                     float64
}

func (c *Console) numbersPage(v *visit) {
	out := numbersView{Span: spans[0], Spans: spans}
	if n, err := strconv.Atoi(v.r.URL.Query().Get("span")); err == nil && slices.Contains(spans, n) {
		out.Span = n
	}
	end := time.Now().Truncate(time.Hour)
	begin := end.Add(-time.Duration(out.Span-1) * time.Hour)
	byName := map[string][]Hour{}
	for _, h := range c.house.Hours(begin) {
		byName[h.Name] = append(byName[h.Name], h)
	}
	t := timeline{begin: begin, step: time.Duration(max(out.Span/60, 1)) * time.Hour, end: end.Add(time.Hour)}
	all := t.gather(byName[""])
	out.Empty = len(byName[""]) == 0
	out.Charts = figures(v.say, t, all)
	delete(byName, "")
	for name, list := range byName {
		if r, ok := quality(v.say, t, name, list); ok {
			out.Names = append(out.Names, r)
		}
	}
	slices.SortFunc(out.Names, func(a, b nameRow) int {
		if a.bad != b.bad {
			if a.bad > b.bad {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	v.show("numbers", out)
}

// figures are the pictures of the switchboard.
func figures(say words, t timeline, all []Hour) []chart {
	pick := func(f func(*Hour) float64) (out []float64) {
		for i := range all {
			out = append(out, f(&all[i]))
		}
		return out
	}
	count := func(f func(*Hour) uint64) []float64 { return pick(func(h *Hour) float64 { return float64(f(h)) }) }
	return []chart{
		{Title: say.T("numbers.calls"), Kind: "bars", t: t, Series: []series{
			{say.T("numbers.answered"), "one", count(func(h *Hour) uint64 { return h.Answered })},
			{say.T("numbers.noanswer"), "two", count(func(h *Hour) uint64 { return h.NoAnswer + h.Busy })},
			{say.T("numbers.failed"), "three", count(func(h *Hour) uint64 { return h.Failed })}}},
		{Title: say.T("numbers.setup"), Kind: "lines", Unit: "s", t: t, Series: []series{
			{say.T("numbers.half"), "one", pick(func(h *Hour) float64 { return h.setup(.5) })},
			{say.T("numbers.most"), "two", pick(func(h *Hour) float64 { return h.setup(.95) })}}},
		{Title: say.T("numbers.peak"), Kind: "lines", t: t,
			Series: []series{{say.T("numbers.atonce"), "one", pick(func(h *Hour) float64 { return gap(h, float64(h.Peak)) })}}},
		{Title: say.T("numbers.registered"), Kind: "lines", t: t, Series: []series{
			{say.T("numbers.there"), "one", pick(func(h *Hour) float64 { return gap(h, float64(h.Registered)) })},
			{say.T("numbers.least"), "two", pick(func(h *Hour) float64 { return gap(h, float64(h.Least)) })}}},
	}
}

// gap has no value where nothing was measured.
func gap(h *Hour, x float64) float64 {
	if h.At.IsZero() {
		return math.NaN()
	}
	return x
}

// quality is the row of a phone or trunk; false when it had no audio.
func quality(say words, t timeline, name string, list []Hour) (nameRow, bool) {
	var sum Hour
	for _, h := range list {
		sum.add(h)
	}
	loss, jitter := sum.Loss(), sum.Jitter()
	if math.IsNaN(loss) {
		return nameRow{}, false
	}
	var losses []float64
	for _, h := range t.gather(list) {
		losses = append(losses, h.Loss())
	}
	r := nameRow{Name: name, Packets: sum.Packets, Loss: number(loss, "%"), Jitter: number(jitter, "ms"),
		JitterMax: number(sum.JitterMax, "ms"), bad: loss, Line: chart{Title: say.T("numbers.loss") + " " + name, Kind: "bars", Unit: "%", t: t,
			Small: true, Series: []series{{say.T("numbers.loss"), "three", losses}}}}
	return r, true
}

// add adds the figures of another hour.
func (h *Hour) add(x Hour) {
	h.Calls, h.Answered, h.NoAnswer, h.Busy, h.Failed = h.Calls+x.Calls, h.Answered+x.Answered, h.NoAnswer+x.NoAnswer, h.Busy+x.Busy,
		h.Failed+x.Failed
	for i := range x.Setups {
		h.Setups[i] += x.Setups[i]
	}
	if h.At.IsZero() || x.Least < h.Least {
		h.Least = x.Least
	}
	h.Peak, h.Registered, h.Known = max(h.Peak, x.Peak), x.Registered, max(h.Known, x.Known)
	h.Packets, h.Lost, h.Jitters = h.Packets+x.Packets, h.Lost+x.Lost, h.Jitters+x.Jitters
	h.JitterSum, h.JitterMax = h.JitterSum+x.JitterSum, max(h.JitterMax, x.JitterMax)
	if h.At.IsZero() {
		h.At = x.At
	}
}

// timeline is what a picture has from left to right.
type timeline struct {
	begin, end time.Time
	step       time.Duration
}

// gather has the figures of each step; the time of one without any is zero.
func (t timeline) gather(list []Hour) []Hour {
	out := make([]Hour, max(int((t.end.Sub(t.begin)+t.step-1)/t.step), 1))
	for _, h := range list {
		if i := int(h.At.Sub(t.begin) / t.step); i >= 0 && i < len(out) && !h.At.Before(t.begin) {
			out[i].add(h)
		}
	}
	return out
}

// label is the time of a step, for people.
func (t timeline) label(i int) string {
	at := t.begin.Add(time.Duration(i) * t.step).Local()
	if t.step < 24*time.Hour && t.end.Sub(t.begin) <= 24*time.Hour {
		return at.Format("15:04")
	}
	return at.Format("02.01. 15:04")
}

// number is a figure for people: three digits that matter.
func number(x float64, unit string) string {
	if math.IsNaN(x) {
		return "–"
	}
	text := strconv.FormatFloat(x, 'f', -1, 64)
	switch {
	case x == math.Trunc(x):
	case x >= 100:
		text = fmt.Sprintf("%.0f", x)
	case x >= 1:
		text = fmt.Sprintf("%.1f", x)
	default:
		text = fmt.Sprintf("%.2f", x)
	}
	if unit != "" {
		text += " " + unit
	}
	return text
}

// numbersJSON gives the figures to programs.
func (c *Console) numbersJSON(v *visit) {
	type row struct {
		At   time.Time `json:"at"`
		Name string    `json:"name,omitempty"`
		Hour
	}
	var out []row
	for _, h := range c.house.Hours(time.Now().Add(-30 * 24 * time.Hour)) {
		out = append(out, row{h.At, h.Name, h})
	}
	writeJSON(v.w, http.StatusOK, out)
}
