package cc

import (
	"strings"

	"obelisk/pbx"
)

// DeviceState implements pbx.DeviceTeller: ccss:DEVICE shows how far the call of a caller is,
// for hints and DEVICE_STATE().
func (d *Desk) DeviceState(device string) pbx.DeviceState {
	d.shownMu.Lock()
	defer d.shownMu.Unlock()
	if s, ok := d.shown[strings.ToUpper(device)]; ok {
		return s
	}
	return d.config.Load().Devices[failed]
}

// show makes the state of a caller's call known where it is another one than before.
func (d *Desk) show(device string, s state) {
	now, key := d.config.Load().Devices[s], strings.ToUpper(device)
	d.shownMu.Lock()
	before, known := d.shown[key]
	d.shown[key] = now
	d.shownMu.Unlock()
	if !known || before != now {
		d.core.DeviceChangedTo("ccss:"+device, now)
	}
}
