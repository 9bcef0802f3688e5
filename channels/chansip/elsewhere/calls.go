package elsewhere

import "strconv"

// callsKind is the kind of shared words about calls: the name of an endpoint has how many it has at a
// node. Only those with a limit are told of.
const callsKind = "calls"

// CallsChanged says how many calls an endpoint has here.
func (ph *Phones) CallsChanged(name string, count func() int) {
	if ph.others == nil {
		return
	}
	ph.saying.Lock()
	defer ph.saying.Unlock()
	shared := ph.cfg.Core.Shared()
	n := count()
	if n <= 0 {
		shared.Delete(callsKind, name)
	} else if err := shared.Put(callsKind, name, strconv.Itoa(n), 0); err != nil {
		ph.cfg.Log.Warn().Msgf("the other nodes are not told of the calls of '%s': %v", name, err)
	}
}

// CallsOf is how many calls an endpoint has at other nodes, as far as they have said.
func (ph *Phones) CallsOf(name string) (n int) {
	if ph.others == nil {
		return 0
	}
	shared := ph.cfg.Core.Shared()
	for _, w := range shared.Get(callsKind, name) {
		if more, err := strconv.Atoi(w.Value); err == nil && more > 0 && w.Node != shared.Node() {
			n += more
		}
	}
	return n
}

// callsHeard is told that another node has more or fewer calls of an endpoint, which may be busy
// with them.
func (ph *Phones) callsHeard(name string) { ph.cfg.Core.DeviceChanged("SIP/" + name) }
