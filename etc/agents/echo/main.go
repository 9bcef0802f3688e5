// Echo is the smallest agent: the caller hears himself, a second later.
//
//	go run ./etc/agents/echo -listen 127.0.0.1:9000
package main

import (
	"encoding/json"
	"flag"
	"log"
	"net/http"

	"obelisk/internal/wsock"
)

func main() {
	at := flag.String("listen", "127.0.0.1:9000", "host:port")
	flag.Parse()
	log.Printf("an agent that echoes listens at ws://%s/", *at)
	log.Fatal(http.ListenAndServe(*at, http.HandlerFunc(talk)))
}

// talk is a conversation: text is events, the rest is the caller.
func talk(w http.ResponseWriter, r *http.Request) {
	conn, err := wsock.Accept(w, r, "media")
	if err != nil {
		return
	}
	var heard []byte
	delay := 0 // bytes of a second
	for {
		text, b, err := conn.Read()
		switch {
		case err != nil:
			log.Print("the caller is gone: ", err)
			return
		case text:
			var e struct {
				Event string `json:"event"`
				Frame int    `json:"optimal_frame_size"`
			}
			json.Unmarshal(b, &e)
			log.Printf("%s", b)
			if e.Event == "MEDIA_START" {
				delay = 50 * e.Frame
			}
			continue
		}
		heard = append(heard, b...)
		if n := len(heard) - delay; n > 0 {
			conn.Binary(heard[:n])
			heard = heard[n:]
		}
	}
}
