package convert

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
	"obelisk/internal/testkit/golden"
)

// source has files of a map.
func source(files map[string]string) config.Source {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return config.FS{FS: m}
}

// TestTexts asks "sip" or "pjsip" for the files that come of it, and "notes of" for what is told.
func TestTexts(t *testing.T) {
	golden.Run(t, "testdata/*.txt", func(t *testing.T, files map[string]string) func(string) string {
		return func(question string) string {
			word, notes := strings.CutPrefix(question, "notes of ")
			r, err := map[string]func(config.Source) (*Result, error){"sip": ToPJSIP, "pjsip": ToSIP}[word](source(files))
			if err != nil {
				return err.Error()
			}
			if notes {
				return r.Report()
			}
			var b strings.Builder
			for _, f := range r.Files {
				b.WriteString("# " + f.Name + "\n" + strings.TrimPrefix(f.Text, headOf("sip.conf")))
			}
			return b.String()
		}
	})
}

// handled are options of sip.conf that the conversion reads by name, beside the vocabulary.
var handled = strings.Fields(
	`type host port defaultip defaultuser secret remotesecret md5secret auth insecure permit deny acl contactpermit contactdeny contactacl callbackextension
	nat directmedia transport encryption encryption_taglen dtlsenable mailbox subscribemwi hasvoicemail qualify qualifyfreq allow disallow videosupport t38pt_udptl sendrpid callerid cid_number
	fullname outboundproxy amaflags parkinglot mohinterpret call-limit vmexten udpbindaddr bindport tcpenable tcpbindaddr tlsenable tlsbindaddr tlscertfile tlsprivatekey tlscafile tlscapath
	tlscipher tlsverifyclient tlsdontverifyserver tlsclientmethod externaddr externhost localnet rtpbindaddr tos_sip cos_sip allowguest match_auth_username realm domain useragent maxforwards
	max_contacts maxexpiry minexpiry defaultexpiry regcontext register registertimeout registerattempts register_retry_403 recordonfeature recordofffeature timert1 compactheaders supportpath
	auth_username externtcpport externtlsport`)

// Each option of sip.conf is translated or told of: none is lost silently.
func TestEveryOptionOfSIP(t *testing.T) {
	for _, o := range sipconf.Options() {
		_, lost := onlySIP[o.Name]
		row := slices.ContainsFunc(vocabulary, func(r row) bool { return r.sip == o.Name })
		if !lost && !row && !slices.Contains(handled, o.Name) {
			t.Errorf("%s is neither translated nor told of", o.Name)
		}
	}
	for name := range onlySIP {
		if sipOption(name) == "" {
			t.Errorf("%s is no option of sip.conf", name)
		}
	}
}

// equal are what both dialects can say of an endpoint.
func equal(t *testing.T, a, b *sipconf.Peer) {
	t.Helper()
	same := func(what string, x, y any) {
		if x != y {
			t.Errorf("[%s] %s: %v, and %v after the way there and back", a.Name, what, x, y)
		}
	}
	same("context", a.Context, b.Context)
	// without videosupport it is not offered
	same("codecs", strings.Replace(a.CodecList(), "|h263", "", 1), strings.Replace(b.CodecList(), "|h263", "", 1))
	same("known by name", a.IsUser, b.IsUser)
	same("dynamic", a.Dynamic, b.Dynamic)
	same("host", a.Host, b.Host)
	same("port", a.Port, b.Port)
	same("comedia", a.NAT.Comedia || a.NAT.AutoComedia, b.NAT.Comedia)
	same("rport", a.NAT.ForceRport || a.NAT.AutoForceRport, b.NAT.ForceRport)
	same("dtmf", a.DTMF, b.DTMF)
	same("session timers", a.SessionTimers, b.SessionTimers)
	same("session expires", a.SessionExpires, b.SessionExpires)
	same("rtptimeout", a.RTPTimeout, b.RTPTimeout)
	same("language", a.Language, b.Language)
	same("accountcode", a.AccountCode, b.AccountCode)
	same("fromuser", a.FromUser, b.FromUser)
	same("fromdomain", a.FromDomain, b.FromDomain)
	same("caller", a.CallerID, b.CallerID)
	same("qualify", a.Qualify > 0, b.Qualify > 0)
	same("encryption", a.Encryption, b.Encryption)
	same("groups", a.Groups.Call, b.Groups.Call)
	same("pickup", a.Groups.Pickup, b.Groups.Pickup)
	same("trustrpid", a.TrustRPID, b.TrustRPID)
	same("sendrpid", a.SendRPID, b.SendRPID)
	same("t38", a.T38, b.T38)
	same("allowtransfer", a.AllowTransfer, b.AllowTransfer)
	same("subscribecontext", a.SubscribeIn, b.SubscribeIn)
	same("mailboxes", strings.Join(a.Mailboxes, ","), strings.Join(b.Mailboxes, ","))
	same("parkinglot", a.ParkingLot, b.ParkingLot)
	same("music", a.MOHInterpret, b.MOHInterpret)
	same("busylevel", a.BusyLevel, b.BusyLevel)
	same("secured", a.Secured() && !a.Insecure.Invite, b.Secured() && !b.Insecure.Invite)
	if a.Secured() && !a.Insecure.Invite {
		same("secret", a.Secret, b.Secret)
		same("md5secret", a.HA1, b.HA1)
	}
	if a.DefaultUser != "" && (a.Secret != "" || a.RemoteSecret != "") && a.HA1 == b.HA1 {
		same("defaultuser", a.DefaultUser, b.DefaultUser)
		one, two := a.RemoteSecret, b.RemoteSecret
		if one == "" {
			one = a.Secret
		}
		if two == "" {
			two = b.Secret
		}
		same("what it is shown", one, two)
	}
	if len(a.ACL.ACL) != len(b.ACL.ACL) {
		t.Errorf("[%s] has %d rules of addresses, then %d", a.Name, len(a.ACL.ACL), len(b.ACL.ACL))
	}
	for i := range min(len(a.ACL.ACL), len(b.ACL.ACL)) {
		same("rule", a.ACL.ACL[i], b.ACL.ACL[i])
	}
}

// compiled reads a sip.conf as the switchboard does.
func compiled(t *testing.T, text string) *sipconf.Directory {
	t.Helper()
	f, err := config.Load(source(map[string]string{"sip.conf": text}), "sip.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, _ := sipconf.Compile(f, sipconf.Surroundings{})
	return d
}

// Each option that Asterisk 20 documents for pjsip.conf is translated or told of.
func TestEveryOptionOfPJSIP(t *testing.T) {
	list, err := os.ReadFile("testdata/pjsip-options.list")
	if err != nil {
		t.Fatal(err)
	}
	simple := strings.Fields("global/user_agent global/default_realm global/max_forwards global/regcontext global/default_from_user " +
		"global/debug system/timer_t1 system/compact_headers")
	for _, full := range strings.Fields(string(list)) {
		kind, name, _ := strings.Cut(full, "/")
		if slices.Contains(simple, full) {
			continue
		}
		c := &toSIP{}
		c.tell(kind, config.Var{Name: name, Value: "x"})
		for _, n := range c.told {
			if strings.Contains(n.Did, "is no option of") {
				t.Errorf("%s is neither translated nor told of", full)
			}
		}
	}
}
