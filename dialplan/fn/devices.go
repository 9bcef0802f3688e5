package fn

import (
	"errors"
	"strconv"
	"strings"

	"obelisk/internal/store"
	"obelisk/pbx"
)

// customFamily is where the states of "Custom:..." devices are kept, as in Asterisk.
const customFamily = "CustomDevstate"

// CustomDevices are devices whose state is set by the dialplan or the console.
type CustomDevices struct {
	core *pbx.Core
	db   *store.DB
}

// DeviceState implements pbx.DeviceTeller.
func (d *CustomDevices) DeviceState(name string) pbx.DeviceState {
	v, _ := d.db.Get(customFamily, name)
	return pbx.ParseDeviceState(v)
}

// Set changes the state of one.
func (d *CustomDevices) Set(name string, s pbx.DeviceState) {
	d.db.Put(customFamily, name, s.String())
	d.core.DeviceChangedTo("Custom:"+name, s)
}

// List visits them by name.
func (d *CustomDevices) List(f func(name string, s pbx.DeviceState)) {
	for _, e := range d.db.List(customFamily) {
		name := strings.TrimPrefix(e.Key, "/"+customFamily+"/")
		f(name, pbx.ParseDeviceState(e.Value))
	}
}

// Devices adds the functions that read and set states of devices and hints.
func Devices(core *pbx.Core, db *store.DB) *CustomDevices {
	d := &CustomDevices{core, db}
	core.RegisterDevices("Custom", d)
	if db != nil {
		db.Watch(customFamily, func(name string) { core.DeviceChanged("Custom:" + name) })
	}
	for _, f := range []pbx.Func{
		{Name: "DEVICE_STATE", Synopsis: "State of a device", Usage: "DEVICE_STATE(device); Custom:... may be set",
			Read: func(c *pbx.Channel, device string) (string, error) { return c.Core().DeviceState(device).String(), nil }, Write: d.write},
		{Name: "EXTENSION_STATE", Synopsis: "State of an extension's hint", Usage: "EXTENSION_STATE(extension[@context])",
			Read: readExtensionState},
		{Name: "HINT", Synopsis: "Devices of an extension's hint", Usage: "HINT(extension[@context][,n]); n: the name of the hint",
			Read: readHint},
	} {
		core.RegisterFunc(f)
	}
	return d
}

var (
	errNotCustom = errors.New("only the state of a Custom: device can be set")
	errNoState   = errors.New("that is no state of a device")
)

func (d *CustomDevices) write(_ *pbx.Channel, device, value string) error {
	kind, name, _ := strings.Cut(device, ":")
	if !strings.EqualFold(kind, "Custom") || name == "" {
		return errNotCustom
	}
	s := pbx.ParseDeviceState(strings.TrimSpace(value))
	if s == pbx.DeviceUnknown && !strings.EqualFold(strings.TrimSpace(value), s.String()) {
		return errNoState
	}
	d.Set(name, s)
	return nil
}

// hintAt reads "extension[@context]".
func hintAt(args string) (context, exten string) {
	exten, context, ok := strings.Cut(strings.TrimSpace(args), "@")
	if !ok {
		context = "default"
	}
	return context, exten
}

func readExtensionState(c *pbx.Channel, args string) (string, error) {
	if args == "" {
		return "", errArguments
	}
	context, exten := hintAt(args)
	s, ok := c.Core().Hint(context, exten)
	if !ok {
		return "UNKNOWN", nil
	}
	if w, ok := extensionWords[s.State]; ok {
		return w, nil
	}
	return strconv.Itoa(int(s.State)), nil
}

var extensionWords = map[pbx.ExtensionState]string{pbx.ExtensionIdle: "NOT_INUSE", pbx.ExtensionInUse: "INUSE", pbx.ExtensionBusy: "BUSY",
	pbx.ExtensionUnavailable: "UNAVAILABLE", pbx.ExtensionRinging: "RINGING", pbx.ExtensionInUse | pbx.ExtensionRinging: "RINGINUSE",
	pbx.ExtensionOnHold: "ONHOLD", pbx.ExtensionInUse | pbx.ExtensionOnHold: "HOLDINUSE"}

func readHint(c *pbx.Channel, args string) (string, error) {
	at, options, _ := strings.Cut(args, ",")
	context, exten := hintAt(at)
	if strings.Contains(options, "n") {
		h, ok := c.Core().Plan().Hint(context, exten, c.Query())
		if !ok {
			return "", nil
		}
		_, named, _ := strings.Cut(h.Devices, "(")
		return strings.TrimSuffix(named, ")"), nil
	}
	text, _ := c.Core().HintText(context, exten)
	return text, nil
}
