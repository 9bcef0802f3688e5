package mixmonitor

import (
	"path/filepath"
	"slices"
	"strings"

	"obelisk/pbx"
)

// caller is who has left a recording that goes into mailboxes: whom the channel is with, or with
// option c the channel's own caller.
func (p *plan) caller(c *pbx.Channel) pbx.CallerID {
	if p.ownID {
		return c.View().CallerID
	}
	return c.View().Connected
}

// deliver gives the files to the mailboxes of option m: box@context/folder, joined by & or commas, the
// last one first, as Asterisk does it.
func (r *recording) deliver() {
	core := r.ch.Core()
	log := func(text string) { core.Log().Warn().Ctx(r.ch.Trace().Context()).Msg("MixMonitor: " + text) }
	if core.Mailroom() == nil {
		log("there are no mailboxes to give the recording to")
		return
	}
	boxes := strings.FieldsFunc(r.plan.boxes, func(c rune) bool { return c == '&' || c == ',' })
	for _, box := range slices.Backward(boxes) {
		box, folder, _ := strings.Cut(strings.TrimSpace(box), "/")
		for _, name := range []string{r.plan.file, r.plan.receive, r.plan.transmit} {
			if name == "" {
				continue
			}
			path, _ := format(name)
			m := pbx.Mail{Box: box, Folder: folder, File: path, Format: strings.TrimPrefix(filepath.Ext(path), "."), From: r.from, Channel: r.name,
				At: r.where, Length: r.length()}
			if err := core.Mailroom().Take(m); err != nil {
				log(box + ": " + err.Error())
			}
		}
	}
}
