package stasis

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"obelisk/media"
	"obelisk/pbx"
)

// Bridge is one that a program has made. It stays until the program destroys it.
type Bridge struct {
	m *Module
	b *pbx.Bridge

	// ---- under m.mu ----
	video  string   // videoMode's word
	source string   // id of the channel whose video all see; "": none
	vars   []string // names, in their order
	values map[string]string
	told   map[string]bool // which of them the model shows
	music  func()          // ends the music; nil: there is none
	gone   bool
	known  bool            // it was told of; before, nobody finds it
	knew   map[string]bool // applications that had a channel in it: they hear of its end
}

// mostBridges that programs may have made at a time.
const mostBridges = 100000

// bridge is one of a program by its id; nil: it is none.
func (m *Module) bridge(id string) *Bridge {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.bridges[id]
}

// find is that: 404, or 409 for one that somebody else has made.
func (m *Module) findBridge(id string) (*Bridge, error) {
	m.mu.Lock()
	b := m.bridges[id]
	known := b != nil && b.known
	m.mu.Unlock()
	if known && !b.b.Over() {
		return b, nil
	}
	if b == nil && m.core.Bridge(id) != nil {
		return nil, Refuse(409, "Bridge not in Stasis application")
	}
	return nil, errNoBridge
}

// shown is what the model has besides.
func (b *Bridge) shown() (video, source string, vars Object) {
	b.m.mu.Lock()
	defer b.m.mu.Unlock()
	for _, name := range b.vars {
		if b.told[name] {
			vars = append(vars, name, b.values[name])
		}
	}
	return b.video, b.source, vars
}

// Bridges are the models of all bridges, those of others too.
func (m *Module) Bridges() []Object {
	out := []Object{}
	for _, b := range m.core.Bridges() {
		if !b.Over() {
			out = append(out, m.bridgeModel(b, -1))
		}
	}
	return out
}

// Bridge is the model of one.
func (m *Module) Bridge(id string) (Object, error) {
	b := m.core.Bridge(id)
	if b == nil || b.Over() {
		return nil, errNoBridge
	}
	return m.bridgeModel(b, -1), nil
}

// bridgeTypes are the words of a bridge's type.
var bridgeTypes = []string{"mixing", "holding", "dtmf_events", "proxy_media", "video_sfu", "video_single", "sdp_label"}

// Variable of a bridge or a channel, as it is given with a new one.
type Variable struct {
	Name, Value string
	Show        bool // all events of it tell of it
}

// NewBridge makes one. kinds are words parted by commas: mixing, holding and what of media it is to do.
func (m *Module) NewBridge(id, kinds, name string, vars []Variable) (Object, error) {
	words := strings.Split(cmp.Or(kinds, "mixing"), ",")
	odd := func(w string) bool { return !slices.Contains(bridgeTypes, strings.TrimSpace(w)) }
	if slices.ContainsFunc(words, odd) || slices.Contains(words, "holding") && slices.Contains(words, "mixing") || kinds == "sdp_label" {
		return nil, Refuse(500, "Unable to create bridge. Possible duplicate bridge id '%s'", cmp.Or(id, "(null)"))
	}
	if id != "" && m.core.Bridge(id) != nil {
		return nil, Refuse(409, "Bridge with id '%s' already exists", id)
	}
	m.listen()
	b := &Bridge{m: m, video: "talker", values: map[string]string{}, told: map[string]bool{}, knew: map[string]bool{}}
	if slices.Contains(words, "video_sfu") {
		b.video = "sfu"
	} else if slices.Contains(words, "video_single") {
		b.video = "single"
	}
	for _, v := range vars {
		b.set(v)
	}
	m.mu.Lock()
	if len(m.bridges) >= mostBridges || id != "" && m.bridges[id] != nil {
		m.mu.Unlock()
		return nil, Refuse(500, "Unable to create bridge")
	}
	b.b = m.core.NewBridge(pbx.Policy{Kind: pbx.KindStasis, Creator: "Stasis", Name: name, ID: id, Ends: pbx.Never,
		Apart: slices.Contains(words, "holding")})
	m.bridges[b.b.ID()] = b
	m.mu.Unlock()
	b.b.MakeKnown()
	m.mu.Lock()
	b.known = true
	m.mu.Unlock()
	return m.bridgeModel(b.b, -1), nil
}

// set is called with m.mu held, or before the bridge is known.
func (b *Bridge) set(v Variable) {
	if _, known := b.values[v.Name]; !known {
		b.vars = append(b.vars, v.Name)
	}
	b.values[v.Name] = v.Value
	b.told[v.Name] = b.told[v.Name] || v.Show
}

// Destroy ends a bridge: its channels go back to their applications.
func (m *Module) Destroy(id string) error {
	b, err := m.findBridge(id)
	if err != nil {
		return err
	}
	m.mu.Lock()
	music := b.music
	b.music, b.gone = nil, true
	m.mu.Unlock()
	if music != nil {
		music()
	}
	for _, p := range m.playbacksAt("bridge:" + id) { // their ends are told before that of the bridge
		p.finish("failed")
	}
	for _, r := range m.recordingsAt("bridge:" + id) {
		r.stop("done")
		select {
		case <-r.over:
		case <-time.After(arrivalPatience):
		}
	}
	b.b.Close(pbx.CauseNormal) // bridgeGone does the rest
	b.b.Sync()
	return nil
}

// Seating says how a channel is to sit.
type Seating struct {
	Role   string // participant or announcer
	Mute   bool
	Absorb bool // its keys do not reach the others (absorbDTMF)
}

// absorbing are keys of which each one means that it is not passed on.
var absorbing = func() *pbx.Keys {
	codes := map[string]int{}
	for i, key := range media.EventDigits {
		codes[string(key)] = i + 1
	}
	table, err := media.NewKeyTable(codes, 0)
	if err != nil {
		panic(err) // the keys are those of the room that refuses them
	}
	return &pbx.Keys{Table: table, Do: func(*pbx.Channel, int) {}}
}()

// members are the controls of channels that are to be put into a bridge, or out of it.
func (m *Module) members(ids []string) (list []*control, err error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" })
	if len(ids) == 0 {
		return nil, Refuse(400, "Missing parameter channel")
	}
	for _, id := range ids {
		k, err := m.control(id)
		switch err {
		case nil:
		case errNoChannel:
			return nil, Refuse(400, "Channel not found")
		default:
			return nil, Refuse(422, "Channel not in Stasis application")
		}
		list = append(list, k)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range list {
		if k.recording != nil {
			return nil, Refuse(409, "Channel %s currently recording", k.id)
		}
	}
	return list, nil
}

// arrivalPatience is how long a request waits for channels to arrive, so that who asks next finds them:
// no more, whatever they do.
const arrivalPatience = 100 * time.Millisecond

// Add puts channels into a bridge.
func (m *Module) Add(id string, channels []string, how Seating) error {
	b, err := m.findBridge(id)
	if err != nil {
		return err
	}
	list, err := m.members(channels)
	if err != nil {
		return err
	}
	to := seating{bridge: b, mute: how.Mute, absorb: how.Absorb}
	if how.Role == "announcer" {
		to.role = pbx.Announcer
	}
	end := time.Now().Add(arrivalPatience)
	for _, k := range list {
		m.mu.Lock()
		k.target = b
		m.mu.Unlock()
		if err := k.do(func(c *pbx.Channel) <-chan struct{} { return k.join(to) }); err != nil {
			return err
		}
		for !b.holds([]*control{k}) && time.Now().Before(end) { // so that they come in this order
			time.Sleep(time.Millisecond / 2)
		}
	}
	return nil
}

// holds says whether all of these channels are in the bridge.
func (b *Bridge) holds(list []*control) bool {
	members := b.b.Members()
	for _, k := range list {
		if !slices.ContainsFunc(members, func(v pbx.MemberView) bool { return v.Channel == k.c }) {
			return false
		}
	}
	return true
}

// join sends the channel into the bridge, on its worker. The next command waits until it is there.
func (k *control) join(to seating) <-chan struct{} {
	if at := k.c.Bridge(); at == to.bridge.b {
		return nil
	} else if at != nil {
		k.c.Move(to.bridge.b, to.member())
	} else {
		k.m.mu.Lock()
		k.seat = &to
		k.m.mu.Unlock()
		k.rouse()
	}
	return k.settled(func() bool { return to.bridge.holds([]*control{k}) })
}

// settled is closed when f says so, or after a while.
func (k *control) settled(f func() bool) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for end := time.Now().Add(2 * time.Second); !f() && time.Now().Before(end); {
			time.Sleep(time.Millisecond / 2)
		}
	}()
	return done
}

// Remove puts channels out of a bridge: they go back to their applications.
func (m *Module) Remove(id string, channels []string) error {
	b, err := m.findBridge(id)
	if err != nil {
		return err
	}
	list, err := m.members(channels)
	if err != nil {
		return err
	}
	m.mu.Lock()
	for _, k := range list {
		if k.target != b {
			m.mu.Unlock()
			return errNotHere
		}
	}
	m.mu.Unlock()
	for _, k := range list {
		m.mu.Lock()
		k.target = nil
		m.mu.Unlock()
		if err := k.do(func(c *pbx.Channel) <-chan struct{} { return k.part(b) }); err != nil {
			return err
		}
	}
	for end := time.Now().Add(arrivalPatience); time.Now().Before(end); time.Sleep(time.Millisecond / 2) {
		if !slices.ContainsFunc(list, func(k *control) bool { return b.holds([]*control{k}) }) {
			break
		}
	}
	return nil
}

// part puts the channel out of the bridge, on its worker.
func (k *control) part(b *Bridge) <-chan struct{} {
	if k.c.Bridge() != b.b {
		return nil
	}
	k.c.Kick()
	return k.settled(func() bool { return k.c.Bridge() != b.b })
}

// BridgeMusic has all members of a bridge hear music of a class, "": the default one.
func (m *Module) BridgeMusic(id, class string) error {
	b, err := m.findBridge(id)
	if err != nil {
		return err
	}
	if m.core.Music() == nil {
		return nil
	}
	src, _, err := m.core.Music().Open(cmp.Or(class, "default"))
	if err != nil {
		return nil // as with Asterisk it is silent then
	}
	near, far, ok := m.pipe()
	if !ok {
		return nil
	}
	leave := b.b.Host(near)
	far.Start(src, media.Play{})
	m.mu.Lock()
	old := b.music
	b.music = func() { leave(); far.Close(); near.Close() }
	m.mu.Unlock()
	if old != nil {
		old()
	}
	return nil
}

// StopBridgeMusic ends that.
func (m *Module) StopBridgeMusic(id string) error {
	b, err := m.findBridge(id)
	if err != nil {
		return err
	}
	m.mu.Lock()
	music := b.music
	b.music = nil
	m.mu.Unlock()
	if music == nil {
		return Refuse(409, "Bridge isn't playing music")
	}
	music()
	return nil
}

// pipe is one of which the near half sits in a bridge.
func (m *Module) pipe() (near, far *media.Stream, ok bool) {
	e := m.engine()
	if e == nil {
		return nil, nil, false
	}
	near, far = e.Pipe(nil)
	return near, far, true
}

// VideoSource has all see one member; "": who talks.
func (m *Module) VideoSource(id, channel string) error {
	b, err := m.findBridge(id)
	if err != nil {
		return err
	}
	if channel != "" {
		k, err := m.control(channel)
		switch {
		case err == errNoChannel:
			return Refuse(400, "Channel not found")
		case err != nil:
			return Refuse(422, "Channel not in Stasis application")
		case !b.holds([]*control{k}):
			return errNotHere
		}
		channel = k.id
	}
	m.mu.Lock()
	old := b.source
	b.source, b.video = channel, "single"
	if channel == "" {
		b.video = "talker"
	}
	m.mu.Unlock()
	if old != channel && channel != "" {
		m.tell(message{kind: "BridgeVideoSourceChanged", fields: Object{"bridge", m.bridgeModel(b.b, -1), "old_video_source_id", some(old)}},
			topic{kindBridge, id})
	}
	return nil
}

// BridgeVariable reads a variable of a bridge.
func (m *Module) BridgeVariable(id, name string) (string, error) {
	b, err := m.findBridge(id)
	if err != nil {
		return "", err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := b.values[name]
	if !ok {
		return "", Refuse(404, "Provided variable was not found")
	}
	return v, nil
}

// mostVariables of a bridge.
const mostVariables = 1000

// SetBridgeVariable writes one.
func (m *Module) SetBridgeVariable(id string, v Variable) error {
	b, err := m.findBridge(id)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := b.values[v.Name]; !known && len(b.values) >= mostVariables {
		return Refuse(400, "The bridge has too many variables")
	}
	b.set(v)
	return nil
}
