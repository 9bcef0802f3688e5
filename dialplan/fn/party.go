package fn

import (
	"errors"
	"slices"
	"strings"

	"obelisk/pbx"
)

// Parties of a call: CALLERID and CONNECTEDLINE.

func readCallerID(c *pbx.Channel, args string) (string, error) {
	if field(args) == "rdnis" {
		return redirecting(c).Num, nil
	}
	return readParty(c.View().CallerID, field(args))
}

func writeCallerID(c *pbx.Channel, args, value string) error {
	if field(args) == "rdnis" {
		r := redirecting(c)
		r.Num = value
		c.SetRedirecting(r)
		return nil
	}
	id, err := writeParty(c.View().CallerID, field(args), value)
	if err == nil {
		c.SetCallerID(id)
	}
	return err
}

func readConnected(c *pbx.Channel, args string) (string, error) {
	return readParty(c.View().Connected, field(args))
}

func writeConnected(c *pbx.Channel, args, value string) error {
	id, err := writeParty(c.View().Connected, field(args), value)
	if err == nil {
		c.Connect(id)
	}
	return err
}

// field is the datum meant, without options such as "i".
func field(args string) string {
	args, _, _ = strings.Cut(args, ",")
	return strings.ToLower(strings.TrimSpace(args))
}

func readParty(id pbx.CallerID, field string) (string, error) {
	switch field {
	case "num", "number":
		return id.Num, nil
	case "name":
		return id.Name, nil
	case "all":
		return `"` + id.Name + `" <` + id.Num + `>`, nil
	case "pres", "num-pres", "name-pres":
		said := id.Pres
		if field == "name-pres" {
			said = id.NamePres
		}
		if said != "" {
			return said, nil
		}
		if id.Private {
			return "prohib_not_screened", nil
		}
		return "allowed_not_screened", nil
	}
	return "", errField
}

// presentations are the words of CALLERID(pres).
var presentations = []string{"allowed_not_screened", "allowed_passed_screen", "allowed_failed_screen", "allowed", "prohib_not_screened", "prohib_passed_screen", "prohib_failed_screen", "prohib", "unavailable"}

func writeParty(id pbx.CallerID, field, value string) (pbx.CallerID, error) {
	switch field {
	case "num", "number":
		id.Num = value
	case "name":
		id.Name = value
	case "all":
		all := pbx.ParseCallerID(value)
		id.Num, id.Name = all.Num, all.Name
	case "pres", "num-pres", "name-pres":
		said := strings.ToLower(strings.TrimSpace(value))
		if !slices.Contains(presentations, said) {
			return id, errors.New("'" + value + "' is no presentation: " + strings.Join(presentations, ", "))
		}
		id.Private = strings.HasPrefix(said, "prohib")
		if field != "name-pres" {
			id.Pres = said
		}
		if field != "num-pres" {
			id.NamePres = said
		}
	default:
		return id, errField
	}
	return id, nil
}
