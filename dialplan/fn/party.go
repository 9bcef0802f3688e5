package fn

import (
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
		if id.Private {
			return "prohib_not_screened", nil
		}
		return "allowed_not_screened", nil
	}
	return "", errField
}

func writeParty(id pbx.CallerID, field, value string) (pbx.CallerID, error) {
	switch field {
	case "num", "number":
		id.Num = value
	case "name":
		id.Name = value
	case "all":
		private := id.Private
		id = pbx.ParseCallerID(value)
		id.Private = private
	case "pres", "num-pres", "name-pres":
		id.Private = strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), "prohib")
	default:
		return id, errField
	}
	return id, nil
}
