package sipconf

import (
	"crypto/tls"
	"time"

	"obelisk/internal/rawnet"
)

// listenOptions are the options of where we listen, and the addresses and marks of what is sent.
func listenOptions() []*Option {
	return []*Option{
		{Name: "udpbindaddr", Aliases: []string{"bindaddr"}, scope: inGeneral, Help: "address[:port] of the UDP socket", set: setBindAddr},
		{Name: "bindport", scope: inGeneral, Help: "port of the UDP socket", set: setBindPort},
		{Name: "tcpenable", scope: inGeneral, Help: "listen on TCP", set: func(r *optionReader, v string) { r.g.TCPEnable = r.notFalse(v) }},
		{Name: "tcpbindaddr", scope: inGeneral, Help: "address[:port] of the TCP listener", set: setTCPBind},
		{Name: "tcpauthtimeout", scope: inGeneral, Help: "seconds that a connection may take until a request of its is let in",
			set: setTCPAuthTimeout},
		{Name: "tcpauthlimit", scope: inGeneral, Help: "connections of which no request was let in yet, and as many of guests; with one more " +
			"the oldest is closed", set: setTCPAuthLimit},
		{Name: "tlsenable", Aliases: []string{"sslenable"}, scope: inGeneral, Help: "listen on TLS",
			set: func(r *optionReader, v string) { r.g.TLSEnable = r.notFalse(v) }},
		{Name: "tlsbindaddr", Aliases: []string{"sslbindaddr"}, scope: inGeneral, Help: "address[:port] of the TLS listener, port 5061",
			set: setTLSBind},
		{Name: "tlscertfile", Aliases: []string{"tlscert", "sslcert"}, scope: inGeneral,
			Help: "our certificate (PEM), shown to phones and to servers", set: setTLSText(func(t *TLSFiles) *string { return &t.Cert })},
		{Name: "tlsprivatekey", Aliases: []string{"sslprivatekey"}, scope: inGeneral, Help: "its key, where it is in a file of its own",
			set: setTLSText(func(t *TLSFiles) *string { return &t.Key })},
		{Name: "tlscafile", Aliases: []string{"sslcafile"}, scope: inGeneral, Help: "authorities of servers, beside the system's",
			set: setTLSText(func(t *TLSFiles) *string { return &t.CAFile })},
		{Name: "tlscapath", Aliases: []string{"tlscadir", "sslcapath", "sslcadir"}, scope: inGeneral, Help: "folder of authorities of servers",
			set: setTLSText(func(t *TLSFiles) *string { return &t.CAPath })},
		{Name: "tlscipher", Aliases: []string{"sslcipher"}, scope: inGeneral, Help: "cipher suites up to TLS 1.2, OpenSSL's names",
			set: setTLSText(func(t *TLSFiles) *string { return &t.Cipher })},
		{Name: "tlsverifyclient", Aliases: []string{"sslverifyclient"}, scope: inGeneral,
			Help: "who connects over TLS must show a certificate of one of the authorities of tlscafile or tlscapath, of which one is needed; " +
				"chan_sip had the option without effect", set: generalBool(func(g *General) *bool { return &g.TLS.VerifyClient })},
		{Name: "tlsdontverifyserver", Aliases: []string{"ssldontverifyserver"}, scope: inGeneral,
			Help: "do not check the certificates of servers", set: generalBool(func(g *General) *bool { return &g.TLS.DontVerify })},
		{Name: "tlsclientmethod", Aliases: []string{"sslclientmethod"}, scope: inGeneral, Help: "the version of TLS we offer to servers",
			set: setClientMethod},
		{Name: "tlsdisablev1", scope: inGeneral, Help: "no accepts TLS 1.0, which is off otherwise", set: setOldest(tls.VersionTLS10)},
		{Name: "tlsdisablev11", scope: inGeneral, Help: "no accepts TLS 1.1, which is off otherwise", set: setOldest(tls.VersionTLS11)},
		{Name: "tlsdisablev12", scope: inGeneral, Help: "yes leaves TLS 1.3 only", set: setOldest(tls.VersionTLS12)},
		{Name: "transport", scope: inBoth, Help: "allowed transports; the first is used for outbound", set: setTransport},
		{Name: "externaddr", Aliases: []string{"externip"}, scope: inGeneral, Help: "address advertised to targets outside localnet",
			set: setExternAddr},
		{Name: "externhost", scope: inGeneral, Help: "name whose address is advertised, as externaddr; looked up again in time",
			set: func(r *optionReader, v string) { r.g.ExternHost = v }},
		{Name: "externrefresh", scope: inGeneral, Help: "seconds after which externhost is looked up again",
			set: setExpiry(func(g *General) *time.Duration { return &g.ExternRefresh })},
		{Name: "autodomain", scope: inGeneral, Help: "our addresses and our name are local domains",
			set: generalBool(func(g *General) *bool { return &g.AutoDomain })},
		{Name: "externtcpport", scope: inGeneral, Help: "port advertised with externaddr over TCP",
			set: setExternPort(func(g *General) *uint16 { return &g.ExternTCPPort })},
		{Name: "externtlsport", scope: inGeneral, Help: "port advertised with externaddr over TLS",
			set: setExternPort(func(g *General) *uint16 { return &g.ExternTLSPort })},
		{Name: "localnet", scope: inGeneral, Help: "network that is never given externaddr", set: setLocalNet},
		{Name: "media_address", scope: inGeneral, Help: "address in c= lines", set: setMediaAddress},
		{Name: "rtpbindaddr", scope: inGeneral, Help: "address RTP sockets are bound to", set: setRTPBind},
		{Name: "nat", scope: inBoth, Help: "no, force_rport, comedia, auto_force_rport, auto_comedia", set: setNAT},
		{Name: "mediasource", scope: inBoth, extension: true, Help: "whose RTP is taken: told, of who is named by SDP, signalling, ICE or " +
			"SRTP, and where none of them can tell as with any; any, of hosts that nothing names too, once they have sent some packets in sequence",
			set: setMediaSource},
		{Name: "outboundproxy", scope: inBoth,
			Help: "next hop of what begins something (calls, MESSAGE, OPTIONS, NOTIFY, REGISTER), but to phones on a WebSocket",
			set: func(r *optionReader, v string) { r.e.OutboundProxy = v }},
		{Name: "srvlookup", scope: inGeneral, Help: "ask DNS for SRV records of names without a port",
			set: generalBool(func(g *General) *bool { return &g.SrvLookup })},
		{Name: "tos_sip", scope: inGeneral, Help: "DSCP of SIP over UDP: a name or the byte",
			set: setTOS(func(g *General) *rawnet.Marks { return &g.SIPMarks })},
		{Name: "tos_audio", scope: inGeneral, Help: "DSCP of RTP", set: setTOS(func(g *General) *rawnet.Marks { return &g.AudioMarks })},
		{Name: "cos_sip", scope: inGeneral, Help: "802.1p priority of SIP over UDP, 0 to 7",
			set: setCOS(func(g *General) *rawnet.Marks { return &g.SIPMarks })},
		{Name: "cos_audio", scope: inGeneral, Help: "802.1p priority of RTP, 0 to 7",
			set: setCOS(func(g *General) *rawnet.Marks { return &g.AudioMarks })},
		{Name: "tos_video", scope: inGeneral, Help: "DSCP of video", set: setTOS(func(g *General) *rawnet.Marks { return &g.VideoMarks })},
		{Name: "tos_text", scope: inGeneral, Help: "DSCP of real-time text",
			set: setTOS(func(g *General) *rawnet.Marks { return &g.TextMarks })},
		{Name: "cos_text", scope: inGeneral, Help: "802.1p priority of real-time text, 0 to 7",
			set: setCOS(func(g *General) *rawnet.Marks { return &g.TextMarks })},
		{Name: "cos_video", scope: inGeneral, Help: "802.1p priority of video, 0 to 7",
			set: setCOS(func(g *General) *rawnet.Marks { return &g.VideoMarks })},
	}
}
