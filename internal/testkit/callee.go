package testkit

import (
	"fmt"
	"strings"
	"time"
)

// RingAs sends 180 with further header lines that end in CR LF.
func (c *Call) RingAs(lines string) {
	c.p.respond(c.invite, strings.TrimSuffix("180 Ringing\r\n"+lines, "\r\n"), c.local, "")
}

// Ring sends 180.
func (c *Call) Ring() { c.p.respond(c.invite, "180 Ringing", c.local, "") }

// Progress sends 183 with SDP.
func (c *Call) Progress() {
	c.learnOffer()
	c.p.respond(c.invite, "183 Session Progress", c.local, c.Offer("sendrecv"))
}

// Answer sends 200.
func (c *Call) Answer() {
	c.learnOffer()
	c.p.respond(c.invite, c.p.ok(), c.local, c.Offer("sendrecv"))
}

// Reject sends a final failure such as "486 Busy Here".
func (c *Call) Reject(status string) { c.p.respond(c.invite, status, c.local, "") }

// RejectWith sends a final failure with an extra header, such as a Contact.
func (c *Call) Redirect(contact string) {
	m := *c.invite
	c.p.respond(&m, "302 Moved Temporarily\r\nContact: "+contact, c.local, "")
}

// Challenge answers the INVITE with 401 or 407 and waits for the next one,
// which it returns and which the call then answers.
func (c *Call) Challenge(status int, realm, nonce string) *Msg {
	name := "WWW-Authenticate"
	if status == 407 {
		name = "Proxy-Authenticate"
	}
	return c.Again(fmt.Sprintf("%d Authentication\r\n%s: Digest realm=\"%s\", nonce=\"%s\", algorithm=MD5", status, name, realm, nonce))
}

// Again answers the INVITE with a failure, further lines after CR LF, and waits for
// the next one, which it returns and which the call then answers.
func (c *Call) Again(status string) *Msg {
	c.p.mu.Lock()
	delete(c.p.calls, c.ID) // the next INVITE is a new call until it is taken
	c.p.mu.Unlock()
	c.p.respond(c.invite, status, c.local, "")
	select {
	case again := <-c.p.Incoming:
		c.p.mu.Lock()
		c.p.calls[c.ID] = c
		c.p.mu.Unlock()
		again.Media.Close()
		c.mu.Lock()
		c.invite, c.local = again.invite, again.local
		c.mu.Unlock()
		return again.invite
	case <-time.After(5 * time.Second):
		return nil
	}
}

// Invite is the INVITE that came in.
func (c *Call) Invite() *Msg { return c.invite }
