package local

import "obelisk/pbx"

// SendText implements pbx.TextSender: the other half has it from its far side.
func (h *half) SendText(text string) { h.other().tell(pbx.Event{Kind: pbx.EventText, Text: text}) }
