package boot

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/channels/local"
	"obelisk/channels/multicast"
	"obelisk/channels/unicast"
	"obelisk/internal/config"
	"obelisk/internal/fastpath"
	"obelisk/media"
	"obelisk/pbx"
)

// rtpConfig is what rtp.conf says.
type rtpConfig struct {
	media.Config
	fast kernelPath // rtpfastpath
}

// kernelPath is whether the kernel forwards RTP.
type kernelPath string

const (
	kernelAuto kernelPath = "auto" // where the system permits it
	kernelYes  kernelPath = "yes"
	kernelNo   kernelPath = "no"
)

// readRTP reads rtp.conf; f may be nil.
func readRTP(f *config.File) (rtpConfig, []config.Diagnostic) {
	c := rtpConfig{Config: media.Config{PortMin: 5000, PortMax: 31000, Probation: 4, RTCPInterval: 5 * time.Second}, fast: kernelAuto}
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
			switch b, ok := config.Bool(v.Value); {
			case strings.EqualFold(v.Value, string(kernelAuto)):
				c.fast = kernelAuto
			case ok && b:
				c.fast = kernelYes
			case ok:
				c.fast = kernelNo
			default:
				note(v, "'%s' is not a valid value of 'rtpfastpath' (auto, yes, no)", v.Value)
			}
		default:
			noteUnused(v, note)
		}
	}
	if x := f.Section("ice_host_candidates"); x != nil && len(x.Vars) > 0 {
		note(x.Vars[0], "[ice_host_candidates] is not supported and has no effect: %s", whyExtern)
	}
	if c.PortMin >= c.PortMax {
		diags = append(diags, config.Diagnostic{Pos: s.Pos, Text: fmt.Sprintf("rtpstart %d is not below rtpend %d; using 5000 to 31000",
			c.PortMin, c.PortMax)})
		c.PortMin, c.PortMax = 5000, 31000
	}
	return c, diags
}

// rtpModule is rtp.conf and the engine, for which streams and Local channels wait. Kinds of help
// that the engine was started with last until the next start.
func (s *System) rtpModule() pbx.Module {
	fast, later := kernelAuto, []string(nil)
	return own{name: "res_rtp_asterisk", synopsis: "Asterisk RTP Stack", later: func() []string { return later },
		measure: func(m *pbx.Measures) { s.mediaMetrics(m) }, read: func(r *reading) step {
			c, diags := readRTP(r.file("rtp.conf"))
			r.note(diags)
			return step{commit: func() {
				if s.media == nil {
					if fast = c.fast; r.sip != nil {
						c.Marks, c.VideoMarks, c.TextMarks = r.sip.AudioMarks, r.sip.VideoMarks, r.sip.TextMarks
					}
					s.openMedia(c)
					return
				}
				if err := s.media.Change(c.Config); err != nil {
					s.log.Error().Msgf("rtp.conf: %v", err)
				}
				if later = nil; c.fast != fast {
					later = []string{"rtp.conf: rtpfastpath"}
				}
			}}
		}, close: func() {
			if s.media != nil {
				s.media.Close()
			}
			if s.fastPath != nil {
				s.fastPath.Close()
			}
		}}
}

// openMedia starts the engine.
func (s *System) openMedia(c rtpConfig) {
	c.Listen = s.opt.ListenUDP
	if c.fast == kernelYes || c.fast == kernelAuto && s.opt.KernelPath && s.enoughForKernel() {
		c.FastPath = s.openFastPath(c.fast)
	}
	var err error
	if s.media, err = media.New(c.Config); err != nil {
		s.failed = err
		return
	}
	s.core.RegisterTech(local.New(s.core, s.media))
	s.core.RegisterTech(multicast.New(s.media))
	s.core.RegisterTech(unicast.New(s.media))
}

// enoughForKernel says whether there are so many file descriptors that those of the kernel's programs
// (seven, and one for each interface) take none that a call would miss.
func (s *System) enoughForKernel() bool {
	const few = 256
	if s.descriptors == 0 || s.descriptors >= few {
		return true
	}
	s.log.Info().Msgf("RTP all passes here; the kernel does not forward it (rtpfastpath): there are only %d file descriptors", s.descriptors)
	return false
}

// openFastPath has the kernel forward RTP. Where it cannot, all passes here, which is worth a warning when it was asked for.
func (s *System) openFastPath(asked kernelPath) *fastpath.Table {
	t, err := fastpath.Open()
	switch {
	case err == nil:
		s.log.Info().Msgf("RTP that needs nothing but new numbers is forwarded by the kernel, from %s (rtpfastpath)",
			strings.Join(t.Interfaces(), ", "))
	case asked == kernelYes:
		s.log.Warn().Msgf("rtpfastpath: the kernel does not forward RTP; it all passes here: %v", err)
	default:
		s.log.Info().Msgf("RTP all passes here; the kernel does not forward it (rtpfastpath): %v", err)
	}
	s.fastPath = t
	return t
}

// mediaMetrics tells of streams.
func (s *System) mediaMetrics(m *pbx.Measures) {
	m.Gauge("obelisk_rtp_ports_in_use", "Pairs of RTP ports in use", float64(s.media.PortsInUse()))
	t := s.media.Totals()
	const help = "Packets of streams that were closed"
	m.Count("obelisk_rtp_packets_total", help, float64(t.Received), "direction", "received")
	m.Count("obelisk_rtp_packets_total", help, float64(t.Sent), "direction", "sent")
	m.Count("obelisk_rtp_lost_total", "Packets that never came, of streams that were closed", float64(t.Lost))
	m.Count("obelisk_rtp_bad_source_total", "Packets from wrong sources, of streams that were closed", float64(t.BadSource))
	m.Count("obelisk_rtp_kernel_total", "Packets that the kernel forwarded, of streams that were closed", float64(t.Kernel))
	m.Histograms = append(m.Histograms, pbx.Histogram{Name: "obelisk_rtp_jitter_seconds",
		Help: "Jitter of what came, of streams that were closed", Buckets: t.Jitters, Count: t.JitterCount, Sum: t.JitterSum})
}
