package cc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"obelisk/internal/config"
	"obelisk/pbx"
)

// Config is ccss.conf.
type Config struct {
	Enabled bool
	// MaxRequests is how many calls may wait for their callees at a time.
	// Differs: Asterisk 20 counts none, so that only 0 has an effect.
	MaxRequests int
	// Devices is what "ccss:DEVICE" shows of a caller's call in each state.
	Devices [states]pbx.DeviceState
}

// DefaultConfig is that of no ccss.conf.
func DefaultConfig() Config {
	c := Config{Enabled: true, MaxRequests: 20}
	for s := range c.Devices {
		c.Devices[s] = pbx.DeviceNotInUse
	}
	c.Devices[active], c.Devices[calleeReady] = pbx.DeviceInUse, pbx.DeviceRinging
	c.Devices[callerBusy], c.Devices[recalling] = pbx.DeviceOnHold, pbx.DeviceRinging
	return c
}

// deviceOptions name the options of Devices.
var deviceOptions = map[string]state{
	"cc_available_devstate":        available,
	"cc_caller_offered_devstate":   offered,
	"cc_caller_requested_devstate": requested,
	"cc_active_devstate":           active,
	"cc_callee_ready_devstate":     calleeReady,
	"cc_caller_busy_devstate":      callerBusy,
	"cc_recalling_devstate":        recalling,
	"cc_complete_devstate":         complete,
	"cc_failed_devstate":           failed,
}

// ReadConfig reads ccss.conf; f may be nil.
func ReadConfig(f *config.File) (c Config, diags []config.Diagnostic) {
	c = DefaultConfig()
	if f == nil {
		return c, nil
	}
	s := f.Section("general")
	if s == nil {
		return c, nil
	}
	for _, v := range s.Vars {
		if text := c.set(strings.ToLower(v.Name), v.Value); text != "" {
			diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: text})
		}
	}
	return c, diags
}

// set takes one option in; the text is what is wrong with it.
func (c *Config) set(name, value string) string {
	if s, ok := deviceOptions[name]; ok {
		state := pbx.ParseDeviceState(value)
		if state == pbx.DeviceUnknown {
			const words = "NOT_INUSE, INUSE, BUSY, INVALID, UNAVAILABLE, RINGING, RINGINUSE, ONHOLD"
			return fmt.Sprintf("'%s' is no state for '%s' (%s); it keeps %s", value, name, words, c.Devices[s])
		}
		c.Devices[s] = state
		return ""
	}
	switch name {
	case "enabled":
		c.Enabled, _ = config.Bool(value)
	case "cc_max_requests":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return fmt.Sprintf("Invalid input given for cc_max_requests. Using default (%d)", DefaultConfig().MaxRequests)
		}
		c.MaxRequests = n
	default:
		if slices.Contains(pbx.CompletionNames, name) {
			return fmt.Sprintf("'%s' has no effect here: it belongs into the sections of endpoints, in sip.conf", name)
		}
		return fmt.Sprintf("there is no option '%s'%s", name, config.DidYouMean(name, []string{"enabled", "cc_max_requests"}))
	}
	return ""
}
