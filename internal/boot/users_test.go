package boot

import (
	"testing"
	"testing/fstest"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/manage/ami"
)

const someUsers = `[general]
hassip = yes
host = dynamic
secret = gsec
context = phones
hasmanager = yes
registersip = yes
[100]
fullname = Shadowed
callgroup = 3
[301]
secret = s301
hasvoicemail = yes
alternateexts = 7301,8301
cid_number = 44
hasmanager = no
[302]
hasexten = no
context = other
username = u302
host = 10.0.0.9
secret = s302
contact = c302
setvar = A=1
read = log
write = call
[303]
hassip = no
hasmanager = no
[304]
username = u304
authuser = a304
host = 10.0.0.8
hassip = maybe
[305]
hassip = no
hasmanager = no
hasiax = yes
dahdichan = 2,5-4,x
[t](!)
callgroup = 5
[2 05](t)
hasmanager =
macaddress = 001122334455
`

func FuzzUsers(f *testing.F) {
	f.Add(someUsers)
	f.Add("[general]\nhassip=yes\nregistersip=yes\n[a]\nhost=@/:[]\nusername=?~\ncontact=\"\nalternateexts=,,\n[]\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := config.Load(config.FS{FS: fstest.MapFS{"users.conf": {Data: []byte(text)}}}, "users.conf", config.Options{})
		if err != nil {
			return
		}
		u := readUsers(file)
		empty := func() *config.File { return &config.File{Path: "x"} }
		sipconf.Compile(empty(), sipconf.Surroundings{Users: u.phones(), Registers: u.registrations()})
		plan, manager := empty(), empty()
		u.addExtensions(plan)
		dialplan.Compile(plan, nil)
		u.addManagers(manager)
		ami.ReadConfig(manager, nil)
	})
}
