package ami

import (
	_ "embed"
	"strings"
)

//go:embed events.txt
var eventsText string

// Fields of a channel and of a bridge, in Asterisk's order.
var (
	channelFields = strings.Fields("Channel ChannelState ChannelStateDesc CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName " +
		"Language AccountCode Context Exten Priority Uniqueid Linkedid")
	bridgeFields = strings.Fields("BridgeUniqueid BridgeType BridgeTechnology BridgeCreator BridgeName BridgeNumChannels " +
		"BridgeVideoSourceMode")
)

// Events lists the events that may come, in the order of their names, each with its fields.
func (s *Server) Events() (out [][]string) {
	for line := range strings.Lines(eventsText) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		event := []string{words[0]}
		for _, w := range words[1:] {
			switch prefix := w[1:]; w[0] {
			case '$':
				event = append(event, prefixed(prefix, channelFields)...)
			case '%':
				event = append(event, prefixed(prefix, bridgeFields)...)
			default:
				event = append(event, w)
			}
		}
		out = append(out, event)
	}
	return out
}

func prefixed(prefix string, names []string) (out []string) {
	for _, n := range names {
		out = append(out, prefix+n)
	}
	return out
}
