package trace

import (
	"net/netip"
	"strings"
)

// Pack puts what is remembered of all calls into a few large pieces of memory. A storm
// of calls leaves its last ones scattered among what it no longer needs, each piece with
// a page of memory to itself, which cannot be given back.
func (b *Book) Pack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	var p packed
	for _, c := range b.calls {
		c.mu.Lock()
		defer c.mu.Unlock()
		p.measure(c)
	}
	p.allot()
	b.calls = append(make([]*Call, 0, b.keep+1), b.calls...)
	known := b.byName
	b.byName = make(map[string]*Call, len(known))
	for _, c := range b.calls {
		p.take(c)
		for _, n := range append([]string{c.ID}, c.names...) {
			if known[n] == c { // a later call may have the name too
				b.byName[n] = c
			}
		}
	}
}

// packed is what is remembered of all calls, by kind.
type packed struct {
	letters, words, logged, addresses int

	text  strings.Builder // one piece, as long as it is not longer than measured
	texts []string
	log   []byte
	peers []netip.AddrPort
}

func (p *packed) measure(c *Call) {
	for _, list := range [2][]string{c.names, c.legs} {
		p.words += len(list)
		for _, s := range list {
			p.letters += len(s)
		}
	}
	p.letters += len(c.verdict)
	p.logged += len(c.log)
	p.addresses += len(c.peers)
}

func (p *packed) allot() {
	p.text.Grow(p.letters)
	p.texts = make([]string, 0, p.words)
	p.log = make([]byte, 0, p.logged)
	p.peers = make([]netip.AddrPort, 0, p.addresses)
}

// take has a call use the pieces. What is appended to it later gets memory of its own.
func (p *packed) take(c *Call) {
	c.names, c.legs, c.verdict = p.listOf(c.names), p.listOf(c.legs), p.word(c.verdict)
	at := len(p.log)
	p.log = append(p.log, c.log...)
	c.log = p.log[at:len(p.log):len(p.log)]
	at = len(p.peers)
	p.peers = append(p.peers, c.peers...)
	c.peers = p.peers[at:len(p.peers):len(p.peers)]
}

func (p *packed) listOf(list []string) []string {
	at := len(p.texts)
	for _, s := range list {
		p.texts = append(p.texts, p.word(s))
	}
	return p.texts[at:len(p.texts):len(p.texts)]
}

func (p *packed) word(s string) string {
	at := p.text.Len()
	p.text.WriteString(s)
	return p.text.String()[at:]
}
