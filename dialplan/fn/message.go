package fn

import (
	"errors"
	"strings"

	"obelisk/pbx"
)

func readMessage(c *pbx.Channel, args string) (string, error) {
	m := c.Message()
	if m == nil {
		return "", errNoMessage
	}
	switch strings.ToLower(strings.TrimSpace(args)) {
	case "to":
		return m.To, nil
	case "from":
		return m.From, nil
	case "body":
		return m.Body, nil
	}
	return "", errField
}

func writeMessage(c *pbx.Channel, args, value string) error {
	m := c.Compose()
	switch strings.ToLower(strings.TrimSpace(args)) {
	case "to":
		m.To = value
	case "from":
		m.From = value
	case "body":
		m.Body = value
	case "custom_data":
		switch strings.ToLower(value) {
		case "mark_all_outbound":
			m.SendAll(true)
		case "clear_all_outbound":
			m.SendAll(false)
		default:
			return errors.New("'" + value + "' is not a valid value for custom_data")
		}
	default:
		return errField
	}
	return nil
}

func readMessageData(c *pbx.Channel, args string) (string, error) {
	m := c.Message()
	if m == nil {
		return "", errNoMessage
	}
	return m.Fact(strings.TrimSpace(args)), nil
}

func writeMessageData(c *pbx.Channel, args, value string) error {
	c.Compose().Know(strings.TrimSpace(args), value, true)
	return nil
}
