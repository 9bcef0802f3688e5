package calls

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"obelisk/pbx"
)

// Dialplans that were run by Asterisk 20.20.1, and what came of them there.

// askedAsterisk runs s@test of a dialplan on a Local channel of the caller "Ann B" <555>.
func askedAsterisk(t *testing.T, plan string, after func(*world)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan,
			"cdr.conf":        "[general]\nunanswered=yes\ncongestion=yes\n",
			"cdr_custom.conf": "[mappings]\nM.csv => ${CDR(dst)},${CDR(dcontext)},${CDR(channel)},${CDR(dstchannel)},${CDR(lastapp)},${CSV_QUOTE(${CDR(lastdata)})},${CDR(disposition)},${CDR(src)},${CDR(accountcode)},${CDR(peeraccount)},${CDR(userfield)},${CDR(amaflags)},${CDR(v)},${CDR(duration)},${CDR(billsec)}\n"})
		go w.sys.Core().Originate(pbx.Originate{Tech: "Local", Resource: "s@test/n", App: "Wait", Data: "30",
			CallerID: pbx.CallerID{Num: "555", Name: "Ann B"}})
		time.Sleep(time.Minute)
		w.stop()
		after(w)
	})
}

// Functions: lines are a Set, or an expression and its value.
func TestFunctionsOfAsterisk(t *testing.T) {
	files, _ := filepath.Glob("testdata/functions/*.txt")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		var plan strings.Builder
		plan.WriteString("[test]\nexten => s,1,NoOp()\n")
		var want [][2]string
		for _, l := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
			if expression, value, ok := strings.Cut(l, "\t"); ok {
				l = fmt.Sprintf("Set(GLOBAL(R%d)=%s)", len(want), expression)
				want = append(want, [2]string{expression, value})
			}
			plan.WriteString("same => n," + l + "\n")
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			askedAsterisk(t, plan.String(), func(w *world) {
				for i, row := range want {
					if got := w.global("R" + strconv.Itoa(i)); got != row[1] {
						t.Errorf("%s is %q, want %q", row[0], got, row[1])
					}
				}
			})
		})
	}
}

// number of a channel's name.
var numberOfName = regexp.MustCompile(`(Local/[^;,]+)-[0-9a-f]{8}`)

// Call records: a dialplan, and below it the records, sorted, without their times.
func TestRecordsOfAsterisk(t *testing.T) {
	files, _ := filepath.Glob("testdata/records/*.txt")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		plan, want, _ := strings.Cut(string(text), "--\n")
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			askedAsterisk(t, plan, func(w *world) {
				b, _ := os.ReadFile(filepath.Join(w.dir, "log/cdr-custom/M.csv"))
				rows, err := csv.NewReader(strings.NewReader(numberOfName.ReplaceAllString(string(b), "$1"))).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, r := range rows {
					n := len(r) - 2
					if duration, _ := strconv.Atoi(r[n]); r[n+1] > strconv.Itoa(duration) {
						t.Errorf("billsec %s of %s", r[n+1], r[n])
					}
					got = append(got, strings.Join(r[:n], " | "))
				}
				slices.Sort(got)
				if g := strings.Join(got, "\n") + "\n"; g != want {
					t.Errorf("records:\n%swant:\n%s", g, want)
				}
			})
		})
	}
}

// Applications: what each line of the dialplan notes, with what Asterisk notes there.
func TestApplicationsOfAsterisk(t *testing.T) {
	const plan = `[x]
exten => busy,1,Busy(1)
exten => off,1,Answer()
same => n,Wait(0.3)
exten => h38,1,Answer()
same => n,Hangup(38)
exten => cid,1,Set(GLOBAL(CID)=${CALLERID(all)} A=${A} B=${B} ${SUB})
same => n,Answer()
same => n,Wait(0.5)
exten => gr,1,Set(GLOBAL(GR)=${GR}${GROUP_COUNT(og)}${GROUP_COUNT(og@cat)}${GROUP_COUNT(once)} )
same => n,Answer()
[sub]
exten => s,1,Set(__SUB=${ARG1}${CHANNEL:0:11})
same => n,Return()
[notes]
exten => s,1,Set(GLOBAL(NOTES)=${NOTES}${ARG1}|)
same => n,Return()
[test]
exten => s,1,Dial(Local/busy@x,3)
same => n,Gosub(notes,s,1([${DIALEDTIME}] [${ANSWEREDTIME}] ${DIALSTATUS}))
same => n,Dial(Local/off@x,5,g)
same => n,Gosub(notes,s,1(${HANGUPCAUSE}))
same => n,Dial(Local/h38@x,5,g)
same => n,Gosub(notes,s,1(${HANGUPCAUSE} ${DIALSTATUS}))
same => n,Dial(Foo/x)
same => n,Gosub(notes,s,1(${HANGUPCAUSE} ${DIALSTATUS}))
same => n,Originate(Local/cid@x,app,Wait,1,,5,c(321)n(Nm)v(A=1^B=2)b(sub^s^1(b)))
same => n,Gosub(notes,s,1(${CID} ${ORIGINATE_STATUS}))
same => n,Originate(Local/cid@x,app,Wait,1,,5,cnB(sub^s^1(B)))
same => n,Gosub(notes,s,1(${CID} ${SUB}))
same => n,Set(OUTBOUND_GROUP=og)
same => n,Dial(Local/gr@x,2,g)
same => n,Set(OUTBOUND_GROUP=og@cat)
same => n,Set(OUTBOUND_GROUP_ONCE=once)
same => n,Dial(Local/gr@x,2,g)
same => n,Dial(Local/gr@x,2,g)
same => n,Read(v,no-such-prompt,1,,2,0.3)
same => n,Gosub(notes,s,1(${READSTATUS}))
same => n,Read(v,beep&no-such-prompt,1,,2,0.3)
same => n,Gosub(notes,s,1(${READSTATUS}))
same => n,Read(v,no-such-prompt&beep,1,,1,0.3)
same => n,Gosub(notes,s,1(${READSTATUS}))
same => n,Read()
same => n,Gosub(notes,s,1(${READSTATUS}))
same => n,Originate(Local/cid@x,nonsense,Wait)
same => n,Gosub(notes,s,1(not reached))
exten => h,1,Set(GLOBAL(NOTES)=${NOTES}${ORIGINATE_STATUS}|)
`
	askedAsterisk(t, plan, func(w *world) {
		want := `[] [] BUSY|16|16 ANSWER|66 CHANUNAVAIL|"Nm" <321> A=1 B=2 bLocal/cid@x SUCCESS|"Ann B" <555> A= B=  BLocal/s@tes|ERROR|ERROR|TIMEOUT|ERROR|FAILED|`
		if got := w.global("NOTES"); got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
		if got := w.global("GR"); got != "100 001 110 " {
			t.Errorf("groups: %q", got)
		}
	})
}
