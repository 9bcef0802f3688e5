// Package chansip is the SIP channel driver: it runs sip.conf the way Asterisk's
// chan_sip did, as a back-to-back user agent on internal/sipstack.
//
// What happens to a call happens on the shard of its Call-ID; the configuration
// is an immutable Directory that a call keeps from its beginning to its end.
package chansip

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/auth"
	"obelisk/internal/config"
	"obelisk/internal/rawnet"
	"obelisk/internal/sipstack"
	"obelisk/media"
	"obelisk/pbx"
)

// natMode is the nat= option, four bits.
type natMode struct {
	ForceRport, AutoForceRport, Comedia, AutoComedia bool
}

// dtmfMode is the dtmfmode= option.
type dtmfMode uint8

const (
	dtmfRFC2833 dtmfMode = iota
	dtmfInfo
	dtmfShortInfo
	dtmfInband
	dtmfAuto
)

// endpoint holds the options that [general] and peer sections share; a peer
// begins with a copy of the general one.
type endpoint struct {
	Context             string
	NAT                 natMode
	Transports          []sipstack.Proto
	Codecs              []media.Codec // order of preference
	Ptime               map[media.Codec]int
	PreferredOnly       bool
	Autoframing         bool
	ICE                 bool
	RTCPMux             bool
	SessionTimers       timerMode
	SessionExpires      int // seconds
	MinSE               int // seconds
	Refresher           string
	SendRPID            string // "", sendRPID or sendPAI
	TrustOut            string // legacy, yes or no
	RTPTimeout          time.Duration
	RTPHoldTimeout      time.Duration
	RTPKeepalive        time.Duration
	Insecure            insecure
	Qualify             time.Duration // 0: off
	QualifyFreq         time.Duration
	KeepAlive           time.Duration // 0: off
	NoMethods           string        // disallowed_methods, upper case
	FromDomain          string
	FromPort            int
	DTMF                dtmfMode
	Video               videoMode
	AnySource           bool // mediasource=any
	MaxCallBitrate      int  // kbit/s, with video
	T38                 t38
	T38RTPSource        bool   // t38pt_usertpsource
	DiscardHold         bool   // discard_remote_hold_retrieval
	RecordOn, RecordOff string // recordonfeature, recordofffeature
	FaxDetect           faxDetect
	Direct              directMode
	G726AAL2            bool   // g726nonstandard
	ParkingLot          string // parkinglot
	Rel                 relMode
	SecureDialog        sourcePolicy
	AnswersFromAny      bool // answersfrom
	Language            string
	MOHInterpret        string
	MOHSuggest          string
	ToneZone            string
	SupportPath         bool
	IgnoreSDPVersion    bool   // shown only: each SDP counts
	ProgressInband      string // no, yes, never
	AllowOverlap        string // yes, no, dtmf
	PromiscRedir        bool
	UseReqPhone         bool
	MaxForwards         int
	T1                  time.Duration
	OutboundProxy       string
	AllowTransfer       bool
	TrustRPID           bool
	RPIDUpdate          bool
	RPIDImmediate       bool
	ContactACL          auth.Access
	CallCounter         bool   // of [general]: the peers have noLimit
	MessageIn           string // outofcall_message_context
	Q850                bool   // use_q850_reason
	AllowSubscribe      bool
	SubscribeIn         string // subscribecontext
	VMExten             string
	MWIFrom             string
	ClientCode          bool // useclientcode
	BuggyMWI            bool
	CallRate            int // calls a second from the endpoint, 0: no limit
	Reg                 *registrar

	MaxSubscriptions int // of the endpoint at a time, 0: no limit
}

// t38 is t38pt_udptl. The error correction that it names is agreed by the two ends.
type t38 struct {
	Enabled     bool
	Correction  string // FEC, Redundancy or None, for the console
	MaxDatagram int    // in place of what the endpoint says; 0: as it says
}

// faxDetect is faxdetect: what leads a call to the extension fax.
type faxDetect struct{ Tone, T38 bool }

type insecure struct{ Port, Invite bool }

// Peer is one peer, user or friend of sip.conf. It never changes.
type Peer struct {
	endpoint
	*seldom        // shared by those who set none of it
	Name           string
	Pos            config.Pos
	IsUser, IsPeer bool // type=user, type=peer; friend is both
	OwnContext     bool // has a context= line of its own
	Secret         string
	DefaultUser    string
	FromUser       string
	Dynamic        bool
	Host           string
	Port           int            // port= line, 0 when absent
	Realtime       bool           // from a table
	at             *dnsmgr.Entry  // static hosts: where it is
	DefaultAddr    netip.AddrPort // defaultip
	ACL            auth.Access
	CallerID       pbx.CallerID
	AccountCode    string
	CallLimit      int
	ha1            string                // of the secret, by MD5 for the usual realm
	lines          map[string]config.Pos // where each option was written last
}

// seldom are the options that most endpoints do without: there may be many of those.
type seldom struct {
	Auth              []authLine
	SetVars           [][2]string
	CallbackExtension string
	Description       string
	BusyLevel         int
	Encryption        bool
	ShortTag          bool     // encryption_taglen=32
	Headers           []string // header= lines
	Groups            pbx.Groups
	Presentation      string   // callingpres; "": as the call says
	Mailboxes         []string // box@context
	MailboxTexts      []string // as written, for the console
	SubscribeMWI      bool
	UnsolicitedBox    string
	DirectACL         auth.Access         // directmediapermit, directmediadeny, directmediaacl
	HA1               [auth.Hashes]string // md5secret, sha256secret, sha512_256secret
	AuthUser          string              // auth_username
	AKA               *akaAccount
	RemoteSecret      string
	AVPF              bool
	AMAFlags          string                 // of call records, "" for the usual
	RegExten          string                 // regexten
	OwnOrder          bool                   // ignore_requested_pref
	DTLS              *dtlsOptions           // nil: none
	ForceAVP          bool                   // force_avp
	Completion        *pbx.CompletionOptions // cc_...; nil: the defaults
}

// nothingSeldom is that of an endpoint without any.
var nothingSeldom = &seldom{}

// rare is the endpoint's own set, made when the first of these options is read.
func (r *optionReader) rare() *seldom {
	if r.p.seldom == nothingSeldom {
		r.p.seldom = &seldom{}
	}
	return r.p.seldom
}

// Addr is where a static host is; the zero value while its name has no known address.
func (p *Peer) Addr() netip.AddrPort { return p.at.Addr() }

// Line is where an option was written, or the section's header.
func (p *Peer) Line(option string) config.Pos {
	if pos, ok := p.lines[option]; ok {
		return pos
	}
	return p.Pos
}

// Given says whether the endpoint's own section has an option.
func (p *Peer) Given(option string) bool { _, ok := p.lines[option]; return ok }

// Given says whether [general] has an option.
func (g *general) Given(option string) bool { _, ok := g.lines[option]; return ok }

// authLine is auth=user:secret@realm.
type authLine struct {
	User, Secret, MD5, Realm string
}

// domainLine is domain=name[,context], or one that autodomain adds.
type domainLine struct {
	Name, Context string
	Automatic     bool
}

// general is sip.conf's [general] beyond the endpoint options.
type general struct {
	endpoint
	pos               config.Pos
	lines             map[string]config.Pos
	UDPBind           netip.AddrPort
	TCPEnable         bool
	TCPBind           netip.AddrPort
	TLSEnable         bool
	TLSBind           netip.AddrPort
	TLS               TLSFiles
	ExternTCPPort     uint16
	ExternTLSPort     uint16
	BindPort          int
	AllowGuest        bool
	AlwaysAuthReject  bool
	SafeNames         bool // see number and findExten
	AuthFailureEvents bool
	MatchAuthUsername bool
	Realm             string
	Domains           []domainLine
	AllowExternal     bool
	UserAgent         string
	CallerID          string
	MinExpiry         time.Duration
	MaxExpiry         time.Duration
	DefaultExpiry     time.Duration
	Registers         []registerLine
	MWI               []registerLine // mwi lines; Extension is the mailbox
	MWIExpiry         time.Duration
	RegisterTimeout   time.Duration
	RegisterAttempts  int
	T1Min             time.Duration
	Retry403          bool
	ExternAddr        netip.AddrPort
	ExternHost        string
	ExternRefresh     time.Duration
	externName        string      // a name in externaddr
	extern            *externHost // of either
	AutoDomain        bool
	acls              map[string]auth.ACL // acl.conf
	LocalNets         auth.ACL
	MediaAddress      netip.Addr
	RTPBind           netip.Addr
	SDPOwner          string
	SDPSession        string
	SrvLookup         bool
	ShrinkCallerID    bool
	Auth              []authLine
	Debug             bool
	Limits            sipstack.Limits
	// What one may have us keep; 0: no limit. The shares are percent.
	GuestCalls, GuestsCalls, GuestSubscriptions, GuestsSubscriptions, AllSubscriptions int
	GuestsShare, EndpointShare                                                         int
	SendDiversion                                                                      bool
	Pedantic                                                                           bool         // dialogs are found by their tags too
	StoreSIPCause                                                                      bool         // storesipcause
	SIPMarks                                                                           rawnet.Marks // tos_sip, cos_sip
	AudioMarks                                                                         rawnet.Marks // tos_audio, cos_audio
	VideoMarks                                                                         rawnet.Marks // tos_video, cos_video
	AcceptMessage                                                                      bool         // accept_outofcall_message
	AuthMessage                                                                        bool         // auth_message_requests
	NotifyRinging                                                                      string       // yes, no, notinuse
	NotifyHold                                                                         bool
	AuthOptions                                                                        bool // auth_options_requests
	DomainsAsRealm                                                                     bool
	RTCache                                                                            bool          // rtcachefriends
	RTUpdate                                                                           bool          // rtupdate
	RTSysName                                                                          bool          // rtsavesysname
	RTSavePath                                                                         bool          // rtsavepath
	RTAutoClear                                                                        time.Duration // rtautoclear; 0: no
	IgnoreRegExpire                                                                    bool
	ExcludeStatic                                                                      bool // dynamic_exclude_static
	MatchExternLocal                                                                   bool // matchexternaddrlocally
	ReferHeaders                                                                       bool // refer_addheaders
	Compact                                                                            bool // compactheaders
	PrematureFilter                                                                    bool // prematuremedia
	QualifyGap                                                                         time.Duration
	QualifyPeers                                                                       int
	NotifyCID                                                                          string        // yes, no, ignore-context
	NotifyType                                                                         string        // notifymimetype
	SubMinExpiry                                                                       time.Duration // 0: minexpiry
	SubMaxExpiry                                                                       time.Duration // 0: maxexpiry
	TCPAuthTimeout                                                                     time.Duration
	TCPAuthLimit                                                                       int
	AutoCreate                                                                         autoMode // autocreatepeer
	AutoCreateLimit                                                                    int      // autocreate_limit
	RegContexts                                                                        []string // regcontext
	RegOnQualify                                                                       bool     // regextenonqualify
	RelaxDTMF                                                                          bool     // relaxdtmf
	JitterEnable                                                                       bool
	JitterForce                                                                        bool
	Jitter                                                                             media.Jitter
	// Shown only.
	RecordHistory, LegacyUserOptions bool
}

// TLSFiles are the tls... options, for boot, which reads the files.
type TLSFiles struct {
	Cert, Key      string // PEM; Key may be in the file of Cert
	CAFile, CAPath string // authorities of those we connect to, beside the system's
	Cipher         string // OpenSSL's notation
	DontVerify     bool   // of those we connect to
	VerifyClient   bool   // of those who connect to us
	Oldest         uint16 // version of TLS that is accepted; 0: 1.2
	Client         uint16 // the only version we offer; 0: all
}

// Version is written into User-Agent, Server and s=, and shown by the console.
// AMI and console clients compare it with Asterisk's, so it names the release
// whose behaviour is followed.
const Version = "20.20.1"

func defaultGeneral() general {
	g := general{
		endpoint: endpoint{
			Context: "default", NAT: natMode{AutoForceRport: true}, Transports: []sipstack.Proto{sipstack.UDP},
			Codecs: []media.Codec{media.ULaw, media.ALaw, media.GSM, media.H263}, QualifyFreq: time.Minute,
			Video: videoNo, Rel: relAccept, SecureDialog: sourceAny, MaxCallBitrate: 384, ProgressInband: "no", TrustOut: "legacy", RecordOn: "automon", RecordOff: "automon", AllowTransfer: true, AllowSubscribe: true, VMExten: "asterisk",
			Reg: &registrar{MaxContacts: 1}, SessionTimers: timersAccept, SessionExpires: 1800, MinSE: 90, Refresher: "uas", AllowOverlap: "yes", MaxForwards: 70, T1: sipstack.DefaultT1, MaxSubscriptions: 1000,
		},
		lines: map[string]config.Pos{}, AutoCreateLimit: 100, T1Min: defaultT1Min * time.Millisecond,
		UDPBind: netip.MustParseAddrPort("0.0.0.0:5060"), AllowGuest: true, AlwaysAuthReject: true, SafeNames: true, Realm: "asterisk",
		AllowExternal: true, UserAgent: "Asterisk PBX " + Version, CallerID: "asterisk", MinExpiry: time.Minute,
		MaxExpiry: time.Hour, ExternRefresh: 10 * time.Second, DefaultExpiry: 2 * time.Minute, MWIExpiry: time.Hour, RegisterTimeout: 20 * time.Second, SDPOwner: "root",
		SDPSession: "Asterisk PBX " + Version, SrvLookup: true, ShrinkCallerID: true, Limits: sipstack.DefaultLimits(),
		GuestCalls: 100, GuestsCalls: 1000, GuestSubscriptions: 100, GuestsSubscriptions: 1000, AllSubscriptions: 200_000, GuestsShare: 50, EndpointShare: 90,
		SIPMarks: rawnet.Marks{Priority: 4}, AudioMarks: rawnet.Marks{Priority: 5}, VideoMarks: rawnet.Marks{Priority: 6}, SendDiversion: true, Pedantic: true, AcceptMessage: true, AuthMessage: true, RTUpdate: true, RTAutoClear: 2 * time.Minute, NotifyRinging: "yes", ReferHeaders: true, PrematureFilter: true, QualifyGap: 100 * time.Millisecond, QualifyPeers: 1, NotifyCID: "no", NotifyType: "application/simple-message-summary", TCPAuthTimeout: 30 * time.Second, TCPAuthLimit: 100,
		Jitter: media.Jitter{Max: 200 * time.Millisecond, Extra: 40 * time.Millisecond, Resync: time.Second},
	}
	return g
}

// allowsTransport says whether transport= lists the protocol.
func (e *endpoint) allowsTransport(p sipstack.Proto) bool {
	for _, t := range e.Transports {
		if t == p {
			return true
		}
	}
	return false
}

// question is what a host is asked for: with srvlookup, a name and no port its SRV records
// first (RFC 3263 4.2).
func (g *general) question(proto sipstack.Proto, host string, port int) dnsmgr.Query {
	return dnsmgr.Query{Proto: proto, Host: strings.Trim(host, "[]"), Port: port, SRV: g.SrvLookup && port == 0}
}

// proxyQuestion reads an outboundproxy: "[transport://]host[:port][,force]".
func (g *general) proxyQuestion(text string, proto sipstack.Proto) (q dnsmgr.Query, err error) {
	text, _, _ = strings.Cut(text, ",")
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		p, known := sipstack.ParseProto(scheme)
		if !known {
			return q, fmt.Errorf("'%s' is not a transport", scheme)
		}
		proto, text = p, rest
	}
	host, port := sipstack.SplitHost(text)
	return g.question(proto, host, port), nil
}
