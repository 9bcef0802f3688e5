package wording

import (
	"strconv"

	"obelisk/pbx/event"
)

// ofBridge are the events of bridges, and of several channels.
func ofBridge(e event.Event) event.News {
	switch e := e.(type) {
	case event.BridgeBegins:
		return event.News{Name: "BridgeCreate", Class: "call", Bridge: e.Bridge}
	case event.BridgeEnds:
		return event.News{Name: "BridgeDestroy", Class: "call", Bridge: e.Bridge}
	case event.BridgeEntered:
		n := event.News{Name: "BridgeEnter", Class: "call", Bridge: e.Bridge, Chan: e.Channel}
		if e.Swapped != "" {
			n.Fields = fields([]string{"SwapUniqueid", e.Swapped})
		}
		return n
	case event.BridgeLeft:
		return event.News{Name: "BridgeLeave", Class: "call", Bridge: e.Bridge, Chan: e.Channel}
	case event.BridgesMerge:
		return parts("BridgeMerge", event.Part{Prefix: "To", Bridge: e.To}, event.Part{Prefix: "From", Bridge: e.From})
	case event.VideoSource:
		return event.News{Name: "BridgeVideoSourceUpdate", Class: "call", Bridge: e.Bridge,
			Fields: fields([]string{"BridgePreviousVideoSource", e.Before})}
	case event.BlindTransfer:
		return parts("BlindTransfer", told("Result", "Success"), event.Part{Prefix: "Transferer", Chan: e.By},
			event.Part{Prefix: "Transferee", Chan: e.Other}, event.Part{Bridge: e.Bridge},
			told("IsExternal", yesNo(e.External), "Context", e.To.Context, "Extension", e.To.Exten))
	case event.AttendedTransfer:
		return attendedTransfer(e)
	case event.Pickup:
		return parts("Pickup", event.Part{Chan: e.By}, event.Part{Prefix: "Target", Chan: e.Target})
	case event.LocalBridged:
		return parts("LocalBridge", event.Part{Prefix: "LocalOne", Chan: e.One}, event.Part{Prefix: "LocalTwo", Chan: e.Two},
			told("Context", e.Context, "Exten", e.Exten, "LocalOptimization", yesNo(e.Optimizes)))
	case event.LocalOptimized:
		return localOptimized(e)
	case event.Parked:
		return parked(e)
	}
	return event.News{}
}

// parts is an event of class call about several channels.
func parts(name string, list ...event.Part) event.News {
	return event.News{Name: name, Class: "call", Parts: list}
}

func told(pairs ...string) event.Part { return event.Part{Fields: fields(pairs)} }

func yesNo(on bool) string { return choose(on, "Yes", "No") }

func attendedTransfer(e event.AttendedTransfer) event.News {
	n := parts("AttendedTransfer", told("Result", "Success"), event.Part{Prefix: "OrigTransferer", Chan: e.First},
		event.Part{Prefix: "Orig", Bridge: e.From}, event.Part{Prefix: "SecondTransferer", Chan: e.Second})
	if e.To != nil {
		n.Parts = append(n.Parts, event.Part{Prefix: "Second", Bridge: e.To})
	}
	n.Parts = append(n.Parts, event.Part{Prefix: "Transferee", Chan: e.Transferee})
	if e.Target != nil {
		n.Parts = append(n.Parts, event.Part{Prefix: "TransferTarget", Chan: e.Target})
	}
	end := []string{"IsExternal", "No"}
	switch into := e.Into; {
	case into.App != "":
		end = append(end, "DestType", "App", "DestApp", into.App)
	case into.Third != "":
		end = append(end, "DestType", "Threeway", "DestBridgeUniqueid", into.BridgeID, "DestTransfererChannel", into.Third)
	default:
		end = append(end, "DestType", "Bridge", "DestBridgeUniqueid", into.BridgeID)
	}
	n.Parts = append(n.Parts, told(end...))
	return n
}

func localOptimized(e event.LocalOptimized) event.News {
	id := strconv.FormatInt(e.ID, 10)
	halves := []event.Part{{Prefix: "LocalOne", Chan: e.One}, {Prefix: "LocalTwo", Chan: e.Two}}
	if e.Begins {
		return parts("LocalOptimizationBegin", append(halves, event.Part{Prefix: "Source", Chan: e.Source},
			told("DestUniqueId", e.One.UniqueID, "Id", id))...)
	}
	return parts("LocalOptimizationEnd", append(halves, told("Success", "Yes", "Id", id))...)
}

// parkings are the names of what becomes of a parked call.
var parkings = [...]string{event.ParkingBegins: "ParkedCall", event.ParkingFetched: "UnParkedCall",
	event.ParkingTimeOut: "ParkedCallTimeOut",
	event.ParkingGivenUp: "ParkedCallGiveUp", event.ParkingSwapped: "ParkedCallSwap"}

func parked(e event.Parked) event.News {
	n := parts(parkings[e.What], event.Part{Prefix: "Parkee", Chan: e.Parkee})
	if e.Retriever != nil {
		n.Parts = append(n.Parts, event.Part{Prefix: "Retriever", Chan: e.Retriever})
	}
	n.Parts = append(n.Parts, event.Part{Fields: e.Call.Fields()})
	return n
}
