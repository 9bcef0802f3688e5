package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Where the two sides of a scenario are.
const (
	callerAt = "127.0.0.71:5071"
	calleeAt = "127.0.0.72:5080"
	trunkAt  = "127.0.0.73:5080"
)

// outcome of a scenario against one server.
type outcome struct {
	heard  []string // messages that SIPp got, normalized; the callee's after the caller's
	failed error
	errors string
}

func (o outcome) verdict() string {
	if o.failed != nil {
		return "differs"
	}
	return "as chan_sip"
}

// side is one SIPp.
type side struct {
	name, body, at string
}

// play runs the scenario against a server.
func (s scenario) play(server string) (outcome, error) {
	dir, err := os.MkdirTemp("", "compare")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	sides := []side{{"caller", s.caller, callerAt}}
	if s.callee != "" {
		at := calleeAt
		if s.trunk {
			at = trunkAt
		}
		sides = append(sides, side{"callee", s.callee, at})
	}
	var o outcome
	var waiting *exec.Cmd
	for i := len(sides) - 1; i >= 0; i-- { // who is called first
		cmd, err := sides[i].command(ctx, dir, server)
		if err != nil {
			return o, err
		}
		if i > 0 {
			if err := cmd.Start(); err != nil {
				return o, err
			}
			waiting = cmd
			time.Sleep(300 * time.Millisecond)
			continue
		}
		o.failed = cmd.Run()
	}
	if waiting != nil {
		if err := waiting.Wait(); err != nil && o.failed == nil {
			o.failed = err
		}
	}
	for _, s := range sides {
		log, _ := os.ReadFile(filepath.Join(dir, s.name+".log"))
		o.heard = append(o.heard, messages(string(log), server)...)
		errors, _ := os.ReadFile(filepath.Join(dir, s.name+".err"))
		o.errors += string(errors)
	}
	return o, nil
}

func (s side) command(ctx context.Context, dir, server string) (*exec.Cmd, error) {
	file := filepath.Join(dir, s.name+".xml")
	text := "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" ?>\n<scenario name=\"" + s.name + "\">\n" + s.body + "</scenario>\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, err
	}
	ip, port, _ := strings.Cut(s.at, ":")
	cmd := exec.CommandContext(ctx, "sipp", "-sf", file, "-i", ip, "-mi", ip, "-p", port, "-m", "1", "-nostdin", "-timeout", "15",
		"-timeout_error", "-trace_msg", "-message_file", filepath.Join(dir, s.name+".log"), "-trace_err", "-error_file",
		filepath.Join(dir, s.name+".err"), server)
	cmd.Env, cmd.Dir = append(os.Environ(), "TERM=dumb"), dir
	cmd.Stdout, cmd.Stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return cmd, nil
}

var (
	block  = regexp.MustCompile(`(?s)message received.*?\n\n(.*?)(?:\n-{20,}|\z)`)
	sent   = regexp.MustCompile(`(?s)message sent.*?\n\n(.*?)(?:\n-{20,}|\z)`)
	callID = regexp.MustCompile(`(?mi)^(?:Call-ID|i): *(\S+)`)
	// what is new in each call, or each server's own
	fresh = []struct {
		what *regexp.Regexp
		with string
	}{
		{regexp.MustCompile(`tag=[^;>\s]+`), "tag=*"},
		{regexp.MustCompile(`branch=[^;>\s,]+`), "branch=*"},
		{regexp.MustCompile(`(nonce|cnonce|response)="[^"]*"`), `$1="*"`},
		{regexp.MustCompile(`(?m)^Call-ID: .*`), "Call-ID: *"},
		{regexp.MustCompile(`(?m)^Content-Length: .*`), ""},
		{regexp.MustCompile(`(?m)^(Allow|Server|User-Agent|Date): .*`), ""},
		{regexp.MustCompile(`(?m)^o=(\S+) \d+ \d+ `), "o=$1 * * "},
		{regexp.MustCompile(`(?m)^s=.*`), "s=*"},
		{regexp.MustCompile(`(?m)^m=(\w+) [1-9]\d* `), "m=$1 * "},
		{regexp.MustCompile(`(?m)^a=maxptime:.*`), ""},
	}
)

// messages reads what came from SIPp's log, and makes what differs from call to call
// alike. A repeated message counts once.
func messages(log, server string) (out []string) {
	ip, port, _ := strings.Cut(server, ":")
	log = strings.ReplaceAll(log, "\r\n", "\n")
	ours := map[string]bool{}
	for _, m := range sent.FindAllStringSubmatch(log, -1) {
		if id := callID.FindStringSubmatch(m[1]); id != nil {
			ours[id[1]] = true
		}
	}
	for _, m := range block.FindAllStringSubmatch(log, -1) {
		text := m[1]
		if id := callID.FindStringSubmatch(text); id == nil || !ours[id[1]] {
			continue // of a scenario before
		}
		for _, f := range fresh {
			text = f.what.ReplaceAllString(text, f.with)
		}
		text = strings.ReplaceAll(text, ip+":"+port, "<server>")
		text = strings.ReplaceAll(text, ip, "<server ip>")
		var lines []string
		for _, l := range strings.Split(text, "\n") {
			if l = strings.TrimSpace(l); l != "" {
				lines = append(lines, l)
			}
		}
		if text = strings.Join(lines, "\n"); len(out) == 0 || out[len(out)-1] != text {
			out = append(out, text)
		}
	}
	return out
}

// difference lists the lines of two lists of messages that only one of them has.
func difference(a, b []string) (out []string) {
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x == y {
			continue
		}
		head, _, _ := strings.Cut(x, "\n")
		if x == "" {
			head, _, _ = strings.Cut(y, "\n")
		}
		out = append(out, fmt.Sprintf("message %d, %s", i+1, head))
		out = append(out, onlyIn(x, y, "a: ")...)
		out = append(out, onlyIn(y, x, "b: ")...)
	}
	return out
}

func onlyIn(x, y, mark string) (out []string) {
	have := map[string]bool{}
	for _, l := range strings.Split(y, "\n") {
		have[l] = true
	}
	for _, l := range strings.Split(x, "\n") {
		if l != "" && !have[l] {
			out = append(out, "  "+mark+l)
		}
	}
	return out
}
