package sipconf

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

// NATMode is the nat= option, four bits.
type NATMode struct {
	ForceRport, AutoForceRport, Comedia, AutoComedia bool
}

// DTMFMode is the dtmfmode= option.
type DTMFMode uint8

const (
	DTMFRFC2833 DTMFMode = iota
	DTMFInfo
	DTMFShortInfo
	DTMFInband
	DTMFAuto
)

// Endpoint holds the options that [general] and peer sections share; a peer
// begins with a copy of the general one.
type Endpoint struct {
	Context             string
	NAT                 NATMode
	Transports          []sipstack.Proto
	Codecs              []media.Codec // order of preference
	Ptime               map[media.Codec]int
	PreferredOnly       bool
	Autoframing         bool
	ICE                 bool
	RTCPMux             bool
	SessionTimers       SessionTimers
	SessionExpires      int // seconds
	MinSE               int // seconds
	Refresher           string
	SendRPID            string // "", sendRPID or sendPAI
	TrustOut            string // legacy, yes or no
	RTPTimeout          time.Duration
	RTPHoldTimeout      time.Duration
	RTPKeepalive        time.Duration
	Insecure            InsecureMode
	Qualify             time.Duration // 0: off
	QualifyFreq         time.Duration
	KeepAlive           time.Duration // 0: off
	NoMethods           string        // disallowed_methods, upper case
	FromDomain          string
	FromPort            int
	DTMF                DTMFMode
	Video               VideoSupport
	Text                bool // textsupport
	CompensateKeys      bool // rfc2833compensate, which is only shown
	AnySource           bool // mediasource=any
	MaxCallBitrate      int  // kbit/s, with video
	T38                 T38
	T38RTPSource        bool   // t38pt_usertpsource
	DiscardHold         bool   // discard_remote_hold_retrieval
	RecordOn, RecordOff string // recordonfeature, recordofffeature
	FaxDetect           FaxDetect
	Direct              DirectMedia
	G726AAL2            bool   // g726nonstandard
	ParkingLot          string // parkinglot
	Rel                 Rel100
	SecureDialog        SecureDialog
	AnswersFromAny      bool // answersfrom
	Language            string
	MOHInterpret        string
	MOHSuggest          string
	ToneZone            string
	SupportPath         bool
	IgnoreSDPVersion    bool   // what cannot be used and is of an old version is refused
	ProgressInband      string // no, yes, never
	AllowOverlap        string // yes, no, dtmf
	PromiscRedir        bool
	UseReqPhone         bool
	MaxForwards         int
	T1                  time.Duration
	B                   time.Duration // timerb; 0: the usual one
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
	Reg                 *RegistrarOptions

	MaxSubscriptions int // of the endpoint at a time, 0: no limit
}

// T38 is t38pt_udptl. The error correction that it names is agreed by the two ends.
type T38 struct {
	Enabled     bool
	Correction  string // FEC, Redundancy or None, for the console
	MaxDatagram int    // in place of what the endpoint says; 0: as it says
}

// FaxDetect is faxdetect: what leads a call to the extension fax.
type FaxDetect struct{ Tone, T38 bool }

type InsecureMode struct{ Port, Invite bool }

// Peer is one peer, user or friend of sip.conf. It never changes.
type Peer struct {
	Endpoint
	*RareOptions   // shared by those who set none of it
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
	HostEntry      *dnsmgr.Entry  // static hosts: where it is
	DefaultAddr    netip.AddrPort // defaultip
	ACL            auth.Access
	CallerID       pbx.CallerID
	AccountCode    string
	CallLimit      int
	MD5HA1         string                // of the secret, by MD5 for the usual realm
	lines          map[string]config.Pos // where each option was written last
}

// RareOptions are the options that most endpoints do without: there may be many of those.
type RareOptions struct {
	Auth              []AuthLine
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
	AKA               *AKAOptions
	RemoteSecret      string
	AVPF              bool
	AMAFlags          string                 // of call records, "" for the usual
	RegExten          string                 // regexten
	OwnOrder          bool                   // ignore_requested_pref
	DTLS              *DTLSOptions           // nil: none
	ForceAVP          bool                   // force_avp
	Completion        *pbx.CompletionOptions // cc_...; nil: the defaults
}

// noRareOptions is that of an endpoint without any.
var noRareOptions = &RareOptions{}

// rare is the endpoint's own set, made when the first of these options is read.
func (r *optionReader) rare() *RareOptions {
	if r.p.RareOptions == noRareOptions {
		r.p.RareOptions = &RareOptions{}
	}
	return r.p.RareOptions
}

// Addr is where a static host is; the zero value while its name has no known address.
func (p *Peer) Addr() netip.AddrPort { return p.HostEntry.Addr() }

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
func (g *General) Given(option string) bool { _, ok := g.lines[option]; return ok }

// AuthLine is auth=user:secret@realm.
type AuthLine struct {
	User, Secret, MD5, Realm string
}

// DomainLine is domain=name[,context], or one that autodomain adds.
type DomainLine struct {
	Name, Context string
	Automatic     bool
}

// General is sip.conf's [general] beyond the endpoint options.
type General struct {
	Endpoint
	pos               config.Pos
	answers           *[len(supported)][]sipstack.Header // settleHeaders
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
	Domains           []DomainLine
	AllowExternal     bool
	UserAgent         string
	CallerID          string
	MinExpiry         time.Duration
	MaxExpiry         time.Duration
	DefaultExpiry     time.Duration
	Registers         []RegisterLine
	MWI               []RegisterLine // mwi lines; Extension is the mailbox
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
	aclsUnread        bool
	NoSRTP            bool // noload => res_srtp.so: no call is encrypted, and none that must be comes about
	LocalNets         auth.ACL
	MediaAddress      netip.Addr
	RTPBind           netip.Addr
	SDPOwner          string
	SDPSession        string
	SrvLookup         bool
	ShrinkCallerID    bool
	Auth              []AuthLine
	Debug             bool
	Limits            sipstack.Limits
	// What one may have us keep; 0: no limit. The shares are percent.
	GuestCalls, GuestsCalls, GuestSubscriptions, GuestsSubscriptions, AllSubscriptions int
	GuestsShare, EndpointShare                                                         int
	SendDiversion                                                                      bool
	DirectSetup                                                                        bool         // directrtpsetup
	Pedantic                                                                           bool         // dialogs are found by their tags too
	StoreSIPCause                                                                      bool         // storesipcause
	SIPMarks                                                                           rawnet.Marks // tos_sip, cos_sip
	AudioMarks                                                                         rawnet.Marks // tos_audio, cos_audio
	VideoMarks                                                                         rawnet.Marks // tos_video, cos_video
	TextMarks                                                                          rawnet.Marks // tos_text, cos_text
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
	AutoCreate                                                                         AutoCreate // autocreatepeer
	AutoCreateLimit                                                                    int        // autocreate_limit
	RegContexts                                                                        []string   // regcontext
	RegOnQualify                                                                       bool       // regextenonqualify
	RelaxDTMF                                                                          bool       // relaxdtmf
	JitterEnable                                                                       bool
	JitterLog                                                                          bool // jblog, which is only shown
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

func defaultGeneral() General {
	g := General{
		Endpoint: Endpoint{
			Context: "default", NAT: NATMode{AutoForceRport: true}, Transports: []sipstack.Proto{sipstack.UDP},
			Codecs: []media.Codec{media.ULaw, media.ALaw, media.GSM, media.H263}, QualifyFreq: time.Minute,
			Video: VideoNo, Rel: Rel100Accept, SecureDialog: SecureDialogNo, MaxCallBitrate: 384, ProgressInband: "no", TrustOut: "legacy",
			RecordOn: "automon", RecordOff: "automon", AllowTransfer: true, AllowSubscribe: true, VMExten: "asterisk",
			Reg: &RegistrarOptions{MaxContacts: 1}, SessionTimers: SessionTimersAccept, SessionExpires: 1800, MinSE: 90, Refresher: "uas",
			AllowOverlap: "yes", MaxForwards: 70, T1: sipstack.DefaultT1, MaxSubscriptions: 1000,
		},
		lines: map[string]config.Pos{}, AutoCreateLimit: 100, T1Min: defaultT1Min * time.Millisecond,
		UDPBind: netip.MustParseAddrPort("0.0.0.0:5060"), AllowGuest: true, AlwaysAuthReject: true, SafeNames: true, Realm: "asterisk",
		AllowExternal: true, UserAgent: "Asterisk PBX " + Version, CallerID: "asterisk", MinExpiry: time.Minute,
		MaxExpiry: time.Hour, ExternRefresh: 10 * time.Second, DefaultExpiry: 2 * time.Minute, MWIExpiry: time.Hour,
		RegisterTimeout: 20 * time.Second, SDPOwner: "root", SDPSession: "Asterisk PBX " + Version, SrvLookup: true, ShrinkCallerID: true,
		Limits: sipstack.DefaultLimits(), GuestCalls: 100, GuestsCalls: 1000, GuestSubscriptions: 100, GuestsSubscriptions: 1000,
		AllSubscriptions: 200_000, GuestsShare: 50, EndpointShare: 90, SIPMarks: rawnet.Marks{Priority: 4},
		AudioMarks: rawnet.Marks{Priority: 5}, VideoMarks: rawnet.Marks{Priority: 6}, TextMarks: rawnet.Marks{Priority: 5}, SendDiversion: true,
		Pedantic: true, AcceptMessage: true, AuthMessage: true, RTUpdate: true, RTAutoClear: 2 * time.Minute, NotifyRinging: "yes",
		ReferHeaders: true, PrematureFilter: true, QualifyGap: 100 * time.Millisecond, QualifyPeers: 1, NotifyCID: "no",
		NotifyType: "application/simple-message-summary", TCPAuthTimeout: 30 * time.Second, TCPAuthLimit: 100,
		Jitter: media.Jitter{Max: 200 * time.Millisecond, Extra: 40 * time.Millisecond, Resync: time.Second},
	}
	return g
}

// AllowsTransport says whether transport= lists the protocol.
func (e *Endpoint) AllowsTransport(p sipstack.Proto) bool {
	for _, t := range e.Transports {
		if t == p {
			return true
		}
	}
	return false
}

// Query is what a host is asked for: with srvlookup, a name and no port its SRV records
// first (RFC 3263 4.2).
func (g *General) Query(proto sipstack.Proto, host string, port int) dnsmgr.Query {
	return dnsmgr.Query{Proto: proto, Host: strings.Trim(host, "[]"), Port: port, SRV: g.SrvLookup && port == 0}
}

// ProxyQuery reads an outboundproxy: "[transport://]host[:port][,force]".
func (g *General) ProxyQuery(text string, proto sipstack.Proto) (q dnsmgr.Query, err error) {
	text, _, _ = strings.Cut(text, ",")
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		p, known := sipstack.ParseProto(scheme)
		if !known {
			return q, fmt.Errorf("'%s' is not a transport", scheme)
		}
		proto, text = p, rest
	}
	host, port := sipstack.SplitHost(text)
	return g.Query(proto, host, port), nil
}

// SecureDialog is securedialog: what becomes of a request in a dialog from a host that
// is not the far side's.
type SecureDialog string

const (
	SecureDialogNo        SecureDialog = "no"        // it is taken, as by chan_sip
	SecureDialogChallenge SecureDialog = "challenge" // with the peer's credentials only
	SecureDialogRefuse    SecureDialog = "refuse"
)

// Rel100 is 100rel.
type Rel100 string

const (
	Rel100No     Rel100 = "no"     // refused with 420, as by chan_sip
	Rel100Accept Rel100 = "accept" // where a caller requires it
	Rel100Yes    Rel100 = "yes"    // offered to callees too
)

// SessionTimers is session-timers.
type SessionTimers string

const (
	SessionTimersAccept    SessionTimers = "accept"
	SessionTimersOriginate SessionTimers = "originate"
	SessionTimersRefuse    SessionTimers = "refuse"
)

// DirectMedia is directmedia.
type DirectMedia struct {
	On       bool
	NAT      bool // also for endpoints behind NAT
	Update   bool // by UPDATE instead of re-INVITE
	Outgoing bool // not at once on a leg that called us
}

// VideoSupport is videosupport: no, yes, or always, which offers video to callees of
// callers who have none.
type VideoSupport string

const (
	VideoNo     VideoSupport = "no"
	VideoYes    VideoSupport = "yes"
	VideoAlways VideoSupport = "always"
)

// AutoCreate is autocreatepeer.
type AutoCreate uint8

const (
	AutoCreateOff AutoCreate = iota
	AutoCreateVolatile
	AutoCreatePersist
)

func (m AutoCreate) String() string { return [...]string{"Off", "Volatile", "Persisted"}[m] }

// How sendrpid tells an endpoint who calls.
const (
	SendRPID = "rpid"
	SendPAI  = "pai"
)

// NoCallLimit is the limit that callcounter=yes sets.
const NoCallLimit = 1<<31 - 1

// OptionLine is where an option of [general] was written; the zero value: nowhere.
func (g *General) OptionLine(option string) config.Pos { return g.lines[option] }

// Line is where an option of [general] was written, or the section's header.
func (g *General) Line(option string) config.Pos {
	if pos, ok := g.lines[option]; ok {
		return pos
	}
	return g.pos
}
