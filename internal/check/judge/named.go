package judge

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"obelisk/internal/check/plan"
	"obelisk/internal/config"
)

// names are the kinds of what the readers of files say, by their texts.
var names = []struct {
	file string // "" for any
	text *regexp.Regexp
	code string
}{
	{"", regexp.MustCompile(`the built-in music is played|the class default is played: (open|stat) `), "music-folder"},
	{"sip.conf", regexp.MustCompile(`needs (tcp|tls)enable`), "sip-transport-off-peer"},
	{"sip.conf", regexp.MustCompile(`tlscertfile|tlsprivatekey|DTLS|tlsenable`), "sip-tls"},
	{"", regexp.MustCompile(`HTTPS is not served`), "read-certificate"},
	{"", regexp.MustCompile(`is not on this machine; the file at its place`), "file-include-copied"},
	{"", regexp.MustCompile(`cannot (read|include)|no such file|#include|is not there.*include`), "file-include"},
	{"", regexp.MustCompile(`^No '=' \(equal sign\)`), "file-no-equals"},
	{"", regexp.MustCompile(`stands before any \[section\]`), "file-before-section"},
	{"", regexp.MustCompile(`missing '[\])]' in section header|text '.*' after the section header|no blank may stand between`),
		"file-header"},
	{"", regexp.MustCompile(`inherits from \[|adds to a (section|template)`), "file-template"},
	{"", regexp.MustCompile(`block comment`), "file-comment"},
	{"", regexp.MustCompile(`#exec`), "file-exec"},
	{"", regexp.MustCompile(`[Uu]nknown directive`), "file-directive"},
	{"", regexp.MustCompile(`line is longer than`), "file-long-line"},
	{"sip.conf", regexp.MustCompile(`^unknown option`), "sip-option-unknown"},
	{"sip.conf", regexp.MustCompile(`belongs into|has no effect in \[`), "sip-option-place"},
	{"sip.conf", regexp.MustCompile(`not supported yet`), "sip-option-missing"},
	{"sip.conf", regexp.MustCompile(`lacks type`), "sip-no-type"},
	{"sip.conf", regexp.MustCompile(`^Unknown type`), "sip-type-unknown"},
	{"sip.conf", regexp.MustCompile(`^Unknown insecure mode`), "sip-insecure-word"},
	{"sip.conf", regexp.MustCompile(`is not a nat mode`), "sip-nat-word"},
	{"sip.conf", regexp.MustCompile(`nat=yes is deprecated`), "sip-nat-yes"},
	{"sip.conf", regexp.MustCompile(`unknown codec`), "sip-codec-unknown"},
	{"sip.conf", regexp.MustCompile(`(?i)unknown dtmf mode`), "sip-dtmfmode"},
	{"sip.conf", regexp.MustCompile(`no ACL '|acl\.conf`), "sip-acl-missing"},
	{"sip.conf", regexp.MustCompile(`peer '.*' is left out`), "sip-peer-dropped"},
	{"sip.conf", regexp.MustCompile(`without localnet`), "sip-externaddr-localnet"},
	{"sip.conf", regexp.MustCompile(`Format for (registration|MWI)`), "sip-register-grammar"},
	{"sip.conf", regexp.MustCompile(`is not a valid port|valid expiry of a|valid transport of a`), "sip-register-part"},
	{"sip.conf", regexp.MustCompile(`is not in extensions\.conf`), "sip-context-missing"},
	{"sip.conf", regexp.MustCompile(`neither yes nor no`), "sip-boolean"},
	{"sip.conf", regexp.MustCompile(`not a valid value|only the number counts|not a valid|Qualification should be`), "sip-value"},
	{"sip.conf", regexp.MustCompile(`groups 0 to 63`), "sip-group-range"},
	{"sip.conf", regexp.MustCompile(`is not a transport`), "sip-transport-word"},
	{"sip.conf", regexp.MustCompile(`resolve|look(ed|up)|no address|no such host`), "sip-host-unresolved"},
	{"sip.conf", regexp.MustCompile(`cert|\.pem|TLS|DTLS`), "sip-tls"},
	{"sip.conf", regexp.MustCompile(`domain`), "sip-domain"},
	{"extensions.conf", regexp.MustCompile(`of Asterisk is not here yet.*(application|ends)|^application '.*' of Asterisk is not here`),
		"plan-app-missing"},
	{"extensions.conf", regexp.MustCompile(`^application '`), "plan-app-unknown"},
	{"extensions.conf", regexp.MustCompile(`there is no program`), "plan-program-missing"},
	{"extensions.conf", regexp.MustCompile(`No such switch`), "plan-switch-missing"},
	{"extensions.conf", regexp.MustCompile(`is not supported yet|it is not here`), "plan-option-missing"},
	{"extensions.conf", regexp.MustCompile(`^function '.*' of Asterisk is not here`), "plan-function-missing"},
	{"extensions.conf", regexp.MustCompile(`^there is no function`), "plan-function-unknown"},
	{"extensions.conf", regexp.MustCompile(`'\|' is no separator`), "plan-pipe"},
	{"extensions.conf", regexp.MustCompile(`nonexistent context`), "plan-include-missing"},
	{"extensions.conf", regexp.MustCompile(`already included`), "plan-include-twice"},
	{"extensions.conf", regexp.MustCompile(`already in use|already used`), "plan-priority-twice"},
	{"extensions.conf", regexp.MustCompile(`Can't use '(next|same)'|No previous pattern`), "plan-priority-first"},
	{"extensions.conf", regexp.MustCompile(`(?i)invalid priority|no priority in|label in priority`), "plan-priority"},
	{"extensions.conf", regexp.MustCompile(`strongly discouraged`), "plan-pattern-dot"},
	{"extensions.conf", regexp.MustCompile(`No closing parenthesis|never closed|parentheses of`), "plan-brackets"},
	{"extensions.conf", regexp.MustCompile(`no call reaches|begins with priority`), "plan-unreachable"},
	{"extensions.conf", regexp.MustCompile(`includes itself`), "plan-include-circle"},
	{"extensions.conf", regexp.MustCompile(`both match some numbers`), "plan-pattern-overlap"},
	{"extensions.conf", regexp.MustCompile(`never runs: `), "plan-pattern-hides"},
	{"extensions.conf", regexp.MustCompile(`there is no (context|extension|priority)`), "plan-target"},
	{"extensions.conf", regexp.MustCompile(`extenpatternmatchnew`), "plan-general-option"},
	{"extensions.conf", regexp.MustCompile(`(?i)range|wildcard|pattern`), "plan-range"},
	{"extensions.conf", regexp.MustCompile(`Unrecognized option|closing parenthesis`), "plan-option-unknown"},
	{"extensions.conf", regexp.MustCompile(`unknown option`), "plan-general-option"},
	{"extensions.conf", regexp.MustCompile(`^include '`), "plan-include-time"},
	{"extensions.conf", regexp.MustCompile(`there is no queue`), "plan-queue-missing"},
	{"extensions.conf", regexp.MustCompile(`there is no rule`), "plan-queue-rule"},
	{"extensions.conf", regexp.MustCompile(`there is no (class|lot|profile|menu|agent)|not defined`), "plan-name-missing"},
	{"queues.conf", regexp.MustCompile(`member of queue`), "queue-member-missing"},
	{"rtp.conf", regexp.MustCompile(`is not below rtpend`), "rtp-range"},
	{"", regexp.MustCompile(`not supported|not here|cannot be here|other program`), "read-missing"},
	{"", regexp.MustCompile(`[Uu]nknown option|no option '`), "read-option"},
	{"", regexp.MustCompile(`not a valid value|is neither|it takes`), "read-value"},
	{"", regexp.MustCompile(`there is no context|no extension`), "read-context"},
	{"", regexp.MustCompile(`certificate|\.pem|\.crt|\.key`), "read-certificate"},
}

// byFile are the kinds of what no pattern names, by the file that is judged.
var byFile = map[string]string{"sip": "sip-other", "extensions": "plan-other"}

// missing is what this switchboard does not have, which is no mistake of the file.
var missing = []string{"not supported yet", "is not here yet", "is not supported and has no effect", "not available here", "it is not here",
	"there is no storage by ODBC", "needs another program and is not supported", "No such switch 'DUNDi'", "No such switch 'Lua'",
	"No such switch 'IAX2'"}

func isMissing(text string) bool {
	return slices.ContainsFunc(missing, func(s string) bool { return strings.Contains(text, s) })
}

// words are what readers say in Asterisk's words, for whoever compares logs, and how it is said here.
var words = []struct {
	text *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`^No '=' \(equal sign\) in line \d+ of \S+$`), "there is no = in the line: it is left out"},
	{regexp.MustCompile(`^Unable to register extension '(.*)' priority (\d+) in '(.*)', already in use$`),
		"priority $2 of extension '$1' in '$3' stands twice: this one is left out"},
	{regexp.MustCompile(`^Can't use 'next' priority on the first entry$`),
		"the first step of an extension has priority 1, not n: the line is left out"},
	{regexp.MustCompile(`^No closing parenthesis found\? '(.*)'$`),
		"the closing parenthesis is missing in '$1': all up to the end of the line is taken as arguments"},
	{regexp.MustCompile(`^Unknown type '(.*)' for '(.*)' in sip.conf$`),
		"there is no type '$1': '$2' is left out, and neither registers nor calls (friend for a phone, peer for a provider)"},
	{regexp.MustCompile(`^Context '(.*)' tries to include nonexistent context '(.*)'$`),
		"there is no context '$2' (nonexistent), which '$1' includes: no number is found through this line"},
	{regexp.MustCompile(`^Unknown dtmf mode '(.*)', using rfc2833$`),
		"unknown dtmf mode '$1': rfc2833 is used (rfc2833, info, shortinfo, inband, auto)"},
	{regexp.MustCompile(`^(\w+: )?Unrecognized option: '(.*)'$`), "${1}there is no option '$2' (unrecognized): it has no effect"},
	{regexp.MustCompile(`^Section '(.*)' lacks type$`), "[$1] has no type, and is no endpoint: nothing registers or calls by it"},
	{regexp.MustCompile(`^Unknown directive '(.*)' at line \d+ of \S+$`), "'$1' is none of the words that begin with #: the line is ignored"},
}

// plainly is a text without words that mean something to programs alone.
func plainly(text string) string {
	for _, w := range words {
		if w.text.MatchString(text) {
			return w.text.ReplaceAllString(text, w.to)
		}
	}
	return text
}

// directive is a line of extensions.conf that is none, as it is told at a reload.
var directive = regexp.MustCompile(`(?i)unknown directive: (\S+) at line`)

// unknownDirective is directive's match; few texts have its word, which is seen sooner.
func unknownDirective(text string) []string {
	if !strings.Contains(text, "irective") {
		return nil
	}
	return directive.FindStringSubmatch(text)
}

var missingApp = regexp.MustCompile(`^application '([^']+)' of Asterisk is not here yet`)

// namer gives findings the codes of their kinds.
type namer struct {
	roots  map[string]string // of paths, the file that includes them
	copied bool              // the files are those of another machine
}

// named gives a finding of a reader the code of its kind.
func (n namer) named(d config.Diagnostic) config.Diagnostic {
	if d.Code == "" {
		d.Code = n.code(d)
	}
	if before, rest, ok := strings.Cut(d.Text, " (did you mean "); ok && d.Hint == "" {
		name, after, _ := strings.Cut(rest, "?)")
		d.Text, d.Hint = before+after, "did you mean "+name+"?"
	}
	if m := unknownDirective(d.Text); m != nil {
		d.Text = "'" + m[1] + "' begins no line of a dialplan: the line is ignored"
		if d.Hint = ""; strings.ToUpper(m[1]) == m[1] {
			d.Hint = "a variable stands in [globals]"
		} else {
			d.Hint = "exten, same, include, ignorepat or switch"
		}
	}
	d.Text = plainly(d.Text)
	if d.Code == "sip-option-place" && strings.HasPrefix(d.Text, "option 'port' belongs") {
		d.Hint = "bindport"
	}
	if m := missingApp.FindStringSubmatch(d.Text); m != nil && d.Hint == "" {
		d.Hint = plan.Successor(m[1])
	}
	switch {
	case d.Code == "plan-function-unknown" && strings.Contains(d.Text, "'ODBC_"):
		d.Code, d.Severity, d.Hint = "plan-function-missing", config.Missing, "AGI, CURL or the astdb"
		d.Text += ": func_odbc.conf makes it, and there is no ODBC here"
	case d.Severity == config.Warning && isMissing(d.Text):
		d.Severity = config.Missing
	case d.Code == "sip-nat-yes", d.Code == "plan-include-missing" && strings.Contains(d.Text, "'parkedcalls'"):
		d.Severity = config.Note // the parking lot makes that context
	case strings.HasPrefix(d.Code, "read-") && strings.Contains(d.Text, "'stdexten'"):
		d.Severity = config.Note // the numbers that users.conf makes; most sites have their own
		d.Hint = "hasexten=no, or the context [stdexten] of the samples"
	case d.Code == "sip-option-unknown" && foreign.MatchString(d.Text):
		d.Code, d.Severity, d.Hint = "sip-option-foreign", config.Note, ""
	case d.Code == "plan-other" && strings.HasPrefix(d.Text, "MeetMe: "):
		d.Code, d.Severity = "plan-app-old", config.Note
	case n.copied && elsewhere.MatchString(d.Text) && strings.HasPrefix(d.Code, "sip-tls"), n.copied && elsewhere.MatchString(d.Text) &&
		d.Code == "read-certificate", n.copied && d.Code == "plan-program-missing", n.copied && d.Code == "music-folder" &&
		elsewhere.MatchString(d.Text), n.copied && strings.HasSuffix(d.Text, " cannot be run"):
		d.Severity = config.Note
		d.Text += " (here; this folder is a copy, and it may be there on the machine that it is for)"
	}
	return d
}

// foreign are options of sip.conf that chan_sip had once, that other channels have, or that programs
// which write sip.conf keep there for themselves.
var foreign = regexp.MustCompile(
	`(?i)^unknown option '(callevents|checkmwi|limitonpeers?|notifymimetype|maxpeers|rtautoclear|regserver|devicetype|dial|account|record_in|record_out|emergency_cid|hint_override|cid_masquerade|recording_.*|recordin|recordout|deny_codecs|customcontext|accountid|astdb.*|threewaycalling|callwaiting|callwaitingcallerid|hidecallerid|usecallerid|echocancel.*|signalling|rxgain|txgain|immediate|hanguponpolarityswitch|callprogress|busydetect|hassip|hasiax|hasvoicemail|hasmanager|hasagent|hasdirectory|sipdriver|namedcallgroupinherit|max_contacts|force_rport|rtp_symmetric|rewrite_contact|aors?|outbound_auth|identify_by|aggregate_mwi|minimum_expiration|maximum_expiration|qualify_frequency|icesupportice|media_encryption.*|dtls_.*|sendrpid_mode|gotoif|defaultuser_agent|vmexcontext|x-.*)'`)

// elsewhere is a file by an absolute path that is not there.
var elsewhere = regexp.MustCompile(` /\S+: no such file or directory`)

func (n namer) code(d config.Diagnostic) string {
	base := filepath.Base(d.Pos.File)
	about := n.roots[d.Pos.File]
	if about == "" {
		about = included(d, base)
	}
	for _, k := range names {
		if (k.file == "" || k.file == about) && k.text.MatchString(d.Text) {
			return k.code
		}
	}
	if c := byFile[strings.TrimSuffix(about, ".conf")]; c != "" {
		return c
	}
	return "read-" + strings.TrimSuffix(strings.ReplaceAll(about, "_", "-"), ".conf")
}

// isRead says whether a file is read by anybody.
func isRead(name string) bool {
	base := strings.TrimSuffix(name, ".conf")
	return known[base] || base == "sip" || base == "extensions"
}

// plan and peer texts tell what a file is that others include.
var (
	ofPlan = regexp.MustCompile(`(?i)\b(extension|priority|context|application|function|Dial|Goto|include|hint|label)\b`)
	ofSIP  = regexp.MustCompile(`(?i)\b(chan_sip|peer|endpoint|register|registration|sip\.conf|type|codec|Section)\b`)
)

func included(d config.Diagnostic, base string) string {
	if known[strings.TrimSuffix(base, ".conf")] {
		return base
	}
	switch {
	case ofSIP.MatchString(d.Text):
		return "sip.conf"
	case ofPlan.MatchString(d.Text):
		return "extensions.conf"
	}
	return base
}

// known are files that are what their names say.
var known = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields("voicemail queues queuerules confbridge features res_parking musiconhold agents followme manager rtp " +
		"http logger cdr cel cdr_custom cdr_manager cel_custom modules extconfig indications asterisk users acl ccss udptl dnsmgr hep amd " +
		"agi ari cli cli_aliases cli_permissions res_fax sip_notify stasis cdr_sqlite3_custom cel_sqlite3_custom") {
		m[n] = true
	}
	return m
}()
