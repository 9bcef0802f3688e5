package moh

import (
	"io"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"obelisk/media"
	"obelisk/media/coder"
)

// program is a process that writes music. It runs while somebody listens, and a minute longer; all who
// listen hear the same. When it ends it is begun again.
type program struct {
	argv       []string
	dir        string
	codec      media.Codec
	escalation time.Duration
	one        bool

	heard  atomic.Int64 // when somebody has listened last, in Unix nanoseconds
	closed atomic.Bool

	mu      sync.Mutex // guards all below
	running bool
	ring    []int16 // the newest samples; index is their number modulo the length
	count   uint64  // of samples that have come
}

const (
	ringTime   = time.Second            // of samples that are kept
	lead       = 100 * time.Millisecond // how far behind the newest one a listener begins
	patience   = time.Minute            // without a listener
	pause      = time.Second            // before a program that has ended is begun again
	frameTime  = 20 * time.Millisecond
	samplesOf8 = 160 // of a frame at 8 kHz
)

func newProgram(argv []string, dir string, codec media.Codec, escalation time.Duration, one bool) *program {
	p := &program{argv: argv, dir: dir, codec: codec, escalation: escalation, one: one}
	p.ring = make([]int16, int(ringTime.Seconds()*float64(p.rate())))
	return p
}

// rate is that of its samples in Hz.
func (p *program) rate() int {
	if p.codec == media.Slin16 {
		return wide
	}
	return narrow
}

// listen is a source of what the program writes.
func (p *program) listen() *listener {
	p.wanted()
	return &listener{p: p}
}

// wanted has the program run.
func (p *program) wanted() {
	p.heard.Store(time.Now().UnixNano())
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running && !p.closed.Load() {
		p.running = true
		go p.run()
	}
}

func (p *program) idle() bool {
	return p.closed.Load() || time.Since(time.Unix(0, p.heard.Load())) > patience
}

// run begins the process again and again, while somebody listens.
func (p *program) run() {
	for {
		p.play()
		p.mu.Lock()
		if p.idle() {
			p.running = false
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		time.Sleep(pause)
	}
}

// play is one life of the process: it is read as fast as it is heard.
func (p *program) play() {
	cmd := exec.Command(p.argv[0], p.argv[1:]...)
	cmd.Dir = p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.read(out)
	}()
	<-done
	p.end(cmd)
}

// read takes what it writes, a frame at a time.
func (p *program) read(out io.Reader) {
	size := samplesOf8 * p.rate() / narrow
	raw := make([]byte, size)
	if p.codec == media.Slin || p.codec == media.Slin16 {
		raw = make([]byte, 2*size)
	}
	pcm := make([]int16, size)
	tick := time.NewTicker(frameTime)
	defer tick.Stop()
	for !p.idle() {
		if _, err := io.ReadFull(out, raw); err != nil {
			return
		}
		switch p.codec {
		case media.ULaw:
			coder.ULaw{}.Decode(pcm, raw)
		case media.ALaw:
			coder.ALaw{}.Decode(pcm, raw)
		default:
			for i := range pcm {
				pcm[i] = int16(uint16(raw[2*i]) | uint16(raw[2*i+1])<<8)
			}
		}
		p.put(pcm)
		<-tick.C
	}
}

func (p *program) put(pcm []int16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range pcm {
		p.ring[p.count%uint64(len(p.ring))] = s
		p.count++
	}
}

// end ends the process by HUP, TERM and KILL.
func (p *program) end(cmd *exec.Cmd) {
	gone := make(chan struct{})
	go func() {
		cmd.Wait()
		close(gone)
	}()
	whom := -cmd.Process.Pid
	if p.one {
		whom = cmd.Process.Pid
	}
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGKILL} {
		syscall.Kill(whom, signal)
		select {
		case <-gone:
			return
		case <-time.After(p.escalation):
		}
	}
	<-gone
}

// close ends it for good.
func (p *program) close() { p.closed.Store(true) }

// listener implements media.Source. It belongs to the loop of the stream that plays it.
type listener struct {
	p     *program
	at    uint64 // the next sample; 0: it has not begun
	asked uint8  // frames since the program was told that somebody listens
}

// Rate implements media.Rated.
func (l *listener) Rate() int { return l.p.rate() }

// Frame implements media.Source: what is not there yet is silence.
func (l *listener) Frame(dst []int16) int {
	if l.asked++; l.asked == 50 {
		l.asked = 0
		l.p.wanted()
	}
	p := l.p
	p.mu.Lock()
	defer p.mu.Unlock()
	behind, most := uint64(lead.Seconds()*float64(p.rate())), uint64(len(p.ring))
	if p.count > behind && (l.at == 0 || p.count-l.at > most-uint64(len(dst))) {
		l.at = p.count - behind
	}
	n := 0
	for ; n < len(dst) && l.at != 0 && l.at < p.count; n++ {
		dst[n] = p.ring[l.at%most]
		l.at++
	}
	clear(dst[n:])
	return len(dst)
}
