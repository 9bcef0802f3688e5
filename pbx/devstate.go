package pbx

import "strings"

// DeviceState is what a device is doing, such as "SIP/1001".
type DeviceState uint8

// In the order in which one of several devices decides for all (Aggregate).
const (
	DeviceInvalid DeviceState = iota
	DeviceUnknown
	DeviceUnavailable
	DeviceNotInUse
	DeviceOnHold
	DeviceRinging
	DeviceInUse
	DeviceBusy
	DeviceRingInUse
)

var deviceWords = [...]string{DeviceInvalid: "INVALID", DeviceUnknown: "UNKNOWN", DeviceUnavailable: "UNAVAILABLE",
	DeviceNotInUse: "NOT_INUSE", DeviceOnHold: "ONHOLD", DeviceRinging: "RINGING", DeviceInUse: "INUSE", DeviceBusy: "BUSY",
	DeviceRingInUse: "RINGINUSE"}

// String is the word of DEVICE_STATE and of AMI.
func (s DeviceState) String() string { return deviceWords[s] }

// ParseDeviceState reads that word, any case; DeviceUnknown for any other.
func ParseDeviceState(word string) DeviceState {
	for s, w := range deviceWords {
		if strings.EqualFold(w, word) {
			return DeviceState(s)
		}
	}
	return DeviceUnknown
}

// Aggregate is the state of several devices behind one hint.
func Aggregate(states []DeviceState) DeviceState {
	out, ringing, busy := DeviceInvalid, false, false
	for _, s := range states {
		out = max(out, s)
		ringing = ringing || s == DeviceRinging
		busy = busy || s == DeviceInUse || s == DeviceOnHold || s == DeviceBusy
	}
	if ringing && busy {
		return DeviceRingInUse
	}
	return out
}

// ExtensionState is what a hint shows: bits, as programs know them.
type ExtensionState int8

const (
	ExtensionRemoved     ExtensionState = -2
	ExtensionNone        ExtensionState = -1
	ExtensionIdle        ExtensionState = 0
	ExtensionInUse       ExtensionState = 1
	ExtensionBusy        ExtensionState = 2
	ExtensionUnavailable ExtensionState = 4
	ExtensionRinging     ExtensionState = 8
	ExtensionOnHold      ExtensionState = 16
)

var extensionTexts = map[ExtensionState]string{ExtensionIdle: "Idle", ExtensionInUse: "InUse", ExtensionBusy: "Busy",
	ExtensionUnavailable: "Unavailable", ExtensionRinging: "Ringing", ExtensionInUse | ExtensionRinging: "InUse&Ringing",
	ExtensionOnHold: "Hold", ExtensionInUse | ExtensionOnHold: "InUse&Hold"}

// String is the text of the console and of AMI.
func (s ExtensionState) String() string {
	if t, ok := extensionTexts[s]; ok {
		return t
	}
	return "Unknown"
}

// Extension is what an aggregate comes to.
func (s DeviceState) Extension() ExtensionState {
	return [...]ExtensionState{DeviceInvalid: ExtensionUnavailable, DeviceUnknown: ExtensionIdle, DeviceUnavailable: ExtensionUnavailable,
		DeviceNotInUse: ExtensionIdle, DeviceOnHold: ExtensionOnHold, DeviceRinging: ExtensionRinging, DeviceInUse: ExtensionInUse,
		DeviceBusy:      ExtensionBusy,
		DeviceRingInUse: ExtensionInUse | ExtensionRinging}[s]
}

// DeviceTeller knows the states of its devices. A Tech may be one; others are
// registered by name.
type DeviceTeller interface {
	// DeviceState is the state of what follows "NAME/" or "NAME:".
	DeviceState(device string) DeviceState
}

// RegisterDevices adds a teller for "name:..."; it is not safe once the core is used.
func (c *Core) RegisterDevices(name string, t DeviceTeller) { c.tellers[strings.ToLower(name)] = t }

// OwnDeviceState asks this node for the state of "TECH/resource" or "Provider:name".
func (c *Core) OwnDeviceState(device string) DeviceState {
	if tech, resource, ok := strings.Cut(device, "/"); ok && !strings.Contains(tech, ":") {
		tech, resource = c.Meant(tech, resource)
		if t, ok := c.tech(tech).(DeviceTeller); ok {
			return t.DeviceState(resource)
		}
		return DeviceInvalid
	}
	name, rest, _ := strings.Cut(device, ":")
	if t := c.tellers[strings.ToLower(name)]; t != nil {
		return t.DeviceState(rest)
	}
	return DeviceInvalid
}
