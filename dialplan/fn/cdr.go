package fn

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"obelisk/pbx"
)

// records: functions about call records.
var records = []pbx.Func{
	{Name: "CDR", Synopsis: "Fields of the call record",
		Usage: "CDR(field[,options])\n  u  times and the disposition as numbers\n  f  duration and billsec with a fraction", Read: readCDR,
		Write: writeCDR},
	{Name: "CDR_PROP", Synopsis: "Whether the channel has call records", Usage: "CDR_PROP(disable)=1|0", Write: writeCDRProp},
}

func readCDR(c *pbx.Channel, args string) (string, error) {
	f := append(raw(args, 2), "", "")
	options := f[1]
	name := strings.ToLower(strings.TrimSpace(f[0]))
	r := c.Record()
	end := r.End
	if end.IsZero() {
		end = time.Now()
	}
	switch name {
	case "start":
		return moment(r.Start, options), nil
	case "answer":
		return moment(r.Answer, options), nil
	case "end":
		return moment(r.End, options), nil
	case "duration":
		return lasting(r.Start, end, options), nil
	case "billsec":
		return lasting(r.Answer, end, options), nil
	case "disposition":
		if strings.Contains(options, "u") {
			return strconv.Itoa(pbx.DispositionNumber(r.Disposition)), nil
		}
		return cmp.Or(r.Disposition, "NO ANSWER"), nil
	case "amaflags":
		if strings.Contains(options, "u") {
			return amaNumber(r.AMAFlags), nil
		}
		return r.AMAFlags, nil
	case "sequence":
		return strconv.Itoa(r.Sequence), nil
	}
	if value, ok := map[string]string{"clid": r.CLID, "src": r.Src, "dst": r.Dst, "dcontext": r.DContext, "channel": r.Channel,
		"dstchannel": r.DstChannel, "lastapp": r.LastApp, "lastdata": r.LastData, "uniqueid": r.UniqueID, "linkedid": r.LinkedID,
		"peeraccount": r.PeerAccount, "accountcode": r.AccountCode, "userfield": r.UserField}[name]; ok {
		return value, nil
	}
	for _, v := range r.Vars {
		if strings.EqualFold(v[0], name) {
			return v[1], nil
		}
	}
	return "", nil
}

// moment is a time as CDR() reads it.
func moment(t time.Time, options string) string {
	switch {
	case strings.Contains(options, "u") && t.IsZero():
		return "0.000000"
	case strings.Contains(options, "u"):
		return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
	case t.IsZero():
		return ""
	}
	return t.Format(time.DateTime)
}

// lasting is the time between two moments; the first one may not have come.
func lasting(from, to time.Time, options string) string {
	d := to.Sub(from)
	if from.IsZero() {
		d = 0
	}
	if strings.Contains(options, "f") {
		return strconv.FormatFloat(d.Seconds(), 'f', 6, 64)
	}
	return strconv.Itoa(int(d / time.Second))
}

func writeCDR(c *pbx.Channel, args, value string) error {
	name, _, _ := strings.Cut(args, ",")
	switch name = strings.ToLower(strings.TrimSpace(name)); name {
	case "accountcode":
		c.SetAccountCode(value)
	case "userfield":
		c.Records().SetUserField(value)
	case "amaflags":
		flags, err := amaFlags(value)
		if err == nil {
			c.SetAMAFlags(flags)
		}
		return err
	case "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end", "duration", "billsec",
		"disposition", "uniqueid", "linkedid", "sequence":
		return fmt.Errorf("'%s' is read only", name)
	case "":
		return errArguments
	default:
		c.Records().SetVar(name, value)
	}
	return nil
}

func writeCDRProp(c *pbx.Channel, args, value string) error {
	on := strings.TrimSpace(value) != "" && !strings.Contains("0 no false off n f", strings.ToLower(strings.TrimSpace(value)))
	switch strings.ToLower(strings.TrimSpace(args)) {
	case "disable":
		c.Records().Disable(on)
	case "party_a":
		if on {
			c.Records().Prefer()
		}
	default:
		return errField
	}
	return nil
}
