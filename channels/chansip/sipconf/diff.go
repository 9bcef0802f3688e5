package sipconf

import (
	"reflect"
	"slices"

	"obelisk/internal/config"
)

// Diff lists the endpoints that a new directory adds (+), changes (~) and removes (-),
// and says whether [general] has changed.
func Diff(old, n *Directory) (out []string) {
	if !sameGeneral(old, n) {
		out = append(out, "~ [general]")
	}
	for _, p := range n.Peers {
		switch o := old.Lookup(p.Name); {
		case o == nil:
			out = append(out, "+ ["+p.Name+"]")
		case !p.same(o):
			out = append(out, "~ ["+p.Name+"]")
		}
	}
	for _, p := range old.Peers {
		if n.Lookup(p.Name) == nil {
			out = append(out, "- ["+p.Name+"]")
		}
	}
	return out
}

// sameGeneral compares two readings of [general], lines and what is looked up aside.
func sameGeneral(old, n *Directory) bool {
	a, b := old.General, n.General
	for _, g := range []*General{&a, &b} {
		g.lines, g.pos, g.extern, g.acls, g.aclsUnread = nil, config.Pos{}, nil, nil, false
		for _, lines := range []*[]RegisterLine{&g.Registers, &g.MWI} {
			*lines = slices.Clone(*lines)
			for i := range *lines {
				(*lines)[i].Pos = config.Pos{}
			}
		}
	}
	return reflect.DeepEqual(a, b)
}

// SameAs says whether two readings of an endpoint come to the same, wherever each was
// read.
func (p *Peer) SameAs(o *Peer) bool {
	a, b := *p, *o
	a.Realtime, b.Realtime = false, false
	return a.same(&b)
}

// same compares two readings of an endpoint, lines aside.
func (p *Peer) same(o *Peer) bool {
	a, b := *p, *o
	a.lines, b.lines, a.Pos, b.Pos, a.HostEntry, b.HostEntry = nil, nil, config.Pos{}, config.Pos{}, nil, nil
	return reflect.DeepEqual(a, b)
}
