package boot

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/config"
	"obelisk/internal/fastpath"
	"obelisk/media"
)

// rtpConfig is what rtp.conf says.
type rtpConfig struct {
	media.Config
	fast bool // rtpfastpath
}

// readRTP reads rtp.conf; f may be nil.
func readRTP(f *config.File) (rtpConfig, []config.Diagnostic) {
	c := rtpConfig{Config: media.Config{PortMin: 5000, PortMax: 31000, Probation: 4, RTCPInterval: 5 * time.Second}}
	var diags []config.Diagnostic
	s := (*config.Section)(nil)
	if f != nil {
		s = f.Section("general")
	}
	if s == nil {
		return c, nil
	}
	note := func(v config.Var, format string, args ...any) {
		diags = append(diags, config.Diagnostic{Pos: v.Pos, Text: fmt.Sprintf(format, args...)})
	}
	for _, v := range s.Vars {
		n, err := strconv.Atoi(v.Value)
		number := func(low, high int) bool {
			if err != nil || n < low || n > high {
				note(v, "'%s' is not a valid value of '%s' (%d to %d); it keeps what it had", v.Value, v.Name, low, high)
				return false
			}
			return true
		}
		switch strings.ToLower(v.Name) {
		case "rtpstart":
			if number(1024, 65535) {
				c.PortMin = n
			}
		case "rtpend":
			if number(1024, 65535) {
				c.PortMax = n
			}
		case "rtcpinterval":
			if number(500, 60000) {
				c.RTCPInterval = time.Duration(n) * time.Millisecond
			}
		case "probation":
			if number(2, 100) {
				c.Probation = n
			}
		case "strictrtp":
			switch b, ok := config.Bool(v.Value); {
			case strings.EqualFold(v.Value, "seqno"):
				c.Strict = media.StrictSeqNo
			case ok && !b:
				c.Strict = media.StrictNo
			case ok:
				c.Strict = media.StrictYes
			default:
				note(v, "'%s' is not a valid value of 'strictrtp' (yes, no, seqno)", v.Value)
			}
		case "rtpfastpath": // ours, Asterisk has none
			if b, ok := config.Bool(v.Value); ok {
				c.fast = b
			} else {
				note(v, "'%s' is not a valid value of 'rtpfastpath' (yes, no)", v.Value)
			}
		case "rtpchecksums", "dtmftimeout", "icesupport", "stunaddr", "srtpreplayprotection", "dtls_mtu":
		default:
			note(v, "option '%s' is not supported and has no effect", v.Name)
		}
	}
	if c.PortMin >= c.PortMax {
		diags = append(diags, config.Diagnostic{Pos: s.Pos, Text: fmt.Sprintf("rtpstart %d is not below rtpend %d; using 5000 to 31000", c.PortMin, c.PortMax)})
		c.PortMin, c.PortMax = 5000, 31000
	}
	return c, diags
}

// openMedia starts the engine. Without the kernel's help, where it was asked for,
// all media passes the engine.
func (s *System) openMedia(c rtpConfig) (err error) {
	c.Listen = s.opt.ListenUDP
	if c.fast {
		if s.fastPath, err = fastpath.Open(); err != nil {
			s.log.Warn().Msgf("rtpfastpath: the kernel does not forward RTP; it all passes here: %v", err)
		}
		c.FastPath = s.fastPath
	}
	s.media, err = media.New(c.Config)
	return err
}
