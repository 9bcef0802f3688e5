package dialplan

import (
	"fmt"
	"io"
	"strings"
)

// Save writes the plan as an extensions.conf that compiles to it again, with the globals
// as they are given. Comments, templates and includes of the original are not in it.
func (p *Plan) Save(w io.Writer, globals [][2]string) {
	yes := map[bool]string{true: "yes", false: "no"}
	fmt.Fprintf(w, "[general]\nstatic=%s\nwriteprotect=%s\nautofallthrough=%s\nclearglobalvars=%s\n", yes[p.Static], yes[p.WriteProtect],
		yes[p.AutoFallthrough], yes[p.ClearGlobals])
	if p.Override != nil {
		fmt.Fprintf(w, "overrideswitch=%s\n", confText(p.Override.String()))
	}
	if p.PJSIPNames {
		fmt.Fprintln(w, "pjsipnames=yes")
	}
	if len(p.SkipMissing) > 0 {
		fmt.Fprintf(w, "skipmissing=%s\n", strings.Join(p.SkipMissing, ","))
	}
	fmt.Fprint(w, "\n[globals]\n")
	for _, g := range globals {
		fmt.Fprintf(w, "%s => %s\n", g[0], confText(g[1]))
	}
	for _, x := range p.Order {
		x.save(w)
	}
}

func (x *Context) save(w io.Writer) {
	fmt.Fprintf(w, "\n[%s]\n", x.Name)
	if x.AutoHints {
		fmt.Fprintln(w, "autohints = yes")
	}
	for _, i := range x.Includes {
		fmt.Fprintf(w, "include => %s\n", i.Text)
	}
	for _, s := range x.Switches {
		fmt.Fprintf(w, "%s => %s\n", s.directive(), confText(s.String()))
	}
	for _, pattern := range x.IgnorePats {
		fmt.Fprintf(w, "ignorepat => %s\n", pattern)
	}
	for _, e := range x.Extensions {
		e.save(w)
	}
}

func (e *Extension) save(w io.Writer) {
	name := e.Name
	if e.HasCID {
		name += "/" + e.CID
	}
	if e.Hint != nil && e.Hint.Registrar == "" {
		fmt.Fprintf(w, "exten => %s,hint,%s\n", name, confText(e.Hint.Devices))
	}
	for _, p := range e.prios {
		if p.Registrar != "" {
			continue
		}
		label := ""
		if p.Label != "" {
			label = "(" + p.Label + ")"
		}
		args := ""
		if p.Args != nil {
			args = "(" + confText(p.Args.Raw()) + ")"
		}
		fmt.Fprintf(w, "exten => %s,%d%s,%s%s\n", name, p.N, label, p.App, args)
	}
}

// directive that makes a switch what it is: its data has been expanded already, or is not
// before a call asks.
func (s *Switch) directive() string {
	if s.eval != nil {
		return "eswitch"
	}
	return "lswitch"
}

// confText is a text as it stands in a .conf file.
func confText(s string) string { return strings.ReplaceAll(s, ";", `\;`) }
