package fn

import (
	"errors"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"obelisk/pbx"
)

// system: functions about the switchboard and its machine.
var system = []pbx.Func{
	{Name: "VERSION", Synopsis: "The version", Usage: "VERSION([ASTERISK_VERSION_NUM])", Read: version},
	{Name: "SYSINFO", Synopsis: "A fact about the machine",
		Usage: "SYSINFO(loadavg|numcalls|uptime|totalram|freeram|bufferram|totalswap|freeswap|numprocs)", Read: sysinfo},
	{Name: "IFMODULE", Synopsis: "1 when what a module of Asterisk gives is there", Usage: "IFMODULE(app_dial.so)", Read: ifModule},
	{Name: "MASTER_CHANNEL", Synopsis: "A variable of the channel that began the call", Usage: "MASTER_CHANNEL(name)", Read: readMaster,
		Write: writeMaster},
	{Name: "HANGUPCAUSE_KEYS", Synopsis: "The channels whose hangup causes are known", Usage: "HANGUPCAUSE_KEYS()", Read: causeKeys},
	{Name: "HANGUPCAUSE", Synopsis: "Why a dialled channel ended", Usage: "HANGUPCAUSE(channel,tech|ast)", Read: hangupCause},
	{Name: "GLOBAL_DELETE", Synopsis: "Removes a global variable", Usage: "GLOBAL_DELETE(name)=",
		Write: func(c *pbx.Channel, name, _ string) error {
			c.Core().UnsetGlobal(name)
			return nil
		}},
	{Name: "EXPORT", Synopsis: "Sets a variable of another channel", Usage: "EXPORT(channel,name)=value", Write: export},
	{Name: "EVAL_EXTEN", Dangerous: true, Synopsis: "What a step's arguments read as on this channel",
		Usage: "EVAL_EXTEN([[context,]extension,]priority)", Read: evalExten},
	{Name: "SIPCHANINFO", Synopsis: "Gone since Asterisk 12: CHANNEL() knows it", Usage: "SIPCHANINFO(item)",
		Read: func(*pbx.Channel, string) (string, error) {
			return "", errors.New("SIPCHANINFO is gone, CHANNEL(item) has what it had")
		}},
}

// Version is what VERSION tells; boot sets it once.
var Version = "20.20.1"

func version(_ *pbx.Channel, what string) (string, error) {
	if !strings.EqualFold(strings.TrimSpace(what), "ASTERISK_VERSION_NUM") {
		return Version, nil
	}
	n := 0
	for i, part := range strings.SplitN(Version, ".", 3) {
		k, _ := strconv.Atoi(strings.TrimRightFunc(part, func(r rune) bool { return r < '0' || r > '9' }))
		n += k * [...]int{10000, 100, 1}[i]
	}
	return strconv.Itoa(n), nil
}

func sysinfo(c *pbx.Channel, what string) (string, error) {
	switch what = strings.ToLower(strings.TrimSpace(what)); what {
	case "numcalls":
		_, calls, _ := c.Core().Counts()
		return strconv.Itoa(calls), nil
	case "loadavg":
		text, err := os.ReadFile("/proc/loadavg")
		if err != nil {
			return "", err
		}
		load, _, _ := strings.Cut(string(text), " ")
		v, err := strconv.ParseFloat(load, 64)
		return strconv.FormatFloat(v, 'f', 6, 64), err
	case "uptime":
		text, err := os.ReadFile("/proc/uptime")
		if err != nil {
			return "", err
		}
		seconds, _, _ := strings.Cut(string(text), ".")
		n, err := strconv.Atoi(seconds)
		return strconv.Itoa(n / 3600), err
	case "numprocs":
		list, err := os.ReadDir("/proc")
		n := 0
		for _, e := range list {
			if _, err := strconv.Atoi(e.Name()); err == nil {
				n++
			}
		}
		return strconv.Itoa(n), err
	}
	row, ok := map[string]string{"totalram": "MemTotal", "freeram": "MemFree", "bufferram": "Buffers", "totalswap": "SwapTotal",
		"freeswap": "SwapFree"}[what]
	if !ok {
		return "", errField
	}
	text, err := os.ReadFile("/proc/meminfo")
	for _, l := range strings.Split(string(text), "\n") {
		if f := strings.Fields(l); len(f) > 1 && f[0] == row+":" {
			return f[1], nil
		}
	}
	return "", errors.Join(err, errField)
}

// ifModule guesses from the name of Asterisk's module what it would register.
func ifModule(c *pbx.Channel, name string) (string, error) {
	return digit(c.Core().HasModule(name)), nil
}

// master is the channel that began the call.
func master(c *pbx.Channel) *pbx.Channel {
	linked := c.View().LinkedID
	if linked == c.UniqueID() {
		return c
	}
	for _, o := range c.Core().Channels() {
		if o.UniqueID() == linked {
			return o
		}
	}
	return c
}

func readMaster(c *pbx.Channel, name string) (string, error) { return valueOf(master(c), name), nil }

func writeMaster(c *pbx.Channel, name, value string) error {
	master(c).SetVar(name, value)
	return nil
}

func export(c *pbx.Channel, args, value string) error {
	f := raw(args, 2)
	if len(f) < 2 {
		return errArguments
	}
	o := c.Core().Channel(strings.TrimSpace(f[0]))
	if o == nil {
		return errors.New("there is no channel '" + f[0] + "'")
	}
	o.SetVar(strings.TrimSpace(f[1]), value)
	return nil
}

func evalExten(c *pbx.Channel, args string) (string, error) {
	at, err := c.Core().Plan().TargetFrom(c.View().At, args, c.Query())
	if err != nil {
		return "", err
	}
	h, ok := c.Core().Plan().Find(at.Context, at.Exten, at.Priority, c.Query())
	if !ok {
		return "", errors.New("there is no such step")
	}
	return h.Priority.Args.Expand(c), nil
}

func causeKeys(c *pbx.Channel, _ string) (string, error) {
	var names []string
	for _, l := range c.LegCauses() {
		names = append(names, l.Channel)
	}
	return strings.Join(names, ","), nil
}

func hangupCause(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 2), "tech")
	for _, l := range c.LegCauses() {
		if l.Channel != strings.TrimSpace(f[0]) {
			continue
		}
		if strings.EqualFold(strings.TrimSpace(f[1]), "ast") {
			return l.Cause.Text(), nil
		}
		return l.Tech, nil
	}
	return "", errors.New("nothing is known of channel '" + f[0] + "'")
}

// locks of the dialplan, each of the channel that holds it until it is gone.
type locks struct {
	mu     sync.Mutex // guards holder
	holder map[string]*pbx.Channel
}

// lockFuncs are the functions on the locks of one switchboard.
func lockFuncs() []pbx.Func {
	l := &locks{holder: map[string]*pbx.Channel{}}
	return []pbx.Func{
		{Name: "LOCK", Guard: pbx.GuardRead, Synopsis: "Takes a lock, waiting up to three seconds", Usage: "LOCK(name)",
			Read: l.lock(3 * time.Second)},
		{Name: "TRYLOCK", Guard: pbx.GuardRead, Synopsis: "Takes a lock if it is free", Usage: "TRYLOCK(name)", Read: l.lock(0)},
		{Name: "UNLOCK", Guard: pbx.GuardRead, Synopsis: "Gives a lock back", Usage: "UNLOCK(name)", Read: l.unlock},
	}
}

// take is true when the channel has the lock now.
func (l *locks) take(name string, c *pbx.Channel) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if o := l.holder[name]; o != nil && o != c && o.Core().Channel(o.Name()) == o {
		return false
	}
	if len(l.holder) > 1000 { // of channels that are gone, most
		for n, o := range l.holder {
			if o.Core().Channel(o.Name()) != o {
				delete(l.holder, n)
			}
		}
	}
	l.holder[name] = c
	return true
}

func (l *locks) lock(wait time.Duration) func(*pbx.Channel, string) (string, error) {
	return func(c *pbx.Channel, name string) (string, error) {
		for until := time.Now().Add(wait); ; {
			if l.take(name, c) {
				return "1", nil
			}
			if time.Now().After(until) || !c.Sleep(20*time.Millisecond) {
				return "0", nil
			}
		}
	}
}

func (l *locks) unlock(c *pbx.Channel, name string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holder[name] != c {
		return "0", nil
	}
	delete(l.holder, name)
	return "1", nil
}

// groups of destinations that are dialled together.
type dialGroups struct {
	mu   sync.Mutex // guards list
	list map[string][]string
}

func dialGroup() pbx.Func {
	g := &dialGroups{list: map[string][]string{}}
	return pbx.Func{Name: "DIALGROUP", Synopsis: "Destinations that are dialled together", Usage: "DIALGROUP(group[,add|del])", Read: g.read,
		Write: g.write}
}

func (g *dialGroups) read(_ *pbx.Channel, name string) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list, ok := g.list[name]
	if !ok {
		return "", errors.New("there is no dial group '" + name + "'")
	}
	return strings.Join(list, "&"), nil
}

func (g *dialGroups) write(_ *pbx.Channel, args, value string) error {
	f := append(raw(args, 2), "", "")
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []string
	if f[1] != "" {
		list = append(list, g.list[f[0]]...)
	}
	for _, v := range strings.Split(value, "&") {
		i := sort.SearchStrings(list, v)
		there := i < len(list) && list[i] == v
		switch {
		case f[1] == "del" && there:
			list = append(list[:i], list[i+1:]...)
		case f[1] != "del" && !there && v != "":
			list = append(list, v)
			sort.Strings(list)
		}
	}
	g.list[f[0]] = list
	return nil
}
