package console

import (
	"html/template"
	"strconv"
	"strings"
	"time"
)

// callRow is the row of a call. It is written by hand: of a hundred calls a second each has a few, and
// a template takes ten times as long.
func callRow(say words, base string, x Call) template.HTML {
	var b strings.Builder
	b.Grow(1 << 10)
	put := func(parts ...string) { // markup and text in turns
		for i, s := range parts {
			if i%2 == 1 {
				s = template.HTMLEscapeString(s)
			}
			b.WriteString(s)
		}
	}
	label := func(key string) { put(`<td data-label="`, say.T(key), `">`) }
	put(`<tr data-key="`, x.ID, `">`)
	label("call.from")
	put(`<a href="`, base+"/call/"+x.ID, `">`, x.From, `</a></td>`)
	label("call.to")
	put("", x.To, `</td>`)
	label("call.state")
	put(`<span>`, say.T("state."+x.State))
	if x.Codec != "" {
		put(` <small>`, x.Codec, `</small>`)
	}
	if h := x.Heard; h != nil {
		put(`<br><small class="heard `, h.Word, `">`, say.T("heard."+h.Word)+" "+h.Text(), `</small>`)
	}
	put(`</span></td>`)
	label("call.at")
	put(`<span><code>`, x.At, `</code><br><small>`, strings.Join(x.Parties, " · "), `</small></span></td>`)
	label("call.for")
	put(`<time datetime="`, x.Begun.Format(time.RFC3339), `" data-since="`, strconv.FormatInt(x.Begun.UnixMilli(), 10), `">`,
		lasting(time.Since(x.Begun)), "</time></td></tr>\n")
	return template.HTML(b.String())
}
