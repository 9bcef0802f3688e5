package cli

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"obelisk/internal/trace"
	"obelisk/pbx"
)

// System is what the core commands ask of the running system.
type System interface {
	Version() string
	// Reload reads everything anew, or one part: "sip", "dialplan", "".
	// ReloadOr reads the files anew and tells what changes; with dry nothing does.
	ReloadOr(part string, dry bool) (changes []string, err error)
	// Stop ends the system: now, gracefully or when convenient. decided is closed when it ends, or does not because
	// that was taken back.
	Stop(how string) (decided <-chan struct{})
	// Restart stops it, and the program begins anew.
	Restart(how string) (decided <-chan struct{})
	LastReload() time.Time
	// CallFolder is where the stories of calls are written to.
	CallFolder() string
	// CaptureCall keeps the audio of a call for a while, to be exported; 0 ends that.
	CaptureCall(c *trace.Call, d time.Duration) error
	// Translations lists the codecs that are converted, and the CPU time of each
	// translation of one second of audio, measured now; 0 where there is none.
	Translations() (codecs []TranslationCodec, cost [][]time.Duration)
}

// AddCore adds the commands about channels, the dialplan and the system.
func (c *Console) AddCore(core *pbx.Core, sys System) {
	k := coreCommands{core, sys}
	c.core = core
	c.completeCore(core)
	c.Add([]Command{
		{"core show channels", "[concise|verbose|count]: list the channels", k.channels},
		{"core show channel", "<name>: one channel in detail", k.channel},
		{"core show calls", "[uptime]: count calls", k.calls},
		{"cdr show active", "[<channel>]: the call records that are open, or those of a channel", k.activeRecords},
		{"core show uptime", "[seconds]: time since start and last reload", k.uptime},
		{"core show version", "show the version", func(w io.Writer, _ []string) bool { fmt.Fprintln(w, sys.Version()); return true }},
		{"core show channeltypes", "list the channel drivers", k.technologies},
		{"core show channeltype", "<name>: one channel driver", k.technology},
		{"core show hanguphandlers", "<channel>|all: what channels run at their end", k.handlers},
		{"bridge show all", "list the bridges", k.bridges},
		{"bridge show", "<bridge-id>: one bridge", k.bridge},
		{"bridge kick", "<bridge-id> <channel>|all: let a channel out of its bridge, or each", k.kick},
		{"bridge technology show", "how channels are joined", k.bridgeTechnologies},
		{"bridge technology suspend", "<technology>: do not choose it any more", k.suspend("Suspended")},
		{"bridge technology unsuspend", "<technology>: choose it again", k.suspend("Unsuspended")},
		{"core show translation", "[recalc [<seconds>]|paths <codec>]: what converting a second of audio costs, for each pair of codecs",
			k.translation},
		{"core reload", "[--dry-run]: read all configuration anew", k.reload("")},
		{"core stop now", "hang up everything and end", k.stop("now")},
		{"core stop gracefully", "refuse new calls and end when none is left", k.stop("gracefully")},
		{"core stop when convenient", "end when no call is left", k.stop("when convenient")},
		{"core restart now", "hang up everything and begin anew", k.restart("now")},
		{"core restart gracefully", "refuse new calls and begin anew when none is left", k.restart("gracefully")},
		{"core restart when convenient", "begin anew when no call is left", k.restart("when convenient")},
		{"dialplan reload", "[--dry-run]: read extensions.conf anew", k.reload("dialplan")},
		{"sip reload", "[--dry-run]: read sip.conf anew", k.reload("sip")},
		{"call show", "<id> [json]: the story of a call; id is C-..., a Call-ID or a channel", k.callShow},
		{"call capture", "<id> [<seconds>|off]: keep the audio of a call, a minute of it, for call export", k.callCapture},
		{"call export", "<id> [pcap|json|text]: write a call's story, or its SIP messages, into a file", k.callExport},
		{"call list", "[n] [--failed]: the last calls with their verdicts, or of those that were not answered", k.callList},
	}...)
	c.addChannel(channelCommands{core})
	c.addDialplan(planCommands{core})
	c.addReference(referenceCommands{core})
}

type coreCommands struct {
	core *pbx.Core
	sys  System
}

func (k coreCommands) reload(part string) func(io.Writer, []string) bool {
	return func(w io.Writer, args []string) bool {
		dry := len(args) == 1 && args[0] == "--dry-run"
		changes, err := k.sys.ReloadOr(part, dry)
		if err != nil {
			printf(w, "Reload refused, everything stays as it was: %v\n", err)
		}
		for _, c := range changes {
			fmt.Fprintln(w, c)
		}
		if dry {
			if err == nil && len(changes) == 0 {
				fmt.Fprintln(w, "Nothing would change.")
			}
			return err == nil
		}
		if part == "dialplan" {
			fmt.Fprintln(w, "Dialplan reloaded.")
		}
		return err == nil
	}
}

func (k coreCommands) stop(how string) func(io.Writer, []string) bool {
	return func(w io.Writer, _ []string) bool { return ending(w, how, "halt", k.sys.Stop) }
}

func (k coreCommands) restart(how string) func(io.Writer, []string) bool {
	return func(w io.Writer, _ []string) bool { return ending(w, how, "restart", k.sys.Restart) }
}

// ending is the command that ends the system. A program that asks for it (-rx) gets its answer when it is settled whether
// the system ends: as long as there are calls it waits, as with Asterisk. A person at a console may go on, and take it back.
func ending(w io.Writer, how, what string, end func(how string) <-chan struct{}) bool {
	if how != "now" {
		fmt.Fprintf(w, "Waiting for inactivity to perform %s\n", what)
	}
	decided := end(how)
	if t, ok := w.(*terminal); ok && how != "now" && t.session != nil && t.session.log == nil {
		t.Flush()
		<-decided
	}
	return true
}

func (k coreCommands) channels(w io.Writer, args []string) bool {
	mode := ""
	if len(args) > 0 {
		mode = args[0]
	}
	switch mode {
	case "":
		printf(w, "%-64.64s %-32.32s %-7.7s %-30.30s\n", "Channel", "Location", "State", "Application(Data)")
	case "verbose":
		printf(w, "%-80.80s %-24.24s %-24.24s %-4.4s %-7.7s %-12.12s %-25.25s %-15.15s %-8.8s %-11.11s %-11.11s %-20.20s\n",
			"Channel", "Context", "Extension", "Prio", "State", "Application", "Data", "CallerID", "Duration", "Accountcode", "PeerAccount",
			"BridgeID")
	case "concise", "count":
	default:
		return usage(w)
	}
	if mode != "count" {
		for _, ch := range k.core.Channels() {
			writeChannel(w, mode, ch)
		}
	}
	if mode != "concise" {
		k.totals(w)
	}
	return true
}

func writeChannel(w io.Writer, mode string, ch *pbx.Channel) {
	v := ch.View()
	bridge, peerAccount := v.BridgeID, ""
	if v.Bridged != nil {
		peerAccount = v.Bridged.View().AccountCode
	}
	secs := int(time.Since(ch.Created()).Seconds())
	switch mode {
	case "concise":
		printf(w, "%s!%s!%s!%d!%s!%s!%s!%s!%s!%s!%d!%d!%s!%s\n", ch.Name(), v.At.Context, v.At.Exten, v.At.Priority, v.State,
			cmp.Or(v.App, "(None)"), v.AppData, v.CallerID.Num, v.AccountCode, peerAccount, 3, secs, bridge, ch.UniqueID())
	case "verbose":
		printf(w, "%-80.80s %-24.24s %-24.24s %4d %-7.7s %-12.12s %-25.25s %-15.15s %s %-11.11s %-11.11s %-20.20s\n", ch.Name(), v.At.Context,
			v.At.Exten, v.At.Priority, v.State, cmp.Or(v.App, "(None)"), v.AppData, v.CallerID.Num, pbx.Clock(time.Since(ch.Created())),
			v.AccountCode, peerAccount, bridge)
	default:
		location, app := "(None)", "(None)"
		if v.At.Exten != "" && v.At.Context != "" {
			location = fmt.Sprintf("%s@%s:%d", v.At.Exten, v.At.Context, v.At.Priority)
		}
		if v.App != "" {
			app = v.App + "(" + v.AppData + ")"
		}
		printf(w, "%-64.64s %-32.32s %-7.7s %-30.30s\n", ch.Name(), location, v.State, app)
	}
}

func (k coreCommands) totals(w io.Writer) {
	channels, calls, processed := k.core.Counts()
	fmt.Fprintln(w, plural(channels, "active channel", "active channels"))
	fmt.Fprintln(w, plural(calls, "active call", "active calls"))
	fmt.Fprintln(w, plural(int(processed), "call processed", "calls processed"))
}

func (k coreCommands) calls(w io.Writer, args []string) bool {
	asked := strings.Join(args, " ")
	if asked != "" && asked != "uptime" && asked != "uptime seconds" {
		return usage(w)
	}
	_, calls, processed := k.core.Counts()
	fmt.Fprintln(w, plural(calls, "active call", "active calls"))
	fmt.Fprintln(w, plural(int(processed), "call processed", "calls processed"))
	if asked != "" {
		writeSpan(w, "System uptime", time.Since(k.core.Begun()), asked != "uptime")
	}
	return true
}

// writeSpan tells a time that has passed, in words or as a number of seconds.
func writeSpan(w io.Writer, label string, d time.Duration, seconds bool) {
	if seconds {
		printf(w, "%s: %d\n", label, int(d.Seconds()))
		return
	}
	printf(w, "%s: %s\n", label, span(d))
}

func (k coreCommands) channel(w io.Writer, args []string) bool {
	if len(args) != 1 {
		return usage(w)
	}
	ch := k.core.Channel(args[0])
	if ch == nil {
		printf(w, "%s is not a known channel\n", args[0])
		return true
	}
	describeChannel(w, ch)
	return true
}

func (k coreCommands) uptime(w io.Writer, args []string) bool {
	seconds := len(args) == 1 && args[0] == "seconds"
	if len(args) > 0 && !seconds {
		return usage(w)
	}
	writeSpan(w, "System uptime", time.Since(k.core.Begun()), seconds)
	writeSpan(w, "Last reload", time.Since(k.sys.LastReload()), seconds)
	return true
}

// span writes "6 minutes, 16 seconds".
func span(d time.Duration) string {
	n := int(d.Seconds())
	var out []string
	for _, u := range []struct {
		name string
		secs int
	}{{"year", 31536000}, {"week", 604800}, {"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}} {
		if v := n / u.secs; v > 0 {
			out = append(out, plural(v, u.name, u.name+"s"))
			n %= u.secs
		}
	}
	if len(out) == 0 {
		return "0 seconds"
	}
	return strings.Join(out, ", ")
}

// call finds a call of the last ones, or says that there is none.
func (k coreCommands) call(w io.Writer, id string) *trace.Call {
	c := k.core.Book().Search(id)
	if c == nil {
		printf(w, "There is no call '%s' among the last ones.\n", id)
	}
	return c
}

func (k coreCommands) callShow(w io.Writer, args []string) bool {
	if len(args) < 1 || len(args) > 2 || len(args) == 2 && args[1] != "json" {
		return usage(w)
	}
	c := k.call(w, args[0])
	if c == nil {
		return false
	}
	if len(args) == 2 {
		return c.WriteJSON(w) == nil
	}
	io.WriteString(w, c.Render())
	return true
}

// callCapture keeps the audio of a call.
func (k coreCommands) callCapture(w io.Writer, args []string) bool {
	const most = 600
	if len(args) < 1 || len(args) > 2 {
		return usage(w)
	}
	c := k.call(w, args[0])
	if c == nil {
		return false
	}
	seconds := 60
	if len(args) == 2 && args[1] == "off" {
		seconds = 0
	} else if len(args) == 2 {
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1 || n > most {
			return usage(w)
		}
		seconds = n
	}
	if err := k.sys.CaptureCall(c, time.Duration(seconds)*time.Second); err != nil {
		fmt.Fprintln(w, err)
		return false
	}
	if seconds == 0 {
		printf(w, "The audio of call %s is no longer kept.\n", c.ID)
		return true
	}
	printf(w, "The audio of call %s is kept for %d seconds; 'call export %s' writes it.\n", c.ID, seconds, c.ID)
	return true
}

// callExport writes the story of a call into a file of its own.
func (k coreCommands) callExport(w io.Writer, args []string) bool {
	if len(args) < 1 || len(args) > 2 {
		return usage(w)
	}
	form := "pcap"
	if len(args) == 2 {
		form = args[1]
	}
	c := k.call(w, args[0])
	if c == nil {
		return false
	}
	var b bytes.Buffer
	err := k.core.Book().Export(&b, c, form)
	switch err {
	case trace.ErrNoPackets:
		printf(w, "No message of call %s is remembered.\n", c.ID)
		return false
	case trace.ErrNoForm:
		return usage(w)
	}
	path := filepath.Join(k.sys.CallFolder(), c.ID+"."+map[string]string{"pcap": "pcap", "json": "json", "text": "txt"}[form])
	if err == nil {
		if err = os.MkdirAll(k.sys.CallFolder(), 0o750); err == nil {
			err = os.WriteFile(path, b.Bytes(), 0o640) // it may hold secrets of the network
		}
	}
	if err != nil {
		fmt.Fprintln(w, err)
		return false
	}
	fmt.Fprintln(w, path)
	return true
}

func (k coreCommands) callList(w io.Writer, args []string) bool {
	n, failed := 20, false
	for _, a := range args {
		if a == "--failed" {
			failed = true
		} else if k, err := strconv.Atoi(a); err == nil && k > 0 {
			n = k
		}
	}
	for _, c := range k.core.Book().Last(n) {
		verdict, _, _ := c.Story()
		if failed && (verdict == "" || strings.HasPrefix(verdict, "The call was answered")) {
			continue
		}
		if verdict == "" {
			verdict = "The call is still going on."
		}
		printf(w, "%s  %s  %s\n", c.ID, c.Started.Format(time.DateTime), verdict)
	}
	return true
}
