package cluster

import (
	"sync"
	"time"

	"obelisk/internal/store"
	"obelisk/pbx"
)

// deviceKind is the kind of shared words on devices: the word of the state.
const deviceKind = "dev"

// deviceGather is how long changes of devices wait for others: a lamp elsewhere is as much late.
const deviceGather = 20 * time.Millisecond

// devices tells other nodes what devices do here, and the core what they do elsewhere.
type devices struct {
	core   *pbx.Core
	shared store.Shared
	end    func()

	mu     sync.Mutex // guards all below
	dirty  map[string]bool
	timer  *time.Timer
	closed bool
}

func newDevices(core *pbx.Core) *devices {
	d := &devices{core: core, shared: core.Shared(), dirty: map[string]bool{}}
	d.end = d.shared.Watch(deviceKind, core.DeviceChangedElsewhere)
	return d
}

// DeviceStates implements pbx.Elsewhere.
func (d *devices) DeviceStates(device string) (out []pbx.DeviceState) {
	own := d.shared.Node()
	for _, w := range d.shared.Get(deviceKind, device) {
		if w.Node != own {
			out = append(out, pbx.ParseDeviceState(w.Value))
		}
	}
	return out
}

// DeviceChanged implements pbx.Elsewhere.
func (d *devices) DeviceChanged(device string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.dirty[device] {
		return
	}
	d.dirty[device] = true
	if len(d.dirty) == 1 {
		d.timer = time.AfterFunc(deviceGather, d.tell)
	}
}

// tell says what has changed. A device that is not there, or of which nothing is known, is not
// worth a word: that is what no word means.
func (d *devices) tell() {
	d.mu.Lock()
	list := d.dirty
	d.dirty = map[string]bool{}
	d.mu.Unlock()
	for device := range list {
		state := d.core.OwnDeviceState(device)
		if state < pbx.DeviceNotInUse {
			d.shared.Delete(deviceKind, device)
		} else if state.String() != d.said(device) {
			d.shared.Put(deviceKind, device, state.String(), 0)
		}
	}
}

// said is what this node says of a device, "" for nothing.
func (d *devices) said(device string) string {
	own := d.shared.Node()
	for _, w := range d.shared.Get(deviceKind, device) {
		if w.Node == own {
			return w.Value
		}
	}
	return ""
}

func (d *devices) close() {
	d.end()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed = true; d.timer != nil {
		d.timer.Stop()
	}
}
