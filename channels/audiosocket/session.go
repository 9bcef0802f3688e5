package audiosocket

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"obelisk/media"
	"obelisk/media/coder"
	"obelisk/media/program"
)

const (
	// connectPatience is how long a connection may take.
	connectPatience = 2 * time.Second
	// writePatience is how long a frame may take: who does not read for so long is gone.
	writePatience = 10 * time.Second
	// mostOut is how many pieces wait to be sent; what comes then is left out.
	mostOut = 50
	// mostIn is how much audio waits to be played, in seconds: then the program has to wait.
	mostIn = 10
)

// session is a connection with a program. It hears a stream by hear, and is heard as queue.
type session struct {
	at    string
	id    [16]byte
	rate  int        // index of rates
	press func(byte) // a key of the program
	queue *program.Queue
	out   chan piece
	gone  chan struct{}
	ends  sync.Once
}

// piece is what waits to be sent: a frame, or a packet that was heard.
type piece struct {
	frame []byte
	codec media.Codec
	audio []byte
}

func newSession(at string, id [16]byte, rate int, press func(byte)) *session {
	hz := rates[rate]
	s := &session{at: at, id: id, rate: rate, press: press, out: make(chan piece, mostOut), gone: make(chan struct{})}
	s.queue = program.NewQueue(hz, program.Limits{Most: mostIn * hz, Off: mostIn * hz, On: mostIn * hz}, nil)
	return s
}

// end has it end; it may be called often, from anywhere.
func (s *session) end() { s.ends.Do(func() { close(s.gone) }) }

// dial connects, and sends who is there.
func (s *session) dial() (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), connectPatience)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-s.gone:
			cancel()
		case <-stop:
		}
	}()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.at)
	if err == nil {
		s.send(piece{frame: Frame(kindID, s.id[:])})
	}
	return conn, err
}

// serve is the time of the connection. It is nil where the program, or this side, has ended it.
func (s *session) serve(conn net.Conn) error {
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		s.write(conn)
	}()
	err := s.read(conn)
	s.end()
	<-wrote
	conn.Close()
	return err
}

// hear is a media.Ear.
func (s *session) hear(codec media.Codec, _, _ uint32, payload []byte) {
	select {
	case s.out <- piece{codec: codec, audio: append([]byte(nil), payload...)}:
	default: // the program does not read
	}
}

// key tells the program of one.
func (s *session) key(d byte) { s.send(piece{frame: Frame(kindKey, []byte{d})}) }

// send has a frame go out; the oldest piece goes where the program does not read.
func (s *session) send(p piece) {
	for {
		select {
		case s.out <- p:
			return
		case <-s.gone:
			return
		default:
		}
		select {
		case <-s.out:
		default:
		}
	}
}

// write sends what waits, audio in frames of 20 ms, and says goodbye.
func (s *session) write(conn net.Conn) {
	hearer, size := program.NewHearer(program.Linear(rates[s.rate])), rates[s.rate]/50*2
	var audio, frames []byte
	for {
		select {
		case p := <-s.out:
			frames = append(frames[:0], p.frame...)
			audio = hearer.Packet(audio, p.codec, p.audio)
			for len(audio) >= size {
				frames = appendFrame(frames, kindAudio+byte(s.rate), audio[:size])
				audio = audio[:copy(audio, audio[size:])]
			}
			if len(frames) == 0 {
				continue
			}
			conn.SetWriteDeadline(time.Now().Add(writePatience))
			if _, err := conn.Write(frames); err != nil {
				conn.Close()
				return
			}
		case <-s.gone:
			conn.SetDeadline(time.Now().Add(time.Second))
			conn.Write(Frame(kindEnd, nil))
			conn.Close()
			return
		}
	}
}

// read takes in what the program sends.
func (s *session) read(conn net.Conn) error {
	in, buffer, pcm := bufio.NewReader(conn), make([]byte, 8192), []int16(nil)
	for {
		kind, payload, err := ReadFrame(in, buffer)
		select {
		case <-s.gone:
			return nil
		default:
		}
		switch {
		case errors.Is(err, io.EOF), err == nil && kind == kindEnd:
			return nil
		case err != nil:
			return err
		case kind == kindKey && len(payload) == 1:
			if strings.IndexByte(media.EventDigits, payload[0]) >= 0 {
				s.press(payload[0])
			}
		case kind >= kindAudio && int(kind-kindAudio) < len(rates):
			pcm = program.Samples(pcm[:0], payload)
			if !s.put(pcm, rates[kind-kindAudio]) {
				return nil
			}
		default:
			return fmt.Errorf("the program sends a frame of the kind 0x%02x", kind)
		}
	}
}

// put waits for room, so that a program which sends too fast has to wait; false: it is over.
func (s *session) put(pcm []int16, rate int) bool {
	if rate != rates[s.rate] {
		pcm = coder.Resample(pcm, rate, rates[s.rate])
	}
	for {
		if full, _ := s.queue.Put(pcm); !full {
			return true
		}
		select {
		case <-s.queue.Room():
		case <-s.gone:
			return false
		}
	}
}
