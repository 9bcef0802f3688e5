package rawnet

import (
	"net"
	"testing"
)

// Calls do not get the descriptors of the reserve.
func TestReserve(t *testing.T) {
	defer SetReserve(0, 0)
	told := make(chan bool, 10)
	OnShort(func() { told <- true })
	defer OnShort(func() {})
	if n := SetReserve(64, 1024); n != 960 || !Spare(959) || Spare(960) || Refused() == 0 {
		t.Errorf("64 of 1024: %d for others", n)
	}
	Spare(960)
	if <-told; !Short() || len(told) > 0 {
		t.Error("it is not said, or twice")
	}
	if Share() != 8 {
		t.Errorf("a kind of client may have %d of 64", Share())
	}
	if n := SetReserve(64, 100); n != 75 {
		t.Errorf("64 of 100: %d for others", n)
	}
	near, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	if !SpareConn(near) || Reserved(near) {
		t.Error("a socket with a low number is refused")
	}
	if Share() != 3 { // of 25
		t.Errorf("a kind of client may have %d of 25", Share())
	}
	SetReserve(1, 4) // descriptors 0 to 2 are for all
	if SpareConn(near) || !Reserved(near) {
		t.Error("a socket of the reserve is given away")
	}
	if SetReserve(0, 1024); !SpareConn(near) || !Spare(5000) {
		t.Error("without a reserve something is refused")
	}
}
