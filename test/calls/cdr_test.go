package calls

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The dialplan changes its call records: none, two, begun anew, with fields of its own; and
// records in a form of the user's.
func TestRecordsOfTheDialplan(t *testing.T) {
	const plan = `[inside]
exten => 1,1,Answer()
same => n,NoCDR()
same => n,Wait(1)
exten => 2,1,Answer()
same => n,Wait(2)
same => n,Set(CDR(shop)=Berlin)
same => n,ResetCDR(v)
same => n,Wait(1)
same => n,Set(GLOBAL(SEEN)=${CDR(shop)} ${CDR(duration)} ${CDR(billsec,f):0:3} ${CDR(disposition,u)} ${CDR(nothing)})
exten => 3,1,Answer()
same => n,Wait(1)
same => n,ForkCDR(r)
same => n,Set(CDR(userfield)=both)
same => n,Wait(2)
exten => 4,1,Set(CDR_PROP(disable)=1)
same => n,Wait(1)
same => n,Set(CDR_PROP(disable)=0)
same => n,Hangup(17)
`
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan,
			"cdr_custom.conf": "[mappings]\nmine.csv => ${CSV_QUOTE(${CDR(clid)})},${CDR(dst)},${CDR(billsec)},${CDR(shop)},${CDR(sequence)}\n"})
		p := w.registered("1001", "one", "10.0.0.11:5060")
		for _, number := range []string{"1", "2", "3", "4"} {
			p.Dial(number)
			time.Sleep(5 * time.Second)
		}
		p.Close()
		w.stop()
		if got := w.global("SEEN"); got != "Berlin 1 1.0 1 " {
			t.Errorf("CDR() reads %q", got)
		}
		var short []string
		for _, l := range strings.Split(strings.TrimSpace(w.cdr()), "\n") {
			f := strings.Split(strings.ReplaceAll(l, `"`, ""), ",")
			short = append(short, strings.Join([]string{f[2], f[12], f[13], f[14], f[16]}, " "))
		}
		if got, want := strings.Join(short, "; "), "2 1 1 ANSWERED ; 3 3 3 ANSWERED both; 3 2 2 ANSWERED both; 4 1 0 BUSY "; got != want {
			t.Errorf("records: %s, want %s", got, want)
		}
		b, _ := os.ReadFile(filepath.Join(w.dir, "log/cdr-custom/mine.csv"))
		lines := strings.Split(strings.TrimSpace(string(b)), "\n")
		if len(lines) != 4 || !strings.HasPrefix(lines[0], `"""Alice"" <1001>",2,1,Berlin,`) {
			t.Errorf("cdr_custom: %s", b)
		}
	})
}

// Options of cdr.conf that change what a record says.
func TestOptionsOfRecords(t *testing.T) {
	const plan = `[inside]
exten => 1,1,Answer()
same => n,Wait(1)
exten => 2,1,Congestion(1)
exten => 3,1,Dial(SIP/1002)
exten => 4,1,Set(CDR_PROP(disable)=0)
same => n,Hangup(17)
exten => h,1,Set(GLOBAL(SEEN)=${CDR(duration)} ${LEN(${CDR(end)})})
`
	for _, c := range []struct{ conf, want, seen string }{
		{"unanswered=yes\n", "1 1 1 ANSWERED 6; 2 0 0 FAILED 6; 3 2 0 NO ANSWER 6; 4 0 0 FAILED 6", "0 0"},
		{"unanswered=yes\ncongestion=yes\ncanceldispositionenabled=yes\nendbeforehexten=yes\n[csv]\nnewcdrcolumns=yes\n",
			"1 1 1 ANSWERED 9; 2 0 0 CONGESTION 9; 3 2 0 CANCEL 9; 4 0 0 FAILED 9", "0 0"},
		{"unanswered=yes\nchanneldefaultenabled=no\n", "4 0 0 FAILED 6", "0 0"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan, "cdr.conf": "[general]\n" + c.conf})
			p, q := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060")
			go func() { (<-q.Incoming).Ring() }()
			for _, number := range []string{"1", "2", "3", "4"} {
				call := p.Dial(number)
				time.Sleep(2 * time.Second)
				if number == "3" {
					call.Cancel()
				}
				time.Sleep(5 * time.Second)
			}
			p.Close()
			q.Close()
			w.stop()
			var short []string
			for _, l := range strings.Split(strings.TrimSpace(w.cdr()), "\n") {
				f := strings.Split(strings.ReplaceAll(l, `"`, ""), ",")
				short = append(short, strings.Join([]string{f[2], f[12], f[13], f[14], strconv.Itoa(len(f) - 10)}, " "))
			}
			if got := strings.Join(short, "; "); got != c.want {
				t.Errorf("%q: %s, want %s", c.conf, got, c.want)
			}
			if got := w.global("SEEN"); got != c.seen {
				t.Errorf("%q: h saw %q, want %q", c.conf, got, c.seen)
			}
		})
	}
}

// Records in a table of the user's own, over a reload that adds a column.
func TestRecordsInSQLite(t *testing.T) {
	const plan = "[inside]\nexten => 1,1,Answer()\nsame => n,Set(CDR(shop)=O'Hara, \"x\")\n"
	conf := func(more, value string) string {
		return "[master]\ntable => calls\ncolumns => calldate, clid, seconds" + more +
			"\nvalues => '${CDR(start)}','${CDR(clid)}','${IF($[${CDR(billsec)}=0]?none,at all:some)}'" + value + "\n"
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan, "cdr_sqlite3_custom.conf": conf("", "")})
		p := w.registered("1001", "one", "10.0.0.11:5060")
		p.Dial("1")
		time.Sleep(time.Second)
		w.write("cdr_sqlite3_custom.conf", conf(", shop", ", '${CDR(shop)}'"))
		if err := w.sys.Reload(""); err != nil {
			t.Fatal(err)
		}
		p.Dial("1")
		time.Sleep(time.Second)
		shown := w.console("cdr show stores")
		p.Close()
		w.stop()
		db, err := sql.Open("sqlite", filepath.Join(w.dir, "log/master.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		rows, err := db.Query("SELECT AcctId, clid, seconds, ifnull(shop, 'null'), length(calldate) FROM calls")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var got []string
		for rows.Next() {
			var id, long int
			var clid, seconds, shop string
			if err := rows.Scan(&id, &clid, &seconds, &shop, &long); err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(id, clid, seconds, shop, long))
		}
		if want := []string{`1"Alice" <1001>none,at allnull19`, `2"Alice" <1001>none,at allO'Hara, "x"19`}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if !strings.HasPrefix(shown, "cdr_sqlite3_custom: takes records; ") {
			t.Errorf("cdr show stores: %q", shown)
		}
		left, _ := os.ReadDir(filepath.Join(w.dir, "spool/cdr"))
		if left = slices.DeleteFunc(left, func(f os.DirEntry) bool { return f.Name() == "reserve" }); len(left) > 0 {
			t.Errorf("left in the spool: %v", left)
		}
	})
}

// Who is transferred keeps his dialplan, his variables and his channel; there is a record
// for each pair that spoke, as with a running Asterisk.
func TestRecordsOfAnAttendedTransfer(t *testing.T) {
	const plan = "[inside]\nexten => _100X,1,Set(MINE=${CALLERID(num)})\nsame => n,Dial(SIP/${EXTEN},20)\nexten => " +
		"h,1,Set(GLOBAL(SEEN)=${SEEN}${CHANNEL(name):4:4} ${MINE} ${EXTEN}@${CONTEXT}|)\n"
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": plan})
		a, b, c := w.registered("1001", "one", "10.0.0.11:5060"), w.registered("1002", "two", "10.0.0.12:5060"), w.registered("1003", "three",
			"10.0.0.13:5060")
		call, in := connectVia(a, b)
		time.Sleep(2 * time.Second)
		second, far := connected(t, b, c, "1003")
		time.Sleep(3 * time.Second)
		in.Send("REFER", referTo("1003", second), "")
		in.Hangup()
		time.Sleep(4 * time.Second)
		if list := w.console("core show channels concise"); !strings.Contains(list, "SIP/1001-00000000!inside!1002!2!Up!Dial!") ||
			!strings.Contains(list, "SIP/1003-") || strings.Contains(list, "SIP/1002-") {
			t.Errorf("channels:\n%s", list)
		}
		call.Hangup()
		far.Wait("BYE", time.Second)
		time.Sleep(time.Second)
		a.Close()
		b.Close()
		c.Close()
		w.stop()
		var got []string
		for _, l := range strings.Split(strings.TrimSpace(w.cdr()), "\n") {
			f := strings.Split(strings.ReplaceAll(l, `"`, ""), ",")
			got = append(got, strings.Join([]string{f[1], f[2], f[5], f[6], f[len(f)-4], f[len(f)-3]}, " "))
		}
		want := []string{"1002 1003 SIP/1002-00000002 SIP/1003-00000003 3 ANSWERED", "1001 1002 SIP/1001-00000000 SIP/1002-00000001 5 ANSWERED",
			"1001 1002 SIP/1001-00000000 SIP/1003-00000003 4 ANSWERED"}
		if !slices.Equal(got, want) {
			t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got := w.global("SEEN"); got != "1002 1002 h@inside|1001 1001 h@inside|" {
			t.Errorf("h saw %q", got)
		}
	})
}

// A switchboard that dials itself over SIP takes the call as any other (chan_sip), and a
// circle of such calls ends.
func TestRecordsOfACallToOurselves(t *testing.T) {
	const plan = "[inside]\nexten => 1,1,Dial(SIP/2@us)\nexten => 2,1,Busy()\nexten => 3,1,Dial(SIP/3@us)\n"
	synctest.Test(t, func(t *testing.T) {
		w := newWorldWith(t, map[string]string{"sip.conf": baseSIP +
			"[us]\ntype=peer\nhost=10.0.0.1\ncontext=inside\ninsecure=port,invite\nfromuser=us\n", "extensions.conf": plan,
			"cdr.conf": "[general]\nunanswered=yes\n[csv]\nnewcdrcolumns=no\n"})
		p := w.registered("1001", "one", "10.0.0.11:5060")
		call := p.Dial("1")
		call.Wait("486", 5*time.Second)
		time.Sleep(time.Second)
		p.Dial("3")
		time.Sleep(time.Minute)
		if n := len(w.sys.Core().Channels()); n != 0 {
			t.Errorf("%d channels are left of the circle", n)
		}
		p.Close()
		w.stop()
		lines := strings.Split(strings.TrimSpace(w.cdr()), "\n")
		first := lines[:min(len(lines), 2)]
		slices.Sort(first) // both end in the same instant
		slices.Reverse(first)
		for i, want := range []string{`"","us","2","inside","""Alice"" <us>","SIP/us-00000002"`,
			`"","1001","1","inside","""Alice"" <1001>","SIP/1001-00000000","SIP/us-00000001","Dial"`} {
			if i >= len(lines) || !strings.HasPrefix(lines[i], want) || !strings.Contains(lines[i], `"BUSY"`) {
				t.Errorf("record %d is not %s, of %s", i, want, strings.Join(lines[:min(len(lines), 3)], "\n"))
			}
		}
	})
}
