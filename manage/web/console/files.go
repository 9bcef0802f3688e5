package console

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// File is one of the configuration.
type File struct {
	Name             string
	Size             int64
	Changed          time.Time
	Errors, Warnings int
	Reason           string // why it cannot be changed here, a key of words; "" when it can
}

// Finding is what is said about a line of a file.
type Finding struct {
	File     string
	Line     int
	Severity string // error, warning, note, missing
	Code     string
	Message  string
	Hint     string
}

// Version is a file as it was at a time.
type Version struct {
	ID   int64
	At   time.Time
	User string // "" for nobody of the console
	Note string // a key of words
	Size int
	Text []byte // of Workshop.Version alone
}

// What a change of a file can come to.
var (
	ErrNoFile  = errors.New("there is no such file")
	ErrNew     = errors.New("there is no such file yet, and it may be written")
	ErrChanged = errors.New("the file was changed meanwhile")
)

// BrokenError is a text that no reload could read.
type BrokenError struct{ Finding Finding }

func (e *BrokenError) Error() string {
	return e.Finding.File + ":" + strconv.Itoa(e.Finding.Line) + ": " + e.Finding.Message
}

// mostText is the size of the longest file that is changed here, in bytes.
const mostText = 768 << 10

// Sum identifies a text, so that a change begins with what the file has.
func Sum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// filesView is the page of all files.
type filesView struct {
	Files    []File
	Findings []Finding
	Why      string // there are no files to work on
	Done     string
	Changes  []string
	Fault    string
}

func (c *Console) filesPage(v *visit) { v.show("files", c.filesView()) }

func (c *Console) filesView() (out filesView) {
	var err error
	if out.Files, err = c.house.Files(); err != nil {
		out.Why = err.Error()
		return out
	}
	if out.Findings, err = c.house.Findings(); err != nil {
		out.Why = err.Error()
	}
	for i := range out.Files {
		for _, f := range out.Findings {
			if f.File == out.Files[i].Name {
				switch f.Severity {
				case "error":
					out.Files[i].Errors++
				case "warning", "missing":
					out.Files[i].Warnings++
				}
			}
		}
	}
	return out
}

// reload puts the files in force.
func (c *Console) reload(v *visit) {
	changes, err := c.house.Reload()
	what := "reloaded the configuration"
	if err != nil {
		what = "asked for a reload, which was refused: " + err.Error()
	}
	c.audit(v, what)
	out := c.filesView()
	if out.Changes = changes; err != nil {
		out.Fault = err.Error()
	} else {
		out.Done = v.say.T("files.reloaded")
	}
	v.show("files", out)
}

// editView is the page of a file.
type editView struct {
	Name     string
	Text     string
	Was      string // sum of the text that the change began with
	Lines    int
	Findings []Finding
	Diff     []hunk // of what is to be written, to what is there
	Looked   bool   // the change was looked at
	Versions []Version
	Version  *Version // the one that is looked at
	Reason   string   // why it cannot be changed here, a key
	New      bool     // it is not there yet
	Done     string
	Fault    string
	Broken   bool
}

// newFile goes to the page of a file that is not there yet.
func (c *Console) newFile(v *visit) {
	name := strings.TrimSpace(v.r.FormValue("name"))
	if !strings.HasSuffix(name, ".conf") {
		name += ".conf"
	}
	http.Redirect(v.w, v.r, v.base+"/file/"+url.PathEscape(name), http.StatusSeeOther)
}

// editPage shows a file, with what is to be said of its lines. It has the secrets that the file
// has: it is for who may change it.
func (c *Console) editPage(v *visit) {
	name := v.r.PathValue("name")
	text, err := c.house.Text(name)
	if err != nil && !errors.Is(err, ErrNew) {
		v.render(http.StatusNotFound, "missing", v.say.T("file.missing"))
		return
	}
	out := c.editView(v, name, text)
	out.New = err != nil
	list, _ := c.house.Findings()
	out.Findings = of(list, name)
	v.show("edit", out)
}

// editView is a page with the text of a file as it is.
func (c *Console) editView(v *visit, name string, text []byte) editView {
	out := editView{Name: name, Text: string(text), Was: Sum(text), Lines: strings.Count(string(text), "\n") + 1}
	out.Versions, _ = c.house.Versions(name)
	if files, err := c.house.Files(); err == nil {
		for _, f := range files {
			if f.Name == name {
				out.Reason = f.Reason
			}
		}
	}
	return out
}

func of(list []Finding, name string) (out []Finding) {
	for _, f := range list {
		if f.File == name {
			out = append(out, f)
		}
	}
	return out
}

// sentText is the text of a form, with the ends of lines that the file has.
func sentText(r *http.Request, old []byte) (text []byte, err error) {
	if err := r.ParseMultipartForm(mostText + 64<<10); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return nil, err
	}
	s := strings.ReplaceAll(r.PostFormValue("text"), "\r\n", "\n")
	if strings.Contains(string(old), "\r\n") {
		s = strings.ReplaceAll(s, "\n", "\r\n")
	}
	return []byte(s), nil
}

// edit looks at a change, or writes it, or writes it and puts it in force.
func (c *Console) edit(v *visit) {
	name := v.r.PathValue("name")
	now, err := c.house.Text(name)
	if err != nil && !errors.Is(err, ErrNew) {
		v.render(http.StatusNotFound, "missing", v.say.T("file.missing"))
		return
	}
	out := c.editView(v, name, now)
	out.New = err != nil
	if out.Reason != "" {
		v.render(http.StatusForbidden, "missing", v.say.T(out.Reason))
		return
	}
	text, err := sentText(v.r, now)
	switch {
	case err != nil:
		v.render(http.StatusBadRequest, "missing", v.say.T("file.unreadable"))
		return
	case len(text) > mostText:
		v.render(http.StatusRequestEntityTooLarge, "missing", v.say.F("file.long", mostText>>10))
		return
	case !utf8.Valid(text) || strings.ContainsRune(string(text), 0):
		v.render(http.StatusBadRequest, "missing", v.say.T("file.letters"))
		return
	}
	was := v.r.PostFormValue("was")
	out.Text, out.Lines = string(text), strings.Count(string(text), "\n")+1
	out.Diff = difference(string(now), string(text))
	status := http.StatusOK
	switch act := v.r.PostFormValue("act"); {
	case was != Sum(now):
		out.Fault, out.Looked, status = v.say.T("file.changed"), true, http.StatusConflict
		out.Findings, _, _ = c.house.Try(name, text)
	case act == "save" || act == "apply":
		status = c.save(v, &out, name, text, was, act == "apply")
	default: // look
		list, broken, err := c.house.Try(name, text)
		out.Looked, out.Findings = true, list
		if err != nil {
			out.Fault = err.Error()
		} else if broken != nil {
			out.Fault, out.Broken = (&BrokenError{*broken}).Error(), true
		}
	}
	out.Findings = of(out.Findings, name)
	v.render(status, "edit", out)
}

// save writes a text and tells of it on the page; it returns the status of the answer.
func (c *Console) save(v *visit, out *editView, name string, text []byte, was string, apply bool) int {
	err := c.house.Save(name, text, was, v.user.Name)
	var broken *BrokenError
	switch {
	case errors.As(err, &broken):
		out.Fault, out.Broken, out.Looked = broken.Error(), true, true
		out.Findings, _, _ = c.house.Try(name, text)
		c.audit(v, "was not let write "+name+": "+broken.Error())
		return http.StatusUnprocessableEntity
	case errors.Is(err, ErrChanged):
		out.Fault, out.Looked = v.say.T("file.changed"), true
		return http.StatusConflict
	case err != nil:
		out.Fault = err.Error()
		return http.StatusInternalServerError
	}
	c.audit(v, "wrote "+name)
	out.New = false
	out.Was, out.Done = Sum(text), v.say.T("file.saved")
	out.Versions, _ = c.house.Versions(name)
	out.Findings, _ = c.house.Findings()
	if !apply {
		return http.StatusOK
	}
	if _, err := c.house.Reload(); err != nil {
		c.audit(v, "asked for a reload, which was refused: "+err.Error())
		out.Fault = v.say.T("file.refused") + " " + err.Error()
		return http.StatusOK
	}
	c.audit(v, "reloaded the configuration")
	out.Done = v.say.T("file.applied")
	return http.StatusOK
}

// versionPage shows a version of a file, and what putting it back would change.
func (c *Console) versionPage(v *visit) {
	c.ofVersion(v, func(now []byte, x Version) {
		out := c.editView(v, v.r.PathValue("name"), now)
		out.Version, out.Diff = &x, difference(string(now), string(x.Text))
		v.show("version", out)
	})
}

// back puts a version back: as a change like any other, with its checks.
func (c *Console) back(v *visit) {
	c.ofVersion(v, func(now []byte, x Version) {
		name := v.r.PathValue("name")
		out := c.editView(v, name, now)
		if out.Reason != "" {
			v.render(http.StatusForbidden, "missing", v.say.T(out.Reason))
			return
		}
		out.Text, out.Lines = string(x.Text), strings.Count(string(x.Text), "\n")+1
		out.Diff = difference(string(now), string(x.Text))
		status := http.StatusConflict
		if was := v.r.PostFormValue("was"); was == Sum(now) {
			status = c.save(v, &out, name, x.Text, was, v.r.PostFormValue("act") == "apply")
		} else {
			out.Fault, out.Looked = v.say.T("file.changed"), true
		}
		out.Findings = of(out.Findings, name)
		v.render(status, "edit", out)
	})
}

// ofVersion finds the file and the version of an address.
func (c *Console) ofVersion(v *visit, f func(now []byte, x Version)) {
	name := v.r.PathValue("name")
	id, _ := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	now, err := c.house.Text(name)
	if err == nil {
		var x Version
		if x, err = c.house.Version(name, id); err == nil {
			f(now, x)
			return
		}
	}
	v.render(http.StatusNotFound, "missing", v.say.T("file.missing"))
}

// rehearse runs the tests of the dialplan.
func (c *Console) rehearse(v *visit) {
	var b strings.Builder
	ok, err := c.house.Rehearse(&b)
	c.audit(v, "ran the tests of the dialplan")
	q := c.question(v)
	q.Rehearsed, q.Went = b.String(), ok
	if err != nil {
		q.Fault = err.Error()
	}
	v.show("dialplan", q)
}

// audit notes what the user of a visit did.
func (c *Console) audit(v *visit, what string) {
	c.house.Audit(v.user.Name, source(v.r).String(), what)
}
