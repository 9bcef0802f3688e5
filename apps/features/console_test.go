package features

import (
	"strings"
	"testing"
	"testing/fstest"

	"obelisk/internal/config"
)

// "features show" is Asterisk's, to the byte (seen on 20.20.1).
func TestShow(t *testing.T) {
	const text = "[featuremap]\nblindxfer=#1\natxfer=*2\ndisconnect=*0\nautomixmon=*5\nparkcall=#72\n[applicationmap]\n" +
		"play=*6,self,Playback(x)\nevent = 66,peer,UserEvent(dyn)\n[grp]\nplay=*61\nevent=\n"
	const want = `Builtin Feature           Default Current
---------------           ------- -------
Pickup                    *8      *8
Blind Transfer            #       #1
Attended Transfer                 *2
One Touch Monitor
Disconnect Call           *       *0
Park Call                         #72
One Touch MixMonitor              *5

Dynamic Feature           Default Current
---------------           ------- -------
event                     no def  66
play                      no def  *6

Feature Groups:
---------------
===> Group: grp
===> --> event (66)
===> --> play (*61)

`
	f, err := config.Load(config.FS{FS: fstest.MapFS{"features.conf": {Data: []byte(text)}}}, "features.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := New(nil)
	s, _ := read(f)
	m.set.Store(s)
	var b strings.Builder
	if !m.show(&b, nil) {
		t.Error("it fails")
	}
	var got []string
	for _, l := range strings.Split(b.String(), "\n") {
		got = append(got, strings.TrimRight(l, " "))
	}
	if strings.Join(got, "\n") != want {
		t.Errorf("it is\n%s", b.String())
	}
}
