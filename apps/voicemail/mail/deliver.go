package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// Program hands letters to a command line, on its standard input.
func Program(line string) Deliver {
	return func(_ Envelope, letter []byte) error {
		ctx, cancel := context.WithTimeout(context.Background(), deliveryTime)
		defer cancel()
		cmd := exec.CommandContext(ctx, "/bin/sh", "-c", line)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
		cmd.WaitDelay = time.Second
		cmd.Stdin = bytes.NewReader(letter)
		out, err := cmd.CombinedOutput()
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("mailcmd took longer than %s and was ended", deliveryTime)
		case err != nil:
			return fmt.Errorf("mailcmd: %w: %s", err, firstLine(out))
		}
		return nil
	}
}

func firstLine(out []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line[:min(len(line), 200)]
}

// Server is a mail server.
type Server struct {
	Host     string // host[:port]
	User     string
	Secret   string
	Security string // starttls, tls, none; "": STARTTLS where it is offered
}

// SMTP hands letters to a server.
func SMTP(s Server) Deliver {
	return func(e Envelope, letter []byte) error { return s.send(e, letter, deliveryTime) }
}

// send does it within a time.
func (s Server) send(e Envelope, letter []byte, within time.Duration) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	var conn net.Conn
	client, err := s.client(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
		return conn, err
	})
	if err != nil {
		return err
	}
	at, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Host, err)
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() }) // a server that hangs
	defer stop()
	defer conn.Close()
	if err = at.Mail("<" + e.From + ">"); err != nil {
		return err
	}
	for _, to := range e.To {
		if err = at.Rcpt("<" + to + ">"); err != nil {
			return fmt.Errorf("%s: %w", to, err)
		}
	}
	w, err := at.Data()
	if err != nil {
		return err
	}
	_, err = w.Write(bytes.TrimSuffix(letter, []byte(".\n"))) // that line is sendmail's
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	at.Quit() // it is delivered, whatever is said to that
	return nil
}

func (s Server) client(dial gomail.DialContextFunc) (*gomail.Client, error) {
	host, port, err := net.SplitHostPort(s.Host)
	if err != nil {
		host, port = s.Host, ""
	}
	opts := []gomail.Option{gomail.WithTimeout(deliveryTime / 2), gomail.WithDialContextFunc(dial)}
	switch s.Security {
	case "tls":
		opts = append(opts, gomail.WithSSLPort(false))
	case "none":
		opts = append(opts, gomail.WithTLSPortPolicy(gomail.NoTLS))
	case "starttls":
		opts = append(opts, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	}
	if n, err := strconv.Atoi(port); err == nil {
		opts = append(opts, gomail.WithPort(n))
	}
	if s.User != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.User), gomail.WithPassword(s.Secret))
	}
	return gomail.NewClient(host, opts...)
}
