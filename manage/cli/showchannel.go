package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"obelisk/pbx"
)

// absent is what is shown of what there is not.
const absent = "(N/A)"

// describeChannel writes "core show channel" in the form of Asterisk; what the RTP section
// says is ours.
func describeChannel(w io.Writer, ch *pbx.Channel) {
	v := ch.View()
	secs := int(time.Since(ch.Created()).Seconds())
	codecs := codecNames(ch)
	var groups pbx.Groups
	if g, ok := ch.Leg().(pbx.Grouped); ok {
		groups = g.Groups()
	}
	identifier, dialled := "(None)", absent
	if id := ch.Trace().ID; id != "" {
		identifier = "[" + id + "]"
	}
	if d := ch.DNID(); d != "" {
		dialled = d
	}
	first, _, _ := strings.Cut(strings.Trim(codecs, "()"), "|")
	printf(w, " -- General --\n           Name: %s\n           Type: %s\n       UniqueID: %s\n       LinkedID: %s\n      Caller ID: %s\n "+
		"Caller ID Name: %s\n",
		ch.Name(), ch.TechName(), ch.UniqueID(), v.LinkedID, cmp.Or(v.CallerID.Num, absent), cmp.Or(v.CallerID.Name, absent))
	number, name := cmp.Or(v.Connected.Num, absent), cmp.Or(v.Connected.Name, absent)
	printf(w, "Connected Line ID: %s\nConnected Line ID Name: %s\nEff. Connected Line ID: %s\nEff. Connected Line ID Name: %s\n    DNID "+
		"Digits: %s\n       Language: %s\n",
		number, name, number, name, dialled, cmp.Or(v.Language, "en"))
	printf(w, "          State: %s (%d)\n  NativeFormats: %s\n    WriteFormat: %s\n     ReadFormat: %s\n WriteTranscode: No \n  "+
		"ReadTranscode: No \n Time to Hangup: 0\n   Elapsed Time: %dh%dm%ds\n      Bridge ID: %s\n",
		v.State, v.State, codecs, first, first, secs/3600, secs/60%60, secs%60, cmp.Or(v.BridgeID, "(Not bridged)"))
	printf(w, " --   PBX   --\n        Context: %s\n      Extension: %s\n       Priority: %d\n     Call Group: %d\n   Pickup Group: %d\n  "+
		"  Application: %s\n           Data: %s\n Call Identifier: %s\n",
		v.At.Context, v.At.Exten, v.At.Priority, groups.Call, groups.Pickup, cmp.Or(v.App, absent), cmp.Or(v.AppData, "(None)"), identifier)
	fmt.Fprintln(w, "      Variables:")
	ch.EachVar(func(n, v string) {
		if !strings.HasPrefix(n, pbx.GroupPrefix) { // no variable of Asterisk's
			printf(w, "%s=%s\n", n, v)
		}
	})
	fmt.Fprintln(w, "  CDR Variables:")
	describeRecords(w, ch)
	printf(w, "\n -- Streams --\nName: audio-0\n    Type: audio\n    State: sendrecv\n    Group: -1\n    Formats: %s\n    Metadata:\n\n",
		codecs)
	if s := ch.Leg().Stream(); s != nil && s.Local().Port() != 0 {
		st := s.Stats()
		printf(w, " --   RTP   --\n  Local port: %d, source %s\n    Received: %d packets, %d lost, %d from wrong sources\n        Sent: %d "+
			"packets\n", s.Local().Port(), st.Source, st.RxPackets, st.Lost, st.BadSource, st.TxPackets)
	}
}

// codecNames are those of the channel, as Asterisk lists formats: (ulaw|alaw).
func codecNames(ch *pbx.Channel) string {
	var names []string
	for _, c := range ch.Leg().Codecs() {
		names = append(names, c.String())
	}
	if len(names) == 0 {
		return "(slin)" // any will do
	}
	return "(" + strings.Join(names, "|") + ")"
}

// describeRecords lists the fields of the channel's records that are not empty, the last record
// first, as Asterisk numbers them.
func describeRecords(w io.Writer, ch *pbx.Channel) {
	moment := func(t time.Time) string {
		if t.IsZero() {
			return "0.000000"
		}
		return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
	}
	for level, e := range ch.Records().All() {
		row := func(name, value string) {
			if value != "" {
				printf(w, "level %d: %s=%s\n", level+1, name, value)
			}
		}
		for _, v := range e.Vars {
			row(v[0], v[1])
		}
		row("dnid", ch.DNID())
		ended := e.End
		if ended.IsZero() {
			e.End = time.Now()
		}
		row("clid", e.CLID)
		row("src", e.Src)
		row("dst", e.Dst)
		row("dcontext", e.DContext)
		row("channel", e.Channel)
		row("dstchannel", e.DstChannel)
		row("lastapp", e.LastApp)
		row("lastdata", e.LastData)
		row("start", moment(e.Start))
		row("answer", moment(e.Answer))
		row("end", moment(ended))
		row("duration", fmt.Sprint(e.Duration()))
		row("billsec", fmt.Sprint(e.Billsec()))
		row("disposition", fmt.Sprint(pbx.DispositionNumber(e.Disposition)))
		row("amaflags", map[string]string{"OMIT": "1", "BILLING": "2", "DOCUMENTATION": "3"}[e.AMAFlags])
		row("accountcode", e.AccountCode)
		row("uniqueid", e.UniqueID)
		row("linkedid", e.LinkedID)
		row("userfield", e.UserField)
		row("sequence", fmt.Sprint(e.Sequence))
	}
}
