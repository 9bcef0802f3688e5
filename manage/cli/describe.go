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
	first, _, _ := strings.Cut(strings.Trim(codecs, "()"), "|")
	printf(w, " -- General --\n           Name: %s\n           Type: %s\n       UniqueID: %s\n       LinkedID: %s\n      Caller ID: %s\n Caller ID Name: %s\n",
		ch.Name(), ch.TechName(), ch.UniqueID(), v.LinkedID, cmp.Or(v.CallerID.Num, absent), cmp.Or(v.CallerID.Name, absent))
	number, name := cmp.Or(v.Connected.Num, absent), cmp.Or(v.Connected.Name, absent)
	printf(w, "Connected Line ID: %s\nConnected Line ID Name: %s\nEff. Connected Line ID: %s\nEff. Connected Line ID Name: %s\n    DNID Digits: %s\n       Language: %s\n",
		number, name, number, name, absent, cmp.Or(v.Language, "en"))
	printf(w, "          State: %s (%d)\n  NativeFormats: %s\n    WriteFormat: %s\n     ReadFormat: %s\n WriteTranscode: No \n  ReadTranscode: No \n Time to Hangup: 0\n   Elapsed Time: %dh%dm%ds\n      Bridge ID: %s\n",
		v.State, v.State, codecs, first, first, secs/3600, secs/60%60, secs%60, cmp.Or(v.BridgeID, "(Not bridged)"))
	printf(w, " --   PBX   --\n        Context: %s\n      Extension: %s\n       Priority: %d\n     Call Group: 0\n   Pickup Group: 0\n    Application: %s\n           Data: %s\n Call Identifer: %s\n",
		v.At.Context, v.At.Exten, v.At.Priority, cmp.Or(v.App, absent), cmp.Or(v.AppData, "(None)"), cmp.Or(ch.Trace().ID, "(None)"))
	if s := ch.Leg().Stream(); s != nil {
		st := s.Stats()
		printf(w, " --   RTP   --\n  Local port: %d, source %s\n    Received: %d packets, %d lost, %d from wrong sources\n        Sent: %d packets\n", s.Local().Port(), st.Source, st.RxPackets, st.Lost, st.BadSource, st.TxPackets)
	}
	fmt.Fprintln(w, "      Variables:")
	ch.EachVar(func(n, v string) { printf(w, "%s=%s\n", n, v) })
}

// codecNames are those of the channel, as Asterisk lists formats: (ulaw|alaw).
func codecNames(ch *pbx.Channel) string {
	var names []string
	for _, c := range ch.Leg().Codecs() {
		names = append(names, c.String())
	}
	if len(names) == 0 {
		return "(nothing)"
	}
	return "(" + strings.Join(names, "|") + ")"
}
