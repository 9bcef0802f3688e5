package boot

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"obelisk/internal/config"
	"obelisk/internal/trace"
)

// hepConfig is hep.conf.
type hepConfig struct {
	enabled           bool
	address, password string
	id                uint32
}

// readHEP reads hep.conf; f may be nil.
func readHEP(f *config.File) (c hepConfig, diags []config.Diagnostic) {
	if f == nil || f.Section("general") == nil {
		return c, nil
	}
	for _, v := range f.Section("general").Vars {
		switch strings.ToLower(v.Name) {
		case "enabled":
			c.enabled, _ = config.Bool(v.Value)
		case "capture_address":
			c.address = v.Value
			if _, _, err := net.SplitHostPort(v.Value); err != nil {
				c.address = net.JoinHostPort(v.Value, "9060")
			}
		case "capture_password":
			c.password = v.Value
		case "capture_id":
			n, err := strconv.ParseUint(v.Value, 10, 32)
			if err != nil {
				diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("'%s' is no capture_id; it is 0", v.Value)})
			}
			c.id = uint32(n)
		case "uuid_type", "capture_name":
		default:
			diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf("unknown option '%s' of hep.conf is ignored", v.Name)})
		}
	}
	return c, diags
}

// applyHEP copies SIP messages to where hep.conf says.
func (s *System) applyHEP(c hepConfig) {
	if s.driver == nil {
		return
	}
	var h *trace.HEP
	if c.enabled && c.address != "" {
		var err error
		if h, err = trace.NewHEP(c.address, c.id, c.password); err != nil {
			s.log.Error().Msgf("hep.conf: nothing is captured: %v", err)
		}
	}
	if before := s.driver.SetCapture(h); before != nil {
		before.Close()
	}
}
