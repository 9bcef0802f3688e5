package fn

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"obelisk/internal/store"
	"obelisk/pbx"
)

// presenceFamily is where the states of "CustomPresence:..." are kept, as in Asterisk:
// "state,subtype,message,options" as they were set.
const presenceFamily = "CustomPresence"

// CustomPresence is presence that the dialplan or the console sets.
type CustomPresence struct {
	core *pbx.Core
	db   *store.DB
}

// Kept is a presence as it is stored.
type Kept struct {
	pbx.Presence
	Encoded bool // subtype and message are base64 (option e)
}

var (
	errNoProvider = errors.New("there is no provider of presence but CustomPresence")
	errNoPresence = errors.New("that is no state of presence")
	errOptions    = errors.New("the only option of a presence is e")
)

// parsePresence reads "state[,subtype[,message[,options]]]".
func parsePresence(text string) (k Kept, err error) {
	f := append(strings.SplitN(text, ",", 4), "", "", "", "")
	k.Presence = pbx.Presence{State: strings.ToLower(strings.TrimSpace(f[0])), Subtype: f[1], Message: f[2]}
	k.Encoded = f[3] == "e"
	switch {
	case !slices.Contains(pbx.PresenceStates, k.State):
		return k, errNoPresence
	case f[3] != "" && !k.Encoded:
		return k, errOptions
	}
	return k, nil
}

// shown is the presence as watchers read it.
func (k Kept) shown() pbx.Presence {
	p := k.Presence
	if k.Encoded {
		p.Subtype, p.Message = decoded(p.Subtype), decoded(p.Message)
	}
	return p
}

// decoded is what base64 stands for; "" for what is none.
func decoded(text string) string {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	return string(b)
}

func (d *CustomPresence) kept(name string) Kept {
	v, ok := d.db.Get(presenceFamily, name)
	if k, err := parsePresence(v); ok && err == nil {
		return k
	}
	return Kept{Presence: pbx.Presence{State: pbx.PresenceNotSet}}
}

// Set changes the presence of one: "state[,subtype[,message[,options]]]".
func (d *CustomPresence) Set(name, text string) error {
	k, err := parsePresence(text)
	if err != nil {
		return err
	}
	d.db.Put(presenceFamily, name, text)
	d.core.PresenceChanged(presenceFamily+":"+name, k.shown())
	return nil
}

// List visits them by name.
func (d *CustomPresence) List(f func(name string, k Kept)) {
	for _, e := range d.db.List(presenceFamily) {
		name := strings.TrimPrefix(e.Key, "/"+presenceFamily+"/")
		f(name, d.kept(name))
	}
}

// Presences adds PRESENCE_STATE, and CustomPresence whose states it sets.
func Presences(core *pbx.Core, db *store.DB) *CustomPresence {
	d := &CustomPresence{core, db}
	if db != nil {
		db.Watch(presenceFamily, func(name string) { core.PresenceChanged(presenceFamily+":"+name, d.kept(name).shown()) })
	}
	core.RegisterPresence(presenceFamily, func(name string) pbx.Presence { return d.kept(name).shown() })
	core.RegisterFunc(pbx.Func{Name: "PRESENCE_STATE", Synopsis: "Presence that the dialplan or the console sets",
		Usage: "PRESENCE_STATE(CustomPresence:name,value|subtype|message[,e])[=state[,subtype[,message[,e]]]]; with e both are base64",
		Read:  d.read, Write: d.write})
	return d
}

func (d *CustomPresence) read(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 3), "", "")
	p, ok := c.Core().Presence(f[0])
	if !ok {
		return "", errNoProvider
	}
	var text string
	switch strings.ToLower(f[1]) {
	case "value":
		return p.State, nil
	case "subtype":
		text = p.Subtype
	case "message":
		text = p.Message
	default:
		return "", errField
	}
	if strings.Contains(f[2], "e") {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	return text, nil
}

func (d *CustomPresence) write(_ *pbx.Channel, args, value string) error {
	provider, name, _ := strings.Cut(args, ":")
	if !strings.EqualFold(provider, presenceFamily) || name == "" {
		return errNoProvider
	}
	return d.Set(name, value)
}

// Announce makes known what the database remembers of devices and presence from before the
// start.
func Announce(d *CustomDevices, p *CustomPresence) {
	d.List(func(name string, s pbx.DeviceState) { d.core.DeviceChangedTo("Custom:"+name, s) })
	p.List(func(name string, k Kept) { p.core.PresenceChanged(presenceFamily+":"+name, k.shown()) })
}
