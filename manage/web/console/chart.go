package console

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strings"
)

// chart is a picture of numbers over time, drawn as SVG without text: what is written beside it is
// HTML, so that it can be read at any width. The same figures stand in a table below it.
type chart struct {
	Title, Unit string
	Kind        string // bars, one on the other; lines
	Series      []series
	Small       bool // in a row of a table: no axis, no table of its own
	t           timeline
}

// series are values of one kind; one that is not known is NaN. Class is how it is drawn: each differs
// from the others by pattern or dashes too.
type series struct {
	Name, Class string
	Values      []float64
}

// The units of a drawing, which is stretched to the room that there is.
const (
	chartWidth  = 600.0
	chartHeight = 100.0
)

// Top is the value at the upper edge.
func (c chart) Top() float64 {
	top := 0.0
	for i := range c.steps() {
		sum := 0.0
		for _, s := range c.Series {
			x := s.Values[i]
			switch {
			case math.IsNaN(x):
			case c.Kind == "bars":
				sum += x
			default:
				sum = max(sum, x)
			}
		}
		top = max(top, sum)
	}
	return nice(top)
}

func (c chart) steps() int {
	if len(c.Series) == 0 {
		return 0
	}
	return len(c.Series[0].Values)
}

// nice is the next of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10 ... that is not less.
func nice(x float64) float64 {
	if x <= 0 {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10} {
		if x <= m*p*(1+1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// TopText, Begin, Middle and End are what is written at the edges.
func (c chart) TopText() string { return number(c.Top(), c.Unit) }
func (c chart) Begin() string   { return c.t.label(0) }
func (c chart) Middle() string  { return c.t.label(c.steps() / 2) }
func (c chart) End() string     { return c.t.label(c.steps() - 1) }

// Sum says in words what is drawn, for who does not see it.
func (c chart) Sum() string {
	var out []string
	for _, s := range c.Series {
		low, high, last := math.NaN(), math.NaN(), math.NaN()
		for _, x := range s.Values {
			if math.IsNaN(x) {
				continue
			}
			if last = x; math.IsNaN(low) || x < low {
				low = x
			}
			if math.IsNaN(high) || x > high {
				high = x
			}
		}
		out = append(out, fmt.Sprintf("%s %s–%s, %s", s.Name, number(low, ""), number(high, c.Unit), number(last, c.Unit)))
	}
	return c.Title + ": " + strings.Join(out, "; ")
}

// Rows are the table: the time of each step with anything, and its values.
func (c chart) Rows() (out [][]string) {
	for i := range c.steps() {
		row, any := []string{c.t.label(i)}, false
		for _, s := range c.Series {
			row = append(row, number(s.Values[i], c.Unit))
			any = any || !math.IsNaN(s.Values[i]) && s.Values[i] != 0
		}
		if any {
			out = append(out, row)
		}
	}
	return out
}

// SVG is the drawing.
func (c chart) SVG() template.HTML {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" preserveAspectRatio="none" role="img" aria-label="%s">`, chartWidth, chartHeight,
		template.HTMLEscapeString(c.Sum()))
	if !c.Small {
		fmt.Fprintf(&b, `<path class="grid" d="M0 %g H%g M0 0 H%g"/>`, chartHeight/2, chartWidth, chartWidth)
	}
	if n := c.steps(); n > 0 {
		top, wide := c.Top(), chartWidth/float64(n)
		if c.Kind == "bars" {
			c.bars(&b, top, wide)
		} else {
			for _, s := range c.Series {
				c.line(&b, s, top, wide)
			}
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String())
}

func (c chart) bars(b *strings.Builder, top, wide float64) {
	for k, s := range c.Series {
		var d strings.Builder
		for i, x := range s.Values {
			if math.IsNaN(x) || x <= 0 {
				continue
			}
			below := 0.0
			for _, o := range c.Series[:k] {
				if !math.IsNaN(o.Values[i]) {
					below += o.Values[i]
				}
			}
			y, h := chartHeight*(1-(below+x)/top), chartHeight*x/top
			fmt.Fprintf(&d, "M%.1f %.1fh%.1fv%.1fh-%.1fz", (float64(i)+.12)*wide, y, wide*.76, h, wide*.76)
		}
		fmt.Fprintf(b, `<path class="bar %s" d="%s"/>`, s.Class, d.String())
	}
}

// line draws one; where a value is not known it is parted.
func (c chart) line(b *strings.Builder, s series, top, wide float64) {
	var d strings.Builder
	apart := true
	for i, x := range s.Values {
		if math.IsNaN(x) {
			apart = true
			continue
		}
		to := "L"
		if apart {
			to = "M"
		}
		fmt.Fprintf(&d, "%s%.1f %.1f", to, (float64(i)+.5)*wide, chartHeight*(1-x/top))
		if apart && (i+1 == len(s.Values) || math.IsNaN(s.Values[i+1])) { // alone: a dot
			d.WriteString("h.1")
		}
		apart = false
	}
	fmt.Fprintf(b, `<path class="line %s" d="%s"/>`, s.Class, d.String())
}

// writeJSON answers a program.
func writeJSON(w http.ResponseWriter, status int, x any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(x)
}
