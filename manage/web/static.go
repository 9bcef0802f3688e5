package web

import (
	"fmt"
	"html"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

const (
	staticPath = "/static/"
	statusPath = "/httpstatus"
)

// static serves the files of a folder (enable_static), and tells nobody what else is in it.
func static(folder string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "only GET is answered here", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(r.URL.Path, staticPath)
		if !filepath.IsLocal(name) {
			http.Error(w, "403 Access Denied", http.StatusForbidden)
			return
		}
		f, err := os.Open(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil || !info.Mode().IsRegular() {
			http.Error(w, "403 Access Denied", http.StatusForbidden)
			return
		}
		http.ServeContent(w, r, info.Name(), info.ModTime(), f)
	})
}

// status is the page of enable_status.
func status(c Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache, no-store")
		name := html.EscapeString(c.ServerName)
		fmt.Fprintf(w, "<!DOCTYPE html>\n<html><head><title>HTTP Status</title></head>\n<body><h2>HTTP Status</h2>\n<table>\n")
		row := func(what, is string) { fmt.Fprintf(w, "<tr><td><i>%s</i></td><td><b>%s</b></td></tr>\n", what, is) }
		row("Server", name)
		row("Prefix", html.EscapeString(c.Prefix))
		row("Bind Address", c.Bind.Addr().String())
		row("Bind Port", fmt.Sprint(c.Bind.Port()))
		if c.TLSEnabled && c.TLSBind != (netip.AddrPort{}) {
			row("SSL Bind Address", c.TLSBind.Addr().String())
			row("SSL Bind Port", fmt.Sprint(c.TLSBind.Port()))
		}
		fmt.Fprintf(w, "</table></body></html>\n")
	})
}

// OwnPaths are the pages of the server itself that are served: path, what it is.
func (s *Server) OwnPaths() [][2]string { return s.now.Load().own }

func ownPaths(c Config) (out [][2]string) {
	if c.Status {
		out = append(out, [2]string{statusPath, "Asterisk HTTP General Status"})
	}
	if c.Static {
		out = append(out, [2]string{staticPath + "...", "Asterisk HTTP Static Delivery"})
	}
	return out
}

// withOwn adds the pages of the server itself to those that hang in it.
func (s *Server) withOwn(c Config) http.Handler {
	if !c.Static && !c.Status {
		return s.mux
	}
	own := http.NewServeMux()
	own.Handle("/", s.mux)
	if c.Static {
		files := static(c.StaticFolder)
		own.Handle(staticPath, files)
		own.Handle(strings.TrimSuffix(staticPath, "/"), files)
	}
	if c.Status {
		own.Handle(statusPath, status(c))
	}
	return own
}
