package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
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

// Links are the pages that the console has.
func (page) Links() [][2]string {
	return [][2]string{{"/", "now"}, {"/calls", "calls"}, {"/phones", "phones"}, {"/trunks", "trunks"}, {"/office", "office"}, {"/dialplan", "dialplan"}, {"/softphone", "phone"}, {"/files", "files"}, {"/system", "system"}}
}

// Kinds are those in which a call can be taken away.
func (page) Kinds() []string { return []string{"text", "json", "pcap"} }

// Keys are those of a phone.
func (page) Keys() []string { return strings.Split("123456789*0#", "") }

// SoftWords are the keys of the texts that the phone in the page says.
func (page) SoftWords() []string {
	return []string{"on", "off", "refused", "lost", "first", "calling", "ringing", "rings", "up", "over", "loss", "jitter", "trip"}
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

// versions are the static files' hashes, so that a browser keeps each as long as it is the same.
var versions = func() map[string]string {
	out := map[string]string{}
	list, err := staticFiles.ReadDir("static")
	if err != nil {
		panic(err)
	}
	for _, e := range list {
		b, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(b)
		out[e.Name()] = "/static/" + e.Name() + "?v=" + hex.EncodeToString(sum[:6])
	}
	return out
}()

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"static": func(name string) string { return versions[name] },
	"clock":  func(t time.Time) string { return t.Format("15:04:05") },
	"iso":    func(t time.Time) string { return t.Format(time.RFC3339) },
	"ms":     func(t time.Time) int64 { return t.UnixMilli() },
	"for":    func(t time.Time) string { return lasting(time.Since(t)) },
	"after":  func(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) },
	"both":   func(say words, base string, x any) row { return row{say, base, x} },
}).ParseFS(pageFiles, "pages/*.html"))

// row is what the template of a row is given.
type row struct {
	Say  words
	Base string
	X    any
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

const mostPast = 200

func (c *Console) nowPage(v *visit)   { v.show("now", c.house.Calls()) }
func (c *Console) callsPage(v *visit) { v.show("calls", c.house.Past(mostPast)) }

func (c *Console) callPage(v *visit) {
	s, ok := c.house.Story(v.r.PathValue("id"))
	if !ok {
		v.render(http.StatusNotFound, "missing", v.say.T("call.missing"))
		return
	}
	v.show("call", s)
}

func (c *Console) phonesPage(v *visit) { v.show("phones", c.house.Phones()) }

func (c *Console) phonePage(v *visit) {
	rows, ok := c.house.Phone(v.r.PathValue("name"))
	if !ok {
		v.render(http.StatusNotFound, "missing", v.say.T("phone.missing"))
		return
	}
	v.show("phone", Facts{v.r.PathValue("name"), rows})
}

func (c *Console) trunksPage(v *visit) { v.show("trunks", c.house.Trunks()) }

// question is what the page of the dialplan was asked, and its answer.
type question struct {
	Contexts                []string
	Number, Context, Caller string
	Answer                  string
	Found                   bool
}

func (c *Console) dialplanPage(v *visit) {
	q := question{Contexts: c.house.Contexts(), Number: v.r.FormValue("number"), Context: v.r.FormValue("context"), Caller: v.r.FormValue("caller")}
	if q.Number != "" {
		q.Answer, q.Found = c.house.Explain(q.Number, q.Context, q.Caller)
	}
	v.show("dialplan", q)
}

// softphonePage is a phone in the page; its account and secret go to SIP, not to the console.
func (c *Console) softphonePage(v *visit) { v.show("softphone", v.user.Phone) }

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

// report is what an action has to say on the page that it comes back to.
type report struct {
	Findings string
	Done     string
	Fault    string
}

func (c *Console) systemPage(v *visit) { v.show("system", c.house.Facts()) }

func (c *Console) filesPage(v *visit) { v.show("files", report{Findings: c.house.Findings()}) }

func (c *Console) hangup(v *visit) {
	id := v.r.PathValue("id")
	if !c.house.Hangup(id) {
		v.render(http.StatusNotFound, "missing", v.say.T("call.missing"))
		return
	}
	c.house.Audit(v.user.Name, source(v.r).String(), "hung up the call "+id)
	http.Redirect(v.w, v.r, v.base+"/call/"+id, http.StatusSeeOther)
}

func (c *Console) reload(v *visit) {
	c.house.Audit(v.user.Name, source(v.r).String(), "reloaded the configuration")
	out := report{Done: v.say.T("files.reloaded")}
	if err := c.house.Reload(); err != nil {
		out = report{Fault: err.Error()}
	}
	out.Findings = c.house.Findings()
	v.show("files", out)
}
