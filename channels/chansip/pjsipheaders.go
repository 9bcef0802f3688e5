package chansip

import (
	"fmt"
	"strconv"
	"strings"

	"obelisk/internal/printable"
	"obelisk/pbx"
)

// headerCall is the argument of PJSIP_HEADER: action,name[,number].
type headerCall struct {
	action, name string
	begins       bool // the name ended with *: what begins so
	number       int
}

func parseHeaderCall(args string) (h headerCall, err error) {
	f := append(strings.SplitN(args, ",", 3), "", "")
	h.action, h.name, h.number = strings.ToLower(strings.TrimSpace(f[0])), strings.TrimSpace(f[1]), 1
	if n, bad := strconv.Atoi(strings.TrimSpace(f[2])); bad == nil {
		h.number = n
	}
	if h.name == "" {
		return h, fmt.Errorf("PJSIP_HEADER needs an action and the name of a header")
	}
	h.name, h.begins = strings.CutSuffix(h.name, "*")
	return h, nil
}

// fits says whether a header is meant.
func (h *headerCall) fits(name string) bool {
	if h.begins {
		return len(name) >= len(h.name) && strings.EqualFold(name[:len(h.name)], h.name)
	}
	return strings.EqualFold(name, h.name)
}

// readPJSIPHeader reads a header of the INVITE that came in, or one that was added to the call
// that goes out.
func readPJSIPHeader(c *pbx.Channel, args string) (string, error) {
	l, err := sipLeg(c)
	if err != nil {
		return "", err
	}
	h, err := parseHeaderCall(args)
	if err != nil {
		return "", err
	}
	switch {
	case h.action == "remove":
		return strconv.Itoa(dropHeaders(c, h)), nil
	case h.action != "read":
		return "", fmt.Errorf("PJSIP_HEADER reads by the action read, and remove, not by '%s'", h.action)
	case l.outbound:
		if n := h.find(c); n > 0 {
			_, value := addedAt(c, n)
			return value, nil
		}
		return "", nil
	case l.invite == nil:
		return "", nil
	}
	var values []string
	seen := map[string]bool{}
	for _, name := range l.invite.Names() {
		if key := strings.ToLower(name); h.fits(name) && !seen[key] {
			seen[key] = true
			values = append(values, l.invite.Headers(name)...)
		}
	}
	if h.number < 1 || h.number > len(values) {
		return "", nil
	}
	return printable.Line(values[h.number-1]), nil
}

// addedAt is an added header.
func addedAt(c *pbx.Channel, n int) (name, value string) {
	text, _ := c.Var(addedHeader(n))
	name, value, _ = strings.Cut(text, ":")
	return strings.TrimSpace(name), strings.TrimSpace(value)
}

// find is the number of the variable with the header that is meant; 0 without.
func (h *headerCall) find(c *pbx.Channel) int {
	left := h.number
	for n := 1; n <= maxAdded; n++ {
		if name, _ := addedAt(c, n); name != "" && h.fits(name) {
			if left--; left == 0 {
				return n
			}
		}
	}
	return 0
}

// dropHeaders takes away what was added, and says how many.
func dropHeaders(c *pbx.Channel, h headerCall) (count int) {
	for n := 1; n <= maxAdded; n++ {
		if name, _ := addedAt(c, n); name != "" && h.fits(name) {
			c.SetVar(addedHeader(n), "")
			count++
		}
	}
	return count
}

// writePJSIPHeader adds a header to the call that goes out, changes or removes one: in a
// pre-dial handler of Dial.
func writePJSIPHeader(c *pbx.Channel, args, value string) error {
	l, err := sipLeg(c)
	if err != nil {
		return err
	}
	h, err := parseHeaderCall(args)
	if err != nil {
		return err
	}
	if !l.outbound {
		c.Warn("PJSIP_HEADER(" + args + ") has no effect on a call that came in: a pre-dial handler, Dial(...,,b(context^exten^1)), is for " +
			"the one that goes out")
		return nil
	}
	switch h.action {
	case "add":
		return addPJSIPHeader(c, h, value)
	case "update":
		n := h.find(c)
		if n == 0 {
			return fmt.Errorf("no header '%s' was added that could be changed", h.name)
		}
		name, _ := addedAt(c, n)
		c.SetVar(addedHeader(n), name+": "+value)
		return nil
	case "remove":
		dropHeaders(c, h)
		return nil
	}
	return fmt.Errorf("PJSIP_HEADER knows add, update and remove, not '%s'", h.action)
}

func addPJSIPHeader(c *pbx.Channel, h headerCall, value string) error {
	if h.begins || strings.ContainsAny(h.name, " \t:") {
		return fmt.Errorf("'%s' is no name of a header", h.name)
	}
	for n := 1; n <= maxAdded; n++ {
		if text, _ := c.Var(addedHeader(n)); text == "" {
			c.SetVar(addedHeader(n), h.name+": "+value)
			return nil
		}
	}
	return fmt.Errorf("too many SIP headers added, max %d", maxAdded)
}
