// Menu is an agent that reads a menu, with espeak-ng, and takes keys: 1 repeats it, 2 transfers to an
// extension with a summary, 9 ends the call. A caller who speaks silences it.
//
//	go run ./etc/agents/menu -listen 127.0.0.1:9000 -transfer 100
package main

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"log"
	"net/http"
	"os/exec"

	"obelisk/internal/wsock"
)

var (
	at       = flag.String("listen", "127.0.0.1:9000", "host:port")
	transfer = flag.String("transfer", "100", "extension for key 2")
	voice    = flag.String("voice", "en", "of espeak-ng")
)

const menu = "Welcome. Press one to hear this again, two to speak to somebody, or nine to end the call."

func main() {
	flag.Parse()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		log.Fatal("this agent speaks by espeak-ng, which is not here: apt install espeak-ng")
	}
	log.Printf("an agent that reads a menu listens at ws://%s/", *at)
	log.Fatal(http.ListenAndServe(*at, http.HandlerFunc(talk)))
}

// event is what the switchboard tells.
type event struct {
	Event  string `json:"event"`
	Format string `json:"format"`
	Digit  string `json:"digit"`
	Heard  int    `json:"heard_ms"`
}

func talk(w http.ResponseWriter, r *http.Request) {
	conn, err := wsock.Accept(w, r, "media")
	if err != nil {
		return
	}
	say := func(text string) {
		conn.Binary(speech(text))
		order(conn, map[string]any{"command": "MARK_MEDIA", "correlation_id": text})
	}
	for {
		text, b, err := conn.Read()
		switch {
		case err != nil:
			log.Print("the caller is gone: ", err)
			return
		case !text:
			continue // who wants to understand the caller reads it here
		}
		var e event
		json.Unmarshal(b, &e)
		switch e.Event {
		case "MEDIA_START":
			say(menu)
		case "BARGE_IN":
			log.Printf("the caller speaks, after %d ms", e.Heard)
		case "DTMF_END":
			key(conn, e.Digit, say)
		}
	}
}

// key does what the menu says.
func key(conn *wsock.Conn, digit string, say func(string)) {
	order(conn, map[string]any{"command": "FLUSH_MEDIA"})
	switch digit {
	case "1":
		say(menu)
	case "2":
		say("One moment.")
		order(conn, map[string]any{"command": "SUMMARY_START"})
		conn.Binary(speech("A caller who has chosen to speak to somebody."))
		order(conn, map[string]any{"command": "SUMMARY_END"})
		order(conn, map[string]any{"command": "TRANSFER", "to": *transfer, "summary": "chose 2"})
	case "9":
		say("Goodbye.")
		order(conn, map[string]any{"command": "HANGUP"})
	default:
		say("That is not on the menu.")
	}
}

func order(conn *wsock.Conn, o map[string]any) {
	b, _ := json.Marshal(o)
	conn.Text(b)
}

// speech is a text as samples at 16 kHz; where espeak-ng fails it is silence.
func speech(text string) []byte {
	wav, err := exec.Command("espeak-ng", "-v", *voice, "--stdout", text).Output()
	if err != nil || len(wav) < 44 {
		log.Print("espeak-ng: ", err)
		return make([]byte, 32000)
	}
	rate, pcm := int(binary.LittleEndian.Uint32(wav[24:])), wav[44:]
	n := len(pcm) / 2 * 16000 / rate
	out := make([]byte, 0, 2*n)
	for i := range n { // between two samples a line
		at := i * rate
		k, rest := at/16000, at%16000
		x := sample(pcm, k)
		x += (sample(pcm, k+1) - x) * rest / 16000
		out = binary.LittleEndian.AppendUint16(out, uint16(int16(x)))
	}
	return out
}

func sample(pcm []byte, k int) int {
	if 2*k+1 >= len(pcm) {
		return 0
	}
	return int(int16(binary.LittleEndian.Uint16(pcm[2*k:])))
}
