package web

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"obelisk/internal/rawnet"

	"github.com/rs/zerolog"
)

// Requests that take their time have no more of the reserve of descriptors than the others.
func TestRequestsAtWorkAndTheReserve(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	conf := Config{Enabled: true, Bind: netip.MustParseAddrPort(addr), Sessions: 100, SourceSessions: 100}
	s := New(zerolog.Nop())
	release, begun := make(chan bool), make(chan bool)
	s.Handle("/slow", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { begun <- true; <-release }))
	s.Listen(conf)
	defer s.Close()
	rawnet.SetReserve(1, 4) // all but the standard ones
	defer rawnet.SetReserve(0, 0)
	answers := make(chan error, 3)
	for range 2 * rawnet.Share() {
		go func() { answers <- ask(addr, "/slow") }()
		<-begun
	}
	if err := ask(addr, "/slow"); err == nil {
		t.Error("one more is let in")
	}
	for range 2 * rawnet.Share() {
		release <- true
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
	for i := 0; ask(addr, "/quick") != nil; i++ { // once their connections are closed
		if i == 1000 {
			t.Fatal("nobody is let in any more")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// ask is an error where there is no answer.
func ask(addr, path string) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer c.Close()
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", path)
	_, err = bufio.NewReader(c).ReadString('\n')
	return err
}
