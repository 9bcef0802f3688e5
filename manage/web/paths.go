package web

import (
	"net/http"
	"net/netip"
	"strings"

	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/printable"
)

// Restriction is a section of http.conf with type=restriction: who may ask for the paths that begin so.
// More than one may apply to a path, and each must allow the source.
type Restriction struct {
	Path   string   // as requested, the prefix of http.conf with it
	Named  []string // lists of acl.conf
	Access auth.Access
}

// Redirect is a redirect line: who asks for From is sent to To.
type Redirect struct{ From, To string }

// restriction reads a section; ok is false for one of another kind. What cannot be understood denies the
// path to everybody.
func restriction(s *config.Section, lists map[string]auth.ACL) (r Restriction, ok bool, diags []config.Diagnostic) {
	if s.Name == "post_mappings" && len(s.Vars) == 0 {
		return r, false, nil // of the samples: where files go that are sent; none are taken here
	}
	if !strings.EqualFold(s.Get("type"), "restriction") {
		return r, false, []config.Diagnostic{{Pos: s.Pos,
			Text: "section [" + s.Name + "] of http.conf has no type=restriction and has no effect"}}
	}
	r.Path = s.Name
	tell := func(v config.Var, text string) {
		diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: text + "; nobody gets at '" + s.Name + "'"})
	}
	for _, v := range s.Vars {
		switch name := strings.ToLower(v.Name); name {
		case "type":
		case "permit", "deny":
			if err := r.Access.ACL.Add(name == "permit", v.Value); err != nil {
				tell(v, err.Error())
				r.Access.Named = append(r.Access.Named, auth.Nobody)
			}
		case "acl":
			for _, n := range strings.Split(v.Value, ",") {
				n = strings.TrimSpace(n)
				r.Named = append(r.Named, n)
				list, known := auth.Named(lists, n)
				if !known {
					tell(v, "there is no list '"+n+"' in acl.conf")
				}
				r.Access.Named = append(r.Access.Named, list)
			}
		default:
			diags = append(diags, config.Unsupported(v, s.Name))
		}
	}
	return r, true, diags
}

// redirect reads "from to".
func redirect(text string) (Redirect, bool) {
	f := strings.Fields(text)
	if len(f) != 2 || !strings.HasPrefix(f[0], "/") {
		return Redirect{}, false
	}
	return Redirect{f[0], f[1]}, true
}

// denies says whether the source may not ask for the path.
func (f *inForce) denies(path, source string) bool {
	from, err := netip.ParseAddrPort(source)
	for _, r := range f.restrictions {
		if strings.HasPrefix(path, r.Path) && (err != nil || !r.Access.Allows(from.Addr())) {
			return true
		}
	}
	return false
}

// tellDenied notes who was refused, of many in a short time the first.
func (s *Server) tellDenied(r *http.Request) {
	if s.silent.Tells() {
		s.log.Info().Msgf("HTTP: %s may not have %s (a restriction of http.conf)", r.RemoteAddr, printable.Line(r.URL.Path))
	}
}

// elsewhere answers a request that http.conf sends to another place.
func (f *inForce) elsewhere(w http.ResponseWriter, r *http.Request) bool {
	for _, x := range f.redirects {
		if r.URL.Path == x.From {
			w.Header().Set("Location", x.To)
			w.WriteHeader(http.StatusFound)
			return true
		}
	}
	return false
}

// Paths are the restrictions and redirects in force.
func (s *Server) Paths() ([]Restriction, []Redirect) {
	f := s.now.Load()
	return f.restrictions, f.redirects
}
