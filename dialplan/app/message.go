package app

import (
	"slices"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/pbx"
)

var messageApps = []pbx.App{
	{Name: "ReceiveText", Synopsis: "Wait for a text",
		Usage: "ReceiveText([seconds])\n  RECEIVETEXTSTATUS is SUCCESS or FAILURE; RECEIVETEXTMESSAGE", Exec: receiveText},
	{Name: "MessageSend", Synopsis: "Send the message of this channel",
		Usage: "MessageSend(to[,from[,to header]])\n  sets MESSAGE_SEND_STATUS", Exec: sendMessage},
	{Name: "SendText", Synopsis: "Send text to the channel", Usage: sendTextUsage, Exec: sendText},
}

func sendMessage(c *pbx.Channel, args string) dialplan.Result {
	f := dialplan.SplitArgs(args, 3)
	m := pbx.Message{To: word(f, 0)}
	if own := c.Message(); own != nil {
		m.Body, m.Data = own.Body, slices.Clone(own.Data)
	}
	m.From = word(f, 1)
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

const sendTextUsage = `SendText([text])
  SENDTEXT_BODY is sent in its place; SENDTEXT_CONTENT_TYPE is text/ something, and sent as text/plain
  SENDTEXTSTATUS: SUCCESS, UNSUPPORTED; SENDTEXTTYPE: BASIC, NONE`

func sendText(c *pbx.Channel, args string) dialplan.Result {
	if body := c.Variable("SENDTEXT_BODY"); body != "" {
		args = body
	}
	status, how := "UNSUPPORTED", "NONE"
	kind := strings.ToLower(c.Variable("SENDTEXT_CONTENT_TYPE"))
	if t, ok := c.Leg().(pbx.TextSender); ok && (kind == "" || strings.HasPrefix(kind, "text/")) {
		t.SendText(args)
		status, how = "SUCCESS", "BASIC"
	}
	c.SetVar("SENDTEXTTYPE", how)
	c.SetVar("SENDTEXTSTATUS", status)
	return dialplan.Continue
}

// receiveText waits for a text of the channel's far end.
func receiveText(c *pbx.Channel, args string) dialplan.Result {
	limit, ok := dialplan.Seconds(args)
	if !ok && strings.TrimSpace(args) != "" {
		c.Warn("Invalid timeout provided: " + args + ". No timeout set.")
		return dialplan.End
	}
	end := time.Now().Add(limit)
	for {
		w := pbx.Wait{Kinds: pbx.Kinds(pbx.EventText), Keys: true}
		if limit > 0 {
			w.For = max(time.Until(end), 1)
		}
		e, why := c.Await(w)
		switch {
		case why == pbx.Came && e.Kind == pbx.EventText:
			c.SetVar("RECEIVETEXTSTATUS", "SUCCESS")
			c.SetVar("RECEIVETEXTMESSAGE", e.Text)
			return dialplan.Continue
		case why != pbx.Came:
			c.SetVar("RECEIVETEXTSTATUS", "FAILURE")
			return after(c)
		}
	}
}
