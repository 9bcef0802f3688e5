package voicemail

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"obelisk/apps/voicemail/spool"
	"obelisk/pbx"
)

// functions are those of mailboxes.
func (d *desk) functions() []pbx.Func {
	return []pbx.Func{
		{Name: "VM_INFO", Synopsis: "What a mailbox is and holds", Read: d.vmInfo,
			Usage: "VM_INFO(box[@context],attribute[,folder]): count, email, exists, fullname, language, locale, pager, password, tz"},
		{Name: "VMCOUNT", Synopsis: "Messages of mailboxes", Read: d.vmCount,
			Usage: "VMCOUNT(box[@context][&box[@context]...][,folder]): INBOX, urgent messages counted, where none is named"},
		{Name: "MAILBOX_EXISTS", Synopsis: "1 for a mailbox that is there", Read: d.exists,
			Usage: "MAILBOX_EXISTS(box[@context]); VM_INFO(box,exists) has taken its place"},
	}
}

var errInfo = errors.New("it requires an argument (<mailbox>[@<context>],attribute[,folder])")

// vmInfo knows attributes by their beginning, as Asterisk does.
func (d *desk) vmInfo(c *pbx.Channel, args string) (string, error) {
	f := words(args, 3)
	r := parseRef(f[0])
	if r.Box == "" || f[1] == "" {
		return "", errInfo
	}
	b := d.find(d.settings(), r.Context, r.Box)
	is := func(name string) bool { return len(f[1]) >= len(name) && strings.EqualFold(f[1][:len(name)], name) }
	if is("exists") {
		if b != nil {
			return "1", nil
		}
		return "0", nil
	}
	if b == nil {
		return "", nil
	}
	switch {
	case is("password"):
		return b.Password, nil
	case is("fullname"):
		return b.FullName, nil
	case is("email"):
		return b.Email, nil
	case is("pager"):
		return b.Pager, nil
	case is("language"):
		if b.Language == "" && c != nil {
			return c.View().Language, nil
		}
		return b.Language, nil
	case is("locale"):
		return b.Locale, nil
	case is("tz"):
		return b.Zone, nil
	case is("count"):
		return strconv.Itoa(d.count(b.Ref, f[2])), nil
	}
	return "", fmt.Errorf("unknown attribute '%s'", f[1])
}

// count is the messages of a folder; INBOX, or none, counts the urgent ones too.
func (d *desk) count(r spool.Ref, folder string) int {
	if folder == "" {
		folder = "INBOX"
	}
	f, ok := spool.FolderNamed(folder)
	if !ok {
		return 0
	}
	n := d.store.Count(r, f)
	if f == spool.Inbox {
		n += d.store.Count(r, spool.Urgent)
	}
	return n
}

func (d *desk) vmCount(_ *pbx.Channel, args string) (string, error) {
	f := words(args, 2)
	if f[0] == "" {
		return "", errors.New("it requires an argument (<mailbox>[@<context>][&...][,folder])")
	}
	n := 0
	for _, name := range strings.Split(f[0], "&") {
		if name != "" {
			n += d.count(parseRef(name), f[1])
		}
	}
	return strconv.Itoa(n), nil
}

func (d *desk) exists(_ *pbx.Channel, args string) (string, error) {
	if d.named(d.settings(), strings.TrimSpace(args)) != nil {
		return "1", nil
	}
	return "0", nil
}
