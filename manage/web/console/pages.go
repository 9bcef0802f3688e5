package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed pages
var pageFiles embed.FS

// page is what a template is given.
type page struct {
	Say  words
	Base string
	User User
	Path string
	Data any
}

// Links are the pages that the console has: path, name, and the key that goes there behind g.
func (page) Links() [][3]string {
	return [][3]string{{"/", "now", "n"}, {"/calls", "calls", "c"}, {"/phones", "phones", "p"}, {"/trunks", "trunks", "t"},
		{"/office", "office", "o"}, {"/dialplan", "dialplan", "d"}, {"/numbers", "numbers", "z"}, {"/softphone", "phone", "h"},
		{"/files", "files", "f"}, {"/system", "system", "s"}}
}

// Kinds are those in which a call can be taken away.
func (page) Kinds() []string { return []string{"text", "json", "pcap"} }

// Keys are those of a phone.
func (page) Keys() []string { return strings.Split("123456789*0#", "") }

// SoftWords are the keys of the texts that the phone in the page says.
func (page) SoftWords() []string {
	return []string{"on", "off", "refused", "lost", "first", "calling", "ringing", "rings", "up", "over", "loss", "jitter", "trip", "server"}
}

// May says whether the user may do what a role may.
func (p page) May(role string) bool {
	for r, name := range roleNames {
		if name == role {
			return p.User.Role >= Role(r)
		}
	}
	return false
}

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"static":  func(name string) string { return assets[name].address },
	"clock":   func(t time.Time) string { return t.Format("15:04:05") },
	"iso":     func(t time.Time) string { return t.Format(time.RFC3339) },
	"ms":      func(t time.Time) int64 { return t.UnixMilli() },
	"for":     func(t time.Time) string { return lasting(time.Since(t)) },
	"after":   func(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) },
	"millis":  func(d time.Duration) string { return number(float64(d.Microseconds())/1000, "ms") },
	"day":     func(t time.Time) string { return t.Format(time.DateTime) },
	"kb":      func(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1024) },
	"lineof":  lineOf,
	"callrow": callRow,
	"strip":   strip,
	"spark":   spark,
	"lanes":   lanes,
	"both":    func(say words, base string, x any) row { return row{say, base, x} },
	"edge":    func(leg string) string { return map[bool]string{true: "near", false: "far"}[leg == "A"] },
}).ParseFS(pageFiles, "pages/*.html"))

// row is what the template of a row is given.
type row struct {
	Say  words
	Base string
	X    any
}

// lineOf is a line of a text, from 1, cut to what a page has room for.
func lineOf(text string, n int) string {
	for line := range strings.Lines(text) {
		if n--; n == 0 {
			line = strings.TrimSpace(line)
			if r := []rune(line); len(r) > 160 {
				line = string(r[:160]) + "…"
			}
			return line
		}
	}
	return ""
}

// lasting is a duration in hours, minutes and seconds.
func lasting(d time.Duration) string {
	s := max(int(d.Seconds()), 0)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// render sends a page that is whole, or an error in its place.
func render(w http.ResponseWriter, status int, name string, p page) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

func (v *visit) show(name string, data any) { v.render(http.StatusOK, name, data) }

func (v *visit) render(status int, name string, data any) {
	render(v.w, status, name, page{v.say, v.base, v.user, v.r.URL.Path, data})
}

const (
	mostPast = 200
	mostLog  = 200 // lines of the log
	mostDeed = 100
)

// nowView is the first page.
type nowView struct {
	Calls  []Call
	Pulse  Pulse
	Alarms []Alarm
}

func (c *Console) nowPage(v *visit) {
	p, alarms, _ := c.vital.signs(c.house)
	v.show("now", nowView{c.house.Calls(), p, alarms})
}

func (c *Console) callsPage(v *visit) { v.show("calls", c.house.Past(mostPast)) }

// callView is a call, with what the log has of it for who may read that.
type callView struct {
	Story
	Log []LogLine
}

func (c *Console) callPage(v *visit) {
	s, ok := c.house.Story(v.r.PathValue("id"))
	if !ok {
		v.render(http.StatusNotFound, "missing", v.say.T("call.missing"))
		return
	}
	out := callView{Story: s}
	if v.user.Role >= Administrator {
		out.Log = c.house.Log(mostLog, s.ID)
	}
	v.show("call", out)
}

func (c *Console) phonesPage(v *visit) { v.show("phones", c.house.Phones()) }

// phoneView is a phone, and what became of an order.
type phoneView struct {
	PhoneStory
	Charts      []chart
	Done, Fault string
}

func (c *Console) phonePage(v *visit) { c.showPhone(v, "", "") }

func (c *Console) showPhone(v *visit, done, fault string) {
	s, ok := c.house.Phone(v.r.PathValue("name"))
	if !ok {
		v.render(http.StatusNotFound, "missing", v.say.T("phone.missing"))
		return
	}
	v.show("phone", phoneView{s, phoneCharts(v.say, s.Media), done, fault})
}

// checkSync asks a phone to fetch its configuration.
func (c *Console) checkSync(v *visit) {
	name := v.r.PathValue("name")
	if err := c.house.CheckSync(name); err != nil {
		c.showPhone(v, "", err.Error())
		return
	}
	c.audit(v, "sent check-sync to "+name)
	c.showPhone(v, v.say.T("phone.synced"), "")
}

func (c *Console) trunksPage(v *visit) { v.show("trunks", c.house.Trunks()) }

// question is what the page of the dialplan was asked, and its answer.
type question struct {
	Contexts                []string
	Number, Context, Caller string
	Answer                  string
	Found                   bool
	Rehearsed, Fault        string // what the tests told
	Went                    bool   // all of them as expected
}

func (c *Console) question(v *visit) question {
	return question{Contexts: c.house.Contexts(), Number: v.r.FormValue("number"), Context: v.r.FormValue("context"),
		Caller: v.r.FormValue("caller")}
}

func (c *Console) dialplanPage(v *visit) {
	q := c.question(v)
	if q.Number != "" {
		q.Answer, q.Found = c.house.Explain(q.Number, q.Context, q.Caller)
	}
	v.show("dialplan", q)
}

// softphonePage is a phone in the page; its account and secret go to SIP, not to the console.
func (c *Console) softphonePage(v *visit) { v.show("softphone", v.user.Phone) }

// heard tells the phone in the page how well its call is heard at the switchboard.
func (c *Console) heard(v *visit) {
	type leg struct {
		Channel string  `json:"channel"`
		Here    int64   `json:"here"`   // packets lost
		There   int64   `json:"there"`  // likewise
		Jitter  float64 `json:"jitter"` // ms
	}
	out := []leg{}
	for _, m := range c.house.Media(v.r.URL.Query().Get("call")) {
		out = append(out, leg{m.Channel, m.Here.Lost, m.There.Lost, float64(m.Here.Jitter.Microseconds()) / 1000})
	}
	writeJSON(v.w, http.StatusOK, out)
}

func (c *Console) officePage(v *visit) { v.show("office", c.house.Boards()) }

// kinds of a call's export, and what a browser is told that each is.
var kinds = map[string]string{"pcap": "application/vnd.tcpdump.pcap", "json": "application/json", "text": "text/plain; charset=utf-8"}

func (c *Console) export(v *visit) {
	id, kind := v.r.PathValue("id"), v.r.PathValue("kind")
	var b bytes.Buffer
	if err := c.house.Export(&b, id, kind); err != nil {
		v.render(http.StatusNotFound, "missing", err.Error())
		return
	}
	v.w.Header().Set("Content-Type", kinds[kind])
	v.w.Header().Set("Content-Disposition", "attachment; filename="+id+"."+kind)
	v.w.Write(b.Bytes())
}

// systemView is the switchboard itself; the log and what was done are for administrators.
type systemView struct {
	Facts []Facts
	Log   []LogLine
	Deeds []Deed
}

func (c *Console) systemPage(v *visit) {
	out := systemView{Facts: c.house.Facts()}
	if v.user.Role >= Administrator {
		out.Log, out.Deeds = c.house.Log(mostLog, ""), c.house.Deeds(mostDeed)
	}
	v.show("system", out)
}

func (c *Console) hangup(v *visit) {
	id := v.r.PathValue("id")
	if !c.house.Hangup(id) {
		v.render(http.StatusNotFound, "missing", v.say.T("call.missing"))
		return
	}
	c.audit(v, "hung up the call "+id)
	http.Redirect(v.w, v.r, v.base+"/call/"+id, http.StatusSeeOther)
}
