package calls

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/testkit"
)

// CHANNEL(parkinglot) is the endpoint's parkinglot, else that of [general], until the dialplan
// writes another one.
func TestParkingLot(t *testing.T) {
	sip := strings.Replace(strings.Replace(baseSIP, "context=public\n", "context=public\nparkinglot=yard\n", 1), "secret=one\n",
		"secret=one\nparkinglot=hall\n", 1)
	inWorldOf(t, sip, func(w *world, a, b *testkit.Phone) {
		w.write("extensions.conf", "[inside]\nexten => 1,1,Set(GLOBAL(ONE)=${CHANNEL(parkinglot)})\nsame => "+
			"n,Set(CHANNEL(parkinglot)=attic)\nsame => n,Set(GLOBAL(TWO)=${CHANNEL(parkinglot)})\n")
		if err := w.sys.Reload("dialplan"); err != nil {
			t.Fatal(err)
		}
		for _, p := range []*testkit.Phone{a, b} {
			p.Dial("1")
			time.Sleep(time.Second)
			if want, got := map[*testkit.Phone]string{a: "hall", b: "yard"}[p], w.global("ONE"); got != want || w.global("TWO") != "attic" {
				t.Errorf("%s: %q, %q", p.User, got, w.global("TWO"))
			}
		}
	})
}
