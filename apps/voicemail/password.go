package voicemail

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"obelisk/pbx"
)

// same compares passwords in a time that does not tell where they differ.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// programTime is how long a program that is asked for something may take.
const programTime = 10 * time.Second

// refused tells of a wrong password: who watches the log for break-ins sees the mailbox and the
// caller, and nobody sees what was typed.
// Differs: Asterisk writes the password that was typed into its log, at verbose level 3.
func (d *desk) refused(c call, context, box string, known bool) {
	if context == "" {
		context = "default"
	}
	who := c.caller().Num
	if who == "" {
		who = "unknown"
	}
	if at := c.address(); at != "" {
		who += " at " + at
	}
	d.log.Info().Msgf("voicemail: wrong password for mailbox '%s' (context = %s) from %s, channel %s", box, context, who, c.name())
	why := "InvalidPassword"
	if !known {
		why = "InvalidAccountID"
	}
	d.tell(why, "security", "EventTV", d.now().Format(pbx.SecurityTime), "Severity", "Error", "Service", "VoiceMail",
		"EventVersion", "1", "AccountID", box+"@"+context, "SessionID", c.name(), "RemoteAddress", c.address())
}

// unfit says what is wrong with a new password, "" when nothing is.
func (d *desk) unfit(s *Settings, b *Box, password string) string {
	switch {
	case len(password) < s.MinPassword:
		return fmt.Sprintf("it is shorter than minpassword = %d", s.MinPassword)
	case strings.HasPrefix(password, "*"):
		return "it begins with *"
	case s.ExternPassCheck == "" || d.quiet:
		return ""
	}
	out, err := ask(s.ExternPassCheck, b.Box, b.Context, b.Password, password)
	if err != nil {
		d.log.Warn().Msgf("voicemail: externpasscheck: %v; the password is taken", err)
		return ""
	}
	if word := strings.ToUpper(strings.TrimSpace(out)); !strings.HasPrefix(word, "VALID") && !strings.HasPrefix(word, "FAILURE") {
		return "externpasscheck refuses it"
	}
	return ""
}

// ask runs a program of voicemail.conf, which may have arguments of its own, with more of them,
// and returns what it writes.
func ask(program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), programTime)
	defer cancel()
	cmd := shell(ctx, program, args...)
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return "", fmt.Errorf("%s took longer than %s and was ended", strings.Fields(program)[0], programTime)
	}
	return string(out), err
}

// shell is a command line with arguments behind it, which the shell does not read again.
func shell(ctx context.Context, line string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", line + ` "$@"`, "voicemail"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}

// setPassword changes a password: where it is kept, unless a program does that, and in what is in
// force.
func (d *desk) setPassword(s *Settings, b *Box, password string) error {
	if s.ExternPass == "" && !d.quiet {
		if err := d.keepPassword(b, password); err != nil {
			return err
		}
	}
	if program := s.ExternPass + s.ExternPassNotify; program != "" && !d.quiet {
		if _, err := ask(program, b.Context, b.Box, password); err != nil && s.ExternPass != "" {
			return fmt.Errorf("externpass: %w", err)
		}
	}
	d.change(b, func(n *Box) { n.Password = password })
	d.tell("VoicemailPasswordChange", "user", "Context", b.Context, "Mailbox", b.Box, "NewPassword", password)
	return nil
}

// keepPassword writes it to where it is kept.
func (d *desk) keepPassword(b *Box, password string) error {
	if b.inTable {
		return d.keepInTable(b, password)
	}
	if b.PasswordInSpool {
		err := d.store.SetSecret(b.Ref, password)
		if err == nil {
			return nil
		}
		d.log.Warn().Msgf("voicemail: %v; the password of %s goes into voicemail.conf", err, b)
	}
	if b.Pos.File == "" {
		return errors.New("no file has the mailbox")
	}
	return rewrite(b.Pos.File, func(text string) (string, error) {
		if b.users {
			return withSecret(text, b.Box, password)
		}
		return withPassword(text, b, password)
	})
}

// withPassword is a voicemail.conf with another password of a mailbox; all else stays as it is,
// to the byte.
func withPassword(text string, b *Box, password string) (string, error) {
	lines := strings.SplitAfter(text, "\n")
	at, section := -1, ""
	for i, l := range lines {
		t := strings.TrimSpace(l)
		if strings.HasPrefix(t, "[") && strings.Contains(t, "]") {
			section = t[1:strings.Index(t, "]")]
		}
		if name, _, ok := strings.Cut(t, "="); ok && strings.EqualFold(strings.TrimSpace(name), b.Box) && strings.EqualFold(section, b.Context) {
			if at < 0 || i+1 == b.Pos.Line {
				at = i
			}
		}
	}
	if at < 0 {
		return "", fmt.Errorf("there is no line of mailbox %s", b)
	}
	l := lines[at]
	start := strings.IndexByte(l, '=') + 1
	if start < len(l) && l[start] == '>' {
		start++
	}
	start += len(l[start:]) - len(strings.TrimLeft(l[start:], " \t"))
	end := start + strings.IndexAny(l[start:]+"\n", ",;\r\n")
	end = start + len(strings.TrimRight(l[start:end], " \t"))
	lines[at] = l[:start] + password + l[end:]
	return strings.Join(lines, ""), nil
}

// withSecret is a users.conf with another vmsecret of a section.
func withSecret(text, name, password string) (string, error) {
	lines := strings.SplitAfter(text, "\n")
	head := -1
	for i, l := range lines {
		t := strings.TrimSpace(l)
		switch {
		case strings.HasPrefix(t, "[") && strings.Contains(t, "]"):
			if head >= 0 {
				return insert(lines, head, password), nil
			}
			if strings.EqualFold(t[1:strings.Index(t, "]")], name) {
				head = i
			}
		case head >= 0:
			if key, _, ok := strings.Cut(t, "="); ok && strings.EqualFold(strings.TrimSpace(key), "vmsecret") {
				lines[i] = l[:strings.IndexByte(l, '=')] + "= " + password + ending(l)
				return strings.Join(lines, ""), nil
			}
		}
	}
	if head < 0 {
		return "", fmt.Errorf("there is no section [%s]", name)
	}
	return insert(lines, head, password), nil
}

func insert(lines []string, head int, password string) string {
	end := ending(lines[head])
	if end == "" {
		lines[head], end = lines[head]+"\n", "\n"
	}
	lines[head] += "vmsecret = " + password + end
	return strings.Join(lines, "")
}

// ending is the line end of a line.
func ending(l string) string { return l[len(strings.TrimRight(l, "\r\n")):] }

// rewrite changes a file: whole, or as it was. Owner, mode and a symbolic link stay.
func rewrite(name string, change func(string) (string, error)) error {
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	stat, err := os.Stat(name)
	if err != nil {
		return err
	}
	text, err := change(string(data))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".voicemail-")
	if err != nil {
		return os.WriteFile(name, []byte(text), stat.Mode().Perm()) // its folder is not ours
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(text)
	if err = errors.Join(err, tmp.Chmod(stat.Mode().Perm()), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if sys, ok := stat.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		os.Chown(tmp.Name(), int(sys.Uid), int(sys.Gid))
	}
	return os.Rename(tmp.Name(), name)
}
