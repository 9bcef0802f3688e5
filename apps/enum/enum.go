// Package enum finds who has a number in the DNS: the functions of ENUM (RFC 6116), and a caller's
// name in TXT records.
package enum

import (
	"strconv"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/config"
	"obelisk/pbx"
)

// Module implements pbx.Furnisher and pbx.Configured.
type Module struct{ asker }

var (
	_ pbx.Furnisher  = (*Module)(nil)
	_ pbx.Configured = (*Module)(nil)
	_ pbx.Described  = (*Module)(nil)
	_ pbx.Optioned   = (*Module)(nil)
)

// New makes the module, which asks the name servers of the system.
func New() *Module { return &Module{asker{systemServers}} }

// Name implements pbx.Module.
func (m *Module) Name() string { return "func_enum" }

// Synopsis implements pbx.Described.
func (m *Module) Synopsis() string { return "ENUM related dialplan functions" }

const lookupUsage = `ENUMLOOKUP(number[,method[,options[,record[,zone]]]]): an address of a number in the DNS, without its scheme
  method: sip, tel, mailto ... (sip); ALL: any of them, with its scheme
  c: how many there are; u: with the scheme; s, d: the number as ISN has it, or as it stands; i: in the tree of providers
  record: which of them (1); zone: where numbers are (e164.arpa)
  A name server that does not answer in 5 s has nothing`

const queryUsage = `ENUMQUERY(number[,method[,zone]]): the id by which ENUMRESULT finds what ENUMLOOKUP would find`

const resultUsage = `ENUMRESULT(id,n|getnum): the nth address that ENUMQUERY has found, or how many there are, -1 where there was no answer`

const nameUsage = `TXTCIDNAME(number[,zone]): the name of a number, from its TXT record in the DNS (e164.arpa)`

// Furnish implements pbx.Furnisher.
func (m *Module) Furnish(core *pbx.Core) {
	for _, f := range []pbx.Func{
		{Name: "ENUMLOOKUP", Synopsis: "An address of a number in the DNS", Usage: lookupUsage, Read: m.lookup},
		{Name: "ENUMQUERY", Synopsis: "Looks a number up in the DNS", Usage: queryUsage, Read: m.query},
		{Name: "ENUMRESULT", Synopsis: "An address that ENUMQUERY has found", Usage: resultUsage, Read: result},
		{Name: "TXTCIDNAME", Synopsis: "The name of a number in the DNS", Usage: nameUsage, Read: m.name},
	} {
		core.RegisterFunc(f)
	}
}

const (
	usualMethod = "sip"
	usualZone   = "e164.arpa"
	everyMethod = "ALL"
)

// arguments are at most n, with those that are missing or empty as given. The last one, the zone, is what
// is left.
func arguments(args string, usual ...string) []string {
	f := dialplan.SplitArgs(args, len(usual))
	for i := range usual {
		if i >= len(f) {
			f = append(f, usual[i])
		} else if f[i] == "" && i < len(usual)-1 {
			f[i] = usual[i]
		}
	}
	return f
}

// lookup is ENUMLOOKUP.
func (m *Module) lookup(c *pbx.Channel, args string) (string, error) {
	if args == "" {
		return "", problem("Syntax: ENUMLOOKUP(number[,Method-type[,options[,record#[,zone-suffix]]]])")
	}
	f := arguments(args, "", usualMethod, "", "1", usualZone)
	if f[4] == "" {
		return "", problem("ENUMLOOKUP needs a zone")
	}
	count, whole := strings.Contains(f[2], "c"), strings.Contains(f[2], "u")
	list, failed, err := m.addresses(c, f[0], f[1], tree{infra: strings.Contains(f[2], "i"), direct: strings.Contains(f[2], "d"), zone: f[4]})
	if count {
		return strconv.Itoa(counted(list, failed)), err
	}
	n := max(leading(f[3]), 1)
	if failed || n > len(list) {
		return "", err
	}
	return shown(list[n-1], f[1], whole), nil
}

// counted is what counts addresses: one less where the answer has an end that cannot be read, so that no
// answer is -1, as in Asterisk.
func counted(list []string, failed bool) int {
	if failed {
		return len(list) - 1
	}
	return len(list)
}

// shown is an address without its scheme, unless it is asked for whole, or among those of all methods.
func shown(uri, method string, whole bool) string {
	if _, rest, ok := strings.Cut(uri, ":"); ok && !whole && !strings.EqualFold(method, everyMethod) {
		return rest
	}
	return uri
}

// found is the variable with what a query has found: addresses, a line each; or failedQuery.
func found(id string) string { return "~ENUM~" + id }

const failedQuery = "-1"

// query is ENUMQUERY. Differs: Asterisk 20 asks in e164.zone where no zone is given, which nobody has; its own
// help says e164.arpa.
func (m *Module) query(c *pbx.Channel, args string) (string, error) {
	if args == "" {
		return "", problem("ENUMQUERY requires at least a number as an argument...")
	}
	f := arguments(args, "", usualMethod, usualZone)
	list, failed, err := m.addresses(c, f[0], f[1], tree{zone: f[2]})
	text := failedQuery
	if !failed {
		for i := range list {
			list[i] = shown(list[i], f[1], false)
		}
		text = strings.Join(list, "\n")
	}
	id := 0
	for ; ; id++ {
		if _, taken := c.Var(found(strconv.Itoa(id))); !taken {
			break
		}
	}
	c.SetVar(found(strconv.Itoa(id)), text)
	if err != nil {
		c.Warn("ENUMQUERY: " + err.Error())
	}
	return strconv.Itoa(id), nil
}

// result is ENUMRESULT.
func result(c *pbx.Channel, args string) (string, error) {
	if args == "" {
		return "", problem("ENUMRESULT requires two arguments (id and resultnum)")
	}
	f := arguments(args, "", "")
	switch {
	case f[0] == "":
		return "", problem("A result ID must be provided to ENUMRESULT")
	case f[1] == "":
		return "", problem("A result number must be given to ENUMRESULT!")
	}
	text, asked := c.Var(found(f[0]))
	if !asked {
		return "", problem("No ENUM results found for query id!")
	}
	number, _, _ := strings.Cut(f[1], ",")
	count := strings.EqualFold(number, "getnum")
	if text == failedQuery {
		if count {
			return failedQuery, nil
		}
		return "", nil
	}
	var list []string
	if text != "" {
		list = strings.Split(text, "\n")
	}
	if count {
		return strconv.Itoa(len(list)), nil
	}
	n := leading(number)
	switch {
	case n == 0 && !strings.HasPrefix(strings.TrimSpace(number), "0"):
		return "", problem("Invalid value '" + number + "' for resultnum to ENUMRESULT!")
	case n < 1 || n > len(list):
		return "", problem("Result number " + strconv.Itoa(n) + " is not valid for ENUM query results for ID " + f[0] + "!")
	}
	return list[n-1], nil
}

// name is TXTCIDNAME: of several records the last one counts, of several texts in one the first.
func (m *Module) name(c *pbx.Channel, args string) (string, error) {
	if args == "" {
		return "", problem("Syntax: TXTCIDNAME(number[,zone-suffix])")
	}
	f := arguments(args, "", usualZone)
	texts, err := m.texts(c, domain(plainNumber(f[0]), tree{zone: f[1]}))
	if err != nil || len(texts) == 0 {
		return "", err
	}
	return texts[len(texts)-1], nil
}

// leading is the number that a text begins with, 0 for none.
func leading(text string) int {
	text = strings.TrimSpace(text)
	end := 0
	for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == 0 && text[end] == '-') {
		end++
	}
	n, _ := strconv.Atoi(text[:end])
	return n
}

// options of enum.conf. Asterisk 20 reads them and takes none of them to mind: a zone is an argument there.
var general = config.Table[struct{}]{File: "enum.conf", Section: "general", Options: []config.Option[struct{}]{
	{Name: "search", Takes: "a zone", Default: usualZone, Help: "no effect, as in Asterisk 20: the zone is an argument of the functions"},
	{Name: "h323driver", Takes: "a technology", Default: "H323", Help: "no effect: addresses are told as they stand in the DNS"},
	{Name: "ienum_branchlabel", Takes: "a label", Default: "i", Help: "no effect, as in Asterisk 20: the label is i"},
}}

// Prepare implements pbx.Configured.
func (m *Module) Prepare(src pbx.Files) (pbx.Next, []config.Diagnostic) {
	f := src.File("enum.conf")
	if f == nil {
		return nothing{}, nil
	}
	return nothing{}, general.Read(f.Section("general"), &struct{}{}, nil)
}

// Options implements pbx.Optioned.
func (m *Module) Options() []config.OptionRow { return general.Rows() }

// nothing implements pbx.Next: no line of enum.conf has an effect.
type nothing struct{}

// Changes implements pbx.Next.
func (nothing) Changes() []string { return nil }

// Commit implements pbx.Next.
func (nothing) Commit() {}

// Discard implements pbx.Next.
func (nothing) Discard() {}
