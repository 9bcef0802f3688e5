package console

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Console serves the pages. Its zero configuration serves nothing.
type Console struct {
	house    House
	log      zerolog.Logger
	conf     atomic.Pointer[Config]
	sessions *sessions
	mux      *http.ServeMux
	guarded  http.Handler
	rows     rowCache
	open     atomic.Int32 // pages that are kept up to date
	shared   shared       // what several of them show
	left     left         // what those had that have gone
	vital    vital
}

// New makes a console that serves nothing yet.
func New(house House, log zerolog.Logger) *Console {
	c := &Console{house: house, log: log, sessions: newSessions(time.Now), mux: http.NewServeMux()}
	c.conf.Store(&Config{})
	c.routes()
	c.guarded = c.guard(c.mux)
	return c
}

// Configure puts console.conf in force. Who is logged in stays so as long as the user is there.
func (c *Console) Configure(conf Config) { c.conf.Store(&conf) }

// routes are all pages. Those of "see" need a session.
func (c *Console) routes() {
	c.mux.HandleFunc("GET /static/{name}", serveAsset)
	c.mux.HandleFunc("GET /login", c.loginPage)
	c.mux.HandleFunc("POST /login", c.login)
	c.mux.HandleFunc("POST /logout", c.logout)
	see := func(pattern string, f func(*visit)) { c.mux.HandleFunc(pattern, c.inside(Viewer, f)) }
	see("GET /{$}", c.nowPage)
	see("GET /calls", c.callsPage)
	see("GET /call/{id}", c.callPage)
	see("GET /phones", c.phonesPage)
	see("GET /phone/{name}", c.phonePage)
	see("GET /trunks", c.trunksPage)
	see("GET /system", c.systemPage)
	see("GET /files", c.filesPage)
	see("GET /call/{id}/{kind}", c.export)
	see("GET /office", c.officePage)
	see("GET /dialplan", c.dialplanPage)
	see("GET /softphone", c.softphonePage)
	see("GET /live", c.live)
	see("GET /numbers", c.numbersPage)
	see("GET /numbers.json", c.numbersJSON)
	see("GET /find", c.findPage)
	see("GET /heard", c.heard)
	// What each asks for is of the manager's classes: call, for one; config and system, for the other.
	c.mux.HandleFunc("POST /call/{id}/hangup", c.inside(Operator, c.hangup))
	for pattern, f := range map[string]func(*visit){
		"POST /files/reload": c.reload, "GET /file": c.newFile, "GET /file/{name}": c.editPage, "POST /file/{name}": c.edit,
		"GET /file/{name}/version/{id}": c.versionPage, "POST /file/{name}/version/{id}": c.back,
		"POST /phone/{name}/sync": c.checkSync, "POST /dialplan/rehearse": c.rehearse,
	} {
		c.mux.HandleFunc(pattern, c.inside(Administrator, f))
	}
}

// ServeHTTP implements http.Handler.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conf := c.conf.Load()
	if !conf.Served() {
		http.NotFound(w, r)
		return
	}
	if from := source(r); !from.IsLoopback() {
		switch {
		case !conf.Remote:
			http.Error(w, "The console is for this machine only (remote=yes in console.conf opens it).", http.StatusForbidden)
			return
		case r.TLS == nil && !conf.Plain:
			http.Error(w, "The console wants HTTPS from other machines (tlsenable=yes in http.conf; plain=yes in console.conf does without).",
				http.StatusForbidden)
			return
		}
	}
	c.guarded.ServeHTTP(w, r)
}

// source is the address that a request comes from.
func source(r *http.Request) netip.Addr {
	a, _ := netip.ParseAddrPort(r.RemoteAddr)
	return a.Addr().Unmap()
}

// policy is the Content-Security-Policy: nothing but what is served here.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// answerTime is how long a browser may take to read a page.
const answerTime = time.Minute

// guard refuses requests of other sites' pages and says what a browser may do with ours.
func (c *Console) guard(next http.Handler) http.Handler {
	sites := http.NewCrossOriginProtection()
	return sites.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTime))
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	}))
}

// visit is a request of a browser that has logged in.
type visit struct {
	w    http.ResponseWriter
	r    *http.Request
	user User
	say  words
	base string
}

// inside lets in who has a session and may do so much.
func (c *Console) inside(least Role, f func(*visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		u, ok := c.conf.Load().user(c.sessions.user(c.sessionOf(r)))
		switch {
		case !ok && r.Method == http.MethodGet && r.URL.Path != "/live":
			http.Redirect(w, r, c.house.Base()+"/login?to="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		case !ok:
			http.Error(w, "not logged in", http.StatusUnauthorized)
		case u.Role < least:
			http.Error(w, "this is for the role "+least.String(), http.StatusForbidden)
		default:
			f(&visit{w, r, u, wordsFor(r), c.house.Base()})
		}
	}
}

// cookieName is that of the session. Over HTTPS no other host and no plain page can set it.
func cookieName(r *http.Request) string {
	if r.TLS != nil {
		return "__Host-obelisk"
	}
	return "obelisk"
}

func (c *Console) sessionOf(r *http.Request) string {
	k, err := r.Cookie(cookieName(r))
	if err != nil {
		return ""
	}
	return k.Value
}

func (c *Console) setCookie(w http.ResponseWriter, r *http.Request, value string) {
	k := &http.Cookie{Name: cookieName(r), Value: value, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode}
	if value == "" {
		k.MaxAge = -1
	}
	http.SetCookie(w, k)
}

// loginPage is the form.
func (c *Console) loginPage(w http.ResponseWriter, r *http.Request) {
	c.showLogin(w, r, http.StatusOK, "")
}

func (c *Console) showLogin(w http.ResponseWriter, r *http.Request, status int, complaint string) {
	render(w, status, "login", page{Say: wordsFor(r), Base: c.house.Base(), Data: map[string]string{"Complaint": complaint,
		"To": local(r.FormValue("to")), "User": r.PostFormValue("user")}})
}

// local is a path of the console, "/" for any other.
func local(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
		return "/"
	}
	return to
}

// login lets a user in. A source that fails again and again waits longer each time.
func (c *Console) login(w http.ResponseWriter, r *http.Request) {
	say, from := wordsFor(r), source(r)
	name, password := r.PostFormValue("user"), r.PostFormValue("password")
	conf := c.conf.Load()
	u, known := conf.user(name)
	if !known {
		u.Secret = conf.decoy()
	}
	tried, good := c.sessions.try(from, func() bool { return matches(u.Secret, password) && known })
	if !tried {
		c.showLogin(w, r, http.StatusTooManyRequests, say.T("login.wait"))
		return
	}
	if !good {
		c.log.Warn().Msgf("Console: wrong password of %s for user %q", from, name)
		c.showLogin(w, r, http.StatusUnauthorized, say.T("login.wrong"))
		return
	}
	c.sessions.close(c.sessionOf(r))
	c.setCookie(w, r, c.sessions.open(u.Name))
	c.house.Audit(u.Name, from.String(), "logged in")
	http.Redirect(w, r, c.house.Base()+local(r.PostFormValue("to")), http.StatusSeeOther)
}

func (c *Console) logout(w http.ResponseWriter, r *http.Request) {
	c.sessions.close(c.sessionOf(r))
	c.setCookie(w, r, "")
	http.Redirect(w, r, c.house.Base()+"/login", http.StatusSeeOther)
}
