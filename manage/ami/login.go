package ami

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

// failPause is how long a failed login is kept waiting.
const failPause = time.Second

// proof says whether a user knows his secret: event is "" then, and otherwise that of the
// security log, and why the word of the log for it.
type proof func(u *User) (event, why string)

// judge is who wants in. event is "" where he may; otherwise it is that of the security log, and
// why what the log says.
func (s *Server) judge(name string, from netip.Addr, knows proof) (u *User, event, why string) {
	u = s.Config().Users[name]
	switch {
	case u == nil || u.Secret == "":
		return nil, "InvalidAccountID", fmt.Sprintf("%s tried to authenticate with nonexistent user '%s'", from, printable.Quoted(name))
	case !u.Access.Allows(from):
		return nil, "FailedACL", fmt.Sprintf("%s failed to pass IP ACL as '%s'", from, u.Name)
	}
	if event, why = knows(u); event != "" {
		return nil, event, fmt.Sprintf("%s %s '%s'", from, why, u.Name)
	}
	return u, "", ""
}

// turnAway tells of who is not let in, and has him wait.
func (a *act) turnAway(event, why, name string) {
	a.o.srv.rooms.Log.Warn().Msg(why)
	a.security(event, "Error", name)
	select {
	case <-time.After(failPause):
	case <-a.o.gone: // it has to make room
	}
}

// knows is the proof of a login.
func (a *act) knows(u *User) (event, why string) {
	if strings.EqualFold(a.m.get("AuthType"), "MD5") {
		if !a.answered(u) {
			return "ChallengeResponseFailed", "failed MD5 authentication for"
		}
	} else if subtle.ConstantTimeCompare([]byte(a.m.get("Secret")), []byte(u.Secret)) != 1 {
		return "InvalidPassword", "failed to authenticate as"
	}
	return "", ""
}

// login checks who the client is.
func login(a *act) {
	name := a.m.get("Username")
	u, event, why := a.o.srv.judge(name, a.o.remote.Addr(), a.knows)
	if event != "" {
		a.turnAway(event, why, name)
		a.fail("Authentication failed")
		a.bye = true
		return
	}
	if !u.AllowMultiple && a.o.srv.loggedIn(u.Name) {
		a.security("SessionLimit", "Error", name)
		a.fail("Login Already In Use")
		a.bye = true
		return
	}
	if a.o.conn != nil && a.o.srv.crowded(a.o) {
		a.o.srv.tally.Refused.Add(1)
		a.o.srv.rooms.Log.Warn().Msgf("%s is not let in as '%s': too many sessions (sessionlimit, sessionsourcelimit)", a.o.remote.Addr(),
			u.Name)
		a.security("SessionLimit", "Error", name)
		a.fail("Too many sessions")
		a.bye = true
		return
	}
	a.enter(u)
}

// enter is a login that went well.
func (a *act) enter(u *User) {
	o := a.o
	o.mu.Lock()
	o.user = u
	if a.m.has("Events") {
		o.mask, _ = parseClasses(a.m.get("Events"))
	}
	mask := o.mask
	o.mu.Unlock()
	o.srv.strangers.Remove(o)
	if o.conn == nil {
		o.srv.enroll(o)
	}
	o.srv.attend()
	o.show("on")
	a.ok("Authentication accepted")
	if u.Read&mask&ClassSystem != 0 {
		since := func(t time.Time) string { return strconv.Itoa(int(time.Since(t).Seconds())) }
		n := pbx.News{Name: "FullyBooted", Class: "system", Fields: []pbx.Field{{Name: "Uptime", Value: since(o.srv.rooms.Core.Begun())},
			{Name: "LastReload", Value: since(o.srv.rooms.System.LastReload())}, {Name: "Status", Value: "Fully Booted"}}}
		o.event(n.Name, eventText(o.srv.atNode(&n), ClassSystem, o.srv.Config().TimestampEvents, o.srv.sequence()))
	}
	a.security("SuccessfulAuth", "Informational", u.Name)
}

// answered says whether the client knows the secret (MD5).
func (a *act) answered(u *User) bool {
	for _, challenge := range a.o.challenges {
		sum := md5.Sum([]byte(challenge + u.Secret))
		if subtle.ConstantTimeCompare([]byte(strings.ToLower(a.m.get("Key"))), []byte(hex.EncodeToString(sum[:]))) == 1 {
			return true
		}
	}
	return false
}

// loggedIn says whether somebody is a user already.
func (s *Server) loggedIn(name string) bool {
	for _, o := range s.Sessions() {
		if o.User == name {
			return true
		}
	}
	return false
}

func challenge(a *act) {
	if !strings.EqualFold(a.m.get("AuthType"), "MD5") {
		a.fail("Must specify AuthType")
		return
	}
	if a.o.conn != nil {
		a.o.challenges = []string{strconv.Itoa(int(rand.Uint32() >> 1))}
	}
	a.respond("Success", header{"Challenge", a.o.challenges[0]})
}

func logoff(a *act) {
	a.respond("Goodbye", header{"Message", "Thanks for all the fish."})
	a.bye = true
}

// security reports a login, in the log that others read and as an event.
func (a *act) security(event, severity, account string) {
	now := time.Now().Format(pbx.SecurityTime)
	family := "IPV4"
	if a.o.remote.Addr().Is6() {
		family = "IPV6"
	}
	remote := fmt.Sprintf("%s/TCP/%s/%d", family, a.o.remote.Addr(), a.o.remote.Port())
	bind := a.o.srv.Config().Bind
	local := fmt.Sprintf("%s/TCP/%s/%d", family, bind.Addr(), bind.Port())
	id := fmt.Sprintf("%p", a.o)
	if f := a.o.srv.rooms.Security; f != nil {
		f(fmt.Sprintf(`SecurityEvent="%s",EventTV="%s",Severity="%s",Service="AMI",EventVersion="1",AccountID="%s",SessionID="%s",LocalAddress="%s",RemoteAddress="%s"`,
			event, now, severity, printable.Quoted(account), id, local, remote))
	}
	a.o.srv.rooms.Core.Tell(pbx.News{Name: event, Class: "security", Fields: []pbx.Field{{Name: "EventTV", Value: now},
		{Name: "Severity", Value: severity}, {Name: "Service", Value: "AMI"}, {Name: "EventVersion", Value: "1"},
		{Name: "AccountID", Value: account}, {Name: "SessionID", Value: id}, {Name: "LocalAddress", Value: local},
		{Name: "RemoteAddress", Value: remote}, {Name: "UsingPassword", Value: "0"},
		{Name: "SessionTV", Value: a.o.since.Format(pbx.SecurityTime)}}})
}
