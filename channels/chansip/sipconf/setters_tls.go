package sipconf

import (
	"crypto/tls"
	"strconv"
	"strings"

	"obelisk/internal/config"
	"obelisk/internal/sipstack"
)

func setTLSBind(r *optionReader, v string) {
	r.bind(&r.g.TLSBind, v, 5061)
}

// setTLSText notes a path or a list as it is written.
func setTLSText(field func(*TLSFiles) *string) func(*optionReader, string) {
	return func(r *optionReader, v string) { *field(&r.g.TLS) = v }
}

// setOldest is a tlsdisable... line. Where the line says no, that version is
// accepted; without the line nothing below 1.2 is.
func setOldest(version uint16) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		if disabled := r.truth(v); !disabled && (r.g.TLS.Oldest == 0 || version < r.g.TLS.Oldest) {
			r.g.TLS.Oldest = version
		} else if disabled && version >= tls.VersionTLS12 {
			r.g.TLS.Oldest = tls.VersionTLS13
		}
	}
}

// setClientMethod reads tlsclientmethod: the version that we offer.
func setClientMethod(r *optionReader, v string) {
	switch strings.ToLower(v) {
	case "tlsv1":
		r.g.TLS.Client = tls.VersionTLS10
	case "tlsv1_1":
		r.g.TLS.Client = tls.VersionTLS11
	case "tlsv1_2":
		r.g.TLS.Client = tls.VersionTLS12
	case "sslv23":
		r.g.TLS.Client = 0
	default:
		r.bad(v, "tlsv1, tlsv1_1, tlsv1_2 or sslv23")
	}
}

func setExternPort(field func(*General) *uint16) func(*optionReader, string) {
	return func(r *optionReader, v string) {
		n, err := strconv.ParseUint(v, 10, 16)
		if err != nil || n == 0 {
			r.bad(v, "1 to 65535")
			return
		}
		*field(r.g) = uint16(n)
	}
}

// settleTransports drops what is not switched on from transport= lines; an endpoint without
// any left has those of [general].
func (e *Endpoint) settleTransports(g *General, pos config.Pos, name string, diags *[]config.Diagnostic) {
	var kept []sipstack.Proto
	for _, p := range e.Transports {
		switch {
		case p == sipstack.TCP && !g.TCPEnable:
			note(diags, pos, "transport 'tcp' of '%s' needs tcpenable=yes in [general]: without it no call goes over TCP, and UDP is used", name)
		case p == sipstack.TLS && !g.TLSEnable:
			note(diags, pos, "transport 'tls' of '%s' needs tlsenable=yes in [general]: without it no call is encrypted, and UDP is used", name)
		default:
			kept = append(kept, p)
		}
	}
	switch {
	case len(kept) > 0:
	case e != &g.Endpoint:
		kept = g.Transports
	default:
		kept = []sipstack.Proto{sipstack.UDP}
	}
	e.Transports = kept
}
