package boot

import (
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/doctor"
)

// tellOfBridge says at the start what a container behind a bridge does to calls, and what helps.
func (s *System) tellOfBridge(g *sipconf.Directory) {
	kind := doctor.ContainerOf(s.opt.Root)
	if kind == "" || g == nil {
		return
	}
	device, bridged := doctor.Bridged(s.opt.Root)
	written := g.MediaAddress.IsValid() || len(g.LocalNets) > 0 && (g.ExternAddr.IsValid() || g.ExternHost != "")
	switch {
	case !bridged:
	case g.UDPBind.Addr().IsLoopback():
		s.log.Warn().Msgf("this is a container (%s) behind a bridge (%s), and SIP listens on its loopback only: nobody outside reaches it; a "+
			"sip.conf below /etc/asterisk with udpbindaddr=0.0.0.0 opens it", kind, device)
	case !written:
		s.log.Warn().Msgf("this is a container (%s) behind a bridge (%s): phones are told an address that only the host can reach; %s", kind,
			device, strings.ReplaceAll(doctor.BridgeRemedy, "\n", " | "))
	}
}
