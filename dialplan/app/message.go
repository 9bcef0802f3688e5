package app

import (
	"slices"
	"strings"

	"obelisk/dialplan"
	"obelisk/pbx"
)

var messageApps = []pbx.App{
	{Name: "MessageSend", Synopsis: "Send the message of this channel", Usage: "MessageSend(to[,from[,to header]])\n  sets MESSAGE_SEND_STATUS", Exec: sendMessage},
	{Name: "SendText", Synopsis: "Send text to the channel", Usage: "SendText(text)\n  sets SENDTEXTSTATUS", Exec: sendText},
}

func sendMessage(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 3)
	m := pbx.Message{To: word(f, 0)}
	if own := c.Message(); own != nil {
		m.Body, m.From, m.Data = own.Body, own.From, slices.Clone(own.Data)
	}
	if from := word(f, 1); from != "" {
		m.From = from
	}
	known, err := c.Core().SendMessage(m)
	status := "SUCCESS"
	switch {
	case !strings.Contains(m.To, ":"):
		status = "INVALID_URI"
	case !known:
		status = "INVALID_PROTOCOL"
	case err != nil:
		status = "FAILURE"
	}
	if err != nil {
		c.Warn("MessageSend: " + err.Error())
	}
	c.SetVar("MESSAGE_SEND_STATUS", status)
	return dialplan.Continue
}

func sendText(c *pbx.Channel, args string) dialplan.Result {
	status := "UNSUPPORTED"
	if t, ok := c.Leg().(pbx.TextSender); ok {
		t.SendText(args)
		status = "SUCCESS"
	}
	c.SetVar("SENDTEXTSTATUS", status)
	return dialplan.Continue
}
