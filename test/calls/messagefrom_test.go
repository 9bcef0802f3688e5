package calls

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// What MessageSend says of who sends, as Asterisk 20.20.1 makes From of it.
func TestMessageFrom(t *testing.T) {
	rows := [][2]string{
		{``, `"asterisk" <sip:asterisk@10.0.0.1>`},
		{`1001`, `"Alice" <sip:1001@10.0.0.1>`},
		{`nobody`, `"nobody" <sip:asterisk@10.0.0.1>`},
		{`sip:1001`, `"sip:1001" <sip:asterisk@10.0.0.1>`},
		{`"Q R"`, `"Q R" <sip:asterisk@10.0.0.1>`},
		{`"Anonymous" <sip:anonymous@invalid>`, `"Anonymous" <sip:anonymous@invalid>`},
		{`<sip:6719@10.9.8.7:5090;transport=tcp>;tag=1`, `"asterisk" <sip:6719@10.9.8.7>`},
		{`Name <z>`, `"Name" <sip:z@10.0.0.1>`},
	}
	var plan strings.Builder
	plan.WriteString("[inside]\nexten => 1002,1,NoOp()\n")
	for _, r := range rows {
		fmt.Fprintf(&plan, "same => n,MessageSend(sip:1002,%s)\nsame => n,Wait(1)\n", strings.ReplaceAll(r[0], ";", `\;`))
	}
	inWorldOf(t, baseSIP, func(w *world, a, b *testkit.Phone) {
		w.write("extensions.conf", plan.String())
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		got := make(chan string, len(rows))
		b.Serve = func(m *testkit.Msg) string {
			if m.Method == "MESSAGE" {
				from, _, _ := strings.Cut(m.Get("From"), ";tag=")
				got <- from
			}
			return "200 OK"
		}
		a.Ask("MESSAGE", "1002", "Content-Type: text/plain\r\n", "hi")
		for _, r := range rows {
			select {
			case from := <-got:
				if from != r[1] {
					t.Errorf("%s: %s", r[0], from)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s: nothing came", r[0])
			}
		}
	})
}
