package boot

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/trace"
	"obelisk/pbx"
)

// hepConfig is hep.conf.
type hepConfig struct {
	enabled           bool
	address, password string
	id                uint32
}

// hepModule is hep.conf: SIP messages are copied to a capture server.
func (s *System) hepModule() pbx.Module {
	return own{name: "res_hep", synopsis: "HEPv3 API", read: func(r *reading) step {
		c, diags := readHEP(r.file("hep.conf"))
		r.note(diags)
		return step{commit: func() { s.applyHEP(c) }}
	}, close: func() {
		if s.endCapture != nil {
			s.endCapture()
		}
	}}
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

// applyHEP copies SIP messages to where hep.conf says. A name that does not resolve is tried
// again, after pauses that grow; what was captured to before goes on until then.
func (s *System) applyHEP(c hepConfig) {
	if s.driver == nil {
		return
	}
	if s.endCapture != nil {
		s.endCapture()
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.endCapture = cancel
	host, _, _ := net.SplitHostPort(c.address)
	_, notAddress := netip.ParseAddr(host)
	switch {
	case !c.enabled || c.address == "":
		s.captureWith(nil)
	case notAddress != nil:
		go s.findCapture(ctx, c)
	default:
		s.openCapture(ctx, c)
	}
}

// openCapture begins to capture, unless that is not wanted any more.
func (s *System) openCapture(ctx context.Context, c hepConfig) error {
	h, err := trace.NewHEP(c.address, c.id, c.password)
	if err != nil {
		s.log.Error().Msgf("hep.conf: nothing is captured: %v", err)
		return err
	}
	if ctx.Err() != nil {
		return h.Close()
	}
	s.captureWith(h)
	return nil
}

// findCapture is that for a name.
func (s *System) findCapture(ctx context.Context, c hepConfig) {
	for pause := time.Second; s.openCapture(ctx, c) != nil; pause = min(2*pause, time.Minute) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (s *System) captureWith(h *trace.HEP) {
	if before := s.driver.SetCapture(h); before != nil {
		before.Close()
	}
}
