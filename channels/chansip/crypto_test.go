package chansip

import (
	"strings"
	"testing"

	"obelisk/channels/chansip/dialog"
	"obelisk/channels/chansip/sipconf/sipconftest"

	"obelisk/internal/sdp"
	"obelisk/media"
)

const someKey = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkw"

func TestCryptoLines(t *testing.T) {
	for line, want := range map[string]string{
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey:                        "1 AES_CM_128_HMAC_SHA1_80",
		"2 aes_cm_128_hmac_sha1_32 inline:" + someKey + "|2^20|1:4":          "2 AES_CM_128_HMAC_SHA1_32",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + " KDR=0":             "1 AES_CM_128_HMAC_SHA1_80",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + " UNENCRYPTED_SRTCP": "",
		"1 AES_256_CM_HMAC_SHA1_80 inline:" + someKey:                        "",
		"1 AES_CM_128_HMAC_SHA1_80 inline:short":                             "",
		"1 AES_CM_128_HMAC_SHA1_80 " + someKey:                               "",
		"1 AES_CM_128_HMAC_SHA1_80":                                          "",
		// channels/SIP/sip_srtp/srtp_sdp_offer_answer of the Asterisk test suite
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|2^48":         "1 AES_CM_128_HMAC_SHA1_80",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|2^49":         "1 AES_CM_128_HMAC_SHA1_80",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|1800000":      "1 AES_CM_128_HMAC_SHA1_80",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|1900000|1:32": "1 AES_CM_128_HMAC_SHA1_80",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|1:32":         "1 AES_CM_128_HMAC_SHA1_80",
		"999999999 AES_CM_128_HMAC_SHA1_80 inline:" + someKey:           "999999999 AES_CM_128_HMAC_SHA1_80",
		"AES_CM_128_HMAC_SHA1_80 inline:" + someKey:                     "",
		"FOO AES_CM_128_HMAC_SHA1_80 inline:" + someKey:                 "",
		"100000000000 AES_CM_128_HMAC_SHA1_80 inline:" + someKey:        "",
		"1 inline:" + someKey:                                              "",
		"1 AES_CM_128_HMAC_SHA1_80 inline:":                                "",
		"1 AES_CM_128_HMAC_SHA1_80 inline" + someKey:                       "",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|2^19":            "",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|1048575":         "",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|monkeys!":        "",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|2^32|2:4":        "",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "||1:4":            "",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|2^32|weasels!:4": "",
		"1 AES_CM_128_HMAC_SHA1_80 inline:" + someKey + "|2^32|2":          "",
	} {
		got := ""
		if tag, suite, _, ok := cryptoLine(line); ok {
			got = tag + " " + string(suite)
		}
		if got != want {
			t.Errorf("%s: %q", line, got)
		}
	}
}

// What may be offered to us and answered.
func TestWhoMayEncrypt(t *testing.T) {
	line80, line32 := "5 AES_CM_128_HMAC_SHA1_80 inline:"+someKey, "1 AES_CM_128_HMAC_SHA1_32 inline:"+someKey
	for name, c := range map[string]struct {
		wanted, outbound bool
		proto            string
		crypto           []string
		why, line        string
	}{
		"plain":               {false, false, "RTP/AVP", nil, "", ""},
		"offered, not wanted": {false, false, "RTP/SAVP", []string{line80}, "", "5 AES_CM_128_HMAC_SHA1_80"},
		"the first that can be used": {true, false, "RTP/SAVP", []string{"1 F8_128_HMAC_SHA1_80 inline:x", line32, line80}, "",
			"1 AES_CM_128_HMAC_SHA1_32"},
		"wanted, plain offered":       {true, false, "RTP/AVP", nil, "encryption=yes, and plain RTP was offered", ""},
		"no line":                     {false, false, "RTP/SAVP", nil, "SRTP without a crypto line that can be used", ""},
		"answered as offered":         {true, true, "RTP/SAVP", []string{"1" + line80[1:]}, "", "1 AES_CM_128_HMAC_SHA1_80"},
		"answered with another tag":   {true, true, "RTP/SAVP", []string{line80}, "SRTP without a crypto line that can be used", ""},
		"answered with another suite": {true, true, "RTP/SAVP", []string{line32}, "SRTP without a crypto line that can be used", ""},
		"answered plain":              {true, true, "RTP/AVP", nil, "encryption=yes, and plain RTP was offered", ""},
		"answered, not offered":       {false, true, "RTP/SAVP", []string{line80}, "SRTP was answered, and not offered", ""},
	} {
		encryption := map[bool]string{true: "yes", false: "no"}[c.wanted]
		dir, _ := sipconftest.Compile(t, "[p]\ntype=peer\nhost=dynamic\nencryption="+encryption+"\n")
		l := &Leg{Dialog: dialog.Dialog{Peer: dir.Lookup("p"), Dir: dir}, outbound: c.outbound}
		if c.outbound {
			l.offerCrypto()
		}
		before := l.crypto.protection()
		next, why := l.agree(&sdp.Media{Proto: c.proto, Crypto: c.crypto}, l.crypto, c.outbound)
		if why != c.why {
			t.Errorf("%s: %q", name, why)
			continue
		}
		if now := l.crypto.protection(); (before == nil) != (now == nil) || now != nil && *now != *before {
			t.Errorf("%s: judging it has changed the keys", name)
		}
		l.crypto = next
		m := sdp.Media{Proto: "RTP/AVP"}
		if l.crypto.describe(&m); c.why == "" && (c.line == "") != (len(m.Crypto) == 0) {
			t.Errorf("%s: wrote %v", name, m.Crypto)
		} else if c.line != "" && (!strings.HasPrefix(m.Crypto[0], c.line+" inline:") || strings.Contains(m.Crypto[0], someKey) ||
			m.Proto != "RTP/SAVP") {
			t.Errorf("%s: wrote %s %v", name, m.Proto, m.Crypto)
		}
		if p := l.crypto.protection(); c.why == "" && c.line != "" && (p == nil || p.Remote.String() != someKey ||
			p.Local == (media.SRTPKey{})) {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
