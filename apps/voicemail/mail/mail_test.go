package mail

import (
	"bufio"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

func TestLetter(t *testing.T) {
	l := Letter{Date: time.Date(2026, 11, 29, 7, 40, 43, 0, time.UTC), FromName: "The PBX: here", From: "pbx@example.org",
		ToName: "Alice (A) Archer", To: []string{"a@x", "b@x"}, Subject: "Grüße\nBcc: evil@x", Exact: true, ID: "1-2-100-3@host",
		CallerID: [2]string{"102", "Bo\r\nb"}, Charset: "UTF-8", Body: "Dear Alice", Attached: &Attachment{"msg0000.wav", "audio/x-wav",
			[]byte(strings.Repeat("x", 60))}}
	text := string(l.Bytes())
	want := "Date: Sun, 29 Nov 2026 07:40:43 +0000\nFrom: =?UTF-8?Q?The_PBX=3A_here?= <pbx@example.org>\nTo: " +
		"=?UTF-8?Q?Alice_=28A=29_Archer?= <a@x>,\n =?UTF-8?Q?Alice_=28A=29_Archer?= <b@x>\n" +
		"Subject: =?UTF-8?Q?Gr=C3=BC=C3=9FeBcc=3A_evil=40x?=\nMessage-ID: <Asterisk-1-2-100-3@host>\nX-Asterisk-CallerID: 102\n" +
		"X-Asterisk-CallerIDName: Bob\nMIME-Version: 1.0\n"
	if !strings.HasPrefix(text, want) {
		t.Errorf("%s", text)
	}
	if !strings.Contains(text, "\neHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\neHh4eHh4\n") ||
		!strings.HasSuffix(text, "--\n.\n") {
		t.Errorf("%s", text)
	}
	l = Letter{FromName: "Asterisk", From: "a@x", ToName: "Bob", To: []string{"p@x"}, Subject: "New VM", Bare: true, Body: "text"}
	if text := string(l.Bytes()); !strings.HasSuffix(text, "From: \"Asterisk\" <a@x>\nTo: \"Bob\" <p@x>\nSubject: New VM\n\ntext") {
		t.Errorf("%s", text)
	}
}

// way is a Deliver that a test steers.
type way struct {
	mu   sync.Mutex
	err  error
	got  []string
	came chan struct{}
}

func (w *way) deliver(e Envelope, letter []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, e.What+":"+string(letter))
	w.came <- struct{}{}
	return w.err
}

func open(t *testing.T, dir string, w *way) *Queue {
	q := Open(dir, zerolog.Nop(), func() Deliver { return w.deliver })
	t.Cleanup(q.Close)
	return q
}

// A letter that was not delivered is there at the next start, and gone when it was.
func TestQueueOutlivesACrash(t *testing.T) {
	dir := t.TempDir()
	w := &way{err: errors.New("no"), came: make(chan struct{}, 9)}
	q := open(t, dir, w)
	told := make(chan error, 1)
	if err := q.Add(Envelope{What: "x", To: []string{"a@x"}, Until: time.Now().Add(time.Hour)}, []byte("text"),
		func(err error) { told <- err }); err != nil {
		t.Fatal(err)
	}
	<-w.came
	for len(q.Waiting()) != 1 || q.Waiting()[0].Tries != 1 {
		time.Sleep(time.Millisecond)
	}
	if wait := q.Waiting()[0]; wait.Last != "no" || time.Until(wait.Next) < 20*time.Second || len(told) != 0 {
		t.Errorf("%+v", wait)
	}
	q.Close()
	os.WriteFile(dir+"/1-a.new", []byte("half"), 0o600) // of a crash
	w = &way{came: make(chan struct{}, 9)}
	q = open(t, dir, w)
	<-w.came
	for len(q.Waiting()) > 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(10 * time.Millisecond)
	if left, _ := os.ReadDir(dir); len(left) != 0 || w.got[0] != "x:text" {
		t.Errorf("%v %q", left, w.got)
	}
}

// After its time a letter is given up, which is told.
func TestGivenUp(t *testing.T) {
	w := &way{err: errors.New("no"), came: make(chan struct{}, 9)}
	q := open(t, t.TempDir(), w)
	told := make(chan error, 1)
	q.Add(Envelope{What: "x", Until: time.Now().Add(-time.Second)}, nil, func(err error) { told <- err })
	if err := <-told; err == nil || len(q.Waiting()) != 0 {
		t.Errorf("%v", err)
	}
}

// Callers cannot fill the disk with mails.
func TestQueueIsBounded(t *testing.T) {
	w := &way{err: errors.New("no"), came: make(chan struct{}, 9999)}
	q := open(t, t.TempDir(), w)
	q.mu.Lock()
	q.bytes = mostBytes
	q.mu.Unlock()
	if err := q.Add(Envelope{}, []byte("x"), nil); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
}

func TestProgram(t *testing.T) {
	out := t.TempDir() + "/out"
	if err := Program("cat > "+out)(Envelope{}, []byte("text")); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(out); string(data) != "text" {
		t.Errorf("%q", data)
	}
	if err := Program("echo why; exit 3")(Envelope{}, nil); err == nil || err.Error() != "mailcmd: exit status 3: why" {
		t.Error(err)
	}
}

// server is an SMTP server of one letter; hang: it says nothing after that command.
func server(t *testing.T, hang string) (addr string, got *strings.Builder, done chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got, done = &strings.Builder{}, make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		say := func(text string) { c.Write([]byte(text + "\r\n")) }
		say("220 here")
		in, data := bufio.NewScanner(c), false
		for in.Scan() {
			line := in.Text()
			got.WriteString(line + "\n")
			word, _, _ := strings.Cut(strings.ToUpper(line), " ")
			switch {
			case data && line != ".":
			case data:
				data = false
				say("250 taken")
			case hang != "" && word == hang:
				in.Scan()
				return
			case word == "DATA":
				data = true
				say("354 go on")
			case word == "QUIT":
				say("221 bye")
				return
			default:
				say("250 ok")
			}
		}
	}()
	return l.Addr().String(), got, done
}

func TestSMTP(t *testing.T) {
	addr, got, done := server(t, "")
	err := SMTP(Server{Host: addr, Security: "none"})(Envelope{From: "pbx@x", To: []string{"a@x", "b@x"}}, []byte("Subject: x\n\ntext\n.\n"))
	<-done
	for _, want := range []string{"MAIL FROM:<pbx@x>", "RCPT TO:<a@x>\n", "RCPT TO:<b@x>\n", "Subject: x\n\ntext\n.\nQUIT\n"} {
		if !strings.Contains(got.String(), want) {
			t.Errorf("%v: no %q in:\n%s", err, want, got)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// A server that hangs is given up in time, and costs nothing else.
func TestServerHangs(t *testing.T) {
	addr, _, _ := server(t, "DATA")
	err := Server{Host: addr, Security: "none"}.send(Envelope{From: "pbx@x", To: []string{"a@x"}}, []byte("x"), 200*time.Millisecond)
	if err == nil {
		t.Error("it was delivered")
	}
}
