package app

import (
	"strings"
	"testing"
	"time"

	"obelisk/internal/rehearse"
	"obelisk/pbx"
)

func TestReceiveText(t *testing.T) {
	for _, text := range []string{"hello", ""} {
		onBoard(t, "[in]\nexten => s,1,ReceiveText(3)\nsame => n,Set(GLOBAL(T)=${RECEIVETEXTSTATUS} ${RECEIVETEXTMESSAGE})\n",
			func(t *testing.T, b *rehearse.Board) {
				p := newPhone(b)
				p.calls(t, b, "s")
				time.Sleep(time.Second)
				p.Channel().Post(pbx.Event{Kind: pbx.EventDigit, Digit: '1'})
				want := "FAILURE "
				if text != "" {
					p.Channel().Post(pbx.Event{Kind: pbx.EventText, Text: text})
					want = "SUCCESS hello"
				}
				time.Sleep(5 * time.Second)
				if got := global(b, "T"); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			})
	}
}

// What is not here says so when the file is read, and when a call comes there; the call goes on.
func TestAbsent(t *testing.T) {
	onBoard(t, "[in]\nexten => s,1,SendImage(x)\nsame => n,JACK()\nsame => n,Set(GLOBAL(T)=${SENDIMAGESTATUS})\n",
		func(t *testing.T, b *rehearse.Board) {
			newPhone(b).calls(t, b, "s")
			time.Sleep(time.Second)
			if got := global(b, "T"); got != "UNSUPPORTED" {
				t.Errorf("%q", got)
			}
			if got := strings.Join(b.Core.App("JACK").Check(""), ""); !strings.HasPrefix(got, "it is not here: ") {
				t.Errorf("%q", got)
			}
		})
}
