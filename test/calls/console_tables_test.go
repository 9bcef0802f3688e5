package calls

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/internal/boot"

	"github.com/rs/zerolog"
)

// Tables of the console about a call and about what is set, in the words and columns of a
// running Asterisk 16.28.
func TestShownTables(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": strings.Replace(baseSIP, "[general]\n",
			"[general]\ndomain=example.org,inside\ndomain=10.0.0.1\n", 1), "extensions.conf": "[inside]\nexten => 1002,1,Set(GROUP(out)=trunk)\n" +
			"same => n,Set(CHANNEL(hangup_handler_push)=h,1)\nsame => n,Dial(SIP/1002)\nexten => h,1,Return()\n",
			"acl.conf": "[office]\npermit=10.0.0.0/8\ndeny=0.0.0.0/0\n",
			"cel.conf": "[general]\nenable=yes\nevents=HANGUP,ANSWER\napps=dial,pickup\n[manager]\nenabled=yes\n"})
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		call, _ := connectVia(a, b)
		time.Sleep(time.Second)
		for command, want := range map[string]string{
			"core show taskprocessors": "\nProcessor                                                               Processed   In " +
				"Queue  Max Depth  Low water High water Low time(us) High time(us)\nsip/shard-00000000 ",
			"cdr show active": "\nChannels with Call Detail Record (CDR) Information\n" + strings.Repeat("-", 50) +
				"\nChannel                   Dst. Channel              LastApp         Start    Answer   End      Billsec  Duration\n" +
				"SIP/1001-00000000         SIP/1002-00000001         Dial            ",
			"cdr show active nope": "Unknown channel: nope\n",
			"cdr show active SIP/1001-00000000": "\nCall Detail Record (CDR) Information for SIP/1001-00000000\n" + strings.Repeat("-", 50) +
				"\nAccountCod CallerID             Dst. Channel              LastApp         Data            Start    Answer   End      Billsec  " +
				"Duration\n           \"Alice\" <1001>       SIP/1002-00000001         Dial            SIP/1002        ",
			"acl show": "\nacl\n---\noffice\n",
			"acl show office": "\nACL: office\n---------------------------------------------\n  0: allow - 10.0.0.0/255.0.0.0\n" +
				"  1:  deny - 0.0.0.0/0.0.0.0\n",
			"acl show nope": "\nCould not find ACL named 'nope'\n",
			"cel show status": "CEL Logging: Enabled\nCEL Tracking Event: HANGUP\nCEL Tracking Event: ANSWER\nCEL Tracking " +
				"Application: dial\nCEL Tracking Application: pickup\nCEL Event Subscriber: Manager Event Logging\n",
			"group show channels": "Channel                    Group                 Category            \nSIP/1001-00000000       " +
				"   trunk                 out                 \n1 active channel\n",
			"bridge show all": "Bridge-ID                            Name                                 Chans Type           " +
				" Technology      Duration\nUUID <unknown>                                2 basic           native_rtp      00:00:01\n",
			"http show status":      "HTTP Server Status:\nPrefix: \nServer: Asterisk/20.20.1\nServer Disabled\n",
			"database showkey 1001": "/SIP/PeerMethods/1001                             : ",
			"sip show channelstats": "Peer             Call ID      Duration Recv: Pack  Lost       (     %) Jitter Send: Pack  Lost " +
				"      (     %) Jitter\n10.0.0.1",
			"sip show channel nope": "No such SIP Call ID starting with 'nope'\n",
			"sip show domains": "Our local SIP domains:                   Context              Set by          \nexample.org    " +
				"                          inside               [Configured]    \n",
			"core show channeltypes": "Type             Description                              Devicestate   Presencestate " +
				"Indications   Transfer     \n-------------    -------------                            ------------- ------------- ------------- " +
				"-------------\nAudioSocket      AudioSocket Channel Driver               no            no            no            no           \n" +
				"Local            Local Proxy Channel Driver               yes           no            yes           no           \nMulticastRTP   " +
				"  Multicast RTP Paging Channel Driver      no            no            no            no           \nSIP              Session " +
				"Initiation Protocol (SIP)        yes           no            yes           yes          \nUnicastRTP       Unicast RTP Media " +
				"Channel Driver         no            no            no            no           \nWebSocket        Media over WebSocket Channel " +
				"Driver      no            no            no            no           \n----------\n6 channel drivers registered.\n",
			"rtp show settings": "\n\nGeneral Settings:\n----------------\n  Port start:      5000\n  Port end:        31000\n  " +
				"Checksums:       Yes\n  DTMF Timeout:    1200\n  Strict RTP:      Yes\n  Probation:       4 frames\n  Replay Protect:  Yes\n",
			"manager reload": "",
			"sip show users": "Username                   Secret           Accountcode      Def.Context      ACL  Forcerport\n" +
				"1001                       <hidden>                          inside           No   No        \n",
			"core show codecs video": "Disclaimer: this command is for informational purposes only.\n\tIt does not indicate anything " +
				"about your configuration.\n      ID TYPE  NAME         FORMAT           DESCRIPTION\n" + strings.Repeat("-", 96) +
				"\n      31 video h261         h261             (H.261 video)\n",
			"core show codec 21": "         21 SpeeX 16khz (speex16)\n",
			"core show version":  "Asterisk 20.20.1 (Obelisk) built by obelisk @ ",
			"core show codec 99": "Codec 99 not found\n",
			"core show channeltype sip": "-- Info about channel driver: SIP --\n  Device State: yes\nPresence State: no\n    Indication: " +
				"yes\n     Transfer : yes\n  Capabilities: (ulaw|alaw|",
			"core show calls uptime":       "1 active call\n1 call processed\nSystem uptime: ",
			"core show calls x":            "Usage: core show calls [uptime [seconds]]\n",
			"core show uptime x":           "Usage: core show uptime [seconds]\n",
			"core show hanguphandlers all": "Channel                        Handler\nSIP/1001-00000000              inside,h,1\n",
			"bridge show nope":             "Bridge 'nope' not found\n",
			"bridge kick x y":              "Bridge 'x' not found\n",
			"bridge kick x":                "Usage: bridge kick <bridge-id> <channel-name | all>\n",
			"logger remove channel nope":   "Unable to find dynamic logger channel 'nope'\n",
			"logger add channel nope":      "Usage: logger add channel <name> <levels>\n",
			"config reload nope.conf":      "No module reads 'nope.conf'.\n",
			"config list":                  "acl                  /",
			"core show file formats":       "Format     Name       Extensions          \n------     ----       ----------          \n",
			"bridge technology show": "Name                 Type                 Priority Suspended\nnative_rtp           Native      " +
				"               90 No\nholding_bridge       Holding                    50 No\nsimple_bridge        1to1Mix                    50 " +
				"No\nsoftmix              MultiMix                   10 No\n",
			"logger show levels": "Level Name\n----- ----\n    0 DEBUG\n    1 TRACE\n    2 NOTICE\n    3 WARNING\n    4 ERROR\n   " +
				" 5 VERBOSE\n    6 DTMF\n   19 SECURITY\n",
			"presencestate list": "\n---------------------------------------------------------------------\n--- Custom Presence " +
				"States ------------------------------------------\n---------------------------------------------------------------------\n---\nNo " +
				"custom presence states defined\n",
			"sip show user 1001": "\n\n  * Name       : 1001\n  Secret       : <Set>\n  MD5Secret    : <Not set>\n  Context      " +
				": inside\n  Language     : \n  AMA flags    : Unknown\n  Tonezone     : <Not set>\n  Transfer mode: open\n  MaxCallBR    : 384 kbps\n",
			"sip show user nope":               "User nope not found.\n\n",
			"sip show tcp":                     "Address                                         Transport   Type\n",
			"sip show mwi":                     "Host                            Username      Mailbox     Subscribed\n",
			"sip show sched":                   " Highwater = ",
			"sip nope":                         "No such command 'sip nope' (type 'core show help sip nope' for other possible commands)\n",
			"nope at all":                      "No such command 'nope at all' (type 'core show help nope at' for other possible commands)\n",
			"core show help core show uptime":  "Usage: core show uptime [seconds]\n       ",
			"core show channel":                "Usage: core show channel <channel>\n       Tells all that is known of a channel.\n",
			"core show help core show channel": "Usage: core show channel <channel>\n       Tells all that is known of a channel.\n",
			"core show translation paths ulaw": "--- Translation paths SRC Codec \"ulaw\" sample rate 8000 ---\n\tulaw:8000        To alaw:8000 " +
				"       : (ulaw@8000)->(alaw@8000)                                    \n\tulaw:8000        To gsm:8000         : " +
				"(ulaw@8000)->(slin@8000)->(gsm@8000)                        \n",
			"core show translation paths nope": "Source codec \"nope\" is not found.\nCommand 'core show translation paths nope' failed.\n",
			"core show translation recalc 0": "         Recalc must be greater than 0.  Defaulting to 1.\n         Recalculating Codec Translation (number of " +
				"sample seconds: 1)\n\n",
			"core show codec x":          "Usage: core show codec <number>\n",
			"core show channeltype nope": "\nnope is not a registered channel driver.\nCommand 'core show channeltype nope' failed.\n",
			"core show image formats": "      Name Extensions                                        Description     Format\n      ---- ----------" +
				"                                        -----------     ------\n\n0 image formats registered.\n",
			"core show taskprocessor name nope":          "\nTaskprocessor 'nope' not found\n\n",
			"core show taskprocessor alerted subsystems": "\nSubsystem                         Alert Count\n\n0 subsystems\n\n",
			"core show taskprocessor name":               "Usage: core show taskprocessor name <taskprocessor>\n",
			"cdr show status x":                          "Usage: cdr show status\n\tTells how call records",
			"sip show settings x":                        "Usage: sip show settings\n       Tells",
			"sip show users like ^10":                    "Username                   Secret           Accountcode      Def.Context      ACL  Forcerport\n1001 ",
			"sip show users like ^X":                     "Username                   Secret           Accountcode      Def.Context      ACL  Forcerport\n",
			"sip show peers like 1$": "Name/username             Host                                    Dyn Forcerport Comedia    ACL Port     Status      " +
				"Description                      \n1001",
			"sip show peers like (":    "Usage: sip show peers [like <pattern>]\n",
			"manager show command x y": "",
			"cdr show status": "\nCall Detail Record (CDR) settings\n----------------------------------\n  Logging:            " +
				"        Enabled\n  Mode:                       Simple\n  Log calls by default:       Yes\n  Log unanswered calls:       Yes\n  " +
				"Log congestion:             No\n\n  Ignore bridging changes:    No\n\n  Ignore dial state changes:  No\n\n  Cancel disposition " +
				"enabled: No\n\n* Registered Backends\n",
			"manager show connected": "  Username         IP Address                                               Start       Elapsed     " +
				"FileDes   HttpCnt   ReadPerms   WritePerms\n0 users connected.\n",
			"manager show settings": "\nGlobal Settings:\n----------------\n  Manager (AMI):             No             \n",
			"core show switches":    "",
		} {
			if command == "database showkey 1001" {
				w.console("database put SIP/PeerMethods 1001 INVITE")
			}
			if got := transcript(w.console(command)); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %q, want %q", command, got, want)
			}
		}
		detail := w.console("sip show channel " + call.ID)
		for _, l := range []string{"\n  * SIP Call\n", "  Curr. trans. direction:  Incoming\n", "  Owner channel ID:       SIP/1001-00000000\n",
			"  Joint Codec Capability:   (ulaw)\n", "  DTMF Mode:              rfc2833\n", "  Transport:              UDP\n"} {
			if !strings.Contains(detail, l) {
				t.Errorf("sip show channel: no %q in\n%s", l, detail)
			}
		}
		settings := w.console("sip show settings")
		for _, l := range []string{"\n\nGlobal Settings:\n----------------\n  UDP Bindaddress:        10.0.0.1:5060\n",
			"\n\nNetwork QoS Settings:\n---------------------------\n", "  Codecs:                 (ulaw|alaw)\n",
			"  Context:                public\n", "  Session Expires:        1800 secs\n"} {
			if !strings.Contains(settings, l) {
				t.Errorf("sip show settings: no %q in\n%s", l, settings)
			}
		}
		id, _, _ := strings.Cut(strings.SplitAfter(w.console("bridge show all"), "\n")[1], " ")
		if got := w.console("bridge kick " + id + " nope"); got != "Channel 'nope' not found\n" {
			t.Errorf("bridge kick: %q", got)
		}
		if got := w.console("bridge kick " + id + " SIP/1002-00000001"); got != "Kicking channel 'SIP/1002-00000001' from bridge '"+id+"'\n" {
			t.Errorf("bridge kick: %q", got)
		}
		time.Sleep(time.Second)
		if got := w.console("core show channels count"); !strings.HasPrefix(got, "0 active channels\n") {
			t.Errorf("after the kick: %q", got)
		}
		call.Hangup()
		a.Close()
		b.Close()
		w.stop()
	})
}

// Packets of one address, in the lines of a running Asterisk.
func TestPacketsInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": baseExtensions,
			"logger.conf": "[logfiles]\nfull => verbose\n"})
		w.restart(func(o *boot.Options) { o.Log = zerolog.New(io.Discard) }) // it logs to files
		a, b := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
		if got := w.console("rtp set debug ip 10.0.0.12"); got != "RTP Packet Debugging Enabled for address: 10.0.0.12:0\n" {
			t.Error(got)
		}
		call, in := connectVia(a, b)
		if !heardAt(call, in) || !heardAt(in, call) {
			t.Error("they do not hear each other")
		}
		if got := w.console("rtp set debug off"); got != "RTP Packet Debugging Disabled\n" {
			t.Error(got)
		}
		if got := w.console("rtp set debug ip nowhere"); !strings.HasPrefix(got, "Failed to lookup address 'nowhere'\n") {
			t.Error(got)
		}
		call.Hangup()
		a.Close()
		b.Close()
		w.stop()
		full, _ := os.ReadFile(filepath.Join(w.dir, "log/full"))
		for _, want := range []string{`Got  RTP packet from    10\.0\.0\.12:\d+ \(type 00, seq \d{6}, ts \d{6,}, len 000160\)`,
			`Sent RTP packet to      10\.0\.0\.12:\d+ \(type 00, seq \d{6}, ts \d{6,}, len 000160\)`} {
			if !regexp.MustCompile(want).Match(full) {
				t.Errorf("no %s in\n%.500s", want, full)
			}
		}
		if strings.Contains(string(full), "10.0.0.11:") {
			t.Error("packets of another address")
		}
	})
}
