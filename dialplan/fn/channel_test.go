package fn

import (
	"testing"
	"testing/synctest"
	"time"

	"obelisk/pbx"
)

// CHANNEL, and what it changes.
func TestChannel(t *testing.T) {
	b := newBoard(t, "[test]\nexten => s,1,NoOp()\n")
	b.core.SetTones(pbx.Tones{})
	b.rows(t, [][2]string{
		{"${CHANNEL(name)} ${CHANNEL(channeltype)} ${CHANNEL(state)}", "Bogus/manager-00000000 Bogus Down"},
		{"${CHANNEL(context)} ${CHANNEL(exten)}", "test s"},
		{"${IF($[${CHANNEL(uniqueid)} = ${UNIQUEID}]?same)}", "same"}, {"${CHANNEL(linkedid)}", ""},
		{"Set CHANNEL(language)=de", ""}, {"Set CHANNEL(accountcode)=a", ""}, {"Set CHANNEL(peeraccount)=p", ""},
		{"Set CHANNEL(userfield)=u", ""}, {"Set CHANNEL(musicclass)=m", ""}, {"Set CHANNEL(tonezone)=de", ""},
		{"${CHANNEL(language)}${CHANNEL(accountcode)}${CHANNEL(peeraccount)}${CHANNEL(userfield)}${CHANNEL(musicclass)}${CHANNEL(tonezone)}",
			"deapumde"},
		{"Set CHANNEL(tonezone)=xx", "indications.conf has no country 'xx'"},
		{"${CHANNEL(max_forwards)}", "20"}, {"Set CHANNEL(max_forwards)=3", ""}, {"${CHANNEL( MAX_forwards )}", "3"},
		{"Set CHANNEL(max_forwards)=many", "max_forwards 'many' is not a number"},
		{"${CHANNEL(amaflags)}", "3"}, {"Set CHANNEL(amaflags)=BILLING", ""}, {"${CHANNEL(amaflags)}", "2"},
		{"Set CHANNEL(amaflags)=1", ""}, {"${CHANNEL(amaflags)}", "1"}, {"Set CHANNEL(amaflags)=default", ""},
		{"${CHANNEL(amaflags)}", "3"},
		{"Set CHANNEL(amaflags)=no", "'no' is not default, omit, billing or documentation"},
		{"${CHANNEL(checkhangup)}${CHANNEL(transfercapability)}", "0SPEECH"},
		{"Set CHANNEL(hangup_handler_push)=sub,s,1", ""}, {"Set CHANNEL(hangup_handler_pop)=", ""},
		{"Set CHANNEL(hangup_handler_wipe)=", ""},
		{"Set CHANNEL(nope)=1", "unknown field"},
	})
	b.refused(t, [][2]string{{"${CHANNEL(nope)}", "unknown field"}, {"${SIPCHANINFO(peerip)}", "SIPCHANINFO is gone"}})
	b.ch.SoftHangup(pbx.CauseBusy)
	b.rows(t, [][2]string{{"${CHANNEL(checkhangup)} ${HANGUPCAUSE}", "1 17"}})
}

// TIMEOUT is in seconds, what is left of the absolute one.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t, "")
		b.rows(t, [][2]string{
			{"${TIMEOUT(digit)} ${TIMEOUT(response)} ${TIMEOUT(absolute)}", "5.000 10.000 0"}, {"Set TIMEOUT(digit)=1.5", ""},
			{"Set TIMEOUT(response)=2", ""}, {"Set TIMEOUT(absolute)=60", ""},
		})
		time.Sleep(20500 * time.Millisecond)
		b.rows(t, [][2]string{{"${TIMEOUT(digit)} ${TIMEOUT(response)} ${TIMEOUT(absolute)}", "1.500 2.000 39.500"},
			{"Set TIMEOUT(absolute)=0", ""}, {"${TIMEOUT(absolute)}", "0"},
			{"Set TIMEOUT(digit)=-1", ""}, {"${TIMEOUT(digit)}", "0.000"}, {"Set TIMEOUT(digit)=2", ""}, {"Set TIMEOUT(digit)=x", ""},
			{"${TIMEOUT(digit)}", "0.000"},
			{"Set TIMEOUT(x)=1", "unknown field"}})
		b.refused(t, [][2]string{{"${TIMEOUT(x)}", "unknown field"}})
		b.set("TIMEOUT(absolute)=1")
		time.Sleep(2 * time.Second)
		if !b.ch.Gone() {
			t.Error("the absolute timeout does not end it")
		}
	})
}

// The message that a channel carries.
func TestMessage(t *testing.T) {
	b := newBoard(t, `[in]
exten => s,1,Set(GLOBAL(IN)=${MESSAGE(to)}|${MESSAGE(FROM)}|${MESSAGE(body)}|${MESSAGE_DATA(X-a)}|${MESSAGE_DATA(none)})
same => n,Set(MESSAGE(to)=sip:t)
same => n,Set(MESSAGE(from)=sip:f)
same => n,Set(MESSAGE(body)=b)
same => n,Set(GLOBAL(OUT)=${MESSAGE(to)}|${MESSAGE(from)}|${MESSAGE(body)})
`)
	b.core.Drop(b.ch)
	m := pbx.Message{To: "sip:1", From: `"A" <sip:2@h>`, Body: "hello", Data: []pbx.MessageDatum{{Name: "x-A", Value: "v"}}}
	if err := b.core.Deliver(m, "in", "s"); err != nil {
		t.Fatal(err)
	}
	<-b.core.Refuse(true) // the message's channel has ended
	b.core.Refuse(false)
	b.ch = b.another(pbx.CallerID{})
	b.rows(t, [][2]string{
		{"${IN}", `sip:1|"A" <sip:2@h>|hello|v|`}, {"${OUT}", "sip:t|sip:f|b"},
		{"Set MESSAGE(body)=x", ""}, {"${MESSAGE(body)}${MESSAGE(to)}${MESSAGE_DATA(x)}", "x"}, // any channel may write one
	})
}

// Parties that nobody outside is told of, and what is none.
func TestParties(t *testing.T) {
	b := newBoard(t, "")
	b.rows(t, [][2]string{
		{"<${CALLERID(num,)}${CALLERID(name,)}> ${CALLERID(all,)}", `<> "" <>`}, // of the text behind the comma
		{"Set CALLERID(all)=\"New Name\" <42>", ""}, {"${CALLERID(all)} ${CALLERID(name)} ${CALLERID(num)}", `"New Name" <42> New Name 42`},
		{"Set CALLERID(num-pres)=prohib", ""},
		{"${CALLERID(num-pres)} ${CALLERID(name-pres)} ${CALLERID(pres)}", "prohib allowed_not_screened prohib"},
		{"Set CALLERID(pres)=32", ""}, {"${CALLERID(pres)}", "prohib_not_screened"},
		{"Set CALLERID(pres)=none", "'none' is no presentation"},
		{"Set CALLERID(ani2)=x", "that is no number"}, {"Set CALLERID(what)=x", "unknown field"},
		{"Set CONNECTEDLINE(num)=7", ""}, {"Set CONNECTEDLINE(source)=transfer", ""},
		{"${CONNECTEDLINE(num)} ${CONNECTEDLINE(source)}", "7 transfer_active"}, {"Set CONNECTEDLINE(source)=me", "'me' is no source"},
		{"Set REDIRECTING(from-num)=8", ""}, {"Set REDIRECTING(reason)=cfu", ""}, {"Set REDIRECTING(count)=2", ""},
		{"Set REDIRECTING(orig-reason)=dnd", ""},
		{"${REDIRECTING(from-num)} ${CALLERID(rdnis)} ${REDIRECTING(reason)} ${REDIRECTING(count)} ${REDIRECTING(orig-reason)}",
			"8 8 cfu 2 dnd"},
		{"Set REDIRECTING(count)=-1", "that is no number"}, {"Set REDIRECTING(what)=1", "unknown field"},
		{"Set REDIRECTING(to-pres)=prohib", ""}, {"${REDIRECTING(to-num-pres)} ${REDIRECTING(to-pres)}", "prohib unavailable"},
	})
	b.refused(t, [][2]string{
		{"${CALLERID(what)}", "unknown field"}, {"${REDIRECTING(what)}", "unknown field"}, {"${CONNECTEDLINE(what)}", "unknown field"},
	})
	if r := b.ch.Redirecting(); r == nil || *r != (pbx.Redirecting{Num: "8", Reason: "cfu"}) {
		t.Errorf("the channel is redirected by %+v", r)
	}
	if id := b.ch.View().CallerID; !id.Private || id.Pres != "prohib_not_screened" {
		t.Errorf("the channel's caller is %+v", id)
	}
}
