// Package fn has the dialplan functions.
package fn

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/dialplan/expr"
	"obelisk/pbx"
)

// Register adds all functions to a core.
func Register(core *pbx.Core) {
	for _, family := range [][]pbx.Func{functions, lists, texts, crypt, numbers, times, variables, files, system, webFunctions, records,
		others, lockFuncs(), groupFuncs(), {dialGroup()}} {
		for _, f := range family {
			core.RegisterFunc(f)
		}
	}
}

var errField = errors.New("unknown field")

var functions = []pbx.Func{
	{Name: "LEN", Synopsis: "Length of a text in bytes", Usage: "LEN(text)",
		Read: plain(func(s string) string { return strconv.Itoa(len(s)) })},
	{Name: "TOUPPER", Synopsis: "Upper case", Usage: "TOUPPER(text)", Read: plain(ascii('a', 'z'))},
	{Name: "TOLOWER", Synopsis: "Lower case", Usage: "TOLOWER(text)", Read: plain(ascii('A', 'Z'))},
	{Name: "ISNULL", Synopsis: "1 when the text is empty", Usage: "ISNULL(text)",
		Read: plain(func(s string) string { return digit(s == "") })},
	{Name: "EXISTS", Synopsis: "1 when the text is not empty", Usage: "EXISTS(text)",
		Read: plain(func(s string) string { return digit(s != "") })},
	{Name: "IF", Synopsis: "One of two texts", Usage: "IF(condition?true:false)", Read: plain(choose)},
	{Name: "GLOBAL", Synopsis: "A global variable", Usage: "GLOBAL(name)",
		Read: func(c *pbx.Channel, name string) (string, error) { v, _ := c.Core().Global(name); return v, nil },
		Write: func(c *pbx.Channel, name, value string) error {
			c.Core().SetGlobal(strings.TrimLeft(name, "_"), value)
			return nil
		}},
	{Name: "CONNECTEDLINE", Synopsis: "Whom the caller is told he is connected with",
		Usage: "CONNECTEDLINE(datum[,i])\n  data as with CALLERID, and source; with i nobody is told", Read: readConnected,
		Write: writeConnected},
	{Name: "CALLERID", Synopsis: "The caller's identity", Usage: "CALLERID(datum)\n  all, name, num, pres, tag, subaddr, name-valid, " +
		"name-charset, name-pres, num-valid, num-plan, num-pres, subaddr-valid, subaddr-type, subaddr-odd, these after ANI- and priv-; ANI, " +
		"ANI2, DNID, RDNIS, dnid-num-plan, dnid-subaddr", Read: readCallerID, Write: writeCallerID},
	{Name: "MESSAGE", Synopsis: "The message that the channel carries", Usage: "MESSAGE(to|from|body|custom_data)\n  custom_data, " +
		"written: mark_all_outbound or clear_all_outbound, which headers MessageSend sends", Read: readMessage, Write: writeMessage},
	{Name: "MESSAGE_DATA", Synopsis: "A header of the message",
		Usage: "MESSAGE_DATA(name)\n  of the one that came; one that is written is sent by MessageSend", Read: readMessageData,
		Write: writeMessageData},
	{Name: "REDIRECTING", Synopsis: "Who sent the call here", Usage: "REDIRECTING(datum[,i])\n  data as with CALLERID after orig-, from-, " +
		"to-, priv-orig-, priv-from- and priv-to-; reason, orig-reason, count", Read: readRedirecting, Write: writeRedirecting},
	{Name: "CHANNEL", Synopsis: "Facts about the channel",
		Usage: "CHANNEL(name|uniqueid|linkedid|state|channeltype|context|exten|language|accountcode|peeraccount|userfield|musicclass|amaflags|tonezone|parkinglot|transfercapability|callid|onhold|audionativeformat|audioreadformat|audiowriteformat|max_forwards|secure_bridge_signaling|secure_bridge_media)", Read: readChannel, Write: writeChannel},
	{Name: "TIMEOUT", Synopsis: "Timeouts of the channel, seconds", Usage: "TIMEOUT(digit|response|absolute)", Read: readTimeout,
		Write: writeTimeout},
}

func plain(f func(string) string) func(*pbx.Channel, string) (string, error) {
	return func(_ *pbx.Channel, args string) (string, error) { return f(args), nil }
}

// ascii turns the letters of one case into the other, and leaves all others.
func ascii(from, to byte) func(string) string {
	return func(s string) string {
		b := []byte(s)
		for i, c := range b {
			if c >= from && c <= to {
				b[i] = c ^ 0x20
			}
		}
		return string(b)
	}
}

func digit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// choose trims the branch that it takes. The second one keeps its quotes and backslashes.
func choose(args string) string {
	f := append(dialplan.SplitAt(args, '?', 2), "", "")
	if f[0] == "" {
		return ""
	}
	branches := append(dialplan.SplitAt(f[1], ':', 2), "", "")
	if expr.Condition(f[0]) {
		return strings.TrimSpace(branches[0])
	}
	return strings.TrimSpace(branches[1])
}

var errNoMessage = errors.New("the channel carries no message")

func readChannel(c *pbx.Channel, args string) (string, error) {
	v := c.View()
	args = strings.TrimSpace(args)
	switch strings.ToLower(args) {
	case "name":
		return c.Name(), nil
	case "uniqueid":
		return c.UniqueID(), nil
	case "linkedid":
		return v.LinkedID, nil
	case "state":
		return v.State.String(), nil
	case "channeltype":
		return c.TechName(), nil
	case "context":
		return v.At.Context, nil
	case "exten":
		return v.At.Exten, nil
	case "language":
		return v.Language, nil
	case "accountcode":
		return v.AccountCode, nil
	case "peeraccount":
		return c.PeerAccount(), nil
	case "transfercapability":
		v, _ := c.Fact("transfercapability")
		return cmp.Or(v, transferCapabilities[0]), nil
	case "userfield":
		v, _ := c.Fact("userfield")
		return v, nil
	case "onhold":
		v, _ := c.Fact("onhold")
		return cmp.Or(v, "0"), nil
	case "audionativeformat", "audioreadformat", "audiowriteformat":
		list, first := formats(c)
		if args[len("audio")] == 'n' || args[len("audio")] == 'N' {
			return list, nil
		}
		return first, nil
	case "videonativeformat":
		return videoFormats(c), nil
	case "callid":
		return "[" + c.Trace().ID + "]", nil
	case "channame":
		return c.Name(), nil
	case "parkinglot":
		if lot, ok := c.Fact("parkinglot"); ok {
			return lot, nil
		}
		if _, endpoint := c.Leg().(pbx.ChannelReader); !endpoint {
			return "", nil
		}
	case "checkhangup":
		return digit(c.Gone()), nil
	case "musicclass":
		return v.MusicClass, nil
	case "amaflags":
		return amaNumber(v.AMAFlags), nil
	case "appname":
		return v.App, nil
	case "appdata":
		return v.AppData, nil
	case "tonezone":
		return v.ToneZone, nil
	case "max_forwards":
		return strconv.Itoa(c.Hops()), nil
	case pbx.SecureSignaling, pbx.SecureMedia:
		wish, _ := c.Fact(strings.ToLower(args))
		return wish, nil
	}
	if what, ok := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(args, " ", "")), "rtpqos,audio"); ok {
		if s := c.Leg().Stream(); s != nil && !s.Inner() {
			q := s.Quality()
			if value, ok := q.Item(strings.TrimPrefix(what, ",")); ok {
				return value, nil
			}
		}
		return "", errField
	}
	if r, ok := c.Leg().(pbx.ChannelReader); ok {
		if value, ok := r.ChannelItem(strings.ToLower(strings.TrimSpace(args))); ok {
			return value, nil
		}
	}
	return "", errField
}

// formats are the names of the codecs of a channel, and of the first one; a channel without
// phone takes samples as they are.
func formats(c *pbx.Channel) (list, first string) {
	var names []string
	if !c.IsBare() {
		for _, codec := range c.Leg().Codecs() {
			names = append(names, codec.String())
		}
	}
	if names == nil {
		names = []string{"slin"}
	}
	return "(" + strings.Join(names, "|") + ")", names[0]
}

// videoFormats are the names of the codecs of a channel's video.
func videoFormats(c *pbx.Channel) string {
	var names []string
	if !c.IsBare() {
		if v, ok := c.Leg().(pbx.Visual); ok {
			for _, x := range v.VideoFormats() {
				names = append(names, x.Codec.String())
			}
		}
	}
	if names == nil {
		return "(nothing)"
	}
	return "(" + strings.Join(names, "|") + ")"
}

// writeChannel writes to both halves of a Local channel; the account code of one is that of the
// peer of the other.
func writeChannel(c *pbx.Channel, args, value string) error {
	item := strings.ToLower(strings.TrimSpace(args))
	err := writeItem(c, item, value)
	half, ok := c.Leg().(pbx.Paired)
	if err != nil || !ok || strings.HasPrefix(item, "hangup_handler_") {
		return err
	}
	if o := half.Pair(); o != nil {
		switch item {
		case "accountcode":
			item = "peeraccount"
		case "peeraccount":
			item = "accountcode"
		}
		return writeItem(o, item, value)
	}
	return nil
}

func writeItem(c *pbx.Channel, item, value string) error {
	switch item {
	case "language":
		c.SetLanguage(value)
	case "accountcode":
		c.SetAccountCode(value)
	case "peeraccount":
		c.SetPeerAccount(value)
	case "userfield", "parkinglot":
		c.SetFact(item, value)
	case "transfercapability":
		if word := strings.ToUpper(value); slices.Contains(transferCapabilities, word) {
			c.SetFact(item, word)
		}
	case "hangup_handler_push":
		if value != "" {
			c.PushHandler(value)
		}
	case "hangup_handler_pop":
		c.PopHandler()
		if value != "" {
			c.PushHandler(value)
		}
	case "hangup_handler_wipe":
		c.WipeHandlers()
		if value != "" {
			c.PushHandler(value)
		}
	case "musicclass":
		c.SetMusicClass(value)
	case "tonezone":
		if !c.Core().HasToneZone(value) {
			return errors.New("indications.conf has no country '" + value + "'")
		}
		c.SetToneZone(value)
	case pbx.SecureSignaling, pbx.SecureMedia:
		c.AskSecure(item, expr.True(value))
	case "max_forwards":
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil {
			return errors.New("max_forwards '" + value + "' is not a number")
		}
		c.SetHops(n)
	case "amaflags":
		flags, err := amaFlags(value)
		if err != nil {
			return err
		}
		c.SetAMAFlags(flags)
	default:
		return errField
	}
	return nil
}

// transferCapabilities of Q.931, the usual one first.
var transferCapabilities = []string{"SPEECH", "DIGITAL", "RESTRICTED_DIGITAL", "3K1AUDIO", "DIGITAL_W_TONES", "VIDEO"}

func amaNumber(flags string) string {
	return map[string]string{"OMIT": "1", "BILLING": "2", "DOCUMENTATION": "3"}[flags]
}

// amaFlags reads the name or the number of a kind of record.
func amaFlags(v string) (string, error) {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "omit", "1":
		return "OMIT", nil
	case "billing", "2":
		return "BILLING", nil
	case "documentation", "default", "3":
		return "DOCUMENTATION", nil
	}
	return "", errors.New("'" + v + "' is not default, omit, billing or documentation")
}

// kindOfTimeout is the first letter of its name, which is all that counts.
func kindOfTimeout(name string) string {
	return strings.ToLower(name[:min(1, len(name))])
}

func readTimeout(c *pbx.Channel, args string) (string, error) {
	digit, response, absolute := c.Timeouts()
	kind := kindOfTimeout(args)
	d, ok := map[string]time.Duration{"d": digit, "r": response, "a": absolute}[kind]
	switch {
	case !ok:
		return "", errField
	case d == 0 && kind == "a":
		return "0", nil
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 3, 64), nil
}

// seconds reads an integer and a fraction behind it; what is none, or below 0, is 0.
func seconds(text string) time.Duration {
	n, rest, ok := scanInt(text)
	if !ok || n < 0 {
		return 0
	}
	const most = 1 << 31
	d := time.Duration(min(n, most)) * time.Second
	if x, _, ok := scanFloat(rest); ok && x >= 0 && x < most {
		d += time.Duration(x * float64(time.Second))
	}
	return d
}

func writeTimeout(c *pbx.Channel, args, value string) error {
	const keep = -1
	d := seconds(value)
	switch kindOfTimeout(args) {
	case "d":
		c.SetTimeouts(d.Truncate(time.Millisecond), keep, keep)
	case "r":
		c.SetTimeouts(keep, d.Truncate(time.Millisecond), keep)
	case "a":
		c.SetTimeouts(keep, keep, d)
	default:
		return errField
	}
	return nil
}
